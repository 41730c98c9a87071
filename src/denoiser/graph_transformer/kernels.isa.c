/* Compiled once for each instruction set; see math/isa.h. */
#include "denoiser/graph_transformer/kernels.h"
#include "math/lanes.h"

#include <math.h>

static const float LAYER_NORM_EPSILON = 1e-5f;

/* The hash "lowbias32" (Wellons 2018): one element of a dropout mask. */
static inline int kept(uint32_t row_key, uint32_t channel, int32_t threshold) {
    uint32_t x = row_key + channel * 0x9E3779B9u;
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return (int32_t)(x >> 1) >= threshold;
}

static inline int masked(const dg_mask *mask) {
    return mask && mask->row_keys;
}

static void add_bias(size_t rows, size_t width, const float *bias, float *x) {
    for (size_t r = 0; r < rows; r++, x += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++)
            x[c] += bias[c];
    }
}

static void relu(size_t rows, size_t width, const float *bias, const dg_mask *mask, float *x) {
    for (size_t r = 0; r < rows; r++, x += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            float value = x[c] + bias[c];
            x[c] = value <= 0.0f ? 0.0f : value; /* a NaN stays one */
        }
        if (!masked(mask)) continue;
        const uint32_t key = mask->row_keys[r];
        const int32_t threshold = mask->threshold;
        const float scale = mask->scale;
#pragma omp simd
        for (uint32_t c = 0; c < (uint32_t)width; c++) {
            float value = x[c] * scale;
            x[c] = kept(key, c, threshold) ? value : 0.0f;
        }
    }
}

static void relu_backward(size_t rows, size_t width, const float *x, float scale, float *dx,
                          float *dbias) {
    for (size_t r = 0; r < rows; r++, x += width, dx += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            float value = x[c] > 0.0f ? scale * dx[c] : 0.0f;
            dx[c] = value;
            dbias[c] += value;
        }
    }
}

/* Mean and 1 / sqrt(population variance + epsilon) of one row of the given sum. */
static inline void moments(size_t width, const float *x, float sum, float *mean, float *inverse) {
    const float share = 1.0f / (float)width, average = sum * share;
    dg_sums squares = {{{0}}};
    for (size_t c = 0; c < width; c += DG_PARTIAL_SUMS) {
        const dg_sums values = dg_sixteen_at(x + c, width - c, average);
        for (size_t k = 0; k < DG_SUM_PARTS; k++) {
            const dg_lanes away = values.part[k] - average;
            squares.part[k] += away * away;
        }
    }
    *mean = average;
    *inverse = 1.0f / sqrtf(dg_sums_total(squares) * share + LAYER_NORM_EPSILON);
}

static inline float row_sum(size_t width, const float *x) {
    dg_sums sums = {{{0}}};
    for (size_t c = 0; c < width; c += DG_PARTIAL_SUMS) {
        const dg_sums values = dg_sixteen_at(x + c, width - c, 0.0f);
        for (size_t k = 0; k < DG_SUM_PARTS; k++)
            sums.part[k] += values.part[k];
    }
    return dg_sums_total(sums);
}

static inline void norm_row(size_t width, const float *sum, const float *gamma, const float *beta,
                            float *out) {
    float mean, inverse;
    moments(width, sum, row_sum(width, sum), &mean, &inverse);
    size_t c = 0;
    for (; c + DG_LANES <= width; c += DG_LANES) {
        const dg_lanes normed = (dg_lanes_at(sum + c) - mean) * inverse;
        dg_lanes_store(out + c, normed * dg_lanes_at(gamma + c) + dg_lanes_at(beta + c));
    }
    for (; c < width; c++)
        out[c] = (sum[c] - mean) * inverse * gamma[c] + beta[c];
}

static void norm(size_t rows, size_t width, const float *sum, const float *gamma, const float *beta,
                 float *out) {
    for (size_t r = 0; r < rows; r++)
        norm_row(width, sum + r * width, gamma, beta, out + r * width);
}

static void residual_norm(size_t rows, size_t width, const float *x, const float *bias,
                          const dg_mask *mask, const float *gamma, const float *beta, float *branch,
                          float *out) {
    for (size_t r = 0; r < rows; r++, x += width, branch += width, out += width) {
        if (masked(mask)) {
            const uint32_t key = mask->row_keys[r];
            const int32_t threshold = mask->threshold;
            const float scale = mask->scale;
#pragma omp simd
            for (uint32_t c = 0; c < (uint32_t)width; c++) {
                const float factor = kept(key, c, threshold) ? scale : 0.0f;
                branch[c] = x[c] + (branch[c] + bias[c]) * factor;
            }
        } else {
#pragma omp simd
            for (size_t c = 0; c < width; c++)
                branch[c] = x[c] + (branch[c] + bias[c]);
        }
        norm_row(width, branch, gamma, beta, out);
    }
}

