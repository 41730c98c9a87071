/* The row kernels of the denoiser: what happens between two matrix products, forward and backward
 * side by side. Rows are dense float32. A row's bits depend on the row alone, never on its
 * position: packs and tiles may be cut anywhere. */
#ifndef DG_DENOISER_KERNELS_H
#define DG_DENOISER_KERNELS_H

#include "math/isa.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Dropout masks come from a hash of (row key, channel); they are never stored. */
typedef struct dg_mask {
    const uint32_t *row_keys; /* [rows]; NULL: no dropout */
    int32_t threshold;        /* p * 2^31 */
    float scale;              /* 1 / (1 - p); 1 without dropout */
} dg_mask;

typedef struct dg_kernels {
    /* x = x + bias */
    void (*add_bias)(size_t rows, size_t width, const float *bias, float *x);

    /* x = dropout(relu(x + bias)); mask may be NULL */
    void (*relu)(size_t rows, size_t width, const float *bias, const dg_mask *mask, float *x);
    /* dx = scale * dx where the activated x > 0, else 0; dbias += column sums of dx */
    void (*relu_backward)(size_t rows, size_t width, const float *x, float scale, float *dx,
                          float *dbias);

    /* normed = (sum - its mean) inverse, sum = x + dropout(normed + bias), inverse = 1 / the sum's
     * deviation; out = LayerNorm(sum) = normed gamma + beta */
    void (*residual_norm)(size_t rows, size_t width, const float *x, const float *bias,
                          const dg_mask *mask, const float *gamma, const float *beta, float *normed,
                          float *inverse, float *out);
    /* dsum = gradient w.r.t. the sum (may be dout itself); dgamma, dbeta are added to */
    void (*norm_backward)(size_t rows, size_t width, const float *normed, const float *inverse,
                          const float *gamma, const float *dout, float *dsum, float *dgamma,
                          float *dbeta);
    /* out = normed gamma + beta, for the recomputation in backward */
    void (*norm_again)(size_t rows, size_t width, const float *normed, const float *gamma,
                       const float *beta, float *out);
    /* dbranch = dropout mask applied to dsum; dbias += column sums of dbranch */
    void (*dropout_backward)(size_t rows, size_t width, const dg_mask *mask, const float *dsum,
                             float *dbranch, float *dbias);

    /* out = add + (mul + 1) x for one graph's rows */
    void (*film)(size_t rows, size_t width, const float *mul, const float *add, const float *x,
                 float *out);
    /* dx = (mul + 1) dout (may be dout itself); dmul, dadd are added to */
    void (*film_backward)(size_t rows, size_t width, const float *mul, const float *x,
                          const float *dout, float *dx, float *dmul, float *dadd);

    /* Of one group of rows, per channel: mean, min, max and sum of squared deviations. */
    void (*pool)(size_t rows, size_t width, const float *x, float *mean, float *min, float *max,
                 float *deviation);
    /* The same of rows of which all but the first count twice. */
    void (*pool_twice)(size_t rows, size_t width, const float *x, float *mean, float *min,
                       float *max, float *deviation);
    /* dx += shift + slope x, and d_min, d_max once, at the first x equal to min, max */
    void (*pool_backward)(size_t rows, size_t width, const float *x, const float *shift,
                          const float *slope, const float *min, const float *max, float *d_min,
                          float *d_max, float *dx);

    /* sum += column sums of x */
    void (*column_sum)(size_t rows, size_t width, const float *x, float *sum);
} dg_kernels;

DG_ISA_DECLARE(dg_kernels, dg_kernels_table);

#endif
