/* What the graphs of a set look like: a summary and the descriptors of each. */
#ifndef DG_EVAL_DESCRIPTION_H
#define DG_EVAL_DESCRIPTION_H

#include "core/log.h"
#include "core/threads.h"
#include "eval/descriptors/descriptor.h"

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
    /* Drop eigenvalues computed as above 2, as DiGress does, instead of taking them for 2. In
     * bipartite graphs the largest is exactly 2, and its last bits depend on the linear-algebra
     * library. */
    bool drop_above_two;
    size_t most;           /* at most so many graphs, the first of the set; 0: all */
    dg_progress *progress; /* may be NULL */
    const char *label;     /* of the progress bar */
} dg_describe_options;

/* Describes the graphs of the set, in parallel. */
digress_status dg_describe(dg_pool *pool, const digress_graph_set *set,
                           const dg_describe_options *options, dg_description *out);
void dg_description_free(dg_description *description); /* zeroed is allowed */

#endif
