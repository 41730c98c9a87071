/* The inner loops of random walks, one table an instruction set. Sums run over a node's neighbours
 * in their order, each column in a lane of its own: so all sets give the same bits. */
#ifndef DG_FEATURES_WALK_H
#define DG_FEATURES_WALK_H

#include "features/neighbours.h"
#include "math/isa.h"

enum { DG_WALK_COLUMNS = 64 }; /* of a power of M that are computed together */

typedef struct dg_walk_kernels {
    /* after = M before, [n, DG_WALK_COLUMNS]: the mean of the neighbours' rows, zeros without any
     */
    void (*step)(const dg_neighbours *to, const float *before, float *after);
    /* Entry c of row k of powers, whose rows are `distance` apart, to out[c * stride + k], for
     * c < columns and k < steps. */
    void (*transpose)(size_t steps, size_t columns, const float *powers, size_t distance,
                      size_t stride, float *out);
} dg_walk_kernels;

DG_ISA_DECLARE(dg_walk_kernels, dg_walk_kernels_table);

#endif
