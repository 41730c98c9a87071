/* The products of linear layers in each backend and precision that this machine has, against plain
 * loops; rows that do not depend on the others; the choice when something is not available. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/rng.h"
#include "math/convert.h"
#include "math/engine.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 16 };

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static float *floats(size_t count) {
    float *values = NULL;
    ok(dg_allocate(count, sizeof *values, &values));
    return values;
}

static float *random_floats(size_t count, uint32_t key) {
    const dg_rng rng = {.seed = 5, .purpose = DG_RNG_TEST, .graph = key};
    float *values = floats(count);
    dg_rng_fill_uniform(&rng, 0, count, values);
    for (size_t k = 0; k < count; k++)
        values[k] = 2.0f * values[k] - 1.0f;
    return values;
}

typedef struct layer {
    dg_engine *engine;
    dg_linear_weights *weights;
    dg_multiplier *multiplier;
    size_t out, in;
    float *W;
} layer;

static layer make_layer(dg_backend backend, dg_precision precision, bool backward, size_t out,
                        size_t in) {
    layer l = {.out = out, .in = in, .W = random_floats(out * in, 1)};
    ok(dg_engine_create(backend, precision, backward, &l.engine));
    ok(dg_linear_weights_create(l.engine, out, in, TILE, &l.weights));
    ok(dg_linear_weights_set(l.weights, l.W));
    ok(dg_multiplier_create(l.engine, &l.multiplier));
    assert_int_equal(dg_engine_backend(l.engine), backend);
    assert_int_equal(dg_engine_precision(l.engine), precision);
    return l;
}

static void free_layer(layer *l) {
    dg_multiplier_free(l->multiplier);
    dg_linear_weights_free(l->weights);
    dg_engine_free(l->engine);
    free(l->W);
}

/* |error| <= share * sum |a b|: rounding to bfloat16 changes each factor by at most 2^-8 of it. */
static void check(double value, double expected, double size, dg_precision precision) {
    const double share = precision == DG_PRECISION_BF16 ? 0x1p-7 + 0x1p-16 : 2e-6;
    if (!(fabs(value - expected) <= share * size + 1e-6))
        fail_msg("%.9g, expected %.9g +- %.3g", value, expected, share * size);
}

static void check_forward(const layer *l, size_t rows, const float *x, const float *y,
                          dg_precision precision) {
    for (size_t r = 0; r < rows; r++)
        for (size_t o = 0; o < l->out; o++) {
            double sum = 0, size = 0;
            for (size_t i = 0; i < l->in; i++) {
                const double term = (double)x[r * l->in + i] * (double)l->W[o * l->in + i];
                sum += term;
                size += fabs(term);
            }
            check((double)y[r * l->out + o], sum, size, precision);
        }
}

static void check_input_gradient(const layer *l, size_t rows, const float *dy, const float *before,
                                 const float *dx, dg_precision precision) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < l->in; i++) {
            double sum = before ? (double)before[r * l->in + i] : 0, size = fabs(sum);
            for (size_t o = 0; o < l->out; o++) {
                const double term = (double)dy[r * l->out + o] * (double)l->W[o * l->in + i];
                sum += term;
                size += fabs(term);
            }
            check((double)dx[r * l->in + i], sum, size, precision);
        }
}

static void check_weight_gradient(const layer *l, size_t rows, const float *x, const float *dy,
                                  const float *before, const float *dW, dg_precision precision) {
    for (size_t o = 0; o < l->out; o++)
        for (size_t i = 0; i < l->in; i++) {
            double sum = (double)before[o * l->in + i], size = fabs(sum);
            for (size_t r = 0; r < rows; r++) {
                const double term = (double)dy[r * l->out + o] * (double)x[r * l->in + i];
                sum += term;
                size += fabs(term);
            }
            check((double)dW[o * l->in + i], sum, size, precision);
        }
}

