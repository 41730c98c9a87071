/* Compiled once for each instruction set; see math/isa.h. Sums over rows stay in registers: a block
 * of columns goes through all rows before the next one. */
#include "denoiser/graph_transformer/kernels.h"
#include "math/lanes.h"

#include <math.h>

static const float LAYER_NORM_EPSILON = 1e-5f;

/* block(..., c, vectors, lanes) for all columns from c on: some vectors at a time, then one, and
 * the last with fewer lanes. */
enum { MOST_VECTORS = 4 };
#define IN_BLOCKS(width, block, ...)                                                               \
    do {                                                                                           \
        size_t at = 0;                                                                             \
        for (; (width)-at >= 4 * DG_LANES; at += 4 * DG_LANES)                                     \
            block(__VA_ARGS__, at, 4, DG_LANES);                                                   \
        for (; (width)-at >= 2 * DG_LANES; at += 2 * DG_LANES)                                     \
            block(__VA_ARGS__, at, 2, DG_LANES);                                                   \
        for (; (width)-at >= DG_LANES; at += DG_LANES)                                             \
            block(__VA_ARGS__, at, 1, DG_LANES);                                                   \
        if (at < (width)) block(__VA_ARGS__, at, 1, (width)-at);                                   \
    } while (0)
#define EACH_VECTOR _Pragma("GCC unroll 4") for (size_t v = 0; v < vectors; v++)

/* Vector v of a block of x. */
INLINE dg_lanes take(const float *x, size_t v, size_t lanes) {
    return dg_lanes_load_some(x + v * DG_LANES, lanes);
}

INLINE void put(float *x, size_t v, size_t lanes, dg_lanes value) {
    dg_lanes_store_some(x + v * DG_LANES, value, lanes);
}

INLINE void take_all(const float *x, size_t vectors, size_t lanes, dg_lanes *values) {
    EACH_VECTOR values[v] = take(x, v, lanes);
}

INLINE void put_all(float *x, size_t vectors, size_t lanes, const dg_lanes *values) {
    EACH_VECTOR put(x, v, lanes, values[v]);
}

static inline int masked(const dg_mask *mask) {
    return mask && mask->row_keys;
}

/* The elements that dropout keeps, of channels c, c + 1, ...; the rest becomes zero. The hash is
 * "lowbias32" (Wellons 2018). */
INLINE dg_lanes kept(uint32_t row_key, size_t c, int32_t threshold, dg_lanes value) {
    static const uint32_t golden = 0x9E3779B9u;
    static const dg_lanes_uint lane =
#if defined(__AVX512F__)
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif defined(__AVX2__)
        {0, 1, 2, 3, 4, 5, 6, 7};
#else
        {0, 1, 2, 3};
#endif
    dg_lanes_uint x = lane * golden + (row_key + (uint32_t)c * golden);
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return dg_lanes_where_least((dg_lanes_int)(x >> 1), threshold, value);
}

INLINE void bias_block(size_t rows, size_t width, const float *bias, float *x, size_t c,
                       size_t vectors, size_t lanes) {
    dg_lanes b[MOST_VECTORS];
    take_all(bias + c, vectors, lanes, b);
    for (size_t r = 0; r < rows; r++, x += width)
        EACH_VECTOR put(x + c, v, lanes, take(x + c, v, lanes) + b[v]);
}

static void add_bias(size_t rows, size_t width, const float *bias, float *x) {
    IN_BLOCKS(width, bias_block, rows, width, bias, x);
}

INLINE void relu_block(size_t rows, size_t width, const float *bias, const dg_mask *mask,
                       bool masks, float *x, size_t c, size_t vectors, size_t lanes) {
    dg_lanes b[MOST_VECTORS];
    take_all(bias + c, vectors, lanes, b);
    for (size_t r = 0; r < rows; r++, x += width)
        EACH_VECTOR {
            dg_lanes value = take(x + c, v, lanes) + b[v];
            value = dg_lanes_max((dg_lanes){0}, value); /* a NaN stays one */
            if (masks)
                value =
                    kept(mask->row_keys[r], c + v * DG_LANES, mask->threshold, value * mask->scale);
            put(x + c, v, lanes, value);
        }
}

