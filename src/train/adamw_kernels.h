/* The loops of adamw.c, one table for each instruction set. */
#ifndef DG_TRAIN_ADAMW_KERNELS_H
#define DG_TRAIN_ADAMW_KERNELS_H

#include "math/isa.h"
#include <stddef.h>

/* One AdamW step, with its scalars in single precision, as in PyTorch. */
typedef struct dg_adamw_scalars {
    float gradient_scale; /* what clipping leaves of the gradient */
    float decay;          /* 1 - lr * weight_decay */
    float beta1, beta2;
    float rest1, rest2; /* 1 - beta1, 1 - beta2 */
    float step_size;    /* lr / (1 - beta1^k) */
    float correction2;  /* sqrt(1 - beta2^k) */
    float epsilon;
} dg_adamw_scalars;

typedef struct dg_adamw_kernels {
    /* sum += part, part = 0. */
    void (*drain)(size_t count, float *sum, float *part);
    double (*square_sum)(size_t count, const float *values);
    /* v_max == NULL: without amsgrad. */
    void (*update)(const dg_adamw_scalars *scalars, size_t count, const float *gradient,
                   float *parameters, float *m, float *v, float *v_max);
    /* average += rate * (parameters - average). */
    void (*average)(size_t count, float rate, const float *parameters, float *average);
} dg_adamw_kernels;

DG_ISA_DECLARE(dg_adamw_kernels, dg_adamw_kernels_table);

#endif
