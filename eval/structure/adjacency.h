/* The neighbour lists of a graph, for descriptors and validity rules. Edge classes are left out. */
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

/* The number of connected components. Does not use igraph: graphs are judged in parallel, and
 * igraph runs one call at a time (graph/igraph.h). Scratch comes from the arena. */
digress_status dg_count_components(const dg_adjacency *graph, dg_arena *arena, size_t *out);

static inline uint32_t dg_degree(const dg_adjacency *graph, size_t node) {
    return graph->start[node + 1] - graph->start[node];
}

#endif
