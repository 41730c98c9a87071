#include "diffusion/gaussian_process.h"

#include "digress/graph.h"
#include <math.h>
#include <string.h>

dg_level dg_level_at(const dg_schedule *schedule, double t) {
    const double alpha2 = dg_schedule_alpha2(schedule, t);
    return (dg_level){sqrt(alpha2), sqrt(1 - alpha2)};
}

dg_blend dg_target_of(dg_prediction kind, dg_level t) {
    switch (kind) {
    case DG_PREDICT_X0:
        return (dg_blend){0, 1};
    case DG_PREDICT_V: /* alpha eps - sigma x, with eps = (z - alpha x) / sigma */
        return (dg_blend){t.alpha / t.sigma, -1 / t.sigma};
    default:
        return (dg_blend){1 / t.sigma, -t.alpha / t.sigma};
    }
}

dg_blend dg_clean_of(dg_prediction kind, dg_level t) {
    switch (kind) {
    case DG_PREDICT_X0:
        return (dg_blend){0, 1};
    case DG_PREDICT_V:
        return (dg_blend){t.alpha, -t.sigma};
    default:
        return (dg_blend){1 / t.alpha, -t.sigma / t.alpha};
    }
}

dg_blend dg_eps_of(dg_prediction kind, dg_level t) {
    switch (kind) {
    case DG_PREDICT_X0:
        return (dg_blend){1 / t.sigma, -t.alpha / t.sigma};
    case DG_PREDICT_V:
        return (dg_blend){t.sigma, t.alpha};
    default:
        return (dg_blend){0, 1};
    }
}

dg_gaussian_step dg_forward_step(dg_level t) {
    return (dg_gaussian_step){{.z = 0, .other = t.alpha}, t.sigma};
}

dg_gaussian_step dg_reverse_step(const dg_schedule *schedule, dg_prediction kind, double s,
                                 double t, double eta) {
    const dg_level at_s = dg_level_at(schedule, s), at_t = dg_level_at(schedule, t);
    const dg_blend x = dg_clean_of(kind, at_t), eps = dg_eps_of(kind, at_t);
    double sigma2_ts = 1 - dg_schedule_alpha2(schedule, t) / dg_schedule_alpha2(schedule, s);
    double deviation = eta * sqrt(sigma2_ts) * at_s.sigma / at_t.sigma;
    double direction = sqrt(fmax(0, at_s.sigma * at_s.sigma - deviation * deviation));
    return (dg_gaussian_step){
        {at_s.alpha * x.z + direction * eps.z, at_s.alpha * x.other + direction * eps.other},
        deviation};
}

dg_gaussian_step dg_last_step(const dg_schedule *schedule, dg_prediction kind, double eta) {
    const dg_level at_0 = dg_level_at(schedule, 0);
    return (dg_gaussian_step){dg_clean_of(kind, at_0), eta * at_0.sigma / at_0.alpha};
}

double dg_kl_per_square(const dg_schedule *schedule, dg_prediction kind, double t) {
    /* eps - its prediction = this * (target - prediction), as z_t is the same in both */
    double eps_error = dg_eps_of(kind, dg_level_at(schedule, t)).other;
    double rise = dg_schedule_gamma(schedule, t) - dg_schedule_gamma(schedule, t - 1);
    return 0.5 * expm1(rise) * eps_error * eps_error;
}

double dg_kl_prior_of(dg_level T, double x) {
    double mean = T.alpha * x;
    return 0.5 * (T.sigma * T.sigma + mean * mean) - 0.5 - log(T.sigma);
}

/* The integral of the standard normal density from a to b. */
static double normal_integral(double a, double b) {
    static const double SQRT_HALF = 0.70710678118654752440;
    return 0.5 * (erf(b * SQRT_HALF) - erf(a * SQRT_HALF));
}

double dg_log_p_class(size_t classes, const double *z_0, double deviation, size_t x) {
    static const double LEAST = 1e-10; /* as in the reference, so that no log is infinite */
    double weights[DIGRESS_MAX_CLASSES], sum = 0;
    for (size_t k = 0; k < classes; k++)
        sum += weights[k] =
            LEAST + normal_integral((z_0[k] - 1.5) / deviation, (z_0[k] - 0.5) / deviation);
    return log(weights[x]) - log(sum);
}
