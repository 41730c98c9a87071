/* Compiled once for each instruction set; see math/isa.h. */
#include "features/walk.h"
#include "math/lanes.h"

enum { VECTORS = DG_WALK_COLUMNS / DG_LANES };

static void step(const dg_neighbours *to, const float *before, float *after) {
    for (size_t i = 0; i < to->n; i++, after += DG_WALK_COLUMNS) {
        dg_lanes sum[VECTORS] = {0};
        const size_t degree = to->start[i + 1] - to->start[i];
        for (size_t e = to->start[i]; e < to->start[i + 1]; e++)
            for (size_t v = 0; v < VECTORS; v++)
                sum[v] += dg_lanes_at(before + to->node[e] * DG_WALK_COLUMNS + v * DG_LANES);
        const float share = degree > 0 ? (float)degree : 1.0f;
        for (size_t v = 0; v < VECTORS; v++)
            dg_lanes_store(after + v * DG_LANES, sum[v] / share);
    }
}

static void transpose(size_t steps, size_t columns, const float *powers, size_t distance,
                      size_t stride, float *out) {
    for (size_t c = 0; c < columns; c++, out += stride)
        for (size_t k = 0; k < steps; k++)
            out[k] = powers[k * distance + c];
}

const dg_walk_kernels DG_ISA_NAME(dg_walk_kernels_table) = {.step = step, .transpose = transpose};
