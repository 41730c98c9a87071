/* Compiled once for each instruction set; see math/isa.h. */
#include "denoiser/kernels.h"

#include <math.h>
#include <string.h>

static const float LAYER_NORM_EPSILON = 1e-5f;

/* exp(x) for x <= 0, to 2 ulp: 2^n * exp(r), |r| <= ln 2 / 2, by a polynomial of degree 6. */
static inline float exp_of_negative(float x) {
    x = x < -87.0f ? -87.0f : x;
    float n = rintf(x * 1.44269504088896341f);
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.3888889e-3f;
    p = p * r + 8.3333333e-3f;
    p = p * r + 4.1666667e-2f;
    p = p * r + 1.6666667e-1f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    uint32_t bits = (uint32_t)((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

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
            x[c] = value > 0.0f ? value : 0.0f;
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

/* Mean and 1 / sqrt(population variance + epsilon) of one row. */
static inline void moments(size_t width, const float *x, float *mean, float *inverse) {
    float sum = 0.0f, squares = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (size_t c = 0; c < width; c++)
        sum += x[c];
    float average = sum / (float)width;
#pragma omp simd reduction(+ : squares)
    for (size_t c = 0; c < width; c++)
        squares += (x[c] - average) * (x[c] - average);
    *mean = average;
    *inverse = 1.0f / sqrtf(squares / (float)width + LAYER_NORM_EPSILON);
}

static inline void norm_row(size_t width, const float *sum, const float *gamma, const float *beta,
                            float *out) {
    float mean, inverse;
    moments(width, sum, &mean, &inverse);
#pragma omp simd
    for (size_t c = 0; c < width; c++)
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
                float value = (branch[c] + bias[c]) * scale;
                branch[c] = x[c] + (kept(key, c, threshold) ? value : 0.0f);
            }
        } else {
#pragma omp simd
            for (size_t c = 0; c < width; c++)
                branch[c] = x[c] + (branch[c] + bias[c]);
        }
        norm_row(width, branch, gamma, beta, out);
    }
}

