/* For each node, the list of its neighbours. */
#ifndef DG_FEATURES_NEIGHBOURS_H
#define DG_FEATURES_NEIGHBOURS_H

#include "core/memory.h"
#include <stdint.h>

typedef struct dg_neighbours {
    size_t n;
    size_t *node;  /* [sum of degrees] those of node i from start[i] to start[i + 1], ascending */
    size_t *start; /* [n + 1] */
    float *share;  /* [n] 1 / degree; 0 for a node without neighbours */
} dg_neighbours;

/* adjacency: [n * n], 0 or 1. The lists live in the arena. */
digress_status dg_list_neighbours(dg_arena *arena, size_t n, const uint8_t *adjacency,
                                  dg_neighbours *out);

#endif