static void relu(size_t rows, size_t width, const float *bias, const dg_mask *mask, float *x) {
    if (masked(mask))
        IN_BLOCKS(width, relu_block, rows, width, bias, mask, true, x);
    else
        IN_BLOCKS(width, relu_block, rows, width, bias, mask, false, x);
}

INLINE void relu_backward_block(size_t rows, size_t width, const float *x, float scale, float *dx,
                                float *dbias, size_t c, size_t vectors, size_t lanes) {
    dg_lanes sum[MOST_VECTORS];
    take_all(dbias + c, vectors, lanes, sum);
    for (size_t r = 0; r < rows; r++, x += width, dx += width)
        EACH_VECTOR {
            const dg_lanes scaled = take(dx + c, v, lanes) * scale;
            const dg_lanes value =
                dg_lanes_where_positive(take(x + c, v, lanes), scaled, (dg_lanes){0});
            put(dx + c, v, lanes, value);
            sum[v] += value;
        }
    put_all(dbias + c, vectors, lanes, sum);
}

static void relu_backward(size_t rows, size_t width, const float *x, float scale, float *dx,
                          float *dbias) {
    IN_BLOCKS(width, relu_backward_block, rows, width, x, scale, dx, dbias);
}

/* ---- Layer norm ---- */

/* Rows whose moments are computed together, so that their sums' latencies overlap; and those that
 * norm_backward has at a time. */
enum { TOGETHER = 4, NORM_ROWS = 64 };

/* Mean and 1 / sqrt(population variance + epsilon) of each row. `rows` is a constant. */
INLINE void moments(size_t rows, size_t width, const float *x, float *mean, float *inverse) {
    const float share = 1.0f / (float)width;
    dg_sums sums[TOGETHER] = {{{{0}}}}, squares[TOGETHER] = {{{{0}}}};
    for (size_t c = 0; c < width; c += DG_PARTIAL_SUMS)
#pragma GCC unroll 4
        for (size_t r = 0; r < rows; r++) {
            const dg_sums values = dg_sixteen_at(x + r * width + c, width - c, 0.0f);
            for (size_t k = 0; k < DG_SUM_PARTS; k++)
                sums[r].part[k] += values.part[k];
        }
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; r++)
        mean[r] = dg_sums_total(sums[r]) * share;
    for (size_t c = 0; c < width; c += DG_PARTIAL_SUMS)
#pragma GCC unroll 4
        for (size_t r = 0; r < rows; r++) {
            const dg_sums values = dg_sixteen_at(x + r * width + c, width - c, mean[r]);
            for (size_t k = 0; k < DG_SUM_PARTS; k++) {
                const dg_lanes away = values.part[k] - mean[r];
                squares[r].part[k] += away * away;
            }
        }
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; r++)
        inverse[r] = 1.0f / sqrtf(dg_sums_total(squares[r]) * share + LAYER_NORM_EPSILON);
}

/* normed holds the sum; out = normed gamma + beta */
INLINE void norm_rows(size_t rows, size_t width, const float *gamma, const float *beta,
                      float *normed, float *inverse, float *out) {
    float mean[TOGETHER];
    moments(rows, width, normed, mean, inverse);
    for (size_t c = 0; c < width; c += DG_LANES) {
        const size_t lanes = width - c < DG_LANES ? width - c : DG_LANES;
        const dg_lanes factor = take(gamma + c, 0, lanes), shift = take(beta + c, 0, lanes);
#pragma GCC unroll 4
        for (size_t r = 0; r < rows; r++) {
            float *place = normed + r * width + c;
            const dg_lanes value = (take(place, 0, lanes) - mean[r]) * inverse[r];
            put(place, 0, lanes, value);
            put(out + r * width + c, 0, lanes, value * factor + shift);
        }
    }
}

/* branch = x + dropout(branch + bias) of row r */
INLINE void add_residual(size_t width, const float *x, const float *bias, const dg_mask *mask,
                         bool masks, size_t r, float *branch) {
    for (size_t c = 0; c < width; c += DG_LANES) {
        const size_t lanes = width - c < DG_LANES ? width - c : DG_LANES;
        const dg_lanes value = take(branch + c, 0, lanes) + take(bias + c, 0, lanes);
        if (!masks) {
            put(branch + c, 0, lanes, take(x + c, 0, lanes) + value);
            continue;
        }
        const dg_lanes scale = (dg_lanes){0} + mask->scale;
        const dg_lanes factor = kept(mask->row_keys[r], c, mask->threshold, scale);
        put(branch + c, 0, lanes, dg_lanes_fused(value, factor, take(x + c, 0, lanes)));
    }
}

