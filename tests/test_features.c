/* Extra features: cycles against enumeration, the spectrum, and what must not change them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include "core/threads.h"
#include "features/cycles.h"
#include "features/features.h"
#include "features/spectrum.h"
#include "math/gemm.h"
#include <math.h>
#include <string.h>

enum { MAX_N = 12, X_WIDTH = 6, Y_WIDTH = 11 };

static const dg_features all_features = {.kind = DG_FEATURES_ALL, .max_n = MAX_N};

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

static void random_graph(uint32_t graph, size_t n, double density, uint8_t *A) {
    dg_stream stream = {.key = {.seed = 11, .purpose = DG_RNG_TEST, .graph = graph}};
    memset(A, 0, n * n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            A[i * n + j] = A[j * n + i] = dg_stream_uniform(&stream) < density;
}

/* Paths from `last` that avoid the nodes seen and close at `first` with `length` nodes in all. */
static uint64_t closed_paths(size_t n, const uint8_t *A, size_t first, size_t last, size_t length,
                             bool *seen) {
    if (length == 1) return A[last * n + first];
    uint64_t count = 0;
    seen[last] = true;
    for (size_t next = 0; next < n; next++)
        if (A[last * n + next] && !seen[next])
            count += closed_paths(n, A, first, next, length - 1, seen);
    seen[last] = false;
    return count;
}

/* Every cycle is walked in two directions. */
static uint64_t cycles_through(size_t n, const uint8_t *A, size_t node, size_t length) {
    bool seen[MAX_N] = {false};
    return closed_paths(n, A, node, node, length, seen) / 2;
}

static void counts_agree_with_enumeration(void **state) {
    uint8_t A[MAX_N * MAX_N];
    for (uint32_t graph = 0; graph < 40; graph++) {
        const size_t n = 3 + graph % 8;
        random_graph(graph, n, 0.2 + 0.02 * graph, A);
        dg_cycles cycles;
        assert_int_equal(dg_count_cycles(*state, n, A, false, &cycles), DIGRESS_OK);
        for (size_t length = 3; length <= 6; length++) {
            uint64_t sum = 0;
            for (size_t i = 0; i < n; i++) {
                const uint64_t through = cycles_through(n, A, i, length);
                if (length < 6) assert_int_equal(cycles.node[length - 3][i], through);
                sum += through;
            }
            assert_true(cycles.graph[length - 3] == (double)(sum / length));
        }
    }
}

static void complete_graph(size_t n, uint8_t *A) {
    for (size_t k = 0; k < n * n; k++)
        A[k] = k / n != k % n;
}

static void published_five_cycles_are_too_many(void **state) {
    uint8_t A[7 * 7];
    complete_graph(7, A);
    dg_cycles cycles;
    assert_int_equal(dg_count_cycles(*state, 7, A, false, &cycles), DIGRESS_OK);
    assert_true(cycles.graph[2] == 252);
    assert_int_equal(cycles.node[2][0], 252 * 5 / 7);
    assert_int_equal(dg_count_cycles(*state, 7, A, true, &cycles), DIGRESS_OK);
    assert_true(cycles.graph[2] == 420);
    assert_int_equal(cycles.node[2][0], 420 * 5 / 7);
}

/* K_n has n! / ((n - k)! 2 k) cycles of k nodes. */
static void counts_of_a_large_dense_graph_are_exact(void **state) {
    enum { LARGE = 300 };
    static uint8_t A[LARGE * LARGE];
    complete_graph(LARGE, A);
    dg_cycles cycles;
    assert_int_equal(dg_count_cycles(*state, LARGE, A, false, &cycles), DIGRESS_OK);
    uint64_t falling = (uint64_t)LARGE * (LARGE - 1);
    for (uint64_t k = 3; k <= 6; k++) {
        falling *= LARGE - k + 1;
        assert_true(cycles.graph[k - 3] == (double)(falling / (2 * k)));
        if (k < 6) assert_true(cycles.node[k - 3][LARGE - 1] == falling / (2 * k) * k / LARGE);
    }
}

static void compute(dg_arena *arena, const dg_features *features, size_t n, const uint8_t *A,
                    float X[MAX_N * X_WIDTH], float y[Y_WIDTH]) {
    memset(X, 0, MAX_N * X_WIDTH * sizeof *X);
    memset(y, 0, Y_WIDTH * sizeof *y);
    const dg_feature_rows rows = {.X = X, .y = y, .X_stride = X_WIDTH};
    assert_int_equal(dg_features_compute(features, arena, n, NULL, A, 2, &rows), DIGRESS_OK);
}

