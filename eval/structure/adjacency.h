/* Neighbour lists of one graph: what the descriptors walk on. Edge classes are forgotten. */
#ifndef DG_EVAL_ADJACENCY_H
#define DG_EVAL_ADJACENCY_H

#include "core/memory.h"
#include "digress/graph.h"

typedef struct dg_adjacency {
    size_t n, edges;
    const uint32_t *start;     /* [n + 1]: node u's neighbours are neighbour[start[u]] ... */
    const uint32_t *neighbour; /* [2 edges], ascending for each node */
} dg_adjacency;

/* The arrays live in the arena. */
digress_status dg_adjacency_of(const digress_graph *graph, dg_arena *arena, dg_adjacency *out);

/* Connected components. igraph could count them too, but stands behind one mutex (graph/igraph.h).
 * Scratch comes from the arena. */
digress_status dg_count_components(const dg_adjacency *graph, dg_arena *arena, size_t *out);

static inline uint32_t dg_degree(const dg_adjacency *graph, size_t node) {
    return graph->start[node + 1] - graph->start[node];
}

#endif