INLINE void residual_norm_rows(size_t rows, size_t width, const float *x, const float *bias,
                               const dg_mask *mask, bool masks, const float *gamma,
                               const float *beta, float *normed, float *inverse, float *out) {
    for (size_t r = 0; r < rows; r++)
        add_residual(width, x + r * width, bias, mask, masks, r, normed + r * width);
    size_t r = 0;
    for (; rows - r >= TOGETHER; r += TOGETHER)
        norm_rows(TOGETHER, width, gamma, beta, normed + r * width, inverse + r, out + r * width);
    for (; r < rows; r++)
        norm_rows(1, width, gamma, beta, normed + r * width, inverse + r, out + r * width);
}

static void residual_norm(size_t rows, size_t width, const float *x, const float *bias,
                          const dg_mask *mask, const float *gamma, const float *beta, float *normed,
                          float *inverse, float *out) {
    if (masked(mask))
        residual_norm_rows(rows, width, x, bias, mask, true, gamma, beta, normed, inverse, out);
    else
        residual_norm_rows(rows, width, x, bias, mask, false, gamma, beta, normed, inverse, out);
}

INLINE void norm_again_block(size_t rows, size_t width, const float *normed, const float *gamma,
                             const float *beta, float *out, size_t c, size_t vectors,
                             size_t lanes) {
    dg_lanes factor[MOST_VECTORS], shift[MOST_VECTORS];
    take_all(gamma + c, vectors, lanes, factor);
    take_all(beta + c, vectors, lanes, shift);
    for (size_t r = 0; r < rows; r++, normed += width, out += width)
        EACH_VECTOR put(out + c, v, lanes, take(normed + c, v, lanes) * factor[v] + shift[v]);
}

static void norm_again(size_t rows, size_t width, const float *normed, const float *gamma,
                       const float *beta, float *out) {
    IN_BLOCKS(width, norm_again_block, rows, width, normed, gamma, beta, out);
}

/* What a row's gradient is cleared of: the means of dout gamma, and of dout gamma normed. */
typedef struct projection {
    float total, along;
} projection;

INLINE void project(size_t rows, size_t width, const float *normed, const float *gamma,
                    const float *dout, projection *out) {
    dg_sums totals[TOGETHER] = {{{{0}}}}, alongs[TOGETHER] = {{{{0}}}};
    for (size_t c = 0; c < width; c += DG_PARTIAL_SUMS) {
        const dg_sums factor = dg_sixteen_at(gamma + c, width - c, 0.0f);
#pragma GCC unroll 4
        for (size_t r = 0; r < rows; r++) {
            const dg_sums x = dg_sixteen_at(normed + r * width + c, width - c, 0.0f);
            const dg_sums d = dg_sixteen_at(dout + r * width + c, width - c, 0.0f);
            for (size_t k = 0; k < DG_SUM_PARTS; k++) {
                const dg_lanes weighted = d.part[k] * factor.part[k];
                totals[r].part[k] += weighted;
                alongs[r].part[k] += weighted * x.part[k];
            }
        }
    }
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; r++)
        out[r] = (projection){dg_sums_total(totals[r]) / (float)width,
                              dg_sums_total(alongs[r]) / (float)width};
}

INLINE void norm_backward_block(size_t rows, size_t width, const projection *row,
                                const float *normed, const float *inverse, const float *gamma,
                                const float *dout, float *dsum, float *dgamma, float *dbeta,
                                size_t c, size_t vectors, size_t lanes) {
    dg_lanes factor[MOST_VECTORS], d_factor[MOST_VECTORS], d_shift[MOST_VECTORS];
    take_all(gamma + c, vectors, lanes, factor);
    take_all(dgamma + c, vectors, lanes, d_factor);
    take_all(dbeta + c, vectors, lanes, d_shift);
    for (size_t r = 0; r < rows; r++, normed += width, dout += width, dsum += width)
        EACH_VECTOR {
            const dg_lanes x = take(normed + c, v, lanes), d = take(dout + c, v, lanes);
            d_factor[v] += d * x;
            d_shift[v] += d;
            put(dsum + c, v, lanes, inverse[r] * (d * factor[v] - row[r].total - x * row[r].along));
        }
    put_all(dgamma + c, vectors, lanes, d_factor);
    put_all(dbeta + c, vectors, lanes, d_shift);
}