static void check_products(dg_backend backend, dg_precision precision, size_t out, size_t in,
                           size_t rows) {
    layer l = make_layer(backend, precision, true, out, in);
    float *x = random_floats(rows * in, 2), *dy = random_floats(rows * out, 3);
    float *y = floats(rows * out), *dx = random_floats(rows * in, 4);
    float *dx_before = random_floats(rows * in, 4);
    float *dW = random_floats(out * in, 5), *dW_before = random_floats(out * in, 5);
    dg_multiply_forward(l.weights, l.multiplier, rows, x, y);
    check_forward(&l, rows, x, y, precision);
    dg_multiply_backward(l.weights, l.multiplier, rows, x, dy, 1.0f, dx, dW);
    check_input_gradient(&l, rows, dy, dx_before, dx, precision);
    check_weight_gradient(&l, rows, x, dy, dW_before, dW, precision);
    memcpy(dW, dW_before, out * in * sizeof *dW);
    dg_multiply_backward(l.weights, l.multiplier, rows, x, dy, 0.0f, dx, dW);
    check_input_gradient(&l, rows, dy, NULL, dx, precision);
    memcpy(dW, dW_before, out * in * sizeof *dW);
    dg_multiply_backward(l.weights, l.multiplier, rows, x, dy, 0.0f, NULL, dW);
    check_weight_gradient(&l, rows, x, dy, dW_before, dW, precision);
    ok(dg_multiplier_status(l.multiplier));
    assert_true(dg_multiplier_seconds(l.multiplier) > 0.0);
    float *all[] = {x, dy, y, dx, dx_before, dW, dW_before};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    free_layer(&l);
}

typedef void for_engine(dg_backend backend, dg_precision precision);

/* Each backend and precision that this machine has; returns how many. */
static size_t for_each_engine(for_engine *call) {
    size_t called = 0;
    for (int backend = 0; backend < DG_BACKENDS; backend++)
        for (int precision = 0; precision < DG_PRECISIONS; precision++) {
            if (dg_engine_lacks((dg_backend)backend, (dg_precision)precision)) continue;
            call((dg_backend)backend, (dg_precision)precision);
            called++;
        }
    return called;
}

static void check_sizes(dg_backend backend, dg_precision precision) {
    const size_t widths[][2] = {{1, 1}, {3, 2}, {2, 64}, {64, 5}, {33, 17}, {96, 64}, {64, 130}};
    const size_t rows[] = {1, TILE - 1, TILE, TILE + 1, 4 * TILE, 6 * TILE + 5};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            check_products(backend, precision, widths[w][0], widths[w][1], rows[r]);
}

static void products_equal_plain_loops(void **state) {
    (void)state;
    assert_true(for_each_engine(check_sizes) >= 1);
}

/* A row of y and of dx has the same bits wherever it stands. */
static void check_rows(dg_backend backend, dg_precision precision) {
    enum { ROWS = 3 * TILE + 5, OUT = 70, IN = 33 };
    layer l = make_layer(backend, precision, true, OUT, IN);
    float *x = random_floats(ROWS * IN, 2), *dy = random_floats(ROWS * OUT, 3);
    float *y = floats(ROWS * OUT), *dx = floats(ROWS * IN), *dW = floats(OUT * IN);
    dg_multiply_forward(l.weights, l.multiplier, ROWS, x, y);
    dg_multiply_backward(l.weights, l.multiplier, ROWS, x, dy, 0.0f, dx, dW);
    for (size_t r = 0; r < ROWS; r += 7) {
        float one_y[OUT], one_dx[IN];
        dg_multiply_forward(l.weights, l.multiplier, 1, x + r * IN, one_y);
        dg_multiply_backward(l.weights, l.multiplier, 1, x + r * IN, dy + r * OUT, 0.0f, one_dx,
                             dW);
        assert_memory_equal(one_y, y + r * OUT, sizeof one_y);
        assert_memory_equal(one_dx, dx + r * IN, sizeof one_dx);
    }
    float *all[] = {x, dy, y, dx, dW};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    free_layer(&l);
}

static void rows_do_not_depend_on_others(void **state) {
    (void)state;
    assert_true(for_each_engine(check_rows) >= 1);
}

