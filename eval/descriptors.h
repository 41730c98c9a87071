/* What a set of graphs looks like: a summary and a few descriptors for each graph.
 *
 * A descriptor turns a graph into a row of numbers, which a kernel compares (mmd.h). A new one is a
 * function here and a line in the table. */
#ifndef DG_EVAL_DESCRIPTORS_H
#define DG_EVAL_DESCRIPTORS_H

#include "core/threads.h"
#include "eval/adjacency.h"

enum dg_descriptor_id { DG_DEGREE, DG_CLUSTERING, DG_DESCRIPTOR_COUNT };

/* One graph's numbers for one descriptor. Rows of a descriptor may differ in length; what a shorter
 * one lacks counts as zeros. */
typedef struct dg_row {
    size_t length;
    double *values;
    double sum;
} dg_row;

typedef struct dg_summary {
    size_t nodes, edges;
    uint64_t triangles;
    double mean_degree, mean_clustering; /* over the nodes */
} dg_summary;

/* A graph and what several descriptors need of it. */
typedef struct dg_subject {
    dg_adjacency adjacency;
    const uint32_t *triangles; /* [n] triangles through each node */
    const double *clustering;  /* [n] local clustering coefficient: networkx's */
} dg_subject;

typedef struct dg_descriptor {
    const char *name;
    double tv_sigma; /* bandwidth of the Gaussian-TV kernel */
    /* Fills out->values (the caller frees them) and out->length. */
    digress_status (*describe)(const dg_subject *subject, dg_row *out);
} dg_descriptor;

extern const dg_descriptor dg_descriptors[DG_DESCRIPTOR_COUNT];

/* Free with dg_description_free. */
typedef struct dg_description {
    size_t count;
    dg_summary *summaries;             /* [count] */
    dg_row *rows[DG_DESCRIPTOR_COUNT]; /* [count] each */
} dg_description;

/* Describes every graph of the set, graphs in parallel. */
digress_status dg_describe(dg_pool *pool, const digress_graph_set *set, dg_description *out);
void dg_description_free(dg_description *description); /* zeroed is allowed */

/* The arena-allocated subject of a graph. */
digress_status dg_subject_of(const digress_graph *graph, dg_arena *arena, dg_subject *out);

/* numpy.histogram's bin of `value` among `bins` equal ones over [low, high]; `bins` when it is
 * outside. A value on an edge belongs to the bin above it, `high` to the last. */
size_t dg_histogram_bin(double value, double low, double high, size_t bins);

#endif