static void norm_backward(size_t rows, size_t width, const float *normed, const float *inverse,
                          const float *gamma, const float *dout, float *dsum, float *dgamma,
                          float *dbeta) {
    projection row[NORM_ROWS];
    while (rows > 0) {
        const size_t count = rows < NORM_ROWS ? rows : NORM_ROWS;
        size_t r = 0;
        for (; count - r >= TOGETHER; r += TOGETHER)
            project(TOGETHER, width, normed + r * width, gamma, dout + r * width, row + r);
        for (; r < count; r++)
            project(1, width, normed + r * width, gamma, dout + r * width, row + r);
        IN_BLOCKS(width, norm_backward_block, count, width, row, normed, inverse, gamma, dout, dsum,
                  dgamma, dbeta);
        rows -= count, inverse += count;
        normed += count * width, dout += count * width, dsum += count * width;
    }
}

INLINE void dropout_backward_block(size_t rows, size_t width, const dg_mask *mask, bool masks,
                                   const float *dsum, float *dbranch, float *dbias, size_t c,
                                   size_t vectors, size_t lanes) {
    dg_lanes sum[MOST_VECTORS];
    take_all(dbias + c, vectors, lanes, sum);
    for (size_t r = 0; r < rows; r++, dsum += width, dbranch += width)
        EACH_VECTOR {
            dg_lanes value = take(dsum + c, v, lanes);
            if (masks)
                value =
                    kept(mask->row_keys[r], c + v * DG_LANES, mask->threshold, value * mask->scale);
            put(dbranch + c, v, lanes, value);
            sum[v] += value;
        }
    put_all(dbias + c, vectors, lanes, sum);
}

static void dropout_backward(size_t rows, size_t width, const dg_mask *mask, const float *dsum,
                             float *dbranch, float *dbias) {
    if (masked(mask))
        IN_BLOCKS(width, dropout_backward_block, rows, width, mask, true, dsum, dbranch, dbias);
    else
        IN_BLOCKS(width, dropout_backward_block, rows, width, mask, false, dsum, dbranch, dbias);
}

/* ---- FiLM, pooling, sums ---- */

static void film(size_t rows, size_t width, const float *mul, const float *add, const float *x,
                 float *out) {
    for (size_t r = 0; r < rows; r++, x += width, out += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++)
            out[c] = add[c] + (mul[c] + 1.0f) * x[c];
    }
}

INLINE void film_backward_block(size_t rows, size_t width, const float *mul, const float *x,
                                const float *dout, float *dx, float *dmul, float *dadd, size_t c,
                                size_t vectors, size_t lanes) {
    dg_lanes gain[MOST_VECTORS], d_mul[MOST_VECTORS], d_add[MOST_VECTORS];
    EACH_VECTOR gain[v] = take(mul + c, v, lanes) + 1.0f;
    take_all(dmul + c, vectors, lanes, d_mul);
    take_all(dadd + c, vectors, lanes, d_add);
    for (size_t r = 0; r < rows; r++, x += width, dout += width, dx += width)
        EACH_VECTOR {
            const dg_lanes d = take(dout + c, v, lanes);
            d_mul[v] += d * take(x + c, v, lanes);
            d_add[v] += d;
            put(dx + c, v, lanes, gain[v] * d);
        }
    put_all(dmul + c, vectors, lanes, d_mul);
    put_all(dadd + c, vectors, lanes, d_add);
}

static void film_backward(size_t rows, size_t width, const float *mul, const float *x,
                          const float *dout, float *dx, float *dmul, float *dadd) {
    IN_BLOCKS(width, film_backward_block, rows, width, mul, x, dout, dx, dmul, dadd);
}

