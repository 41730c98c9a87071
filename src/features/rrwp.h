/* Relative random walk probabilities (Ma et al. 2023; DeFoG, section 3): how probable it is that a
 * walk of k steps from i, each to a neighbour chosen at random, ends at j. */
#ifndef DG_FEATURES_RRWP_H
#define DG_FEATURES_RRWP_H

#include "core/memory.h"
#include <stdint.h>

/* Writes (M^0, M, ..., M^(steps - 1))[i, j] at pairs + (i * n + j) * pair_stride, and those with i
 * = j also at nodes + i * node_stride, where M = D^-1 A; a node without neighbours has a row of
 * zeros in M. Not symmetric. Time grows with steps * n * edges. adjacency: [n * n], 0 or 1,
 * symmetric, zero diagonal. Scratch comes from the arena. */
digress_status dg_rrwp(dg_arena *arena, size_t n, const uint8_t *adjacency, size_t steps,
                       float *pairs, size_t pair_stride, float *nodes, size_t node_stride);

#endif
