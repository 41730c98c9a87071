/* Compiled once for each instruction set; see math/isa.h. */
#include "features/walk.h"
#include "math/lanes.h"

enum { VECTORS = DG_WALK_COLUMNS / DG_LANES };

static void step(const dg_neighbours *to, const float *before, float *after) {
    for (size_t i = 0; i < to->n; i++, after += DG_WALK_COLUMNS) {
        dg_lanes sum[VECTORS] = {0};
        for (size_t e = to->start[i]; e < to->start[i + 1]; e++)
            for (size_t v = 0; v < VECTORS; v++)
                sum[v] += dg_lanes_at(before + to->node[e] * DG_WALK_COLUMNS + v * DG_LANES);
        for (size_t v = 0; v < VECTORS; v++)
            dg_lanes_store(after + v * DG_LANES, sum[v] * to->share[i]);
    }
}

typedef float four __attribute__((vector_size(16), aligned(sizeof(float)), may_alias));

INLINE four four_at(const float *x) {
    return *(const four *)x;
}

/* Transposes four columns of four rows. */
INLINE void transpose_four(const float *rows, size_t distance, size_t stride, float *out) {
    const four a = four_at(rows), b = four_at(rows + distance);
    const four c = four_at(rows + 2 * distance), d = four_at(rows + 3 * distance);
    const four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const four AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const four CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)out = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(four *)(out + stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(four *)(out + 2 * stride) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
    *(four *)(out + 3 * stride) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

static void transpose(size_t steps, size_t columns, const float *powers, size_t distance,
                      size_t stride, float *out) {
    for (size_t c = 0; c < columns; c += 4, out += 4 * stride) {
        size_t k = 0;
        for (; columns - c >= 4 && k + 4 <= steps; k += 4)
            transpose_four(powers + k * distance + c, distance, stride, out + k);
        for (; k < steps; k++)
            for (size_t r = 0; r < 4 && c + r < columns; r++)
                out[r * stride + k] = powers[k * distance + c + r];
    }
}

const dg_walk_kernels DG_ISA_NAME(dg_walk_kernels_table) = {.step = step, .transpose = transpose};
