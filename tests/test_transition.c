/* Categorical transitions: their matrices, posteriors and draws. */
#include "golden.h"

#include "diffusion/transition.h"
#include <string.h>

enum { CLASSES = 4 };

static const double marginals[CLASSES] = {0.7, 0.2, 0.0, 0.1}; /* one class is never seen */

/* Calls `check` for every transition, with short and long schedules. */
static void for_each(void (*check)(const dg_transition *, const dg_schedule *)) {
    const size_t lengths[] = {1, 2, 7, 200};
    for (size_t kind = 0; kind < 3; kind++) {
        for (size_t l = 0; l < 4; l++) {
            dg_transition transition;
            dg_schedule schedule;
            golden_ok(
                dg_transition_create((dg_transition_kind)kind, CLASSES, marginals, 1, &transition));
            golden_ok(dg_schedule_create(DG_SCHEDULE_COSINE, lengths[l], &schedule));
            check(&transition, &schedule);
            dg_schedule_free(&schedule);
            dg_transition_free(&transition);
        }
    }
}

static void assert_rows_sum_to_1(const double *Q) {
    for (size_t from = 0; from < CLASSES; from++) {
        double sum = 0;
        for (size_t to = 0; to < CLASSES; to++) {
            assert_true(Q[from * CLASSES + to] >= 0);
            sum += Q[from * CLASSES + to];
        }
        assert_close(sum, 1, 1e-12);
    }
}

static void check_rows(const dg_transition *transition, const dg_schedule *schedule) {
    double Q[CLASSES * CLASSES];
    for (size_t t = 0; t <= schedule->T; t++) {
        dg_Qt(transition, schedule, t, Q);
        assert_rows_sum_to_1(Q);
        dg_Qt_bar(transition, schedule, t, Q);
        assert_rows_sum_to_1(Q);
        for (size_t s = 0; s < t; s++) {
            dg_Qts(transition, schedule, s, t, Q);
            assert_rows_sum_to_1(Q);
        }
    }
}

static void rows_sum_to_1(void **state) {
    (void)state;
    for_each(check_rows);
}

static void multiply(const double *A, const double *B, double *product) {
    for (size_t i = 0; i < CLASSES; i++) {
        for (size_t j = 0; j < CLASSES; j++) {
            product[i * CLASSES + j] = 0;
            for (size_t k = 0; k < CLASSES; k++)
                product[i * CLASSES + j] += A[i * CLASSES + k] * B[k * CLASSES + j];
        }
    }
}

static void assert_matrices_equal(const double *A, const double *B, double tolerance) {
    for (size_t k = 0; k < (size_t)CLASSES * CLASSES; k++)
        assert_close(A[k], B[k], tolerance);
}

/* At T the product has beta_T = 1 and Qbar_T has it clipped to 0.9999. */
static void check_product(const dg_transition *transition, const dg_schedule *schedule) {
    double product[CLASSES * CLASSES], next[CLASSES * CLASSES], Q[CLASSES * CLASSES];
    dg_Qt(transition, schedule, 0, product);
    for (size_t t = 1; t <= schedule->T; t++) {
        dg_Qt(transition, schedule, t, Q);
        multiply(product, Q, next);
        memcpy(product, next, sizeof product);
        dg_Qt_bar(transition, schedule, t, Q);
        assert_matrices_equal(product, Q, t < schedule->T ? 1e-12 : 1e-4);
        dg_Qts(transition, schedule, 0, t, Q);
        dg_Qt_bar(transition, schedule, 0, next);
        double jumped[CLASSES * CLASSES];
        multiply(next, Q, jumped);
        assert_matrices_equal(product, jumped, 1e-12);
    }
}

static void Qt_bar_is_the_product(void **state) {
    (void)state;
    for_each(check_product);
}

/* q(x_s | x_t, x_0) by matrices, or all zero where x_t cannot come from x_0. */
static void posterior_by_matrices(const dg_transition *transition, const dg_schedule *schedule,
                                  size_t s, size_t t, size_t x_t, size_t x_0, double *out) {
    double Qts[CLASSES * CLASSES], Qsb[CLASSES * CLASSES], sum = 0;
    dg_Qts(transition, schedule, s, t, Qts);
    dg_Qt_bar(transition, schedule, s, Qsb);
    for (size_t k = 0; k < CLASSES; k++)
        sum += out[k] = Qts[k * CLASSES + x_t] * Qsb[x_0 * CLASSES + k];
    for (size_t k = 0; k < CLASSES; k++)
        out[k] = sum > 0 ? out[k] / sum : 0;
}

static void check_posterior(const dg_transition *transition, const dg_schedule *schedule) {
    const size_t T = schedule->T;
    for (size_t t = 1; t <= T; t += t < 8 ? 1 : 13) {
        for (size_t s = 0; s < t; s += s < 4 ? 1 : 31) {
            for (uint8_t x_t = 0; x_t < CLASSES; x_t++) {
                double over0[CLASSES * CLASSES], expected[CLASSES], soft[CLASSES];
                dg_jump jump = dg_jump_of(schedule, (double)s, (double)t);
                dg_posterior_over0(transition, jump, x_t, over0);
                for (size_t x_0 = 0; x_0 < CLASSES; x_0++) {
                    double one_hot[CLASSES] = {0};
                    one_hot[x_0] = 1;
                    posterior_by_matrices(transition, schedule, s, t, x_t, x_0, expected);
                    dg_posterior_soft(transition, jump, x_t, one_hot, soft);
                    for (size_t k = 0; k < CLASSES; k++) {
                        assert_close(over0[x_0 * CLASSES + k], expected[k], 1e-9);
                        assert_close(soft[k], expected[k], 1e-9);
                    }
                }
            }
        }
    }
}

