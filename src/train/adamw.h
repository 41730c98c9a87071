/* AdamW (Loshchilov & Hutter, ICLR 2019) with amsgrad (Reddi et al., ICLR 2018), equal to
 * PyTorch's step, on flat vectors; gradient clipping, moving average, learning rate.
 *
 * A pool works through the vectors in fixed chunks, so the bits do not depend on its threads. */
#ifndef DG_TRAIN_ADAMW_H
#define DG_TRAIN_ADAMW_H

#include "core/threads.h"
#include "denoiser/denoiser.h"
#include "train/chunks.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct dg_adamw_options {
    double weight_decay;
    double beta1, beta2, epsilon; /* PyTorch's defaults: 0.9, 0.999, 1e-8 */
    bool amsgrad;
    bool without_hidden; /* leaves the hidden matrices to another optimizer */
} dg_adamw_options;

typedef struct dg_adamw {
    dg_adamw_options options;
    size_t count;
    uint64_t step;        /* steps taken */
    float *m, *v, *v_max; /* [count] moments; v_max NULL without amsgrad */
    size_t skips;
    dg_span *skip; /* [skips] ascending, disjoint */
} dg_adamw;

/* For vectors of `count` elements, of which those in `skip` (copied; ascending, disjoint) never
 * change, not even by weight decay. The caller frees with dg_adamw_free. */
digress_status dg_adamw_create(size_t count, const dg_adamw_options *options, size_t skips,
                               const dg_span *skip, dg_adamw *out);
/* For a denoiser's parameters: its unused tensors are skipped, and with `without_hidden` its hidden
 * matrices. */
digress_status dg_adamw_create_for(const dg_denoiser *denoiser, const dg_adamw_options *options,
                                   dg_adamw *out);
void dg_adamw_free(dg_adamw *adamw);

/* From now on for the elements of the span alone, cut out of all; it must not cut a skipped range.
 * Errors: MEMORY; then it is to be freed. */
digress_status dg_adamw_cut(dg_adamw *adamw, dg_span span);

/* What torch.nn.utils.clip_grad_norm_ multiplies a gradient of this norm by. max_norm 0: 1. */
double dg_clip_scale(double norm, double max_norm);

/* One step with scale * gradient, which is zeroed. `average` (may be NULL) then moves towards the
 * parameters by dg_average_rate. */
digress_status dg_adamw_step(dg_adamw *adamw, dg_pool *pool, double lr, double scale,
                             float *gradient, float *parameters, double decay, float *average);

/* 1 - min(decay, (1 + k) / (10 + k)) at step k (from 1): even the average of a short run forgets
 * its first weights. */
double dg_average_rate(double decay, uint64_t step);

/* The learning rate of step k = 0, 1, ...: constant, or rising linearly over `warmup` steps and
 * then falling along half a cosine to 0 at `total`. */
double dg_learning_rate(dg_lr_kind kind, double base, uint64_t warmup, uint64_t total, uint64_t k);

#endif
