/* The noise schedule: one object for the categorical and the Gaussian mode.
 * Source: DiGress, diffusion_utils.py of the reference; cosine: Nichol & Dhariwal 2021. */
#ifndef DG_DIFFUSION_SCHEDULE_H
#define DG_DIFFUSION_SCHEDULE_H

#include "core/status.h"
#include <stddef.h>

typedef enum dg_schedule_kind {
    DG_SCHEDULE_COSINE,      /* "cosine" */
    DG_SCHEDULE_CUSTOM,      /* "custom": cosine with beta at least 1.2 / (0.8 * 50 * 49 / 2) */
    DG_SCHEDULE_POLYNOMIAL_2 /* "polynomial_2": alphabar = (1 - (t/T)^2)^2, clipped alike */
} dg_schedule_kind;

typedef struct dg_schedule {
    dg_schedule_kind kind;
    size_t T;
    double *beta;      /* [T + 1] unclipped: beta[T] is 1 */
    double *alpha;     /* [T + 1] 1 - min(beta, 0.9999) */
    double *alpha_bar; /* [T + 1] cumulative product of alpha */
} dg_schedule;

/* Errors: INPUT for T = 0. The caller frees with dg_schedule_free. */
digress_status dg_schedule_create(dg_schedule_kind kind, size_t T, dg_schedule *out);
void dg_schedule_free(dg_schedule *schedule);

/* What one jump from s to t keeps: prod over k = s+1 .. t of (1 - beta_k), betas unclipped (so 0
 * when t == T). s < t. */
double dg_schedule_keep(const dg_schedule *schedule, size_t s, size_t t);

#endif
