/* The project's own products, on each instruction set that this processor has: every output is the
 * chain of multiply-adds that math/products.h promises, to the bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/rng.h"
#include "math/engine_backend.h"
#include "math/products.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

/* A table that this processor can run, and whether its multiply-adds are fused. */
typedef struct variant {
    const dg_product_kernels *kernels;
    bool fused;
} variant;

static size_t variants(variant out[3]) {
#if defined(__x86_64__)
    const dg_isa best = dg_isa_choose();
    size_t count = 0;
    out[count++] = (variant){&dg_product_kernels_table_v2, false};
    if (best >= DG_ISA_X86_64_V3) out[count++] = (variant){&dg_product_kernels_table_v3, true};
    if (best >= DG_ISA_X86_64_V4) out[count++] = (variant){&dg_product_kernels_table_v4, true};
    return count;
#else
    out[0] = (variant){&dg_product_kernels_table_base, true};
    return 1;
#endif
}

static float multiply_add(const variant *v, float a, float b, float sum) {
    if (v->fused) return fmaf(a, b, sum);
    const volatile float product = a * b; /* rounded before it is added */
    return product + sum;
}

static float *random_floats(size_t count, uint32_t key) {
    const dg_rng rng = {.seed = 7, .purpose = DG_RNG_TEST, .graph = key};
    float *values = NULL;
    ok(dg_allocate(count, sizeof *values, &values));
    dg_rng_fill_uniform(&rng, 0, count, values);
    for (size_t k = 0; k < count; k++)
        values[k] = 2.0f * values[k] - 1.0f;
    return values;
}

static float *room(size_t count) {
    float *values = NULL;
    ok(dg_allocate(count, sizeof *values, &values));
    return values;
}

static float *pack_of(const variant *v, size_t k, size_t n, const float *W, bool transposed) {
    const size_t panel = v->kernels->panel, panels = (n + panel - 1) / panel;
    float *B = room(panels * panel * k);
    if (transposed)
        v->kernels->pack_transposed(k, n, W, B);
    else
        v->kernels->pack(k, n, W, B);
    return B;
}

/* C = A B of m rows, with B given as [k, n] and as its transpose. */
static void check_multiply(const variant *v, size_t m, size_t n, size_t k) {
    float *A = random_floats(m * k, 1), *W = random_floats(k * n, 2), *T = room(k * n);
    float *before = random_floats(m * n, 3), *C = room(m * n), *D = room(m * n);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < n; j++)
            T[j * k + i] = W[i * n + j];
    float *B = pack_of(v, k, n, W, false), *B_of_T = pack_of(v, k, n, T, true);
    memcpy(D, before, m * n * sizeof *D);
    v->kernels->multiply(m, n, k, A, B, false, C);
    v->kernels->multiply(m, n, k, A, B_of_T, true, D);
    for (size_t r = 0; r < m; r++)
        for (size_t j = 0; j < n; j++) {
            float sum = 0;
            for (size_t i = 0; i < k; i++)
                sum = multiply_add(v, A[r * k + i], W[i * n + j], sum);
            assert_memory_equal(&C[r * n + j], &sum, sizeof sum);
            sum += before[r * n + j];
            assert_memory_equal(&D[r * n + j], &sum, sizeof sum);
        }
    float *all[] = {A, W, T, before, C, D, B, B_of_T};
    for (size_t f = 0; f < sizeof all / sizeof *all; f++)
        free(all[f]);
}

/* A A', of which only half is computed. */
static void check_symmetric(const variant *v, size_t m, size_t k) {
    float *A = random_floats(m * k, 1), *B = pack_of(v, k, m, A, true);
    float *whole = room(m * m), *C = random_floats(m * m, 2);
    v->kernels->multiply(m, m, k, A, B, false, whole);
    v->kernels->multiply_symmetric(m, k, A, B, C);
    assert_memory_equal(C, whole, m * m * sizeof *C);
    float *all[] = {A, B, whole, C};
    for (size_t f = 0; f < sizeof all / sizeof *all; f++)
        free(all[f]);
}

