#include "diffusion/schedule.h"

#include "core/memory.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;
static const double COSINE_OFFSET = 0.008;      /* s of Nichol & Dhariwal */
static const double MAX_BETA = 0.9999;          /* for alpha_bar */
static const double MAX_BETA_GAUSSIAN = 0.999;  /* for alpha2 */
static const double MIN_BETA_0_GAUSSIAN = 1e-5; /* the least sigma_0^2: EDM's precision */
static const double UPDATES_PER_GRAPH = 1.2;    /* "custom": pairs changed by the first steps */
static const double CUSTOM_PAIRS =
    50.0 * 49.0 / 2; /* of a graph the pairs of a graph of 50 nodes, which "custom" assumes */

/* f(k) = cos(pi/2 (x_k / (T + 2) + s) / (1 + s))^2 where x is T + 2 points from 0 to T + 2, both
 * included. This spacing of (T + 2) / (T + 1), the reference's, makes f(T + 1) = 0. */
static double cosine_alpha_bar(size_t k, size_t T) {
    double x = (double)k / (double)(T + 1);
    double root = cos(PI / 2 * (x + COSINE_OFFSET) / (1 + COSINE_OFFSET));
    return root * root;
}

static double polynomial_alpha_bar(size_t t, size_t T) {
    double x = (double)t / (double)T;
    return (1 - x * x) * (1 - x * x);
}

static double beta_at(dg_schedule_kind kind, size_t k, size_t T) {
    if (kind == DG_SCHEDULE_LINEAR) return k == 0 ? 0 : 1 / (double)(T - k + 1);
    if (kind == DG_SCHEDULE_POLYNOMIAL_2)
        return k == 0 ? 0 : 1 - polynomial_alpha_bar(k, T) / polynomial_alpha_bar(k - 1, T);
    double beta = 1 - cosine_alpha_bar(k + 1, T) / cosine_alpha_bar(k, T);
    double least = UPDATES_PER_GRAPH / (0.8 * CUSTOM_PAIRS);
    return kind == DG_SCHEDULE_CUSTOM && beta < least ? least : beta;
}

static void fill(dg_schedule *schedule) {
    double alpha_bar = 1, alpha2 = 1;
    for (size_t k = 0; k <= schedule->T; k++) {
        double beta = beta_at(schedule->kind, k, schedule->T);
        schedule->beta[k] = beta;
        schedule->alpha[k] = 1 - fmin(beta, MAX_BETA);
        schedule->alpha_bar[k] = alpha_bar *= schedule->alpha[k];
        if (k == 0) beta = fmax(beta, MIN_BETA_0_GAUSSIAN);
        schedule->alpha2[k] = alpha2 *= 1 - fmin(beta, MAX_BETA_GAUSSIAN);
        schedule->gamma[k] = log(1 - alpha2) - log(alpha2);
    }
}

digress_status dg_schedule_create(dg_schedule_kind kind, size_t T, dg_schedule *out) {
    if (T == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "model.diffusion_steps: expected at least 1, got 0");
    if (T > UINT32_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "model.diffusion_steps: %zu is too many", T);
    size_t count = T + 1;
    double *values = NULL;
    DG_TRY(dg_allocate(5 * count, sizeof *values, &values));
    *out = (dg_schedule){.kind = kind,
                         .T = T,
                         .beta = values,
                         .alpha = values + count,
                         .alpha_bar = values + 2 * count,
                         .alpha2 = values + 3 * count,
                         .gamma = values + 4 * count};
    fill(out);
    return DIGRESS_OK;
}

void dg_schedule_free(dg_schedule *schedule) {
    free(schedule->beta); /* the first of one allocation */
    *schedule = (dg_schedule){0};
}

size_t dg_schedule_index(const dg_schedule *schedule, double t_normalized) {
    return (size_t)lround(t_normalized * (double)schedule->T);
}

/* The values are given at 0 .. T; in between they are interpolated linearly. */
static double at_time(const dg_schedule *schedule, const double *values, double t) {
    const double below = floor(t), part = t - below;
    const size_t k = (size_t)below;
    if (k >= schedule->T) return values[schedule->T];
    return part > 0 ? (1 - part) * values[k] + part * values[k + 1] : values[k];
}

double dg_schedule_alpha_bar(const dg_schedule *schedule, double t) {
    return at_time(schedule, schedule->alpha_bar, t);
}

double dg_schedule_gamma(const dg_schedule *schedule, double t) {
    return at_time(schedule, schedule->gamma, t);
}

double dg_schedule_alpha2(const dg_schedule *schedule, double t) {
    if (t == floor(t) && t <= (double)schedule->T) return schedule->alpha2[(size_t)t];
    return 1 / (1 + exp(dg_schedule_gamma(schedule, t)));
}

double dg_schedule_keep(const dg_schedule *schedule, double s, double t) {
    double keep = 1;
    if (t >= (double)schedule->T) return 0;
    if (s != floor(s) || t != floor(t))
        return dg_schedule_alpha_bar(schedule, t) / dg_schedule_alpha_bar(schedule, s);
    for (size_t k = (size_t)s + 1; k <= (size_t)t; k++)
        keep *= 1 - schedule->beta[k];
    return keep;
}
