#include "features/neighbours.h"

digress_status dg_list_neighbours(dg_arena *arena, size_t n, const uint8_t *adjacency,
                                  dg_neighbours *out) {
    size_t ends = 0, end = 0;
    for (size_t k = 0; k < n * n; k++)
        ends += adjacency[k];
    out->n = n;
    DG_TRY(dg_arena_allocate(arena, n + 1, sizeof *out->start, &out->start));
    DG_TRY(dg_arena_allocate(arena, ends, sizeof *out->node, &out->node));
    for (size_t i = 0; i < n; i++) {
        out->start[i] = end;
        for (size_t j = 0; j < n; j++)
            if (adjacency[i * n + j]) out->node[end++] = j;
    }
    out->start[n] = end;
    return DIGRESS_OK;
}