/* C += A' B over k rows, 256 at a time. */
static void check_outer(const variant *v, size_t m, size_t n, size_t k) {
    float *A = random_floats(k * m, 1), *B = random_floats(k * n, 2);
    float *C = random_floats(m * n, 3), *before = random_floats(m * n, 3);
    v->kernels->add_outer(m, n, k, A, B, C);
    for (size_t r = 0; r < m; r++)
        for (size_t j = 0; j < n; j++) {
            float total = before[r * n + j], sum = 0;
            for (size_t i = 0; i < k; i++) {
                sum = multiply_add(v, A[i * m + r], B[i * n + j], sum);
                if ((i + 1) % 256 != 0 && i + 1 != k) continue;
                total += sum;
                sum = 0;
            }
            assert_memory_equal(&C[r * n + j], &total, sizeof total);
        }
    float *all[] = {A, B, C, before};
    for (size_t f = 0; f < sizeof all / sizeof *all; f++)
        free(all[f]);
}

static void outputs_are_chains_of_multiply_adds(void **state) {
    (void)state;
    const size_t widths[] = {1, 3, 5, 16, 17, 32, 40, 64, 70};
    const size_t rows[] = {1, 2, 3, 4, 5, 7, 11, 12, 13, 23, 31, 64};
    variant all[3];
    const size_t count = variants(all);
    for (size_t v = 0; v < count; v++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
                check_multiply(&all[v], rows[r], widths[w], 33);
                check_outer(&all[v], rows[r], widths[w], 29);
            }
    for (size_t v = 0; v < count; v++) {
        check_outer(&all[v], 13, 40, 600);
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            check_symmetric(&all[v], widths[w], 33);
    }
}

/* ---- the check of a backend that makes no such promise ---- */

/* A backend whose rows depend on their place: the last one of a tile is a little off. */
static digress_status faulty_forward(const dg_linear_weights *weights, dg_multiplier *multiplier,
                                     size_t rows, const float *x, float *y) {
    DG_TRY(dg_native_operations.forward(weights, multiplier, rows, x, y));
    y[rows * weights->out - 1] += 1e-3f;
    return DIGRESS_OK;
}

static digress_status faulty_backward(const dg_linear_weights *weights, dg_multiplier *multiplier,
                                      size_t rows, const float *x, const float *dy, float beta,
                                      float *dx, float *dW) {
    DG_TRY(dg_native_operations.backward(weights, multiplier, rows, x, dy, beta, dx, dW));
    if (dx) dx[rows * weights->in - 1] += 1e-3f;
    return DIGRESS_OK;
}

static digress_status check_with(const dg_engine_operations *operations) {
    dg_engine *engine = NULL;
    dg_linear_weights *weights = NULL;
    dg_multiplier *multiplier = NULL;
    ok(dg_engine_create(DG_BACKEND_NATIVE, DG_PRECISION_F32, true, &engine));
    engine->operations = operations;
    ok(dg_linear_weights_create(engine, 20, 12, 16, &weights));
    ok(dg_multiplier_create(engine, &multiplier));
    const digress_status status = dg_linear_weights_check(weights, multiplier);
    dg_multiplier_free(multiplier);
    dg_linear_weights_free(weights);
    dg_engine_free(engine);
    return status;
}

static void a_row_that_depends_on_its_place_is_found(void **state) {
    (void)state;
    dg_engine_operations forward = dg_native_operations, backward = dg_native_operations;
    forward.forward = faulty_forward;
    backward.backward = faulty_backward;
    ok(check_with(&dg_native_operations));
    assert_int_equal(check_with(&forward), DIGRESS_ERROR_INTERNAL);
    assert_non_null(strstr(digress_last_error(), "depend on a row's place"));
    assert_int_equal(check_with(&backward), DIGRESS_ERROR_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_chains_of_multiply_adds),
        cmocka_unit_test(a_row_that_depends_on_its_place_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
