/* The noise schedules against their formulas. */
#include "golden.h"

#include "diffusion/schedule.h"

static const dg_schedule_kind kinds[] = {DG_SCHEDULE_COSINE, DG_SCHEDULE_CUSTOM,
                                         DG_SCHEDULE_POLYNOMIAL_2, DG_SCHEDULE_LINEAR};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void runs_from_clean_to_noise(void **state) {
    (void)state;
    const size_t lengths[] = {1, 2, 5, 100, 1000};
    for (size_t k = 0; k < KINDS; k++) {
        for (size_t l = 0; l < 5; l++) {
            size_t T = lengths[l];
            dg_schedule schedule;
            golden_ok(dg_schedule_create(kinds[k], T, &schedule));
            assert_int_equal(schedule.T, T);
            assert_close(schedule.beta[T], 1, 0);
            for (size_t t = 0; t <= T; t++) {
                assert_true(schedule.beta[t] >= 0 && schedule.beta[t] <= 1);
                assert_true(schedule.alpha[t] > 0 && schedule.alpha[t] <= 1);
                assert_true(t == 0 || schedule.alpha_bar[t] < schedule.alpha_bar[t - 1]);
            }
            assert_true(schedule.alpha_bar[T] < 1.001e-4 * schedule.alpha_bar[T - 1]);
            dg_schedule_free(&schedule);
        }
    }
}

static void polynomial_is_its_formula(void **state) {
    (void)state;
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_POLYNOMIAL_2, 10, &schedule));
    for (size_t t = 0; t < 10; t++) {
        double x = (double)t / 10;
        assert_close(schedule.alpha_bar[t], (1 - x * x) * (1 - x * x), 1e-14);
    }
    dg_schedule_free(&schedule);
}

/* At T the clipped step leaves 1e-4 of the last alpha_bar, not 0. */
static void linear_is_its_formula(void **state) {
    (void)state;
    const size_t T = 250;
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_LINEAR, T, &schedule));
    for (size_t t = 0; t < T; t++)
        assert_close(schedule.alpha_bar[t], 1 - (double)t / (double)T, 1e-12);
    assert_close(schedule.alpha_bar[T], 1e-4 / (double)T, 1e-12);
    dg_schedule_free(&schedule);
}

static void keep_is_a_quotient_of_alpha_bars(void **state) {
    (void)state;
    const size_t T = 50;
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_COSINE, T, &schedule));
    for (size_t t = 1; t < T; t++)
        for (size_t s = 0; s < t; s++)
            assert_close(dg_schedule_keep(&schedule, (double)s, (double)t),
                         schedule.alpha_bar[t] / schedule.alpha_bar[s], 1e-13);
    for (size_t s = 0; s < T; s++)
        assert_close(dg_schedule_keep(&schedule, (double)s, (double)T), 0, 0);
    dg_schedule_free(&schedule);
}

static void index_rounds_normalised_time(void **state) {
    (void)state;
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_COSINE, 1000, &schedule));
    for (size_t t = 0; t <= 1000; t++)
        assert_int_equal(dg_schedule_index(&schedule, (double)((float)t / 1000.0f)), t);
    dg_schedule_free(&schedule);
}

static void refuses_what_it_cannot_use(void **state) {
    (void)state;
    dg_schedule schedule;
    assert_int_equal(dg_schedule_create(DG_SCHEDULE_COSINE, 0, &schedule), DIGRESS_ERROR_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_from_clean_to_noise),
        cmocka_unit_test(polynomial_is_its_formula),
        cmocka_unit_test(linear_is_its_formula),
        cmocka_unit_test(keep_is_a_quotient_of_alpha_bars),
        cmocka_unit_test(index_rounds_normalised_time),
        cmocka_unit_test(refuses_what_it_cannot_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
