/* Compiled once for each instruction set; see math/isa.h. Channels are processed in blocks of
 * DG_LANES: what a block carries from row to row stays in registers. The last block may have fewer
 * `lanes`. */
#include "denoiser/graph_transformer/attention.h"
#include "math/lanes.h"

#include <stdbool.h>

static const float LOG2_E = 1.44269504088896341f;

/* 2^t for t <= 0: 2^n 2^r with n whole and |r| <= 1/2, and 2^r by the polynomial of degree 5 with
 * the smallest relative error (9e-8) that is 1 at 0. Below -126: 2^-126. */
INLINE dg_lanes exp2_of_negative(dg_lanes t) {
    const float whole = 0x1.8p23f; /* t + whole has n in its last bits */
    t = dg_lanes_max((dg_lanes){0} - 126.0f, t);
    const dg_lanes shifted = t + whole, r = t - (shifted - whole);
    dg_lanes p = r * 1.326472715e-3f + 9.671512643e-3f;
    p = p * r + 5.550733743e-2f;
    p = p * r + 2.402224209e-1f;
    p = p * r + 6.931469776e-1f;
    p = p * r + 1.0f;
    return (dg_lanes)((dg_lanes_int)p + ((dg_lanes_int)shifted << 23));
}

static void begin_rows(size_t dx, float *maximum, float *inverse, float *attended) {
    for (size_t c = 0; c < dx; c++) {
        maximum[c] = -1e30f;
        inverse[c] = 0.0f;
        attended[c] = 0.0f;
    }
}

static void end_rows(size_t dx, float *inverse, float *attended) {
#pragma omp simd
    for (size_t c = 0; c < dx; c++) {
        inverse[c] = 1.0f / inverse[c];
        attended[c] *= inverse[c];
    }
}

/* What is the same for all rows: Y = Q K (mul + gain) + (add + shift), Z = y_gain Y + y_shift */
typedef struct block {
    dg_lanes Q, gain, shift, y_gain, y_shift;
} block;

INLINE block load_block(const dg_attention *a, size_t c, size_t lanes) {
    return (block){.Q = dg_lanes_load_some(a->Q + c, lanes),
                   .gain = dg_lanes_load_some(a->mul_bias + c, lanes) + 1.0f,
                   .shift = dg_lanes_load_some(a->add_bias + c, lanes),
                   .y_gain = dg_lanes_load_some(a->y_e_mul + c, lanes) + 1.0f,
                   .y_shift = dg_lanes_load_some(a->y_e_add + c, lanes)};
}

INLINE size_t film_row(const dg_attention *a, size_t r, bool by_class) {
    return (by_class ? a->film_class[r] : r) * 2 * a->dx;
}

/* The running softmax takes one j at a time, with one exponential: either the sum so far or the
 * newcomer is scaled by exp(-|Y - max|). So its bits do not depend on where a tile ends. */
INLINE void forward_block(const dg_attention *attention, size_t c, size_t lanes, bool by_class,
                          float *Z) {
    const dg_attention copy = *attention, *a = &copy; /* no store below changes it */
    const block b = load_block(a, c, lanes);
    dg_lanes maximum = dg_lanes_load_some(a->maximum + c, lanes);
    dg_lanes total = dg_lanes_load_some(a->inverse + c, lanes);
    dg_lanes attended = dg_lanes_load_some(a->attended + c, lanes);
    for (size_t r = 0; r < a->count; r++) {
        const dg_lanes K = dg_lanes_load_some(a->K + r * a->kv_stride + c, lanes);
        const dg_lanes V = dg_lanes_load_some(a->V + r * a->kv_stride + c, lanes);
        const float *film = a->film + film_row(a, r, by_class) + c;
        const dg_lanes mul = dg_lanes_load_some(film, lanes);
        const dg_lanes add = dg_lanes_load_some(film + a->dx, lanes);
        const dg_lanes Y = b.Q * K * (mul + b.gain) + (add + b.shift);
        dg_lanes_store_some(Z + r * a->dx + c, b.y_gain * Y + b.y_shift, lanes);

        const dg_lanes above = Y - maximum;
        const dg_lanes weight = exp2_of_negative(dg_lanes_negative(above) * LOG2_E);
        maximum = dg_lanes_max(maximum, Y);
        total = dg_lanes_where_positive(above, total * weight + 1.0f, total + weight);
        attended = dg_lanes_where_positive(above, attended * weight + V, attended + weight * V);
    }
    dg_lanes_store_some(a->maximum + c, maximum, lanes);
    dg_lanes_store_some(a->inverse + c, total, lanes);
    dg_lanes_store_some(a->attended + c, attended, lanes);
}

INLINE void forward_blocks(const dg_attention *a, bool by_class, float *Z) {
    size_t c = 0;
    for (; c + DG_LANES <= a->dx; c += DG_LANES)
        forward_block(a, c, DG_LANES, by_class, Z);
    if (c < a->dx) forward_block(a, c, a->dx - c, by_class, Z);
}