static void widths_follow_the_kind(void **state) {
    (void)state;
    const size_t X_width[] = {0, 3, 3, 6}, y_width[] = {0, 5, 11, 11};
    for (int kind = DG_FEATURES_NONE; kind <= DG_FEATURES_ALL; kind++) {
        const dg_features features = {.kind = (dg_feature_kind)kind, .max_n = 9};
        assert_int_equal(dg_features_widths(&features).X, X_width[kind]);
        assert_int_equal(dg_features_widths(&features).y, y_width[kind]);
    }
}

static void smaller_kinds_are_parts_of_all(void **state) {
    uint8_t A[MAX_N * MAX_N];
    float X[MAX_N * X_WIDTH], y[Y_WIDTH], part_X[MAX_N * X_WIDTH], part_y[Y_WIDTH];
    random_graph(3, 9, 0.3, A);
    compute(*state, &all_features, 9, A, X, y);
    for (int kind = DG_FEATURES_NONE; kind < DG_FEATURES_ALL; kind++) {
        const dg_features features = {.kind = (dg_feature_kind)kind, .max_n = MAX_N};
        compute(*state, &features, 9, A, part_X, part_y);
        for (size_t k = 0; k < Y_WIDTH; k++)
            assert_true(fabsf(part_y[k] - (k < dg_features_widths(&features).y ? y[k] : 0)) <
                        1e-6f);
        for (size_t k = 0; k < 9 * X_WIDTH; k++)
            assert_true(part_X[k] == (k % X_WIDTH < dg_features_widths(&features).X ? X[k] : 0));
    }
}

/* No edges: every node is a component, and there is nothing after the zeros of the spectrum. */
static void graphs_without_edges(void **state) {
    const uint8_t A[MAX_N * MAX_N] = {0};
    float X[MAX_N * X_WIDTH], y[Y_WIDTH];
    for (size_t n = 1; n <= MAX_N; n++) {
        compute(*state, &all_features, n, A, X, y);
        assert_true(y[0] == (float)n / MAX_N && y[5] == (float)n);
        for (size_t k = 1; k < 5; k++)
            assert_true(y[k] == 0);
        for (size_t k = 6; k < Y_WIDTH; k++)
            assert_true(y[k] == 2);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < X_WIDTH; k++)
                assert_true(X[i * X_WIDTH + k] == (k == 3 && i > 0));
    }
}

/* One edge: L = [1 -1; -1 1], whose one eigenvalue above zero is 2. */
static void pair_of_nodes(void **state) {
    const uint8_t A[] = {0, 1, 1, 0};
    float X[MAX_N * X_WIDTH], y[Y_WIDTH];
    compute(*state, &all_features, 2, A, X, y);
    assert_true(y[5] == 1 && fabsf(y[6] - 1) < 1e-6f && y[7] == 2 && y[10] == 2);
    assert_true(fabsf(X[4] + X[X_WIDTH + 4]) < 1e-6f);
    assert_true(fabsf(fabsf(X[4]) - sqrtf(0.5f)) < 1e-6f);
    assert_true(X[3] == 0 && X[5] == 0 && X[X_WIDTH + 3] == 0 && X[X_WIDTH + 5] == 0);
}

/* Two triangles and a single node, interleaved: the triangle of node 0 counts as the largest. */
static void indicator_marks_smaller_components(void **state) {
    enum { NODES = 7 };
    uint8_t A[NODES * NODES] = {0};
    const size_t component[NODES] = {0, 1, 2, 0, 1, 1, 0};
    for (size_t i = 0; i < NODES; i++)
        for (size_t j = 0; j < NODES; j++)
            A[i * NODES + j] = i != j && component[i] == component[j];
    dg_spectrum spectrum;
    assert_int_equal(dg_spectrum_of(*state, NODES, A, true, &spectrum), DIGRESS_OK);
    assert_int_equal(spectrum.components, 3);
    for (size_t i = 0; i < NODES; i++)
        assert_int_equal(spectrum.outside[i], component[i] != 0);
    for (size_t k = 0; k < DG_SPECTRUM_VALUES; k++)
        assert_true(fabs(spectrum.values[k] - (k < 4 ? 3.0 / 7 : 2)) < 1e-12);
}

/* Only where neighbouring eigenvalues stand apart do eigenvectors mean something. */
static bool vectors_are_unique(const float *y) {
    return y[5] == 1 && y[6] > 0.02f && y[7] - y[6] > 0.02f && y[8] - y[7] > 0.02f;
}