/* Small whole numbers and their sums are exact in bfloat16 and float32. */
static void check_exact(dg_backend backend, dg_precision precision) {
    enum { OUT = 40, IN = 24, ROWS = 21 };
    layer l = make_layer(backend, precision, false, OUT, IN);
    float *x = floats(ROWS * IN), *y = floats(ROWS * OUT);
    for (size_t k = 0; k < ROWS * IN; k++)
        x[k] = (float)(k % 11) - 5;
    for (size_t k = 0; k < OUT * IN; k++)
        l.W[k] = (float)(k % 7) - 3;
    ok(dg_linear_weights_set(l.weights, l.W));
    dg_multiply_forward(l.weights, l.multiplier, ROWS, x, y);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t o = 0; o < OUT; o++) {
            float sum = 0;
            for (size_t i = 0; i < IN; i++)
                sum += x[r * IN + i] * l.W[o * IN + i];
            assert_true(y[r * OUT + o] == sum);
        }
    free(x);
    free(y);
    free_layer(&l);
}

static void whole_numbers_are_exact(void **state) {
    (void)state;
    assert_true(for_each_engine(check_exact) >= 1);
}

static uint16_t rounded(float x) {
    uint16_t out = 0;
    dg_to_bf16_plain(1, &x, &out);
    return out;
}

static void bf16_rounds_to_nearest_even(void **state) {
    (void)state;
    assert_int_equal(rounded(1.0f), 0x3F80);
    assert_int_equal(rounded(-2.0f), 0xC000);
    assert_int_equal(rounded(0.0f), 0);
    assert_int_equal(rounded(1.0f + 0x1p-8f), 0x3F80);            /* halfway: to even, down */
    assert_int_equal(rounded(1.0f + 0x1p-7f + 0x1p-8f), 0x3F82);  /* halfway: to even, up */
    assert_int_equal(rounded(1.0f + 0x1p-8f + 0x1p-20f), 0x3F81); /* above halfway */
    assert_int_equal(rounded(3.4e38f), 0x7F80);                   /* beyond the largest */
    assert_int_equal(rounded(INFINITY), 0x7F80);
    assert_true((rounded(NAN) & 0x7FFF) > 0x7F80);
}

static void processor_rounds_as_plain_c(void **state) {
    (void)state;
    enum { COUNT = 1003 };
    if (dg_engine_lacks(DG_BACKEND_ONEDNN, DG_PRECISION_BF16)) skip();
    float *x = random_floats(COUNT, 6);
    uint16_t plain[COUNT], native[COUNT];
    for (size_t k = 0; k < COUNT; k++)
        x[k] *= exp2f((float)(k % 61) - 30.0f);
    x[3] = NAN, x[40] = -INFINITY, x[41] = 0.0f;
    dg_to_bf16_plain(COUNT, x, plain);
    dg_to_bf16(COUNT, x, native);
    for (size_t k = 0; k < COUNT; k++)
        assert_int_equal(plain[k], native[k]);
    free(x);
}

static void what_is_lacking_is_replaced(void **state) {
    (void)state;
    dg_backend backend = DG_BACKENDS;
    dg_precision precision = DG_PRECISIONS;
    dg_engine_choose(DG_BACKEND_NATIVE, DG_PRECISION_BF16, &backend, &precision); /* and warns */
    assert_int_equal(backend, DG_BACKEND_NATIVE);
    assert_int_equal(precision, DG_PRECISION_F32);
    for (int by = 0; by <= DG_BACKENDS; by++) /* the last: the fastest */
        for (int in = 0; in < DG_PRECISIONS; in++) {
            dg_engine_choose((dg_backend)by, (dg_precision)in, &backend, &precision);
            assert_null(dg_engine_lacks(backend, precision));
        }
    dg_engine *engine = NULL;
    assert_int_equal(dg_engine_create(DG_BACKEND_NATIVE, DG_PRECISION_BF16, false, &engine),
                     DIGRESS_ERROR_INPUT);
    assert_null(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_equal_plain_loops),
        cmocka_unit_test(rows_do_not_depend_on_others),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(bf16_rounds_to_nearest_even),
        cmocka_unit_test(processor_rounds_as_plain_c),
        cmocka_unit_test(what_is_lacking_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
