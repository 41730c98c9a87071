#include "graph/pack.h"

#include <stdbool.h>

digress_status dg_pack_layout(dg_arena *arena, size_t graphs, const uint32_t *n, dg_pack *out) {
    uint32_t *sizes = NULL;
    size_t *node_start = NULL, *pair_start = NULL;
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *sizes, &sizes));
    DG_TRY(dg_arena_allocate(arena, graphs + 1, sizeof *node_start, &node_start));
    DG_TRY(dg_arena_allocate(arena, graphs + 1, sizeof *pair_start, &pair_start));
    node_start[0] = pair_start[0] = 0;
    for (size_t g = 0; g < graphs; g++) {
        sizes[g] = n[g];
        node_start[g + 1] = node_start[g] + n[g];
        pair_start[g + 1] = pair_start[g] + (size_t)n[g] * n[g];
    }
    *out = (dg_pack){graphs, node_start[graphs], pair_start[graphs], sizes, node_start, pair_start};
    return DIGRESS_OK;
}

digress_status dg_pack_layout_of(dg_arena *arena, const digress_graph_set *set, size_t graphs,
                                 const uint32_t *index, dg_pack *out) {
    uint32_t *n = NULL;
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *n, &n));
    for (size_t g = 0; g < graphs; g++)
        n[g] = (uint32_t)digress_graph_set_get(set, index[g]).n;
    return dg_pack_layout(arena, graphs, n, out);
}

size_t dg_pack_split(size_t graphs, const uint32_t *n, size_t max_graphs, size_t *start) {
    size_t packs = 0, nodes = 0, pairs = 0;
    start[0] = 0;
    for (size_t g = 0; g < graphs; g++) {
        size_t size = n[g], first = start[packs];
        bool fits = nodes + size <= DG_PACK_MAX_NODES && pairs + size * size <= DG_PACK_MAX_PAIRS &&
                    g - first < max_graphs;
        if (g > first && !fits) {
            start[++packs] = g;
            nodes = pairs = 0;
        }
        nodes += size;
        pairs += size * size;
    }
    start[graphs ? ++packs : 0] = graphs;
    return packs;
}

static size_t divide_up(size_t a, size_t b) {
    return (a + b - 1) / b;
}

size_t dg_pack_split_evenly(size_t graphs, const uint32_t *n, size_t max_graphs, size_t threads,
                            size_t *start) {
    if (graphs == 0) return dg_pack_split(0, n, max_graphs, start);
    size_t share = divide_up(graphs, threads);
    if (share < max_graphs) max_graphs = share;
    size_t rounds = divide_up(dg_pack_split(graphs, n, max_graphs, start), threads);
    size_t even = divide_up(graphs, rounds * threads);
    return dg_pack_split(graphs, n, even < max_graphs ? even : max_graphs, start);
}
