/* Statistics of a set of graphs, from which the prior and the marginal transition are built. */
#ifndef DG_GRAPH_STATISTICS_H
#define DG_GRAPH_STATISTICS_H

#include "digress/graph.h"

/* The caller frees it with dg_statistics_free. */
typedef struct dg_statistics {
    size_t max_n, node_classes, edge_classes;
    size_t graphs;
    double *n_histogram;    /* [max_n + 1] number of graphs with n nodes (a count, not a share) */
    double *node_marginals; /* [node_classes] share of each class over all nodes; sums to 1 */
    double *edge_marginals; /* [edge_classes] share over all pairs i < j; sums to 1.
                               A set without any pair: all mass on "no edge". */
    double mean_n, mean_edges; /* for information only */
} dg_statistics;

digress_status dg_statistics_create(size_t max_n, size_t node_classes, size_t edge_classes,
                                    dg_statistics *out); /* zeroed arrays */
/* Errors: INPUT for an empty set. */
digress_status dg_statistics_of(const digress_graph_set *set, dg_statistics *out);
/* Adds the sizes of `set` to n_histogram (for p(n) from train and val, as in the reference). */
digress_status dg_statistics_add_sizes(dg_statistics *statistics, const digress_graph_set *set);
void dg_statistics_free(dg_statistics *statistics);

/* Of a target's values that are given; the deviation is that of a population. */
typedef struct dg_target_statistics {
    size_t given;
    double mean, deviation, min, max; /* NAN without any */
} dg_target_statistics;
dg_target_statistics dg_target_statistics_of(const digress_graph_set *set, size_t target);

#endif
