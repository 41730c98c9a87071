/* A pack: the graphs that one thread (or team) carries through the network together. Ragged: the
 * rows of its graphs follow one another, without padding. */
#ifndef DG_GRAPH_PACK_H
#define DG_GRAPH_PACK_H

#include "core/memory.h"
#include "digress/graph.h"
#include <stdint.h>

/* Where each graph's rows are. Pair rows cover both orders and the diagonal: row of (i, j) in graph
 * g = pair_start[g] + i * n[g] + j. */
typedef struct dg_pack {
    size_t graphs, nodes, pairs; /* pairs = sum of n^2 */
    const uint32_t *n;           /* [graphs] */
    const size_t *node_start;    /* [graphs + 1] */
    const size_t *pair_start;    /* [graphs + 1] */
} dg_pack;

/* Lays out graphs of the given sizes; the arrays live in the arena (sizes are copied). */
digress_status dg_pack_layout(dg_arena *arena, size_t graphs, const uint32_t *n, dg_pack *out);
/* The same for the graphs `index[k]` of a set. */
digress_status dg_pack_layout_of(dg_arena *arena, const digress_graph_set *set, size_t graphs,
                                 const uint32_t *index, dg_pack *out);

/* The rows first .. end - 1 of one graph. */
typedef struct dg_rows {
    size_t first, end;
} dg_rows;

static inline dg_rows dg_pack_nodes(const dg_pack *pack, size_t g) {
    return (dg_rows){pack->node_start[g], pack->node_start[g + 1]};
}

static inline dg_rows dg_pack_pairs(const dg_pack *pack, size_t g) {
    return (dg_rows){pack->pair_start[g], pack->pair_start[g + 1]};
}

/* The most that a pack holds, unless a single graph is larger. */
enum { DG_PACK_MAX_NODES = 256, DG_PACK_MAX_PAIRS = 8192 };

/* Cuts graphs of the given sizes, in order, into packs of at most DG_PACK_MAX_NODES node rows,
 * DG_PACK_MAX_PAIRS pair rows and `max_graphs` graphs; a larger graph is a pack of its own. Pack k
 * holds the graphs start[k] .. start[k + 1] - 1; start needs room for graphs + 1 entries. Returns
 * the number of packs. */
size_t dg_pack_split(size_t graphs, const uint32_t *n, size_t max_graphs, size_t *start);

/* The same for `threads` threads that share the packs: at least as many packs as threads, if there
 * are enough graphs, each with about the same number of graphs, so that the threads finish at about
 * the same time. */
size_t dg_pack_split_evenly(size_t graphs, const uint32_t *n, size_t max_graphs, size_t threads,
                            size_t *start);

#endif
