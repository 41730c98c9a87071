/* Eigenvalues and eigenvectors of symmetric matrices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include "math/eigen.h"
#include "math/gemm.h"
#include <math.h>
#include <string.h>

enum { N = 23 };

static const double pi = 3.14159265358979323846;

static int open_arena(void **state) {
    dg_gemm_initialize(1);
    dg_arena *arena = NULL;
    if (dg_arena_create(&arena) != DIGRESS_OK) return 1;
    *state = arena;
    return 0;
}

static int close_arena(void **state) {
    dg_arena_free(*state);
    return 0;
}

static void random_symmetric(uint32_t graph, double A[N * N]) {
    dg_stream stream = {.key = {.seed = 5, .purpose = DG_RNG_TEST, .graph = graph}};
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++)
            A[i * N + j] = A[j * N + i] = dg_stream_normal(&stream);
}

/* The path's Laplacian has the eigenvalues 2 - 2 cos(pi k / n). */
static void path_spectrum_is_known(void **state) {
    double A[N * N] = {0}, values[N];
    for (size_t i = 0; i < N; i++) {
        A[i * N + i] = i == 0 || i == N - 1 ? 1 : 2;
        if (i > 0) A[i * N + i - 1] = A[(i - 1) * N + i] = -1;
    }
    assert_int_equal(dg_eigenvalues(*state, N, A, values), DIGRESS_OK);
    for (size_t k = 0; k < N; k++)
        assert_true(fabs(values[k] - (2 - 2 * cos(pi * (double)k / N))) < 1e-12);
}

static void range_agrees_with_all(void **state) {
    double A[N * N], all[N], some[6], vectors[6 * N];
    for (uint32_t graph = 0; graph < 5; graph++) {
        random_symmetric(graph, A);
        assert_int_equal(dg_eigenvalues(*state, N, A, all), DIGRESS_OK);
        for (size_t first = 0; first + 6 <= N; first += 4) {
            random_symmetric(graph, A);
            assert_int_equal(dg_eigen_range(*state, N, A, first, 6, some, NULL), DIGRESS_OK);
            for (size_t k = 0; k < 6; k++)
                assert_true(fabs(some[k] - all[first + k]) < 1e-12);
            random_symmetric(graph, A);
            assert_int_equal(dg_eigen_range(*state, N, A, first, 6, some, vectors), DIGRESS_OK);
            for (size_t k = 0; k < 6; k++)
                assert_true(fabs(some[k] - all[first + k]) < 1e-12);
        }
    }
}

static double dot(const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += a[i] * b[i];
    return sum;
}

static void vectors_are_eigenvectors(void **state) {
    double A[N * N], used[N * N], values[N], vectors[N * N];
    random_symmetric(9, A);
    memcpy(used, A, sizeof A);
    assert_int_equal(dg_eigen_range(*state, N, used, 3, 7, values, vectors), DIGRESS_OK);
    for (size_t k = 0; k < 7; k++) {
        for (size_t i = 0; i < N; i++)
            assert_true(fabs(dot(A + i * N, vectors + k * N) - values[k] * vectors[k * N + i]) <
                        1e-11);
        for (size_t l = 0; l < 7; l++)
            assert_true(fabs(dot(vectors + k * N, vectors + l * N) - (k == l)) < 1e-12);
    }
}

static void smallest_sizes(void **state) {
    double one = 3.5, value = 0, vector = 0;
    assert_int_equal(dg_eigen_range(*state, 1, &one, 0, 1, &value, &vector), DIGRESS_OK);
    assert_true(value == 3.5 && fabs(vector) == 1);
    assert_int_equal(dg_eigen_range(*state, 1, &one, 1, 0, &value, &vector), DIGRESS_OK);
    one = -2;
    assert_int_equal(dg_eigenvalues(*state, 1, &one, &value), DIGRESS_OK);
    assert_true(value == -2);
    assert_int_equal(dg_eigenvalues(*state, 0, &one, &value), DIGRESS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_spectrum_is_known),
        cmocka_unit_test(range_agrees_with_all),
        cmocka_unit_test(vectors_are_eigenvectors),
        cmocka_unit_test(smallest_sizes),

    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