/* Rows from the second on count `times` times. */
INLINE void pool_block(size_t rows, size_t width, float times, const float *x, float *mean,
                       float *min, float *max, float *deviation, size_t c, size_t vectors,
                       size_t lanes) {
    const float total = 1.0f + times * (float)(rows - 1);
    dg_lanes sum[MOST_VECTORS], least[MOST_VECTORS], most[MOST_VECTORS], away[MOST_VECTORS];
    take_all(x + c, vectors, lanes, sum);
    EACH_VECTOR least[v] = most[v] = sum[v];
    for (size_t r = 1; r < rows; r++)
        EACH_VECTOR {
            const dg_lanes value = take(x + r * width + c, v, lanes);
            sum[v] += times * value;
            least[v] = dg_lanes_min(value, least[v]);
            most[v] = dg_lanes_max(value, most[v]);
        }
    EACH_VECTOR {
        sum[v] /= total;
        const dg_lanes first = take(x + c, v, lanes) - sum[v];
        away[v] = first * first;
    }
    for (size_t r = 1; r < rows; r++)
        EACH_VECTOR {
            const dg_lanes value = take(x + r * width + c, v, lanes) - sum[v];
            away[v] += times * (value * value);
        }
    put_all(mean + c, vectors, lanes, sum);
    put_all(min + c, vectors, lanes, least);
    put_all(max + c, vectors, lanes, most);
    put_all(deviation + c, vectors, lanes, away);
}

static void pool(size_t rows, size_t width, const float *x, float *mean, float *min, float *max,
                 float *deviation) {
    IN_BLOCKS(width, pool_block, rows, width, 1.0f, x, mean, min, max, deviation);
}

static void pool_twice(size_t rows, size_t width, const float *x, float *mean, float *min,
                       float *max, float *deviation) {
    IN_BLOCKS(width, pool_block, rows, width, 2.0f, x, mean, min, max, deviation);
}

INLINE void pool_backward_block(size_t rows, size_t width, const float *x, const float *shift,
                                const float *slope, const float *min, const float *max,
                                float *d_min, float *d_max, float *dx, size_t c, size_t vectors,
                                size_t lanes) {
    EACH_VECTOR {
        const size_t at = c + v * DG_LANES;
        const dg_lanes start = take(shift + at, 0, lanes), rise = take(slope + at, 0, lanes);
        const dg_lanes least = take(min + at, 0, lanes), most = take(max + at, 0, lanes);
        dg_lanes of_least = take(d_min + at, 0, lanes), of_most = take(d_max + at, 0, lanes);
        for (size_t r = 0; r < rows; r++) {
            const dg_lanes value = take(x + r * width + at, 0, lanes);
            dg_lanes d = start + rise * value;
            d += dg_lanes_spend(value, least, &of_least);
            d += dg_lanes_spend(value, most, &of_most);
            put(dx + r * width + at, 0, lanes, take(dx + r * width + at, 0, lanes) + d);
        }
        put(d_min + at, 0, lanes, of_least);
        put(d_max + at, 0, lanes, of_most);
    }
}

static void pool_backward(size_t rows, size_t width, const float *x, const float *shift,
                          const float *slope, const float *min, const float *max, float *d_min,
                          float *d_max, float *dx) {
    IN_BLOCKS(width, pool_backward_block, rows, width, x, shift, slope, min, max, d_min, d_max, dx);
}

INLINE void column_sum_block(size_t rows, size_t width, const float *x, float *sum, size_t c,
                             size_t vectors, size_t lanes) {
    dg_lanes total[MOST_VECTORS];
    take_all(sum + c, vectors, lanes, total);
    for (size_t r = 0; r < rows; r++, x += width)
        EACH_VECTOR total[v] += take(x + c, v, lanes);
    put_all(sum + c, vectors, lanes, total);
}

static void column_sum(size_t rows, size_t width, const float *x, float *sum) {
    IN_BLOCKS(width, column_sum_block, rows, width, x, sum);
}

const dg_kernels DG_ISA_NAME(dg_kernels_table) = {
    .add_bias = add_bias,
    .relu = relu,
    .relu_backward = relu_backward,
    .residual_norm = residual_norm,
    .norm_backward = norm_backward,
    .norm_again = norm_again,
    .dropout_backward = dropout_backward,
    .film = film,
    .film_backward = film_backward,
    .pool = pool,
    .pool_twice = pool_twice,
    .pool_backward = pool_backward,
    .column_sum = column_sum,
};
