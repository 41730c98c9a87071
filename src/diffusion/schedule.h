/* The noise schedule: one object for both the categorical and the Gaussian mode.
 * Cosine: Nichol & Dhariwal 2021, with the times as DiGress has them. Times run over 0 .. T; time 0
 * is already slightly noisy (alpha_bar[0] = 1 - beta[0]). */
#ifndef DG_DIFFUSION_SCHEDULE_H
#define DG_DIFFUSION_SCHEDULE_H

#include "config/choices.h"
#include "core/status.h"
#include <stddef.h>

typedef struct dg_schedule {
    dg_schedule_kind kind;
    size_t T;
    double *beta;      /* [T + 1] unclipped: beta[T] is 1 */
    double *alpha;     /* [T + 1] 1 - min(beta, 0.9999) */
    double *alpha_bar; /* [T + 1] cumulative product of alpha */
    double *alpha2;    /* [T + 1] Gaussian mode: cumulative product of 1 - min(beta, 0.999), with
                          beta[0] raised to at least 1e-5, so that some noise is left at time 0 */
    double *gamma;     /* [T + 1] Gaussian mode: log(1 - alpha2) - log(alpha2) = -log SNR */
} dg_schedule;

/* Errors: INPUT for T = 0. The caller frees with dg_schedule_free. */
digress_status dg_schedule_create(dg_schedule_kind kind, size_t T, dg_schedule *out);
void dg_schedule_free(dg_schedule *schedule);

/* The index of a normalised time in [0, 1]: round(t T). */
size_t dg_schedule_index(const dg_schedule *schedule, double t_normalized);

/* alpha_bar at a time from 0 to T, interpolated linearly between whole times, which is exact for
 * the linear schedule. */
double dg_schedule_alpha_bar(const dg_schedule *schedule, double t);
/* gamma in the same way, and alpha2 computed from it. */
double dg_schedule_gamma(const dg_schedule *schedule, double t);
double dg_schedule_alpha2(const dg_schedule *schedule, double t);

/* The share that one jump from s to t, s < t, keeps: prod over k = s+1 .. t of (1 - beta_k), betas
 * unclipped (so 0 when t == T); if one of the times is not whole, alpha_bar_t / alpha_bar_s, and 0
 * when t == T. */
double dg_schedule_keep(const dg_schedule *schedule, double s, double t);

#endif