static void permuted_nodes_permute_the_features(void **state) {
    uint8_t A[MAX_N * MAX_N], B[MAX_N * MAX_N];
    float X[MAX_N * X_WIDTH], y[Y_WIDTH], permuted_X[MAX_N * X_WIDTH], permuted_y[Y_WIDTH];
    size_t compared = 0;
    for (uint32_t graph = 0; graph < 30; graph++) {
        const size_t n = MAX_N;
        random_graph(graph, n, 0.35, A);
        uint32_t order[MAX_N];
        for (uint32_t i = 0; i < n; i++)
            order[i] = i;
        dg_stream stream = {.key = {.seed = 12, .purpose = DG_RNG_TEST, .graph = graph}};
        dg_stream_shuffle(&stream, n, order);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                B[i * n + j] = A[order[i] * n + order[j]];
        compute(*state, &all_features, n, A, X, y);
        compute(*state, &all_features, n, B, permuted_X, permuted_y);
        for (size_t k = 0; k < Y_WIDTH; k++)
            assert_true(fabsf(y[k] - permuted_y[k]) < 1e-6f);
        if (!vectors_are_unique(y)) continue;
        compared++;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < X_WIDTH; k++)
                assert_true(fabsf(permuted_X[i * X_WIDTH + k] - X[order[i] * X_WIDTH + k]) < 1e-5f);
    }
    assert_true(compared >= 5);
}

/* Large enough for LAPACK's blocked algorithms, whose products are OpenBLAS's. */
enum { LARGE_N = 90 };

/* The same bits wherever the scratch and the graph lie. */
static void features_are_reproducible(void **state) {
    static uint8_t A[LARGE_N * LARGE_N + 5];
    static float X[LARGE_N * X_WIDTH], again_X[LARGE_N * X_WIDTH];
    float y[Y_WIDTH], again_y[Y_WIDTH];
    const size_t sizes[] = {11, 40, LARGE_N};
    for (size_t round = 0; round < 15; round++) {
        const size_t n = sizes[round / 5];
        uint8_t *place = A + round % 5;
        void *moved;
        random_graph(8, n, 0.3, place);
        assert_int_equal(dg_arena_allocate(*state, 64 * (round + 1), 1, &moved), DIGRESS_OK);
        compute(*state, &all_features, n, place, round % 5 ? again_X : X, round % 5 ? again_y : y);
        if (round % 5 == 0) continue;
        assert_memory_equal(X, again_X, n * X_WIDTH * sizeof *X);
        assert_memory_equal(y, again_y, sizeof y);
    }
}

enum { JOBS = 64, THREADS = 4 };

typedef struct features_job {
    dg_arena *arenas[THREADS];
    float X[JOBS][MAX_N * X_WIDTH], y[JOBS][Y_WIDTH];
} features_job;

static digress_status compute_one(void *context, size_t index, size_t thread) {
    features_job *job = context;
    uint8_t A[MAX_N * MAX_N];
    random_graph((uint32_t)index, MAX_N, 0.3, A);
    const dg_feature_rows rows = {job->X[index], NULL, job->y[index], X_WIDTH, 0};
    return dg_features_compute(&all_features, job->arenas[thread], MAX_N, NULL, A, 2, &rows);
}

static void threads_do_not_change_features(void **state) {
    (void)state;
    static features_job alone, together;
    dg_pool *pool = NULL;
    for (size_t k = 0; k < THREADS; k++)
        assert_int_equal(dg_arena_create(&together.arenas[k]), DIGRESS_OK);
    memcpy(alone.arenas, together.arenas, sizeof alone.arenas);
    assert_int_equal(dg_pool_create(THREADS, &pool), DIGRESS_OK);
    assert_int_equal(dg_pool_run(pool, JOBS, compute_one, &together), DIGRESS_OK);
    for (size_t index = 0; index < JOBS; index++)
        assert_int_equal(compute_one(&alone, index, 0), DIGRESS_OK);
    assert_memory_equal(alone.X, together.X, sizeof alone.X);
    assert_memory_equal(alone.y, together.y, sizeof alone.y);
    dg_pool_free(pool);
    for (size_t k = 0; k < THREADS; k++)
        dg_arena_free(together.arenas[k]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_agree_with_enumeration),
        cmocka_unit_test(published_five_cycles_are_too_many),
        cmocka_unit_test(counts_of_a_large_dense_graph_are_exact),
        cmocka_unit_test(widths_follow_the_kind),
        cmocka_unit_test(smaller_kinds_are_parts_of_all),
        cmocka_unit_test(graphs_without_edges),
        cmocka_unit_test(pair_of_nodes),
        cmocka_unit_test(indicator_marks_smaller_components),
        cmocka_unit_test(permuted_nodes_permute_the_features),
        cmocka_unit_test(features_are_reproducible),
        cmocka_unit_test(threads_do_not_change_features),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
