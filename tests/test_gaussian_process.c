/* The Gaussian diffusion process of one entry. */
#include "gaussian_fixture.h"

static dg_schedule schedule_of(dg_schedule_kind kind) {
    dg_schedule schedule;
    golden_ok(dg_schedule_create(kind, T, &schedule));
    return schedule;
}

static void variance_is_preserved(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        dg_schedule schedule = schedule_of((dg_schedule_kind)kind);
        for (size_t t = 0; t <= T; t++) {
            dg_level level = dg_level_at(&schedule, (double)t);
            assert_close(level.alpha * level.alpha + level.sigma * level.sigma, 1, 1e-15);
            assert_true(level.alpha > 0 && level.sigma > 0);
            double snr = level.alpha * level.alpha / (level.sigma * level.sigma);
            assert_close(snr, exp(-schedule.gamma[t]), 1e-9 * snr);
            assert_true(t == 0 || schedule.gamma[t] > schedule.gamma[t - 1]);
        }
        dg_schedule_free(&schedule);
    }
}

/* Each kind of prediction, made of x and eps, gives x and eps back. */
static void predictions_convert_into_each_other(void **state) {
    (void)state;
    const double x = 0.8, eps = -1.3;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 0; t <= T; t++) {
        dg_level at = dg_level_at(&schedule, (double)t);
        double z = at.alpha * x + at.sigma * eps, v = at.alpha * eps - at.sigma * x;
        const double predictions[KINDS] = {eps, x, v};
        for (int kind = 0; kind < KINDS; kind++) {
            double w = predictions[kind], rounding = 1e-14 / (at.alpha * at.sigma);
            assert_close(blended(dg_target_of((dg_prediction)kind, at), z, x), w, rounding);
            assert_close(blended(dg_clean_of((dg_prediction)kind, at), z, w), x, rounding);
            assert_close(blended(dg_eps_of((dg_prediction)kind, at), z, w), eps, rounding);
        }
    }
    dg_schedule_free(&schedule);
}

/* Bayes' rule for normals: q(z_s | z_t, x) ~ q(z_t | z_s) q(z_s | x). And DDPM's mean in eps. */
static void ancestral_step_is_the_posterior(void **state) {
    (void)state;
    const double x = 0.8, eps = -1.3;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 1; t <= T; t++)
        for (size_t s = 0; s < t; s++) {
            dg_level from = dg_level_at(&schedule, (double)t),
                     to = dg_level_at(&schedule, (double)s);
            double z = from.alpha * x + from.sigma * eps, alpha_ts = from.alpha / to.alpha;
            double sigma2_ts = 1 - alpha_ts * alpha_ts, sigma2_s = to.sigma * to.sigma;
            double precision = alpha_ts * alpha_ts / sigma2_ts + 1 / sigma2_s;
            double mean = (alpha_ts * z / sigma2_ts + to.alpha * x / sigma2_s) / precision;
            double ddpm = z / alpha_ts - sigma2_ts / (alpha_ts * from.sigma) * eps;
            double rounding = 1e-12 / from.alpha;
            assert_close(ddpm, mean, rounding);
            for (int kind = 0; kind < KINDS; kind++) {
                double w = blended(dg_target_of((dg_prediction)kind, from), z, x);
                dg_gaussian_step step =
                    dg_reverse_step(&schedule, (dg_prediction)kind, (double)s, (double)t, 1);
                assert_close(blended(step.mean, z, w), mean, rounding);
                assert_close(step.deviation, sqrt(1 / precision), 1e-12);
            }
        }
    dg_schedule_free(&schedule);
}

/* Two normals with the step's deviation d, whose means differ by mean.other times the prediction's
 * error, have a KL of mean.other^2 / (2 d^2) times its square: for x, half of the decrease of the
 * SNR. */
