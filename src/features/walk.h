/* The inner loops of random walks, one table for each instruction set. Each column has a lane of
 * its own, and sums run over a node's neighbours in their order, so all instruction sets give the
 * same bits. */
#ifndef DG_FEATURES_WALK_H
#define DG_FEATURES_WALK_H

#include "features/neighbours.h"
#include "math/isa.h"

enum { DG_WALK_COLUMNS = 64 }; /* the columns of a power of M that are computed together */

typedef struct dg_walk_kernels {
    /* after = M before, [n, DG_WALK_COLUMNS]: a row is the mean of the neighbours' rows, or zeros
     * without neighbours */
    void (*step)(const dg_neighbours *to, const float *before, float *after);
    /* Writes entry c of row k of `powers`, whose rows are `distance` apart, to out[c * stride + k],
     * for c < columns and k < steps. */
    void (*transpose)(size_t steps, size_t columns, const float *powers, size_t distance,
                      size_t stride, float *out);
} dg_walk_kernels;

DG_ISA_DECLARE(dg_walk_kernels, dg_walk_kernels_table);

#endif
