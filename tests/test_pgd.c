/* Logistic regression, and the PolyGraph discrepancy, which uses it. */
#include "core/rng.h"
#include "datasets/generators.h"
#include "eval/distances/logistic.h"
#include "eval/distances/pgd.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static dg_pool *make_pool(size_t threads) {
    dg_pool *pool = NULL;
    ok(dg_pool_create(threads, &pool));
    return pool;
}

/* ---- logistic regression ---- */

enum { WIDTH = 8, MOST_ROWS = 120 };

typedef struct problem {
    double values[MOST_ROWS][WIDTH];
    const double *row[MOST_ROWS];
    bool label[MOST_ROWS];
    double weights[WIDTH];
} problem;

static dg_labelled_rows solve(problem *p, size_t rows) {
    dg_arena *arena = NULL;
    ok(dg_arena_create(&arena));
    for (size_t r = 0; r < rows; r++) {
        p->row[r] = p->values[r];
        p->values[r][WIDTH - 1] = 1.0;
    }
    dg_labelled_rows data = {rows, WIDTH, p->row, p->label};
    ok(dg_logistic_fit(&data, arena, p->weights));
    dg_arena_free(arena);
    return data;
}

/* The gradient of the objective at the weights, by definition. */
static double largest_gradient(const problem *p, const dg_labelled_rows *data) {
    double largest = 0.0;
    for (size_t c = 0; c < WIDTH; c++) {
        double gradient = c + 1 < WIDTH ? p->weights[c] : 0.0;
        for (size_t r = 0; r < data->rows; r++) {
            double score = 0.0;
            for (size_t k = 0; k < WIDTH; k++)
                score += p->weights[k] * p->values[r][k];
            gradient += (1.0 / (1.0 + exp(-score)) - (p->label[r] ? 1.0 : 0.0)) * p->values[r][c];
        }
        largest = fmax(largest, fabs(gradient));
    }
    return largest;
}

static void a_fit_is_a_minimum(void **state) {
    (void)state;
    dg_stream stream = {.key = {.seed = 11, .purpose = DG_RNG_TEST}};
    for (size_t trial = 0; trial < 5; trial++) {
        problem p = {.weights = {0}};
        for (size_t r = 0; r < MOST_ROWS; r++) {
            double sum = 0.0;
            for (size_t c = 0; c + 2 < WIDTH; c++) {
                p.values[r][c] = dg_stream_normal(&stream) * (trial == 4 ? 30.0 : 1.0);
                sum += p.values[r][c];
            }
            p.label[r] = sum + (double)trial * dg_stream_normal(&stream) > 0.7;
        }
        dg_labelled_rows data = solve(&p, MOST_ROWS);
        assert_true(largest_gradient(&p, &data) < 1e-3);
        assert_true(p.weights[WIDTH - 2] == 0.0); /* a column of zeros */
    }
}

/* One feature at +-1, all of its rows labelled by it: w solves w = 2 m / (1 + exp(w)). */
static void a_separable_problem_is_held_by_the_penalty(void **state) {
    (void)state;
    enum { PAIRS = 10 };
    problem p = {.weights = {0}};
    for (size_t r = 0; r < 2 * PAIRS; r++) {
        p.label[r] = r % 2;
        p.values[r][0] = p.label[r] ? 1.0 : -1.0;
    }
    solve(&p, 2 * PAIRS);
    double w = p.weights[0];
    assert_true(fabs(w - 2.0 * PAIRS / (1.0 + exp(w))) < 1e-4);
    assert_true(fabs(p.weights[WIDTH - 1]) < 1e-6);
    assert_true(dg_logistic_predict(WIDTH, p.weights, p.values[1]) > 0.8);
}

/* Labels that nothing explains: the intercept is their logit. */
static void the_intercept_is_not_penalised(void **state) {
    (void)state;
    problem p = {.weights = {0}};
    for (size_t r = 0; r < 100; r++)
        p.label[r] = r < 99;
    solve(&p, 100);
    assert_true(fabs(p.weights[WIDTH - 1] - log(99.0)) < 1e-3);
}

/* ---- the discrepancy ---- */

static dg_description describe(dg_pool *pool, const char *kind, uint64_t seed, size_t count) {
    digress_graph_set *set = NULL;
    ok(dg_generate(dg_generator_find(kind), seed, count, &set));
    dg_describe_options options = {.descriptors = DG_ALL_DESCRIPTORS};
    dg_description description;
    ok(dg_describe(pool, set, &options, &description));
    digress_graph_set_free(set);
    return description;
}