static void kl_is_half_the_fall_of_the_snr(void **state) {
    (void)state;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 1; t <= T; t++) {
        double snr_s = exp(-schedule.gamma[t - 1]), snr_t = exp(-schedule.gamma[t]);
        const double expected[KINDS] = {0.5 * (snr_s / snr_t - 1), 0.5 * (snr_s - snr_t),
                                        0.5 * (snr_s / snr_t - 1) * schedule.alpha2[t]};
        for (int kind = 0; kind < KINDS; kind++) {
            dg_gaussian_step step =
                dg_reverse_step(&schedule, (dg_prediction)kind, (double)(t - 1), (double)t, 1);
            double apart = step.mean.other / step.deviation;
            double kl = dg_kl_per_square(&schedule, (dg_prediction)kind, (double)t);
            assert_close(kl, expected[kind], 1e-9 * kl);
            assert_close(kl, 0.5 * apart * apart, 1e-6 * kl);
        }
    }
    dg_schedule_free(&schedule);
}

/* Whatever eta, z_s has the distribution of q(z_s | x): the deviation and the part of eps together
 * make sigma_s; with eta = 0 all of it is eps, with eta = 1 the deviation is the posterior's. */
static void every_eta_keeps_the_marginal(void **state) {
    (void)state;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 1; t <= T; t++)
        for (size_t s = 0; s < t; s++)
            for (size_t k = 0; k < 3; k++) {
                dg_level from = dg_level_at(&schedule, (double)t),
                         to = dg_level_at(&schedule, (double)s);
                dg_gaussian_step step =
                    dg_reverse_step(&schedule, DG_PREDICT_X0, (double)s, (double)t, etas[k]);
                double of_x = step.mean.z * from.alpha + step.mean.other;
                double of_eps = step.mean.z * from.sigma;
                assert_close(of_x, to.alpha, 1e-12);
                assert_close(of_eps * of_eps + step.deviation * step.deviation, to.sigma * to.sigma,
                             1e-12);
                if (etas[k] == 0) assert_close(step.deviation, 0, 0);
            }
    dg_schedule_free(&schedule);
}

/* Single steps z_k = alpha_k / alpha_{k-1} z_{k-1} + noise have the closed form's marginal. */
static void forward_chain_has_the_closed_form_s_marginal(void **state) {
    (void)state;
    enum { CHAINS = 20000, STEPS = 25 };
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    const double x = 1.5;
    double mean = 0, square = 0;
    for (uint32_t chain = 0; chain < CHAINS; chain++) {
        const dg_rng key = {.seed = 5, .purpose = DG_RNG_TEST, .graph = chain};
        float noise[STEPS + 1];
        dg_rng_fill_normal(&key, 0, STEPS + 1, noise);
        double z = x, alpha = 1;
        for (size_t t = 0; t <= STEPS; t++) {
            double keep = dg_level_at(&schedule, (double)t).alpha / alpha;
            z = keep * z + sqrt(1 - keep * keep) * (double)noise[t];
            alpha *= keep;
        }
        mean += z / CHAINS;
        square += z * z / CHAINS;
    }
    dg_level at = dg_level_at(&schedule, STEPS);
    assert_close(mean, at.alpha * x, 4 * at.sigma / sqrt(CHAINS));
    assert_close(square - mean * mean, at.sigma * at.sigma, 0.03);
    dg_schedule_free(&schedule);
}

static void class_probabilities_sum_to_one(void **state) {
    (void)state;
    const double near_2[] = {0.1, -0.05, 0.93, 0.02}, undecided[] = {0.5, 0.5, 0.5, 0.5};
    double sum = 0;
    for (size_t x = 0; x < 4; x++) {
        sum += exp(dg_log_p_class(4, near_2, 0.2, x));
        assert_close(dg_log_p_class(4, undecided, 0.2, x), log(0.25), 1e-12);
        assert_true(x == 2 || dg_log_p_class(4, near_2, 0.2, x) < -3);
    }
    assert_close(sum, 1, 1e-12);
    assert_close(dg_log_p_class(1, undecided, 0.2, 0), 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variance_is_preserved),
        cmocka_unit_test(predictions_convert_into_each_other),
        cmocka_unit_test(ancestral_step_is_the_posterior),
        cmocka_unit_test(kl_is_half_the_fall_of_the_snr),
        cmocka_unit_test(every_eta_keeps_the_marginal),
        cmocka_unit_test(forward_chain_has_the_closed_form_s_marginal),
        cmocka_unit_test(class_probabilities_sum_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
