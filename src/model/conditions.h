/* Targets as inputs of a network: which ones, how they are standardised, and what the training set
 * says of the number of nodes that goes with them. */
#ifndef DG_MODEL_CONDITIONS_H
#define DG_MODEL_CONDITIONS_H

#include "core/memory.h"
#include "core/safetensors.h"
#include "digress/graph.h"

/* Values of a target are told apart by so many bins, each with as many training graphs as any. */
enum { DG_CONDITION_BINS = 20, DG_MOST_TARGETS = 64 };

typedef struct dg_conditions {
    size_t count, max_n;
    char **names;             /* [count] */
    double *mean, *deviation; /* [count] of the training set */
    double *edges;            /* [count, BINS - 1] where one bin ends and the next begins */
    double *n_counts;         /* [count, BINS, max_n + 1] training graphs of n nodes in each bin */
} dg_conditions;

/* The targets of `list`, "logP,weight" (NULL: none), by the graphs of `train`. Free with
 * dg_conditions_free, failing or not. Errors: INPUT (a target that the set does not have, or that
 * none of its graphs has). */
digress_status dg_conditions_of(const char *list, const digress_graph_set *train, size_t max_n,
                                dg_conditions *out);
void dg_conditions_free(dg_conditions *conditions);

/* To and from a checkpoint; `list` and max_n as above. The writer borrows. */
digress_status dg_conditions_write(const dg_conditions *conditions, dg_tensor_writer *writer);
digress_status dg_conditions_read(const char *list, size_t max_n, const dg_tensor_file *file,
                                  dg_conditions *out);

bool dg_conditions_find(const dg_conditions *conditions, const char *name, size_t *out);
/* Standardised; NAN stays. */
float dg_conditions_scale(const dg_conditions *conditions, size_t target, double value);
/* *out [count, conditions->count]: the targets of graphs `index[k]` of a set, standardised; NAN
 * where one is missing. In the arena; NULL where the network has none. */
digress_status dg_conditions_rows(const dg_conditions *conditions, dg_arena *arena,
                                  const digress_graph_set *set, size_t count, const uint32_t *index,
                                  float **out);
/* weights [max_n + 1], p(n), times p(n | value) / p(n) for each value that is given: the bins'
 * counts, smoothed by p(n). */
digress_status dg_conditions_weigh_sizes(const dg_conditions *conditions, const double *values,
                                         size_t max_n, double *weights);

#endif
