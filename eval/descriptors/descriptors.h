/* What a set of graphs looks like: a summary and a few descriptors for each graph.
 *
 * A descriptor turns a graph into a row of numbers, which a kernel compares (mmd.h). A new one is a
 * function here and a line in the table. */
#ifndef DG_EVAL_DESCRIPTORS_H
#define DG_EVAL_DESCRIPTORS_H

#include "core/log.h"
#include "core/threads.h"
#include "eval/descriptors/laplacian.h"
#include "eval/descriptors/orbits.h"
#include "eval/structure/adjacency.h"

/* The protocol's (SPECTRE, DiGress):
 *   degree      how many nodes have each degree
 *   clustering  local clustering coefficients in 100 bins over [0, 1]
 *   orbit       the 15 orbit counts (orbits.h), summed over the nodes and divided by their number
 *   spectral    eigenvalues of the normalised Laplacian in 200 bins over [-1e-5, 2]
 *   wavelet     the nodes' energies under each of 12 wavelets in 100 bins each (laplacian.h) */
enum dg_descriptor_id {
    DG_DEGREE,
    DG_CLUSTERING,
    DG_ORBIT,
    DG_SPECTRAL,
    DG_WAVELET,
    DG_DESCRIPTOR_COUNT
};
enum { DG_ALL_DESCRIPTORS = (1 << DG_DESCRIPTOR_COUNT) - 1 };

const char *dg_descriptor_name(enum dg_descriptor_id id);

/* One graph's numbers for one descriptor. Rows of a descriptor may differ in length; what a shorter
 * one lacks counts as zeros. */
typedef struct dg_row {
    size_t length;
    double *values;
    double sum;
} dg_row;

typedef struct dg_summary {
    size_t nodes, edges, components;
    uint64_t triangles;
    double mean_degree, mean_clustering; /* over the nodes */
} dg_summary;

/* Free with dg_description_free. */
typedef struct dg_description {
    size_t count, node_classes, edge_classes;
    dg_summary *summaries;             /* [count] */
    uint32_t *node_class_counts;       /* [count, node_classes] */
    uint32_t *edge_class_counts;       /* [count, edge_classes]; class 0: pairs without an edge */
    dg_row *rows[DG_DESCRIPTOR_COUNT]; /* [count] each; NULL: not asked for */
} dg_description;

typedef struct dg_describe_options {
    unsigned descriptors; /* bits 1 << id */
    /* Drop eigenvalues that come out above 2, as DiGress does, in place of taking them for 2. In
     * bipartite graphs the largest is 2, and its last bits are the linear-algebra library's whim.
     */
    bool drop_above_two;
    size_t most;           /* only so many graphs, the set's first; 0: all */
    dg_progress *progress; /* may be NULL */
    const char *label;     /* of the progress bar */
} dg_describe_options;

/* Describes every graph of the set, graphs in parallel. */
digress_status dg_describe(dg_pool *pool, const digress_graph_set *set,
                           const dg_describe_options *options, dg_description *out);
void dg_description_free(dg_description *description); /* zeroed is allowed */

/* A graph and what several descriptors need of it. */
typedef struct dg_subject {
    dg_adjacency adjacency;
    int64_t (*orbits)[DG_ORBITS]; /* [n] */
    double *clustering;           /* [n] local clustering coefficient: networkx's */
    dg_spectrum spectrum;         /* n = 0: not asked for */
    double *energies;             /* [DG_WAVELET_FILTERS, n]; NULL: not asked for */
    bool drop_above_two;
} dg_subject;

/* The arena-allocated subject of a graph. */
digress_status dg_subject_of(const digress_graph *graph, const dg_describe_options *options,
                             dg_arena *arena, dg_subject *out);
/* One descriptor's row, which the caller frees. */
digress_status dg_describe_subject(const dg_subject *subject, enum dg_descriptor_id id,
                                   dg_row *out);

/* numpy.histogram's bin of `value` among `bins` equal ones over [low, high]; `bins` when it is
 * outside. A value on an edge belongs to the bin above it, `high` to the last. */
size_t dg_histogram_bin(double value, double low, double high, size_t bins);

#endif
