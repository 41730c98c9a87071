/* Compiled once for each instruction set; see math/isa.h. Channels are processed in blocks of
 * DG_LANES: what a block carries from row to row stays in registers. The last block may have fewer
 * `lanes`. */
#include "denoiser/graph_transformer/attention.h"
#include "math/lanes.h"

static const float LOG2_E = 1.44269504088896341f;

/* How far above a softmax's reference a score may be: e^32 times as many as there are nodes is far
 * from the largest float. */
static const float HEADROOM = 32.0f;

/* 2^t for t < 127: 2^n 2^r with n whole and |r| <= 1/2, and 2^r by the polynomial of degree 5 with
 * the smallest relative error (9e-8) that is 1 at 0. Below -126: 2^-126. */
INLINE dg_lanes exp2_of(dg_lanes t) {
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

static void begin_rows(size_t dx, float *reference, float *inverse, float *attended) {
    for (size_t c = 0; c < dx; c++) {
        reference[c] = -1e30f;
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

static void join_rows(size_t dx, const float *other_reference, const float *other_inverse,
                      const float *other_attended, float *reference, float *inverse,
                      float *attended) {
    for (size_t c = 0; c < dx; c += DG_LANES) {
        const size_t lanes = dx - c < DG_LANES ? dx - c : DG_LANES;
        const dg_lanes a = dg_lanes_load_some(reference + c, lanes);
        const dg_lanes b = dg_lanes_load_some(other_reference + c, lanes), top = dg_lanes_max(a, b);
        const dg_lanes keep = exp2_of((a - top) * LOG2_E);
        const dg_lanes take = exp2_of((b - top) * LOG2_E);
        dg_lanes_store_some(reference + c, top, lanes);
        dg_lanes_store_some(inverse + c,
                            keep * dg_lanes_load_some(inverse + c, lanes) +
                                take * dg_lanes_load_some(other_inverse + c, lanes),
                            lanes);
        dg_lanes_store_some(attended + c,
                            keep * dg_lanes_load_some(attended + c, lanes) +
                                take * dg_lanes_load_some(other_attended + c, lanes),
                            lanes);
    }
}

/* What does not change from row to row: Y = QK (mul + gain) + (add + shift), Z = y_gain Y +
 * y_shift
 */
typedef struct block {
    dg_lanes Q, own_K, own_V, gain, shift, y_gain, y_shift;
} block;

INLINE block load_block(const dg_attention *a, size_t c, size_t lanes, bool symmetric) {
    return (block){.Q = dg_lanes_load_some(a->Q + c, lanes),
                   .own_K = symmetric ? dg_lanes_load_some(a->own_K + c, lanes) : (dg_lanes){0},
                   .own_V = symmetric ? dg_lanes_load_some(a->own_V + c, lanes) : (dg_lanes){0},
                   .gain = dg_lanes_load_some(a->mul_bias + c, lanes) + 1.0f,
                   .shift = dg_lanes_load_some(a->add_bias + c, lanes),
                   .y_gain = dg_lanes_load_some(a->y_e_mul + c, lanes) + 1.0f,
                   .y_shift = dg_lanes_load_some(a->y_e_add + c, lanes)};
}

INLINE size_t film_row(const dg_attention *a, size_t r, bool by_class) {
    return (by_class ? a->film_class[r] : r) * 2 * a->dx;
}

/* Q_i K_j, or (Q_i K_j + Q_j K_i) / 2. */
INLINE dg_lanes product_of(const dg_attention *a, const block *b, size_t r, size_t c, size_t lanes,
                           bool symmetric, dg_lanes K) {
    if (!symmetric) return b->Q * K;
    const dg_lanes Q = dg_lanes_load_some(a->targets_Q + r * a->kv_stride + c, lanes);
    return (b->Q * K + Q * b->own_K) * 0.5f;
}

/* Is row r of two nodes, each of which it is a row of? */
INLINE bool is_shared(const dg_attention *a, size_t r, bool symmetric) {
    return symmetric && !(a->diagonal && r == 0);
}

typedef struct softmax {
    dg_lanes reference, total, attended;
} softmax;

/* One j at a time, so that the bits do not depend on where a tile ends. The sums are relative to a
 * reference, the first score, which only one far above it replaces: hardly ever. */
INLINE void take_in(softmax *s, dg_lanes Y, dg_lanes V) {
    dg_lanes above = Y - s->reference;
    if (dg_lanes_any_above(above, HEADROOM)) {
        const dg_lanes far = above - HEADROOM;
        const dg_lanes keep = exp2_of(dg_lanes_negative(above) * LOG2_E);
        s->total = dg_lanes_where_positive(far, s->total * keep, s->total);
        s->attended = dg_lanes_where_positive(far, s->attended * keep, s->attended);
        s->reference = dg_lanes_where_positive(far, Y, s->reference);
        above = Y - s->reference;
    }
    const dg_lanes weight = exp2_of(above * LOG2_E);
    s->total += weight;
    s->attended += weight * V;
}

INLINE softmax load_softmax(const float *reference, const float *inverse, const float *attended,
                            size_t lanes) {
    return (softmax){dg_lanes_load_some(reference, lanes), dg_lanes_load_some(inverse, lanes),
                     dg_lanes_load_some(attended, lanes)};
}

INLINE void store_softmax(const softmax *s, float *reference, float *inverse, float *attended,
                          size_t lanes) {
    dg_lanes_store_some(reference, s->reference, lanes);
    dg_lanes_store_some(inverse, s->total, lanes);
    dg_lanes_store_some(attended, s->attended, lanes);
}

INLINE void forward_block(const dg_attention *attention, size_t c, size_t lanes, bool by_class,
                          bool symmetric, float *Z) {
    const dg_attention copy = *attention, *a = &copy; /* nothing that is stored changes it */
    const block b = load_block(a, c, lanes, symmetric);
    softmax own = load_softmax(a->reference + c, a->inverse + c, a->attended + c, lanes);
    for (size_t r = 0; r < a->count; r++) {
        const dg_lanes K = dg_lanes_load_some(a->K + r * a->kv_stride + c, lanes);
        const dg_lanes V = dg_lanes_load_some(a->V + r * a->kv_stride + c, lanes);
        const float *film = a->film + film_row(a, r, by_class) + c;
        const dg_lanes mul = dg_lanes_load_some(film, lanes);
        const dg_lanes add = dg_lanes_load_some(film + a->dx, lanes);
        const dg_lanes QK = product_of(a, &b, r, c, lanes, symmetric, K);
        const dg_lanes Y = QK * (mul + b.gain) + (add + b.shift);
        dg_lanes_store_some(Z + r * a->dx + c, b.y_gain * Y + b.y_shift, lanes);
        take_in(&own, Y, V);
        if (!is_shared(a, r, symmetric)) continue;
        const size_t at = r * a->dx + c;
        float *reference = a->targets_reference + at, *inverse = a->targets_inverse + at,
              *attended = a->targets_attended + at;
        softmax target = load_softmax(reference, inverse, attended, lanes);
        take_in(&target, Y, b.own_V);
        store_softmax(&target, reference, inverse, attended, lanes);
    }
    store_softmax(&own, a->reference + c, a->inverse + c, a->attended + c, lanes);
}

INLINE void forward_blocks(const dg_attention *a, bool by_class, bool symmetric, float *Z) {
    size_t c = 0;
    for (; c + DG_LANES <= a->dx; c += DG_LANES)
        forward_block(a, c, DG_LANES, by_class, symmetric, Z);
    if (c < a->dx) forward_block(a, c, a->dx - c, by_class, symmetric, Z);
}

static void attention_forward(const dg_attention *a, float *Z) {
    if (a->own_K && a->film_class)
        forward_blocks(a, true, true, Z);
    else if (a->own_K)
        forward_blocks(a, false, true, Z);
    else if (a->film_class)
        forward_blocks(a, true, false, Z);
    else
        forward_blocks(a, false, false, Z);
}

INLINE void scores_block(const dg_attention *attention, size_t c, size_t lanes, bool symmetric,
                         float *Z) {
    const dg_attention copy = *attention, *a = &copy;
    const block b = load_block(a, c, lanes, symmetric);
    for (size_t r = 0; r < a->count; r++) {
        const dg_lanes K = dg_lanes_load_some(a->K + r * a->kv_stride + c, lanes);
        const float *film = a->film + film_row(a, r, a->film_class) + c;
        const dg_lanes mul = dg_lanes_load_some(film, lanes);
        const dg_lanes add = dg_lanes_load_some(film + a->dx, lanes);
        const dg_lanes QK = product_of(a, &b, r, c, lanes, symmetric, K);
        const dg_lanes Y = QK * (mul + b.gain) + (add + b.shift);
        dg_lanes_store_some(Z + r * a->dx + c, b.y_gain * Y + b.y_shift, lanes);
    }
}

INLINE void scores_blocks(const dg_attention *a, bool symmetric, float *Z) {
    size_t c = 0;
    for (; c + DG_LANES <= a->dx; c += DG_LANES)
        scores_block(a, c, DG_LANES, symmetric, Z);
    if (c < a->dx) scores_block(a, c, a->dx - c, symmetric, Z);
}

static void scores(const dg_attention *a, float *Z) {
    if (a->own_K)
        scores_blocks(a, true, Z);
    else
        scores_blocks(a, false, Z);
}

INLINE void add_to(float *sum, dg_lanes value, size_t lanes) {
    dg_lanes_store_some(sum, dg_lanes_load_some(sum, lanes) + value, lanes);
}

/* The share of one j in a node's softmax, times the gradient of what it attended. */
INLINE dg_lanes through_softmax(const softmax *s, dg_lanes Y, dg_lanes d_attended) {
    return exp2_of((Y - s->reference) * LOG2_E) * s->total * d_attended;
}

/* dY by the softmax of row r's target, in which the node's own V stands. `at`: of the row. */
INLINE dg_lanes through_target(const dg_attention *a, const dg_attention_gradient *g,
                               const block *b, size_t at, size_t lanes, dg_lanes Y,
                               dg_lanes *own_dV) {
    const softmax target = load_softmax(a->targets_reference + at, a->targets_inverse + at,
                                        a->targets_attended + at, lanes);
    const dg_lanes d_attended = dg_lanes_load_some(g->targets_d_attended + at, lanes);
    const dg_lanes through = through_softmax(&target, Y, d_attended);
    *own_dV += through;
    return through * (b->own_V - target.attended);
}

INLINE void add_film_gradient(float *d_film, size_t dx, size_t lanes, bool by_class, dg_lanes d_mul,
                              dg_lanes d_add) {
    if (by_class) {
        add_to(d_film, d_mul, lanes);
        add_to(d_film + dx, d_add, lanes);
    } else {
        dg_lanes_store_some(d_film, d_mul, lanes);
        dg_lanes_store_some(d_film + dx, d_add, lanes);
    }
}

INLINE void backward_block(const dg_attention *attention, const dg_attention_gradient *gradient,
                           size_t c, size_t lanes, bool by_class, bool symmetric) {
    const dg_attention copy = *attention, *a = &copy;
    const dg_attention_gradient g_copy = *gradient, *g = &g_copy;
    const block b = load_block(a, c, lanes, symmetric);
    const softmax own = load_softmax(a->reference + c, a->inverse + c, a->attended + c, lanes);
    const dg_lanes d_attended = dg_lanes_load_some(g->d_attended + c, lanes);
    dg_lanes dQ = {0}, d_y_mul = {0}, d_y_add = {0}, d_mul_bias = {0}, d_add_bias = {0};
    dg_lanes own_dK = {0}, own_dV = {0};
    for (size_t r = 0; r < a->count; r++) {
        const size_t row = film_row(a, r, by_class) + c, at = r * a->dx + c;
        const dg_lanes K = dg_lanes_load_some(a->K + r * a->kv_stride + c, lanes);
        const dg_lanes V = dg_lanes_load_some(a->V + r * a->kv_stride + c, lanes);
        const dg_lanes mul = dg_lanes_load_some(a->film + row, lanes);
        const dg_lanes add = dg_lanes_load_some(a->film + row + a->dx, lanes);
        const dg_lanes dZ = dg_lanes_load_some(g->dZ + at, lanes);
        const dg_lanes QK = product_of(a, &b, r, c, lanes, symmetric, K), gain = mul + b.gain,
                       Y = QK * gain + (add + b.shift);
        const dg_lanes through = through_softmax(&own, Y, d_attended);
        dg_lanes dY = dZ * b.y_gain + through * (V - own.attended);
        if (is_shared(a, r, symmetric)) dY += through_target(a, g, &b, at, lanes, Y, &own_dV);
        const dg_lanes dQK = symmetric ? dY * gain * 0.5f : dY * gain, d_mul = dY * QK;
        add_to(g->dV + r * g->kv_stride + c, through, lanes);
        add_to(g->dK + r * g->kv_stride + c, dQK * b.Q, lanes);
        if (symmetric) {
            own_dK += dQK * dg_lanes_load_some(a->targets_Q + r * a->kv_stride + c, lanes);
            add_to(g->targets_dQ + at, dQK * b.own_K, lanes);
        }
        dQ += dQK * K;
        d_y_mul += dZ * Y;
        d_y_add += dZ;
        d_mul_bias += d_mul;
        d_add_bias += dY;
        add_film_gradient(g->d_film + row, a->dx, lanes, by_class, d_mul, dY);
    }
    add_to(g->dQ + c, dQ, lanes);
    add_to(g->d_y_e_mul + c, d_y_mul, lanes);
    add_to(g->d_y_e_add + c, d_y_add, lanes);
    add_to(g->d_mul_bias + c, d_mul_bias, lanes);
    add_to(g->d_add_bias + c, d_add_bias, lanes);
    if (!symmetric) return;
    add_to(g->own_dK + c, own_dK, lanes);
    add_to(g->own_dV + c, own_dV, lanes);
}

INLINE void backward_blocks(const dg_attention *a, const dg_attention_gradient *g, bool by_class,
                            bool symmetric) {
    size_t c = 0;
    for (; c + DG_LANES <= a->dx; c += DG_LANES)
        backward_block(a, g, c, DG_LANES, by_class, symmetric);
    if (c < a->dx) backward_block(a, g, c, a->dx - c, by_class, symmetric);
}

static void attention_backward(const dg_attention *a, const dg_attention_gradient *g) {
    if (a->own_K && a->film_class)
        backward_blocks(a, g, true, true);
    else if (a->own_K)
        backward_blocks(a, g, false, true);
    else if (a->film_class)
        backward_blocks(a, g, true, false);
    else
        backward_blocks(a, g, false, false);
}

const dg_attention_kernels DG_ISA_NAME(dg_attention_kernels_table) = {
    .begin = begin_rows,
    .join = join_rows,
    .end = end_rows,
    .forward = attention_forward,
    .scores = scores,
    .backward = attention_backward,
};