static dg_pgd discrepancy(dg_pool *pool, const dg_description *a, const dg_description *b) {
    dg_pgd pgd;
    ok(dg_polygraph_discrepancy(pool, a, b, &pgd));
    return pgd;
}

static void it_tells_kinds_apart_and_not_seeds(void **state) {
    (void)state;
    dg_pool *pool = make_pool(2);
    dg_description trees = describe(pool, "tree", 1, 80), others = describe(pool, "tree", 2, 80);
    dg_description er = describe(pool, "er", 1, 60);
    dg_pgd same = discrepancy(pool, &trees, &others), different = discrepancy(pool, &trees, &er);
    assert_true(same.value >= 0.0 && same.value < 0.35);
    assert_true(different.value > 0.9 && different.value <= 1.0);
    assert_true(different.by[different.best] == different.value);
    assert_true(different.interval[0] <= different.value);
    assert_true(different.interval[1] >= different.value);
    assert_true(different.interval[0] > same.interval[1]);
    assert_true(isnan(different.by[DG_WAVELET]));
    dg_description_free(&trees);
    dg_description_free(&others);
    dg_description_free(&er);
    dg_pool_free(pool);
}

/* Half of the samples are of another kind: the Jensen-Shannon distance of P and (P + Q) / 2 for P
 * and Q apart is sqrt(1 - (3 log2 3 - 2) / 4) = 0.558, which the bound stays under. */
static void half_of_the_mass_gives_half_a_bound(void **state) {
    (void)state;
    dg_pool *pool = make_pool(2);
    dg_description trees = describe(pool, "tree", 1, 240), mixed = describe(pool, "tree", 2, 240);
    dg_description er = describe(pool, "er", 1, 120);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        for (size_t k = 0; k < er.count; k++) {
            dg_row tree = mixed.rows[d][2 * k];
            mixed.rows[d][2 * k] = er.rows[d][k];
            er.rows[d][k] = tree;
        }
    dg_pgd pgd = discrepancy(pool, &trees, &mixed);
    assert_true(pgd.value > 0.35 && pgd.value < 0.62);
    dg_description_free(&trees);
    dg_description_free(&mixed);
    dg_description_free(&er);
    dg_pool_free(pool);
}

static void it_does_not_depend_on_threads(void **state) {
    (void)state;
    dg_pgd pgd[2];
    for (size_t threads = 1; threads <= 2; threads++) {
        dg_pool *pool = make_pool(threads);
        dg_description a = describe(pool, "planar", 1, 20), b = describe(pool, "sbm", 1, 31);
        pgd[threads - 1] = discrepancy(pool, &a, &b);
        dg_description_free(&a);
        dg_description_free(&b);
        dg_pool_free(pool);
    }
    assert_true(pgd[0].value == pgd[1].value && pgd[0].best == pgd[1].best);
    for (size_t k = 0; k < 2; k++)
        assert_true(pgd[0].interval[k] == pgd[1].interval[k]);
}

/* Too few graphs: undefined. Graphs that are all alike: nothing tells them apart. */
static void corners_are_defined(void **state) {
    (void)state;
    dg_pool *pool = make_pool(1);
    dg_description few = describe(pool, "tree", 1, DG_PGD_MINIMUM - 1);
    dg_description trees = describe(pool, "tree", 1, DG_PGD_MINIMUM);
    assert_true(isnan(discrepancy(pool, &few, &trees).value));
    assert_true(isnan(discrepancy(pool, &trees, &few).by[DG_DEGREE]));
    dg_pgd least = discrepancy(pool, &trees, &trees);
    assert_true(least.value >= 0.0 && least.value <= 1.0);
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create(1, 2, &set));
    for (size_t k = 0; k < 10; k++)
        ok(digress_graph_set_append(set, 1, NULL, NULL));
    dg_describe_options options = {.descriptors = DG_ALL_DESCRIPTORS};
    dg_description points;
    ok(dg_describe(pool, set, &options, &points));
    dg_pgd nothing = discrepancy(pool, &points, &points);
    assert_true(nothing.value == 0.0 && nothing.interval[1] == 0.0);
    digress_graph_set_free(set);
    dg_description_free(&points);
    dg_description_free(&few);
    dg_description_free(&trees);
    dg_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_is_a_minimum),
        cmocka_unit_test(a_separable_problem_is_held_by_the_penalty),
        cmocka_unit_test(the_intercept_is_not_penalised),
        cmocka_unit_test(it_tells_kinds_apart_and_not_seeds),
        cmocka_unit_test(half_of_the_mass_gives_half_a_bound),
        cmocka_unit_test(it_does_not_depend_on_threads),
        cmocka_unit_test(corners_are_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
