#include "graph/pack.h"

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
