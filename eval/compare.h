/* How sampled sets compare with a test set: the table of `digress eval`. */
#ifndef DG_EVAL_COMPARE_H
#define DG_EVAL_COMPARE_H

#include "eval/descriptors.h"
#include <stdbool.h>

/* One row of the table. What is undefined is NAN. */
typedef struct dg_compared_set {
    size_t count;
    double nodes, edges, degree, clustering, triangles; /* means over the graphs */
    double mmd[DG_DESCRIPTOR_COUNT]; /* squared, Gaussian-TV, to the test set; NAN without one */
    /* (d_ER - d) / (d_ER - d_train), d the squared MMD: 1 is as good as the training set, 0 as bad
     * as Erdos-Renyi graphs of the test set's density. NAN without train, or where d_ER is not
     * above d_train. */
    double share[DG_DESCRIPTOR_COUNT];
} dg_compared_set;

/* Free with dg_comparison_free. */
typedef struct dg_comparison {
    bool has_reference, has_train;
    dg_compared_set reference, train, baseline;
    size_t sample_sets;
    dg_compared_set *samples; /* [sample_sets] */
} dg_comparison;

/* Compares each of the sample sets with the test set `reference`, beside `train` and an Erdos-Renyi
 * baseline like `reference`. reference and train may be NULL: then their rows, the baseline and
 * what hangs on them are left out. Errors: INPUT for an empty set. */
digress_status dg_compare(dg_pool *pool, const digress_graph_set *reference,
                          const digress_graph_set *train, size_t sample_sets,
                          const digress_graph_set *const *samples, dg_comparison *out);
void dg_comparison_free(dg_comparison *comparison);

#endif
