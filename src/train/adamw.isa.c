#include "train/adamw_kernels.h"

#include <math.h>

static void drain(size_t count, float *restrict sum, float *restrict part) {
    for (size_t k = 0; k < count; k++) {
        sum[k] += part[k];
        part[k] = 0;
    }
}

/* Eight partial sums, whose order is the same for every instruction set. */
static double square_sum(size_t count, const float *values) {
    enum { PARTS = 8 };
    double part[PARTS] = {0}, sum = 0;
    size_t k = 0;
    for (; k + PARTS <= count; k += PARTS)
#pragma omp simd
        for (size_t p = 0; p < PARTS; p++)
            part[p] += (double)values[k + p] * (double)values[k + p];
    for (; k < count; k++)
        sum += (double)values[k] * (double)values[k];
    for (size_t half = PARTS / 2; half > 0; half /= 2)
        for (size_t p = 0; p < half; p++)
            part[p] += part[p + half];
    return sum + part[0];
}

static inline void update_moments(const dg_adamw_scalars *s, float g, float *m, float *v) {
    *m = s->beta1 * *m + s->rest1 * g;
    *v = s->beta2 * *v + s->rest2 * g * g;
}

static inline float moved(const dg_adamw_scalars *s, float parameter, float m, float v) {
    return s->decay * parameter - s->step_size * m / (sqrtf(v) / s->correction2 + s->epsilon);
}

static void update_plain(dg_adamw_scalars s, size_t count, const float *restrict gradient,
                         float *restrict parameters, float *restrict m, float *restrict v) {
    for (size_t k = 0; k < count; k++) {
        update_moments(&s, s.gradient_scale * gradient[k], &m[k], &v[k]);
        parameters[k] = moved(&s, parameters[k], m[k], v[k]);
    }
}

static void update_amsgrad(dg_adamw_scalars s, size_t count, const float *restrict gradient,
                           float *restrict parameters, float *restrict m, float *restrict v,
                           float *restrict v_max) {
    for (size_t k = 0; k < count; k++) {
        update_moments(&s, s.gradient_scale * gradient[k], &m[k], &v[k]);
        v_max[k] = v[k] > v_max[k] ? v[k] : v_max[k];
        parameters[k] = moved(&s, parameters[k], m[k], v_max[k]);
    }
}

static void update(const dg_adamw_scalars *scalars, size_t count, const float *gradient,
                   float *parameters, float *m, float *v, float *v_max) {
    if (v_max)
        update_amsgrad(*scalars, count, gradient, parameters, m, v, v_max);
    else
        update_plain(*scalars, count, gradient, parameters, m, v);
}

static void average(size_t count, float rate, const float *restrict parameters,
                    float *restrict mean) {
    for (size_t k = 0; k < count; k++)
        mean[k] += rate * (parameters[k] - mean[k]);
}

const dg_adamw_kernels DG_ISA_NAME(dg_adamw_kernels_table) = {drain, square_sum, update, average};
