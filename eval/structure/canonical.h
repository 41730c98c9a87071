/* Graphs up to isomorphism. Isomorphic graphs have the same node and edge classes, by number. */
#ifndef DG_EVAL_CANONICAL_H
#define DG_EVAL_CANONICAL_H

#include "core/threads.h"
#include "digress/graph.h"
#include <stdbool.h>

/* Equal for isomorphic graphs; nearly always different for others (colour refinement). */
uint64_t dg_invariant_hash(const digress_graph *graph, uint64_t *scratch /* [2 n] */);

/* A graph with its nodes in canonical order: two graphs are isomorphic exactly when n and `bytes`
 * are equal. Free with dg_canonical_free. */
typedef struct dg_canonical {
    size_t n, size;
    uint8_t *bytes; /* [size] node classes, then pair classes */
} dg_canonical;

digress_status dg_canonical_form(const digress_graph *graph, dg_canonical *out);
void dg_canonical_free(dg_canonical *form); /* zeroed is allowed */

digress_status dg_isomorphic(const digress_graph *a, const digress_graph *b, bool *out);

/* first[k] = the smallest j such that graphs j and k are isomorphic. */
digress_status dg_isomorphism_classes(dg_pool *pool, size_t count, const digress_graph *graphs,
                                      size_t *first);

#endif