/* What a row's gradient is cleared of: the means of dout gamma, and of dout gamma normed. */
static inline void norm_projections(size_t width, const float *sum, float mean, float inverse,
                                    const float *gamma, const float *dout, float *total,
                                    float *along) {
    dg_sums totals = {{{0}}}, alongs = {{{0}}};
    for (size_t c = 0; c < width; c += DG_PARTIAL_SUMS) {
        const dg_sums x = dg_sixteen_at(sum + c, width - c, mean);
        const dg_sums d = dg_sixteen_at(dout + c, width - c, 0.0f);
        const dg_sums factor = dg_sixteen_at(gamma + c, width - c, 0.0f);
        for (size_t k = 0; k < DG_SUM_PARTS; k++) {
            const dg_lanes normed = (x.part[k] - mean) * inverse;
            const dg_lanes weighted = d.part[k] * factor.part[k];
            totals.part[k] += weighted;
            alongs.part[k] += weighted * normed;
        }
    }
    *total = dg_sums_total(totals) / (float)width;
    *along = dg_sums_total(alongs) / (float)width;
}

static void norm_backward(size_t rows, size_t width, const float *sum, const float *gamma,
                          const float *dout, float *dsum, float *dgamma, float *dbeta) {
    for (size_t r = 0; r < rows; r++, sum += width, dout += width, dsum += width) {
        float mean, inverse, total, along;
        moments(width, sum, row_sum(width, sum), &mean, &inverse);
        norm_projections(width, sum, mean, inverse, gamma, dout, &total, &along);
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            float normed = (sum[c] - mean) * inverse, d = dout[c];
            dgamma[c] += d * normed;
            dbeta[c] += d;
            dsum[c] = inverse * (d * gamma[c] - total - normed * along);
        }
    }
}

static void dropout_backward(size_t rows, size_t width, const dg_mask *mask, const float *dsum,
                             float *dbranch, float *dbias) {
    for (size_t r = 0; r < rows; r++, dsum += width, dbranch += width) {
        uint32_t key = masked(mask) ? mask->row_keys[r] : 0;
        int32_t threshold = masked(mask) ? mask->threshold : 0;
        float scale = masked(mask) ? mask->scale : 1.0f;
#pragma omp simd
        for (uint32_t c = 0; c < (uint32_t)width; c++) {
            float value = kept(key, c, threshold) ? dsum[c] * scale : 0.0f;
            dbranch[c] = value;
            dbias[c] += value;
        }
    }
}

static void film(size_t rows, size_t width, const float *mul, const float *add, const float *x,
                 float *out) {
    for (size_t r = 0; r < rows; r++, x += width, out += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++)
            out[c] = add[c] + (mul[c] + 1.0f) * x[c];
    }
}

static void film_backward(size_t rows, size_t width, const float *mul, const float *x,
                          const float *dout, float *dx, float *dmul, float *dadd) {
    for (size_t r = 0; r < rows; r++, x += width, dout += width, dx += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            dmul[c] += dout[c] * x[c];
            dadd[c] += dout[c];
            dx[c] = (mul[c] + 1.0f) * dout[c];
        }
    }
}

/* Rows from the second on count `times` times. */
INLINE void pool_rows(size_t rows, size_t width, float times, const float *x, float *mean,
                      float *min, float *max, float *deviation) {
    for (size_t c = 0; c < width; c++) {
        mean[c] = 0.0f;
        min[c] = max[c] = x[c];
        deviation[c] = 0.0f;
    }
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * width, weight = r > 0 ? times : 1.0f;
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            mean[c] += weight * row[c];
            min[c] = row[c] < min[c] ? row[c] : min[c];
            max[c] = row[c] > max[c] ? row[c] : max[c];
        }
    }
    for (size_t c = 0; c < width; c++)
        mean[c] /= 1.0f + times * (float)(rows - 1);
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * width, weight = r > 0 ? times : 1.0f;
#pragma omp simd
        for (size_t c = 0; c < width; c++)
            deviation[c] += weight * ((row[c] - mean[c]) * (row[c] - mean[c]));
    }
}

static void pool(size_t rows, size_t width, const float *x, float *mean, float *min, float *max,
                 float *deviation) {
    pool_rows(rows, width, 1.0f, x, mean, min, max, deviation);
}

static void pool_twice(size_t rows, size_t width, const float *x, float *mean, float *min,
                       float *max, float *deviation) {
    pool_rows(rows, width, 2.0f, x, mean, min, max, deviation);
}

static void pool_backward(size_t rows, size_t width, const float *x, const float *shift,
                          const float *slope, const float *min, const float *max, float *d_min,
                          float *d_max, float *dx) {
    for (size_t r = 0; r < rows; r++, x += width, dx += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            float value = shift[c] + slope[c] * x[c];
            int at_min = x[c] == min[c], at_max = x[c] == max[c];
            value += at_min ? d_min[c] : 0.0f;
            value += at_max ? d_max[c] : 0.0f;
            d_min[c] = at_min ? 0.0f : d_min[c];
            d_max[c] = at_max ? 0.0f : d_max[c];
            dx[c] += value;
        }
    }
}

static void column_sum(size_t rows, size_t width, const float *x, float *sum) {
    for (size_t r = 0; r < rows; r++, x += width) {
#pragma omp simd
        for (size_t c = 0; c < width; c++)
            sum[c] += x[c];
    }
}

const dg_kernels DG_ISA_NAME(dg_kernels_table) = {
    .add_bias = add_bias,
    .relu = relu,
    .relu_backward = relu_backward,
    .residual_norm = residual_norm,
    .norm_backward = norm_backward,
    .norm = norm,
    .dropout_backward = dropout_backward,
    .film = film,
    .film_backward = film_backward,
    .pool = pool,
    .pool_twice = pool_twice,
    .pool_backward = pool_backward,
    .column_sum = column_sum,
};
