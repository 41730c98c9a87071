/* The attention of each channel, forward and backward: FiLM of E into the scores, the softmax over
 * j carried from row to row, FiLM by y. */
#ifndef DG_DENOISER_ATTENTION_H
#define DG_DENOISER_ATTENTION_H

#include "math/isa.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One segment of pair rows (i, j0), (i, j0 + 1), ... of one graph. Where a pair's scores are
 * symmetric, Y = (Q_i K_j + Q_j K_i) / 2, its one row goes into the softmax of both its nodes. */
typedef struct dg_attention {
    size_t count, dx;
    const float *Q;     /* [dx] of node i, already divided by sqrt(dx / n_head) */
    const float *K, *V; /* rows j0, j0 + 1, ... */
    size_t kv_stride;
    float *film; /* rows [2 dx] e_mul(E) | e_add(E) without their biases: one per pair row or, if
                    film_class is not NULL, one per class of pairs */
    const uint8_t *film_class;             /* [count], or NULL */
    const float *mul_bias, *add_bias;      /* [dx] */
    const float *y_e_mul, *y_e_add;        /* [dx] of the graph */
    float *reference, *inverse, *attended; /* [dx] of node i: the softmax over j so far, its sums
                                              relative to exp(reference). After end: 1 / sum,
                                              sum_j a_ij V_j */

    const float *own_K, *own_V; /* [dx] of node i, where scores are symmetric; else NULL, and the
                                   rest has no meaning */
    bool diagonal;              /* the first row is (i, i), of one node alone */
    const float *targets_Q;     /* rows j0, j0 + 1, ..., kv_stride apart */
    float *targets_reference, *targets_inverse, *targets_attended; /* [count, dx] */
} dg_attention;

/* Gradients that `backward` adds to. */
typedef struct dg_attention_gradient {
    const float *d_attended; /* [dx] of node i */
    const float *dZ;         /* [count, dx] */
    float *dQ;               /* [dx] of node i (w.r.t. the divided Q) */
    float *dK, *dV;          /* rows j0, j0 + 1, ... */
    size_t kv_stride;
    float *d_y_e_mul, *d_y_e_add;    /* [dx] */
    float *d_mul_bias, *d_add_bias;  /* [dx] */
    float *own_dK, *own_dV;          /* [dx] of node i, where scores are symmetric */
    const float *targets_d_attended; /* [count, dx] */
    float *targets_dQ;               /* [count, dx] */
    float *d_film; /* d mul | d add: written, a row a pair row (it may be the film rows), or added
                      to the row of the pair's class */
} dg_attention_gradient;

typedef struct dg_attention_kernels {
    /* Begins and ends the softmax of one node. */
    void (*begin)(size_t dx, float *reference, float *inverse, float *attended);
    /* Takes the softmax over other j, so far, into one so far. */
    void (*join)(size_t dx, const float *other_reference, const float *other_inverse,
                 const float *other_attended, float *reference, float *inverse, float *attended);
    void (*end)(size_t dx, float *inverse, float *attended);
    /* film rows -> Z: [count, dx] = y_e_add + (y_e_mul + 1) Y, Y = Q K (mul + 1) + add, and the
     * running softmax of Y over j (per channel) */
    void (*forward)(const dg_attention *attention, float *Z);
    /* The same Z again in backward, without the softmax */
    void (*scores)(const dg_attention *attention, float *Z);
    void (*backward)(const dg_attention *attention, const dg_attention_gradient *gradient);
} dg_attention_kernels;

DG_ISA_DECLARE(dg_attention_kernels, dg_attention_kernels_table);

#endif
