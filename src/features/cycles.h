/* Numbers of short cycles through each node and in the whole graph (DiGress, appendix B.2). */
#ifndef DG_FEATURES_CYCLES_H
#define DG_FEATURES_CYCLES_H

#include "core/memory.h"
#include <stdbool.h>
#include <stdint.h>

/* Counts are exact for any graph of up to 1448 nodes, where tr A^6 < 2^63, and for much larger
 * sparse ones. Arrays live in the arena. */
typedef struct dg_cycles {
    uint64_t *node[3]; /* [n] each: cycles of 3, 4 and 5 nodes through every node */
    double graph[4];   /* cycles of 3, 4, 5 and 6 nodes; with `published`, 5 may be a fraction */
} dg_cycles;

/* adjacency: [n * n], 0 or 1, symmetric, zero diagonal. published: 5-cycles as DiGress's branch
 * main counts them, which is too many as soon as a node of a triangle has another neighbour. */
digress_status dg_count_cycles(dg_arena *arena, size_t n, const uint8_t *adjacency, bool published,
                               dg_cycles *out);

#endif
