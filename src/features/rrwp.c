#include "features/rrwp.h"

#include "features/walk.h"
#include <string.h>

/* M^0: columns of the identity, from `first` on. */
static void begin(size_t n, size_t first, size_t columns, float *power) {
    memset(power, 0, n * DG_WALK_COLUMNS * sizeof *power);
    for (size_t c = 0; c < columns; c++)
        power[(first + c) * DG_WALK_COLUMNS + c] = 1;
}

/* A column of a power depends on the same column of the one before alone. So a few columns at a
 * time go through all powers, and stay in the cache. */
digress_status dg_rrwp(dg_arena *arena, size_t n, const uint8_t *adjacency, size_t steps,
                       float *pairs, size_t pair_stride, float *nodes, size_t node_stride) {
    const dg_walk_kernels *kernels = DG_ISA_SELECT(dg_walk_kernels_table);
    const size_t power = n * DG_WALK_COLUMNS;
    dg_neighbours to;
    float *powers = NULL;
    DG_TRY(dg_list_neighbours(arena, n, adjacency, &to));
    DG_TRY(dg_arena_allocate(arena, steps, power * sizeof *powers, &powers));
    for (size_t first = 0; first < n; first += DG_WALK_COLUMNS) {
        const size_t columns = n - first < DG_WALK_COLUMNS ? n - first : DG_WALK_COLUMNS;
        begin(n, first, columns, powers);
        for (size_t k = 1; k < steps; k++)
            kernels->step(&to, powers + (k - 1) * power, powers + k * power);
        for (size_t i = 0; i < n; i++)
            kernels->transpose(steps, columns, powers + i * DG_WALK_COLUMNS, power, pair_stride,
                               pairs + (i * n + first) * pair_stride);
    }
    for (size_t i = 0; i < n; i++)
        memcpy(nodes + i * node_stride, pairs + (i * n + i) * pair_stride, steps * sizeof *nodes);
    return DIGRESS_OK;
}