static void posterior_is_bayes_rule(void **state) {
    (void)state;
    for_each(check_posterior);
}

/* sum over x_r of q(x_r | x_t, x_0) q(x_s | x_r, x_0) = q(x_s | x_t, x_0) for s < r < t. */
static void check_two_jumps(const dg_transition *transition, const dg_schedule *schedule) {
    const size_t T = schedule->T;
    if (T < 2) return;
    const size_t times[][3] = {{0, 1, 2}, {0, T / 2, T}, {T / 3, T / 2 + 1, T}, {0, 1, T}};
    for (size_t k = 0; k < 4; k++) {
        size_t s = times[k][0], r = times[k][1], t = times[k][2];
        if (!(s < r && r < t)) continue;
        for (uint8_t x_t = 0; x_t < CLASSES; x_t++) {
            double first[CLASSES * CLASSES], second[CLASSES * CLASSES], direct[CLASSES * CLASSES];
            double composed[CLASSES * CLASSES] = {0};
            dg_posterior_over0(transition, dg_jump_of(schedule, (double)r, (double)t), x_t, first);
            dg_posterior_over0(transition, dg_jump_of(schedule, (double)s, (double)t), x_t, direct);
            for (uint8_t x_r = 0; x_r < CLASSES; x_r++) {
                dg_posterior_over0(transition, dg_jump_of(schedule, (double)s, (double)r), x_r,
                                   second);
                for (size_t at = 0; at < (size_t)CLASSES * CLASSES; at++)
                    composed[at] += first[at / CLASSES * CLASSES + x_r] * second[at];
            }
            assert_matrices_equal(composed, direct, 1e-9);
        }
    }
}

static void two_jumps_equal_one(void **state) {
    (void)state;
    for_each(check_two_jumps);
}

static void check_prob_s(const dg_transition *transition, const dg_schedule *schedule) {
    const double p[CLASSES] = {0.1, 0.4, 0.2, 0.3};
    for (size_t t = 1; t <= schedule->T; t += t < 8 ? 1 : 13) {
        for (uint8_t x_t = 0; x_t < CLASSES; x_t++) {
            dg_jump jump = dg_jump_of(schedule, (double)(t - 1), (double)t);
            double over0[CLASSES * CLASSES], expected[CLASSES] = {0}, got[CLASSES], sum = 0;
            dg_posterior_over0(transition, jump, x_t, over0);
            for (size_t at = 0; at < (size_t)CLASSES * CLASSES; at++) {
                expected[at % CLASSES] += p[at / CLASSES] * over0[at];
                sum += p[at / CLASSES] * over0[at];
            }
            dg_prob_s(transition, jump, x_t, p, got);
            for (size_t k = 0; k < CLASSES; k++)
                assert_close(got[k], sum > 0 ? expected[k] / sum : 1.0 / CLASSES, 1e-9);
        }
    }
}

static void prob_s_marginalises_x_0(void **state) {
    (void)state;
    for_each(check_prob_s);
}

static void draws_follow_their_probabilities(void **state) {
    (void)state;
    enum { DRAWS = 200000 };
    dg_transition transition;
    golden_ok(dg_transition_create(DG_TRANSITION_MARGINAL, CLASSES, marginals, 0, &transition));
    dg_rng key = {.seed = 5, .purpose = DG_RNG_TEST};
    size_t kept[CLASSES] = {0}, limit[CLASSES] = {0};
    for (uint32_t k = 0; k < DRAWS; k++) {
        kept[dg_transition_corrupt(&transition, 0.4, 3, dg_rng_u32(&key, k))]++;
        limit[dg_transition_draw_limit(&transition, dg_rng_u32(&key, k))]++;
    }
    for (size_t k = 0; k < CLASSES; k++) {
        assert_close((double)limit[k] / DRAWS, marginals[k], 0.005);
        assert_close((double)kept[k] / DRAWS, 0.6 * marginals[k] + 0.4 * (k == 3), 0.005);
    }
    assert_int_equal(limit[2], 0); /* probability 0 is never drawn, at the ends neither */
    assert_int_equal(dg_draw_class(3, (double[]){0, 1, 0}, 0), 1);
    assert_int_equal(dg_draw_class(3, (double[]){0, 1, 0}, UINT32_MAX), 1);
    dg_transition_free(&transition);
}

static void refuses_what_it_cannot_use(void **state) {
    (void)state;
    dg_transition transition;
    const double nothing[2] = {0, 0};
    assert_int_equal(dg_transition_create(DG_TRANSITION_ABSORBING, 2, NULL, 2, &transition),
                     DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_transition_create(DG_TRANSITION_MARGINAL, 2, nothing, 0, &transition),
                     DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_transition_create(DG_TRANSITION_UNIFORM, 0, NULL, 0, &transition),
                     DIGRESS_ERROR_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_sum_to_1),
        cmocka_unit_test(Qt_bar_is_the_product),
        cmocka_unit_test(posterior_is_bayes_rule),
        cmocka_unit_test(two_jumps_equal_one),
        cmocka_unit_test(prob_s_marginalises_x_0),
        cmocka_unit_test(draws_follow_their_probabilities),
        cmocka_unit_test(refuses_what_it_cannot_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
