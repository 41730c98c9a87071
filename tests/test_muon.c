/* Muon: orthogonalisation against numpy's singular values (tests/golden/make/muon.py), and steps.
 * (A whole training with it: test_recipe.c.) */
#include "golden.h"

#include "core/memory.h"
#include "core/rng.h"
#include "train/adamw.h"
#include "train/muon.h"
#include <string.h>

static float *floats(size_t count) {
    float *values = NULL;
    golden_ok(dg_allocate(count, sizeof *values, &values));
    return values;
}

static float *filled(size_t count, uint32_t key) {
    float *values = floats(count);
    const dg_rng rng = {.seed = 7, .purpose = DG_RNG_TEST, .graph = key};
    dg_rng_fill_normal(&rng, 0, count, values);
    return values;
}

static float *orthogonalised(size_t rows, size_t cols, const float *matrix) {
    float *X = floats(rows * cols), *room = floats(dg_orthogonalise_room(rows, cols));
    memcpy(X, matrix, rows * cols * sizeof *X);
    dg_orthogonalise(rows, cols, X, room);
    free(room);
    return X;
}

/* ---- Orthogonalisation ---- */

/* The singular vectors stay, and each singular value goes through the polynomial; so the result is
 * near the polar factor, whose singular values are 1. */
static void check_shape(const dg_tensor_file *golden, const char *shape) {
    const dg_tensor *matrix = golden_tensor(golden, "matrix/%s", shape);
    const dg_tensor *polar = golden_tensor(golden, "polar/%s", shape);
    const size_t rows = matrix->shape[0], cols = matrix->shape[1];
    float *X = orthogonalised(rows, cols, golden_floats(matrix));
    golden_check_floats(X, golden_tensor(golden, "orthogonalised/%s", shape),
                        (golden_tolerance){2e-5, 0});
    double away = 0;
    for (size_t k = 0; k < matrix->count; k++)
        away += pow((double)X[k] - golden_at(polar, k), 2);
    assert_true(sqrt(away / (double)(rows < cols ? rows : cols)) < 0.33);
    free(X);
}

static void singular_values_become_nearly_1(void **state) {
    (void)state;
    dg_tensor_file *golden = golden_open("muon");
    char shapes[128], *rest = NULL;
    snprintf(shapes, sizeof shapes, "%s", golden_metadata(golden, "shapes"));
    size_t checked = 0;
    for (char *shape = strtok_r(shapes, " ", &rest); shape; shape = strtok_r(NULL, " ", &rest)) {
        check_shape(golden, shape);
        checked++;
    }
    assert_true(checked >= 6);
    dg_tensor_file_close(golden);
}

enum { ROWS = 20, COLS = 30 };

static float *scaled(const float *matrix, float scale) {
    float *copy = floats(ROWS * COLS);
    for (size_t k = 0; k < ROWS * COLS; k++)
        copy[k] = matrix[k] * scale;
    float *X = orthogonalised(ROWS, COLS, copy);
    free(copy);
    return X;
}

static void the_scale_makes_no_difference(void **state) {
    (void)state;
    float *matrix = filled(ROWS * COLS, 1), *X = scaled(matrix, 1), *Y = scaled(matrix, 1e-8f);
    for (size_t k = 0; k < ROWS * COLS; k++)
        assert_close((double)Y[k], (double)X[k], 1e-4);
    free(matrix);
    free(X);
    free(Y);
}

/* A matrix behind ReLUs that are all 0 gets no gradient: its momentum fades until its norm has no
 * inverse in float32. Such a momentum must not move it. */
static void what_is_left_of_a_vanished_gradient_moves_nothing(void **state) {
    (void)state;
    const float scales[] = {0, 1e-12f, 1e-20f, 1e-38f, 1e-41f};
    float *matrix = filled(ROWS * COLS, 1);
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        float *X = scaled(matrix, scales[s]);
        for (size_t k = 0; k < ROWS * COLS; k++)
            assert_true(X[k] == 0);
        free(X);
    }
    free(matrix);
}

/* ---- Steps ---- */

static dg_denoiser *small_denoiser(void) {
    const dg_denoiser_dims dims = {.n_layers = 2,
                                   .in_X = 5,
                                   .in_E = 3,
                                   .in_y = 4,
                                   .mlp_X = 7,
                                   .mlp_E = 6,
                                   .mlp_y = 5,
                                   .dx = 12,
                                   .de = 8,
                                   .dy = 6,
                                   .n_head = 2,
                                   .dim_ffX = 16,
                                   .dim_ffE = 9,
                                   .dim_ffy = 10,
                                   .out_X = 3,
                                   .out_E = 2};
    dg_denoiser *denoiser = NULL;
    golden_ok(dg_denoiser_create(&dims, 3, &denoiser));
    return denoiser;
}

/* Parameters after two steps of both optimizers. The caller frees them. */
static float *after_steps(dg_denoiser *denoiser, size_t threads) {
    const dg_adamw_options options = {0.1, 0.9, 0.999, 1e-8, true, .without_hidden = true};
    const size_t count = dg_denoiser_parameter_count(denoiser);
    float *parameters = filled(count, 1);
    dg_pool *pool = NULL;
    dg_muon *muon = NULL;
    dg_adamw adamw;
    golden_ok(dg_pool_create(threads, &pool));
    golden_ok(dg_muon_create(denoiser, &muon));
    golden_ok(dg_adamw_create_for(denoiser, &options, &adamw));
    for (uint32_t k = 0; k < 2; k++) {
        float *gradient = filled(count, 2 + k);
        const dg_muon_step step = {.lr = 0.01, .weight_decay = 0.1, .scale = 0.5};
        golden_ok(dg_muon_run(muon, pool, &step, gradient, adamw.m, parameters));
        golden_ok(dg_adamw_step(&adamw, pool, 0.01, 0.5, gradient, parameters, 0, NULL));
        free(gradient);
    }
    dg_adamw_free(&adamw);
    dg_muon_free(muon);
    dg_pool_free(pool);
    return parameters;
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    dg_denoiser *denoiser = small_denoiser();
    const size_t bytes = dg_denoiser_parameter_count(denoiser) * sizeof(float);
    float *one = after_steps(denoiser, 1);
    for (size_t threads = 2; threads <= 3; threads++) {
        float *more = after_steps(denoiser, threads);
        assert_memory_equal(one, more, bytes);
        free(more);
    }
    free(one);
    dg_denoiser_free(denoiser);
}

/* Each tensor in use is moved, those that are not are left alone. */
static void every_tensor_has_an_optimizer(void **state) {
    (void)state;
    dg_denoiser *denoiser = small_denoiser();
    const size_t count = dg_denoiser_parameter_count(denoiser);
    float *before = filled(count, 1), *after = after_steps(denoiser, 1);
    for (size_t k = 0; k < dg_denoiser_tensor_count(denoiser); k++) {
        const dg_parameter *tensor = dg_denoiser_tensor(denoiser, k);
        for (size_t e = tensor->offset; e < tensor->offset + tensor->count; e++)
            assert_int_equal(before[e] == after[e], tensor->unused);
    }
    free(before);
    free(after);
    dg_denoiser_free(denoiser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(singular_values_become_nearly_1),
        cmocka_unit_test(the_scale_makes_no_difference),
        cmocka_unit_test(what_is_left_of_a_vanished_gradient_moves_nothing),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(every_tensor_has_an_optimizer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
