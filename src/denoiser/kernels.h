/* The row kernels of the denoiser: what happens between two matrix products, forward and backward
 * side by side. Rows are dense float32. A row's bits depend on the row alone, never on where it
 * stands: packs and tiles may cut anywhere. */
#ifndef DG_DENOISER_KERNELS_H
#define DG_DENOISER_KERNELS_H

#include "math/isa.h"
#include <stddef.h>
#include <stdint.h>

/* Dropout masks come from a hash of (row key, channel); they are never stored. */
typedef struct dg_mask {
    const uint32_t *row_keys; /* [rows]; NULL: no dropout */
    int32_t threshold;        /* p * 2^31 */
    float scale;              /* 1 / (1 - p); 1 without dropout */
} dg_mask;

/* One segment of pair rows (i, j0), (i, j0 + 1), ... of one graph, for the attention kernels. */
typedef struct dg_attention {
    size_t count, dx;
    const float *Q;     /* [dx] of node i, already divided by sqrt(dx / n_head) */
    const float *K, *V; /* rows j0, j0 + 1, ... */
    size_t kv_stride;
    float *film;                      /* [count, 2 dx]: e_mul(E) | e_add(E) without their biases */
    const float *mul_bias, *add_bias; /* [dx] */
    const float *y_e_mul, *y_e_add;   /* [dx] of the graph */
    float *maximum, *inverse, *attended; /* [dx] of node i: the softmax over j so far. After
                                            attend_end: max, 1 / sum, sum_j a_ij V_j */
} dg_attention;

/* Gradients that attend_backward adds to. */
typedef struct dg_attention_gradient {
    const float *d_attended; /* [dx] of node i */
    const float *dZ;         /* [count, dx] */
    float *dQ;               /* [dx] of node i (w.r.t. the divided Q) */
    float *dK, *dV;          /* rows j0, j0 + 1, ... */
    size_t kv_stride;
    float *d_y_e_mul, *d_y_e_add;   /* [dx] */
    float *d_mul_bias, *d_add_bias; /* [dx] */
} dg_attention_gradient;

typedef struct dg_kernels {
    /* x = x + bias */
    void (*add_bias)(size_t rows, size_t width, const float *bias, float *x);

    /* x = dropout(relu(x + bias)); mask may be NULL */
    void (*relu)(size_t rows, size_t width, const float *bias, const dg_mask *mask, float *x);
    /* dx = scale * dx where the activated x > 0, else 0; dbias += column sums of dx */
    void (*relu_backward)(size_t rows, size_t width, const float *x, float scale, float *dx,
                          float *dbias);

    /* branch = x + dropout(branch + bias), the sum that is normed; out = LayerNorm(branch) */
    void (*residual_norm)(size_t rows, size_t width, const float *x, const float *bias,
                          const dg_mask *mask, const float *gamma, const float *beta, float *branch,
                          float *out);
    /* dsum = gradient w.r.t. the sum (may be dout itself); dgamma, dbeta are added to */
    void (*norm_backward)(size_t rows, size_t width, const float *sum, const float *gamma,
                          const float *dout, float *dsum, float *dgamma, float *dbeta);
    /* out = LayerNorm(sum), for the recomputation in backward */
    void (*norm)(size_t rows, size_t width, const float *sum, const float *gamma, const float *beta,
                 float *out);
    /* dbranch = dropout mask applied to dsum; dbias += column sums of dbranch */
    void (*dropout_backward)(size_t rows, size_t width, const dg_mask *mask, const float *dsum,
                             float *dbranch, float *dbias);

    /* film rows -> Z: [count, dx] = y_e_add + (y_e_mul + 1) Y, Y = Q K (mul + 1) + add, and the
     * running softmax of Y over j (per channel) */
    void (*attend)(const dg_attention *attention, float *Z);
    /* The same Z again in backward, without the softmax */
    void (*attend_scores)(const dg_attention *attention, float *Z);
    /* Starts and ends the softmax of one node. */
    void (*attend_begin)(size_t dx, float *maximum, float *inverse, float *attended);
    void (*attend_end)(size_t dx, float *inverse, float *attended);
    /* film rows are overwritten with d mul | d add */
    void (*attend_backward)(const dg_attention *attention, const dg_attention_gradient *gradient);

    /* out = add + (mul + 1) x for one graph's rows */
    void (*film)(size_t rows, size_t width, const float *mul, const float *add, const float *x,
                 float *out);
    /* dx = (mul + 1) dout (may be dout itself); dmul, dadd are added to */
    void (*film_backward)(size_t rows, size_t width, const float *mul, const float *x,
                          const float *dout, float *dx, float *dmul, float *dadd);

    /* Of one group of rows, per channel: mean, min, max and sum of squared deviations. */
    void (*pool)(size_t rows, size_t width, const float *x, float *mean, float *min, float *max,
                 float *deviation);
    /* dx += shift + slope x, and d_min, d_max once, at the first x equal to min, max */
    void (*pool_backward)(size_t rows, size_t width, const float *x, const float *shift,
                          const float *slope, const float *min, const float *max, float *d_min,
                          float *d_max, float *dx);

    /* sum += column sums of x */
    void (*column_sum)(size_t rows, size_t width, const float *x, float *sum);
} dg_kernels;

DG_ISA_DECLARE(dg_kernels, dg_kernels_table);

#endif
