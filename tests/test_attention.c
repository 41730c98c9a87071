/* The softmax that is carried from row to row, against one in double precision, on every
 * instruction set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denoiser/graph_transformer/attention.h"
#include <math.h>
#include <stdlib.h>

enum { ROWS = 9, DX = 21 }; /* not a whole number of vectors on any set */

/* Channel c of row j scores steps[(j + c) % ROWS]: so each step comes first, last and in between.
 */
static const float steps[ROWS] = {0.0f, 3.0f, -60.0f, 31.0f, 90.0f, 91.0f, -500.0f, 400.0f, 33.0f};

static float score(size_t j, size_t c) {
    return steps[(j + c) % ROWS];
}

static float value(size_t j, size_t c) {
    return (float)((j * 7 + c * 3) % 11) - 4.0f;
}

static double expected(size_t c) {
    double most = -1e30, total = 0.0, attended = 0.0;
    for (size_t j = 0; j < ROWS; j++)
        most = fmax(most, (double)score(j, c));
    for (size_t j = 0; j < ROWS; j++) {
        const double weight = exp((double)score(j, c) - most);
        total += weight;
        attended += weight * (double)value(j, c);
    }
    return attended / total;
}

/* What scores and values attend to: Q is 1, and FiLM leaves K as it is. */
static void attend(float K[ROWS][DX], float V[ROWS][DX], float *attended) {
    static float film[2 * DX], zeros[DX], Z[ROWS * DX];
    static const uint8_t one_class[ROWS];
    float Q[DX], reference[DX], inverse[DX];
    const dg_attention_kernels *kernels = DG_ISA_SELECT(dg_attention_kernels_table);
    for (size_t c = 0; c < DX; c++)
        Q[c] = 1.0f;
    const dg_attention attention = {.count = ROWS,
                                    .dx = DX,
                                    .Q = Q,
                                    .K = *K,
                                    .V = *V,
                                    .kv_stride = DX,
                                    .film = film,
                                    .film_class = one_class,
                                    .mul_bias = zeros,
                                    .add_bias = zeros,
                                    .y_e_mul = zeros,
                                    .y_e_add = zeros,
                                    .reference = reference,
                                    .inverse = inverse,
                                    .attended = attended};
    kernels->begin(DX, reference, inverse, attended);
    kernels->forward(&attention, Z);
    kernels->end(DX, inverse, attended);
}

static void scores_may_rise_and_fall_by_any_step(void **state) {
    (void)state;
    static const char *const sets[] = {"v2", "v3", "v4"};
    float K[ROWS][DX], V[ROWS][DX], attended[DX];
    for (size_t j = 0; j < ROWS; j++)
        for (size_t c = 0; c < DX; c++) {
            K[j][c] = score(j, c);
            V[j][c] = value(j, c);
        }
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        setenv("DIGRESS_ISA", sets[k], 1);
        attend(K, V, attended);
        for (size_t c = 0; c < DX; c++)
            assert_float_equal(attended[c], expected(c), 1e-5);
    }
    unsetenv("DIGRESS_ISA");
}

static void a_score_that_is_no_number_is_not_passed_over(void **state) {
    (void)state;
    float K[ROWS][DX] = {{0}}, V[ROWS][DX] = {{0}}, attended[DX];
    K[4][20] = NAN;
    attend(K, V, attended);
    assert_true(isnan(attended[20]));
    assert_true(attended[19] == 0.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_may_rise_and_fall_by_any_step),
        cmocka_unit_test(a_score_that_is_no_number_is_not_passed_over),
    };
    return cmocka_run_group_tests_name("attention", tests, NULL, NULL);
}
