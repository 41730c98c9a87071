/* The measures of digress_evaluate one by one, and what they are made of. */
#ifndef DIGRESS_METRICS_H
#define DIGRESS_METRICS_H

#include "digress/eval.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How two graphs' descriptors are compared (digress_evaluation says whose numbers these are). */
typedef enum digress_kernel {
    DIGRESS_TV,
    DIGRESS_EMD,
    DIGRESS_RBF,
    DIGRESS_KERNELS
} digress_kernel;

typedef struct digress_measure_options {
    size_t threads; /* 0: all processors; never changes the numbers */
    digress_watch watch;
} digress_measure_options;

/* In all that follows `options` may be NULL, and classes are compared by number, except by
 * digress_novelty, which matches them by name. */

/* The squared maximum mean discrepancy of two sets by one descriptor. Errors: INPUT (an empty set;
 * DIGRESS_EMD of DIGRESS_WAVELET, which is not defined), MEMORY. */
digress_status digress_mmd(const digress_graph_set *reference, const digress_graph_set *samples,
                           digress_descriptor descriptor, digress_kernel kernel,
                           const digress_measure_options *options, digress_estimate *out);

/* The PolyGraph discrepancy, in [0, 1]; by each descriptor, too, where `by` is not NULL
 * ([DIGRESS_DESCRIPTORS]). NAN for under 8 graphs on a side. Errors: INPUT (an empty set), MEMORY.
 */
digress_status digress_polygraph(const digress_graph_set *reference,
                                 const digress_graph_set *samples,
                                 const digress_measure_options *options, double *by,
                                 digress_estimate *out);

/* valid[k]: whether graph k obeys the rule, "planar", "tree", "sbm", "molecule", ... [count] bools.
 * Errors: INPUT (an unknown rule, an empty set, a set that is not one of molecules), MEMORY. */
digress_status digress_validity(const digress_graph_set *set, const char *rule,
                                const digress_measure_options *options, bool *valid);

/* unique[k]: whether graph k is the first of its isomorphism class in the set; novel[k]: whether it
 * is isomorphic to no graph of `train`. [count] bools; either may be NULL, and `train` where
 * `novel` is. Errors: INPUT (an empty set), MEMORY. */
digress_status digress_novelty(const digress_graph_set *set, const digress_graph_set *train,
                               const digress_measure_options *options, bool *unique, bool *novel);

/* The graph with its nodes in canonical order: two graphs are isomorphic exactly when n and these
 * classes are equal. node_class [n], pair_class [n(n-1)/2]: arrays of the caller, which may not be
 * those of the graph. Errors: INPUT (no nodes), MEMORY. */
digress_status digress_canonical_form(const digress_graph *graph, uint8_t *node_class,
                                      uint8_t *pair_class);

/* What one graph looks like, whatever its classes. */
typedef struct digress_summary {
    size_t nodes, edges, components, triangles;
    double mean_degree, mean_clustering; /* over the nodes */
} digress_summary;

/* out [count]. Errors: INPUT (an empty set), MEMORY. */
digress_status digress_summarise(const digress_graph_set *set,
                                 const digress_measure_options *options, digress_summary *out);

/* The row of numbers that a descriptor makes of graph `index`: *row [*length], which the caller
 * frees with free(). Those of graphs of one set may differ in length: what a shorter one lacks
 * counts as zeros. Errors: INPUT (no such graph or descriptor), MEMORY. */
digress_status digress_describe(const digress_graph_set *set, size_t index,
                                digress_descriptor descriptor, double **row, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
