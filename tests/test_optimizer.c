/* AdamW, clipping, moving average, learning rates. (Parity with PyTorch's step:
 * parity_optimizer.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/rng.h"
#include "train/adamw.h"
#include "train/gradients.h"

static const dg_adamw_options torch_options = {0.05, 0.9, 0.999, 1e-8, true, false};

static float *filled(size_t count, uint32_t key) {
    float *values = NULL;
    assert_int_equal(dg_allocate(count, sizeof *values, &values), DIGRESS_OK);
    dg_rng rng = {.seed = 7, .purpose = DG_RNG_TEST, .graph = key};
    dg_rng_fill_uniform(&rng, 0, count, values);
    for (size_t k = 0; k < count; k++)
        values[k] -= 0.5f;
    return values;
}

static dg_pool *pool_of(size_t threads) {
    dg_pool *pool = NULL;
    assert_int_equal(dg_pool_create(threads, &pool), DIGRESS_OK);
    return pool;
}

/* The textbook formula, in double precision. */
static void steps_follow_the_formula(void **state) {
    (void)state;
    enum { COUNT = 37, STEPS = 5 };
    const double lr = 1e-2, scale = 0.25;
    for (int amsgrad = 0; amsgrad < 2; amsgrad++) {
        dg_adamw_options options = torch_options;
        options.amsgrad = amsgrad;
        dg_pool *pool = pool_of(1);
        dg_adamw adamw;
        assert_int_equal(dg_adamw_create(COUNT, &options, 0, NULL, &adamw), DIGRESS_OK);
        float *parameters = filled(COUNT, 1);
        double p[COUNT], m[COUNT] = {0}, v[COUNT] = {0}, top[COUNT] = {0};
        for (size_t k = 0; k < COUNT; k++)
            p[k] = (double)parameters[k];
        for (uint32_t step = 1; step <= STEPS; step++) {
            float *gradient = filled(COUNT, 1 + step);
            for (size_t k = 0; k < COUNT; k++) {
                double g = scale * (double)gradient[k];
                m[k] = 0.9 * m[k] + 0.1 * g;
                v[k] = 0.999 * v[k] + 0.001 * g * g;
                top[k] = amsgrad ? fmax(top[k], v[k]) : v[k];
                p[k] *= 1 - lr * 0.05;
                p[k] -= lr / (1 - pow(0.9, step)) * m[k] /
                        (sqrt(top[k]) / sqrt(1 - pow(0.999, step)) + 1e-8);
            }
            dg_adamw_step(&adamw, pool, lr, scale, gradient, parameters, 0, NULL);
            for (size_t k = 0; k < COUNT; k++) {
                assert_true(fabs((double)parameters[k] - p[k]) < 1e-6);
                assert_true(gradient[k] == 0);
            }
            free(gradient);
        }
        free(parameters);
        dg_adamw_free(&adamw);
        dg_pool_free(pool);
    }
}

/* Borders of chunks inside and between skipped ranges. */
static void skipped_parameters_stay(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    const dg_span skip[] = {{0, 10}, {30000, 70000}, {70000, 70001}, {99990, COUNT}};
    dg_pool *pool = pool_of(2);
    dg_adamw adamw;
    assert_int_equal(dg_adamw_create(COUNT, &torch_options, 4, skip, &adamw), DIGRESS_OK);
    float *before = filled(COUNT, 1), *parameters = filled(COUNT, 1), *gradient = filled(COUNT, 2);
    dg_adamw_step(&adamw, pool, 0.1, 1, gradient, parameters, 0, NULL);
    for (size_t k = 0; k < COUNT; k++) {
        bool skipped = k < 10 || (k >= 30000 && k < 70001) || k >= 99990;
        assert_int_equal(skipped, parameters[k] == before[k]);
        assert_int_equal(skipped, adamw.m[k] == 0);
    }
    free(before);
    free(parameters);
    free(gradient);
    dg_adamw_free(&adamw);
    dg_pool_free(pool);
}

/* Alone, the slice is everything. */
static dg_gradients *gradients_of(size_t count, size_t slots, dg_slices *slices) {
    const size_t border[] = {0, count};
    dg_gradients *gradients = NULL;
    assert_int_equal(dg_slices_cut(1, border, NULL, slices), DIGRESS_OK);
    assert_int_equal(dg_gradients_create(slices, slots, &gradients), DIGRESS_OK);
    return gradients;
}

