/* The counter-based generator: known answers, streams, uniformity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include <math.h>

/* Philox4x32-10 known answers, from the Random123 distribution (Salmon et al., SC 2011). */
static void philox_gives_the_known_answers(void **state) {
    (void)state;
    const dg_rng zeros = {0, 0, 0, 0};
    const uint32_t of_zeros[] = {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u};
    const dg_rng ones = {UINT64_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    const uint32_t of_ones[] = {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu};
    uint32_t words[4];
    dg_rng_block(&zeros, 0, words);
    assert_memory_equal(words, of_zeros, sizeof words);
    dg_rng_block(&ones, UINT32_MAX, words);
    assert_memory_equal(words, of_ones, sizeof words);
}

static void elements_do_not_depend_on_how_they_are_read(void **state) {
    (void)state;
    const dg_rng key = {42, DG_RNG_TEST, 3, 5};
    float filled[23];
    dg_rng_fill_uniform(&key, 6, 23, filled);
    dg_stream stream = {.key = key, .next = 6};
    for (uint32_t k = 0; k < 23; k++) {
        assert_true(filled[k] == dg_rng_uniform(&key, 6 + k));
        assert_int_equal(dg_stream_u32(&stream), dg_rng_u32(&key, 6 + k));
        assert_true(filled[k] >= 0.0f && filled[k] < 1.0f);
    }
}

static void every_part_of_the_key_counts(void **state) {
    (void)state;
    const dg_rng keys[] = {{1, 2, 3, 4}, {2, 2, 3, 4}, {1ull << 40, 2, 3, 4},
                           {1, 3, 3, 4}, {1, 2, 4, 4}, {1, 2, 3, 5}};
    for (size_t a = 0; a < 6; a++)
        for (size_t b = 0; b < a; b++)
            assert_int_not_equal(dg_rng_u32(&keys[a], 0), dg_rng_u32(&keys[b], 0));
}

static void draws_have_their_distribution(void **state) {
    (void)state;
    enum { DRAWS = 60000, BOUND = 6 };
    dg_stream stream = {.key = {7, DG_RNG_TEST, 0, 0}};
    double mean = 0.0, normal_mean = 0.0, normal_square = 0.0;
    int counts[BOUND] = {0};
    for (int k = 0; k < DRAWS; k++) {
        mean += dg_stream_uniform(&stream) / DRAWS;
        counts[dg_stream_below(&stream, BOUND)]++;
        double normal = dg_stream_normal(&stream);
        normal_mean += normal / DRAWS;
        normal_square += normal * normal / DRAWS;
    }
    assert_true(fabs(mean - 0.5) < 0.01);
    assert_true(fabs(normal_mean) < 0.02 && fabs(normal_square - 1.0) < 0.03);
    for (int k = 0; k < BOUND; k++)
        assert_in_range(counts[k], DRAWS / BOUND - 400, DRAWS / BOUND + 400);
}

static void normals_do_not_depend_on_how_they_are_read(void **state) {
    (void)state;
    const dg_rng key = {42, DG_RNG_TEST, 3, 5};
    float filled[23], one;
    dg_rng_fill_normal(&key, 6, 23, filled);
    for (uint32_t k = 0; k < 23; k++) {
        dg_rng_fill_normal(&key, 6 + k, 1, &one);
        assert_true(one == filled[k]);
    }
}

/* Mean, variance, fourth moment, shares beyond 1 and 3 deviations, and neighbours' correlation. */
static void normals_have_their_distribution(void **state) {
    (void)state;
    enum { DRAWS = 100000 };
    static float x[DRAWS];
    const dg_rng key = {7, DG_RNG_TEST, 1, 0};
    dg_rng_fill_normal(&key, 0, DRAWS, x);
    double mean = 0, square = 0, fourth = 0, beyond_1 = 0, beyond_3 = 0, next = 0;
    for (size_t k = 0; k < DRAWS; k++) {
        double value = (double)x[k];
        mean += value / DRAWS;
        square += value * value / DRAWS;
        fourth += value * value * value * value / DRAWS;
        beyond_1 += (fabs(value) > 1) / (double)DRAWS;
        beyond_3 += (fabs(value) > 3) / (double)DRAWS;
        if (k > 0) next += value * (double)x[k - 1] / DRAWS;
    }
    assert_true(fabs(mean) < 0.015 && fabs(square - 1) < 0.02 && fabs(fourth - 3) < 0.15);
    assert_true(fabs(beyond_1 - 0.3173) < 0.007 && fabs(beyond_3 - 0.0027) < 0.0008);
    assert_true(fabs(next) < 0.015);
}

static void a_shuffle_is_a_permutation(void **state) {
    (void)state;
    uint32_t items[50], seen[50] = {0}, moved = 0;
    for (uint32_t k = 0; k < 50; k++)
        items[k] = k;
    dg_stream stream = {.key = {1, DG_RNG_TEST, 0, 0}};
    dg_stream_shuffle(&stream, 50, items);
    for (uint32_t k = 0; k < 50; k++) {
        seen[items[k]]++;
        moved += items[k] != k;
    }
    for (uint32_t k = 0; k < 50; k++)
        assert_int_equal(seen[k], 1);
    assert_true(moved > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_known_answers),
        cmocka_unit_test(elements_do_not_depend_on_how_they_are_read),
        cmocka_unit_test(every_part_of_the_key_counts),
        cmocka_unit_test(draws_have_their_distribution),
        cmocka_unit_test(normals_do_not_depend_on_how_they_are_read),
        cmocka_unit_test(normals_have_their_distribution),
        cmocka_unit_test(a_shuffle_is_a_permutation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
