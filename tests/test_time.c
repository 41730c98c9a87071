/* Training times. (For those of a sampler's steps, see test_sampler.c.) */
#include "golden.h"

#include "diffusion/time.h"
#include <string.h>

static dg_rng key_of(uint32_t step) {
    return (dg_rng){.seed = 3, .purpose = DG_RNG_TIME, .graph = UINT32_MAX, .step = step};
}

/* 33 graphs get each of the times 0 .. 10 three times, whatever the random number. */
static void spread_times_are_evenly_many(void **state) {
    (void)state;
    enum { T = 10, PLACES = 3 * (T + 1), KEYS = 200 };
    for (uint32_t k = 0; k < KEYS; k++) {
        const dg_rng key = key_of(k);
        size_t seen[T + 1] = {0};
        for (size_t place = 0; place < PLACES; place++) {
            const double t = dg_spread_time(T, DG_DISTORTION_IDENTITY, &key, place, PLACES);
            assert_true(t >= 0 && t <= T && t == floor(t));
            seen[(size_t)t]++;
        }
        for (size_t t = 0; t <= T; t++)
            assert_int_equal(seen[t], 3);
    }
}

/* For a single graph, or the same place in many batches, all times are equally likely. */
static void a_place_has_all_times(void **state) {
    (void)state;
    enum { T = 4, KEYS = 5000 };
    for (size_t places = 1; places <= 3; places++) {
        size_t seen[T + 1] = {0};
        for (uint32_t k = 0; k < KEYS; k++) {
            const dg_rng key = key_of(k);
            seen[(size_t)dg_spread_time(T, DG_DISTORTION_IDENTITY, &key, places - 1, places)]++;
        }
        for (size_t t = 0; t <= T; t++) /* five standard deviations */
            assert_close((double)seen[t], KEYS / (T + 1.0), 5 * sqrt(KEYS * 0.2 * 0.8));
    }
}

static int ascending(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* t = T (1 - (2 u - u^2)) = T (1 - u)^2, with evenly spaced u. */
static void spread_times_are_distorted(void **state) {
    (void)state;
    enum { T = 100, PLACES = 16 };
    const dg_rng key = key_of(5);
    double u[PLACES];
    for (size_t place = 0; place < PLACES; place++) {
        const double t = dg_spread_time(T, DG_DISTORTION_POLYDEC, &key, place, PLACES);
        assert_true(t > 0 && t <= T);
        u[place] = 1 - sqrt(t / T);
    }
    qsort(u, PLACES, sizeof *u, ascending);
    for (size_t place = 1; place < PLACES; place++)
        assert_close(u[place] - u[place - 1], 1.0 / PLACES, 1e-12);
}

/* Half of the times are below T (1 - f(1/2)). */
static void drawn_times_are_distorted(void **state) {
    (void)state;
    enum { T = 100, KEYS = 4000 };
    for (unsigned d = DG_DISTORTION_IDENTITY; d <= DG_DISTORTION_REVCOS; d++) {
        const double median = T * (1 - dg_distort((dg_distortion)d, 0.5));
        size_t below = 0;
        for (uint32_t k = 0; k < KEYS; k++) {
            const dg_rng key = key_of(k);
            const double t = dg_draw_time(T, (dg_distortion)d, &key);
            assert_true(t >= 0 && t <= T);
            below += t < median;
        }
        assert_close((double)below, KEYS / 2.0, 5 * sqrt(KEYS * 0.25));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_times_are_evenly_many),
        cmocka_unit_test(a_place_has_all_times),
        cmocka_unit_test(spread_times_are_distorted),
        cmocka_unit_test(drawn_times_are_distorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