static void fill_slots(dg_gradients *gradients, size_t count, uint32_t slots, uint32_t key) {
    for (uint32_t k = 0; k < slots; k++) {
        float *values = filled(count, key + k);
        memcpy(dg_gradients_slots(gradients)[k], values, count * sizeof *values);
        free(values);
    }
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    enum { COUNT = 200001, SLOTS = 3 };
    float *results[3], *averages[3];
    double norms[3];
    for (size_t run = 0; run < 3; run++) {
        dg_pool *pool = pool_of(run + 1);
        dg_adamw adamw;
        dg_slices slices;
        dg_gradients *gradients = gradients_of(COUNT, SLOTS, &slices);
        assert_int_equal(dg_adamw_create(COUNT, &torch_options, 0, NULL, &adamw), DIGRESS_OK);
        results[run] = filled(COUNT, 1);
        averages[run] = filled(COUNT, 1);
        for (uint32_t step = 0; step < 2; step++) {
            fill_slots(gradients, COUNT, SLOTS, 2 + SLOTS * step);
            assert_int_equal(dg_gradients_sum(gradients, pool, &norms[run]), DIGRESS_OK);
            dg_adamw_step(&adamw, pool, 0.1, dg_clip_scale(norms[run], 1),
                          dg_gradients_total(gradients), results[run], 0.9, averages[run]);
            for (size_t k = 0; k < SLOTS; k++)
                for (size_t e = 0; e < COUNT; e++)
                    assert_true(dg_gradients_slots(gradients)[k][e] == 0);
        }
        dg_adamw_free(&adamw);
        dg_gradients_free(gradients);
        dg_slices_free(&slices);
        dg_pool_free(pool);
        assert_true(norms[run] == norms[0]);
        assert_memory_equal(results[run], results[0], COUNT * sizeof(float));
        assert_memory_equal(averages[run], averages[0], COUNT * sizeof(float));
    }
    for (size_t run = 0; run < 3; run++) {
        free(results[run]);
        free(averages[run]);
    }
}

static void sums_by_a_tree_with_the_norm(void **state) {
    (void)state;
    enum { COUNT = 70000, SLOTS = 5 };
    dg_pool *pool = pool_of(2);
    dg_slices slices;
    dg_gradients *gradients = gradients_of(COUNT, SLOTS, &slices);
    float *g[SLOTS];
    double norm = 0, squares = 0;
    fill_slots(gradients, COUNT, SLOTS, 1);
    for (uint32_t k = 0; k < SLOTS; k++)
        g[k] = filled(COUNT, 1 + k);
    assert_int_equal(dg_gradients_sum(gradients, pool, &norm), DIGRESS_OK);
    for (size_t k = 0; k < COUNT; k++) {
        float sum = ((g[0][k] + g[1][k]) + (g[2][k] + g[3][k])) + g[4][k];
        assert_true(dg_gradients_total(gradients)[k] == sum);
        squares += (double)sum * (double)sum;
    }
    assert_true(fabs(norm - sqrt(squares)) < 1e-9 * norm);
    for (size_t k = 0; k < SLOTS; k++)
        free(g[k]);
    dg_gradients_free(gradients);
    dg_slices_free(&slices);
    dg_pool_free(pool);
}

static void clips_as_torch_does(void **state) {
    (void)state;
    assert_true(dg_clip_scale(10, 0) == 1);
    assert_true(dg_clip_scale(0.5, 1) == 1);
    assert_true(dg_clip_scale(4, 1) == 1 / (4 + 1e-6));
}

static void average_follows_the_parameters(void **state) {
    (void)state;
    assert_true(dg_average_rate(0.999, 1) == 1 - 2.0 / 11);
    assert_true(fabs(dg_average_rate(0.999, 1000000) - 0.001) < 1e-12);
    dg_pool *pool = pool_of(1);
    dg_adamw adamw;
    assert_int_equal(dg_adamw_create(1, &torch_options, 0, NULL, &adamw), DIGRESS_OK);
    float parameter = 1, average = 3, gradient = 0;
    dg_adamw_step(&adamw, pool, 0, 1, &gradient, &parameter, 0.5, &average);
    assert_true(fabs((double)average - (3 - 2 * (1 - 2.0 / 11))) < 1e-6);
    dg_adamw_free(&adamw);
    dg_pool_free(pool);
}

static void learning_rates(void **state) {
    (void)state;
    assert_true(dg_learning_rate(DG_LR_CONSTANT, 0.3, 10, 20, 5) == 0.3);
    assert_true(fabs(dg_learning_rate(DG_LR_COSINE, 1, 10, 30, 0) - 0.1) < 1e-12);
    assert_true(fabs(dg_learning_rate(DG_LR_COSINE, 1, 10, 30, 9) - 1) < 1e-12);
    assert_true(fabs(dg_learning_rate(DG_LR_COSINE, 1, 10, 30, 20) - 0.5) < 1e-12);
    assert_true(dg_learning_rate(DG_LR_COSINE, 1, 10, 30, 30) == 0);
    assert_true(dg_learning_rate(DG_LR_COSINE, 1, 0, 10, 0) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_the_formula),
        cmocka_unit_test(skipped_parameters_stay),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(sums_by_a_tree_with_the_norm),
        cmocka_unit_test(clips_as_torch_does),
        cmocka_unit_test(average_follows_the_parameters),
        cmocka_unit_test(learning_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
