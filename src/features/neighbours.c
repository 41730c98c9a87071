#include "features/neighbours.h"

digress_status dg_list_neighbours(dg_arena *arena, size_t n, const uint8_t *adjacency,
                                  dg_neighbours *out) {
    size_t ends = 0, end = 0;
    for (size_t k = 0; k < n * n; k++)
        ends += adjacency[k];
    out->n = n;
    DG_TRY(dg_arena_allocate(arena, n + 1, sizeof *out->start, &out->start));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *out->share, &out->share));
    DG_TRY(dg_arena_allocate(arena, ends, sizeof *out->node, &out->node));
    for (size_t i = 0; i < n; i++) {
        out->start[i] = end;
        for (size_t j = 0; j < n; j++)
            if (adjacency[i * n + j]) out->node[end++] = j;
        const size_t degree = end - out->start[i];
        out->share[i] = degree > 0 ? 1.0f / (float)degree : 0.0f;
    }
    out->start[n] = end;
    return DIGRESS_OK;
}