static void attention_forward(const dg_attention *a, float *Z) {
    if (a->film_class)
        forward_blocks(a, true, Z);
    else
        forward_blocks(a, false, Z);
}

INLINE void scores_block(const dg_attention *attention, size_t c, size_t lanes, float *Z) {
    const dg_attention copy = *attention, *a = &copy;
    const block b = load_block(a, c, lanes);
    for (size_t r = 0; r < a->count; r++) {
        const dg_lanes K = dg_lanes_load_some(a->K + r * a->kv_stride + c, lanes);
        const float *film = a->film + film_row(a, r, a->film_class) + c;
        const dg_lanes mul = dg_lanes_load_some(film, lanes);
        const dg_lanes add = dg_lanes_load_some(film + a->dx, lanes);
        const dg_lanes Y = b.Q * K * (mul + b.gain) + (add + b.shift);
        dg_lanes_store_some(Z + r * a->dx + c, b.y_gain * Y + b.y_shift, lanes);
    }
}

static void scores(const dg_attention *a, float *Z) {
    size_t c = 0;
    for (; c + DG_LANES <= a->dx; c += DG_LANES)
        scores_block(a, c, DG_LANES, Z);
    if (c < a->dx) scores_block(a, c, a->dx - c, Z);
}

INLINE void add_to(float *sum, dg_lanes value, size_t lanes) {
    dg_lanes_store_some(sum, dg_lanes_load_some(sum, lanes) + value, lanes);
}

INLINE void backward_block(const dg_attention *attention, const dg_attention_gradient *gradient,
                           size_t c, size_t lanes, bool by_class) {
    const dg_attention copy = *attention, *a = &copy;
    const dg_attention_gradient g_copy = *gradient, *g = &g_copy;
    const block b = load_block(a, c, lanes);
    const dg_lanes maximum = dg_lanes_load_some(a->maximum + c, lanes);
    const dg_lanes inverse = dg_lanes_load_some(a->inverse + c, lanes);
    const dg_lanes attended = dg_lanes_load_some(a->attended + c, lanes);
    const dg_lanes d_attended = dg_lanes_load_some(g->d_attended + c, lanes);
    dg_lanes dQ = {0}, d_y_mul = {0}, d_y_add = {0}, d_mul_bias = {0}, d_add_bias = {0};
    for (size_t r = 0; r < a->count; r++) {
        const size_t row = film_row(a, r, by_class) + c;
        const dg_lanes K = dg_lanes_load_some(a->K + r * a->kv_stride + c, lanes);
        const dg_lanes V = dg_lanes_load_some(a->V + r * a->kv_stride + c, lanes);
        const dg_lanes mul = dg_lanes_load_some(a->film + row, lanes);
        const dg_lanes add = dg_lanes_load_some(a->film + row + a->dx, lanes);
        const dg_lanes dZ = dg_lanes_load_some(g->dZ + r * a->dx + c, lanes);
        const dg_lanes QK = b.Q * K, gain = mul + b.gain, Y = QK * gain + (add + b.shift);
        const dg_lanes weight = exp2_of_negative((Y - maximum) * LOG2_E) * inverse;
        const dg_lanes through = weight * d_attended;
        const dg_lanes dY = dZ * b.y_gain + through * (V - attended);
        const dg_lanes dQK = dY * gain, d_mul = dY * QK;
        add_to(g->dV + r * g->kv_stride + c, through, lanes);
        add_to(g->dK + r * g->kv_stride + c, dQK * b.Q, lanes);
        dQ += dQK * K;
        d_y_mul += dZ * Y;
        d_y_add += dZ;
        d_mul_bias += d_mul;
        d_add_bias += dY;
        if (by_class) {
            add_to(g->d_film + row, d_mul, lanes);
            add_to(g->d_film + row + a->dx, dY, lanes);
        } else {
            dg_lanes_store_some(g->d_film + row, d_mul, lanes);
            dg_lanes_store_some(g->d_film + row + a->dx, dY, lanes);
        }
    }
    add_to(g->dQ + c, dQ, lanes);
    add_to(g->d_y_e_mul + c, d_y_mul, lanes);
    add_to(g->d_y_e_add + c, d_y_add, lanes);
    add_to(g->d_mul_bias + c, d_mul_bias, lanes);
    add_to(g->d_add_bias + c, d_add_bias, lanes);
}

INLINE void backward_blocks(const dg_attention *a, const dg_attention_gradient *g, bool by_class) {
    size_t c = 0;
    for (; c + DG_LANES <= a->dx; c += DG_LANES)
        backward_block(a, g, c, DG_LANES, by_class);
    if (c < a->dx) backward_block(a, g, c, a->dx - c, by_class);
}

static void attention_backward(const dg_attention *a, const dg_attention_gradient *g) {
    if (a->film_class)
        backward_blocks(a, g, true);
    else
        backward_blocks(a, g, false);
}

const dg_attention_kernels DG_ISA_NAME(dg_attention_kernels_table) = {
    .begin = begin_rows,
    .end = end_rows,
    .forward = attention_forward,
    .scores = scores,
    .backward = attention_backward,
};
