#include "train/adamw_kernels.h"

#include <math.h>

static void drain(size_t count, float *restrict sum, float *restrict part) {
    for (size_t k = 0; k < count; k++) {
        sum[k] += part[k];
        part[k] = 0;
    }
}

static double square_sum(size_t count, const float *values) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++)
        sum += (double)values[k] * (double)values[k];
    return sum;
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