static void norm_backward(size_t rows, size_t width, const float *sum, const float *gamma,
                          const float *dout, float *dsum, float *dgamma, float *dbeta) {
    for (size_t r = 0; r < rows; r++, sum += width, dout += width, dsum += width) {
        float mean, inverse, total = 0.0f, along = 0.0f;
        moments(width, sum, &mean, &inverse);
#pragma omp simd reduction(+ : total, along)
        for (size_t c = 0; c < width; c++) {
            float normed = (sum[c] - mean) * inverse, weighted = dout[c] * gamma[c];
            dgamma[c] += dout[c] * normed;
            dbeta[c] += dout[c];
            total += weighted;
            along += weighted * normed;
        }
        total /= (float)width;
        along /= (float)width;
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            float normed = (sum[c] - mean) * inverse;
            dsum[c] = inverse * (dout[c] * gamma[c] - total - normed * along);
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

static void attend_begin(size_t dx, float *maximum, float *inverse, float *attended) {
    for (size_t c = 0; c < dx; c++) {
        maximum[c] = -1e30f;
        inverse[c] = 0.0f;
        attended[c] = 0.0f;
    }
}

/* The running softmax takes one j at a time, with one exp: either the sum so far or the newcomer is
 * scaled by exp(-|Y - max|). So its bits do not depend on where a tile ends. */
static void attend(const dg_attention *a, float *Z) {
    const size_t dx = a->dx;
    const float *restrict Q = a->Q, *restrict mul_bias = a->mul_bias,
                          *restrict add_bias = a->add_bias;
    const float *restrict y_mul = a->y_e_mul, *restrict y_add = a->y_e_add;
    float *restrict maximum = a->maximum, *restrict total = a->inverse,
                    *restrict attended = a->attended;
    for (size_t r = 0; r < a->count; r++) {
        const float *restrict K = a->K + r * a->kv_stride, *restrict V = a->V + r * a->kv_stride;
        const float *restrict mul = a->film + r * 2 * dx, *restrict add = mul + dx;
        float *restrict z = Z + r * dx;
#pragma omp simd
        for (size_t c = 0; c < dx; c++) {
            float Y = Q[c] * K[c] * (mul[c] + mul_bias[c] + 1.0f) + (add[c] + add_bias[c]);
            z[c] = y_add[c] + (y_mul[c] + 1.0f) * Y;
            float difference = Y - maximum[c];
            float weight = exp_of_negative(-fabsf(difference));
            float old = difference > 0.0f ? weight : 1.0f, new = difference > 0.0f ? 1.0f : weight;
            maximum[c] = difference > 0.0f ? Y : maximum[c];
            total[c] = total[c] * old + new;
            attended[c] = attended[c] * old + new *V[c];
        }
    }
}

static void attend_scores(const dg_attention *a, float *Z) {
    const size_t dx = a->dx;
    for (size_t r = 0; r < a->count; r++) {
        const float *K = a->K + r * a->kv_stride, *mul = a->film + r * 2 * dx, *add = mul + dx;
        float *z = Z + r * dx;
#pragma omp simd
        for (size_t c = 0; c < dx; c++) {
            float Y = a->Q[c] * K[c] * (mul[c] + a->mul_bias[c] + 1.0f) + (add[c] + a->add_bias[c]);
            z[c] = a->y_e_add[c] + (a->y_e_mul[c] + 1.0f) * Y;
        }
    }
}

static void attend_end(size_t dx, float *inverse, float *attended) {
#pragma omp simd
    for (size_t c = 0; c < dx; c++) {
        inverse[c] = 1.0f / inverse[c];
        attended[c] *= inverse[c];
    }
}

static void attend_backward(const dg_attention *a, const dg_attention_gradient *g) {
    const size_t dx = a->dx;
    const float *restrict Q = a->Q, *restrict mul_bias = a->mul_bias,
                          *restrict add_bias = a->add_bias;
    const float *restrict y_mul = a->y_e_mul, *restrict maximum = a->maximum;
    const float *restrict inverse = a->inverse, *restrict attended = a->attended;
    const float *restrict d_attended = g->d_attended;
    float *restrict dQ = g->dQ, *restrict d_y_mul = g->d_y_e_mul, *restrict d_y_add = g->d_y_e_add;
    float *restrict d_mul_bias = g->d_mul_bias, *restrict d_add_bias = g->d_add_bias;
    for (size_t r = 0; r < a->count; r++) {
        const float *restrict K = a->K + r * a->kv_stride, *restrict V = a->V + r * a->kv_stride;
        const float *restrict dz = g->dZ + r * dx;
        float *restrict mul = a->film + r * 2 * dx, *restrict add = mul + dx;
        float *restrict dK = g->dK + r * g->kv_stride, *restrict dV = g->dV + r * g->kv_stride;
#pragma omp simd
        for (size_t c = 0; c < dx; c++) {
            float QK = Q[c] * K[c], gain = mul[c] + mul_bias[c] + 1.0f;
            float Y = QK * gain + (add[c] + add_bias[c]);
            float weight = exp_of_negative(Y - maximum[c]) * inverse[c];
            float through = weight * d_attended[c];
            float dY = dz[c] * (y_mul[c] + 1.0f) + through * (V[c] - attended[c]);
            float d_mul = dY * QK, dQK = dY * gain;
            dV[c] += through;
            dQ[c] += dQK * K[c];
            dK[c] += dQK * Q[c];
            d_y_mul[c] += dz[c] * Y;
            d_y_add[c] += dz[c];
            d_mul_bias[c] += d_mul;
            d_add_bias[c] += dY;
            mul[c] = d_mul;
            add[c] = dY;
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

static void pool(size_t rows, size_t width, const float *x, float *mean, float *min, float *max,
                 float *deviation) {
    for (size_t c = 0; c < width; c++) {
        mean[c] = 0.0f;
        min[c] = max[c] = x[c];
        deviation[c] = 0.0f;
    }
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * width;
#pragma omp simd
        for (size_t c = 0; c < width; c++) {
            mean[c] += row[c];
            min[c] = row[c] < min[c] ? row[c] : min[c];
            max[c] = row[c] > max[c] ? row[c] : max[c];
        }
    }
    for (size_t c = 0; c < width; c++)
        mean[c] /= (float)rows;
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * width;
#pragma omp simd
        for (size_t c = 0; c < width; c++)
            deviation[c] += (row[c] - mean[c]) * (row[c] - mean[c]);
    }
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
    .attend = attend,
    .attend_scores = attend_scores,
    .attend_begin = attend_begin,
    .attend_end = attend_end,
    .attend_backward = attend_backward,
    .film = film,
    .film_backward = film_backward,
    .pool = pool,
    .pool_backward = pool_backward,
    .column_sum = column_sum,
};
