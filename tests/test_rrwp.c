/* Random walks: against products in double precision, on every instruction set, and as inputs. */
#include "golden.h"

#include "core/rng.h"
#include "diffusion/categorical.h"
#include "features/rrwp.h"
#include "graph/graph_set.h"
#include <string.h>

enum { MOST_N = 100, MOST_STEPS = 64 };

static void random_graph(uint32_t graph, size_t n, double density, uint8_t *A) {
    dg_stream stream = {.key = {.seed = 21, .purpose = DG_RNG_TEST, .graph = graph}};
    memset(A, 0, n * n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            A[i * n + j] = A[j * n + i] = dg_stream_uniform(&stream) < density;
}

static double *doubles(size_t count) {
    double *place = NULL;
    golden_ok(dg_allocate(count, sizeof *place, &place));
    return place;
}

/* after = D^-1 A before, node by node. */
static void multiply(size_t n, const uint8_t *A, const double *before, double *after) {
    for (size_t i = 0; i < n; i++) {
        double degree = 0;
        for (size_t j = 0; j < n; j++)
            degree += A[i * n + j];
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += A[i * n + k] ? before[k * n + j] / degree : 0;
            after[i * n + j] = sum;
        }
    }
}

static void check_powers(dg_arena *arena, uint32_t graph, size_t n, size_t steps, double density) {
    const size_t stride = steps + 3; /* other columns lie between, and stay as they are */
    static uint8_t A[MOST_N * MOST_N];
    float *pairs = NULL, *nodes = NULL;
    double *power = doubles(n * n), *next = doubles(n * n);
    golden_ok(dg_allocate(n * n * stride, sizeof *pairs, &pairs));
    golden_ok(dg_allocate(n * stride, sizeof *nodes, &nodes));
    memset(pairs, 0x55, n * n * stride * sizeof *pairs);
    random_graph(graph, n, density, A);
    golden_ok(dg_rrwp(arena, n, A, steps, pairs, stride, nodes, stride));
    for (size_t i = 0; i < n; i++)
        power[i * n + i] = 1;
    for (size_t k = 0; k < steps; k++) {
        for (size_t row = 0; row < n * n; row++)
            assert_close((double)pairs[row * stride + k], power[row], 1e-6);
        for (size_t i = 0; i < n; i++)
            assert_close((double)nodes[i * stride + k], power[i * n + i], 1e-6);
        multiply(n, A, power, next);
        memcpy(power, next, n * n * sizeof *power);
    }
    const uint8_t *untouched = (const uint8_t *)(pairs + steps);
    assert_true(untouched[0] == 0x55 && untouched[3 * sizeof *pairs - 1] == 0x55);
    free(pairs);
    free(nodes);
    free(power);
    free(next);
}

static void powers_agree_with_products(void **state) {
    const size_t sizes[] = {1, 2, 3, 15, 16, 17, 40, MOST_N};
    uint32_t graph = 0;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        check_powers(*state, graph++, sizes[k], 12, 0.1); /* with isolated nodes */
        check_powers(*state, graph++, sizes[k], 5, 0.9);
    }
    check_powers(*state, graph++, 9, 1, 0.5);
    check_powers(*state, graph++, 9, MOST_STEPS, 0.3);
}

/* Every walk ends somewhere. */
static void rows_of_a_large_graph_sum_to_one(void **state) {
    enum { N = 1000, STEPS = 4 };
    static uint8_t A[N * N];
    float *pairs = NULL, *nodes = NULL;
    golden_ok(dg_allocate((size_t)N * N * STEPS, sizeof *pairs, &pairs));
    golden_ok(dg_allocate((size_t)N * STEPS, sizeof *nodes, &nodes));
    random_graph(1, N, 0.02, A);
    golden_ok(dg_rrwp(*state, N, A, STEPS, pairs, STEPS, nodes, STEPS));
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < STEPS; k++) {
            double sum = 0;
            for (size_t j = 0; j < N; j++)
                sum += (double)pairs[(i * N + j) * STEPS + k];
            assert_close(sum, 1, 1e-5);
        }
    free(pairs);
    free(nodes);
}

static void instruction_sets_give_the_same_bits(void **state) {
    enum { N = 37, STEPS = 12 };
    const char *const sets[] = {"v2", "v3", "v4"};
    static uint8_t A[N * N];
    static float first[N * N * STEPS], pairs[N * N * STEPS], nodes[N * STEPS];
    random_graph(2, N, 0.3, A);
    for (size_t k = 0; k < 3; k++) {
        setenv("DIGRESS_ISA", sets[k], 1);
        golden_ok(dg_rrwp(*state, N, A, STEPS, pairs, STEPS, nodes, STEPS));
        if (k == 0) memcpy(first, pairs, sizeof pairs);
        assert_memory_equal(first, pairs, sizeof pairs);
    }
    unsetenv("DIGRESS_ISA");
}

/* ---- as inputs of the network ---- */

enum { GRAPHS = 4, STEPS = 6 };
static const uint32_t sizes[GRAPHS] = {7, 1, 20, 3};

static digress_graph_set *graphs_of_classes(void) {
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(2, 3, &set));
    for (uint32_t g = 0; g < GRAPHS; g++) {
        uint8_t nodes[20] = {0}, pairs[190];
        dg_stream stream = {.key = {.seed = 22, .purpose = DG_RNG_TEST, .graph = g}};
        for (size_t k = 0; k < sizes[g] * (sizes[g] - 1) / 2; k++)
            pairs[k] = (uint8_t)dg_stream_below(&stream, 3);
        golden_ok(digress_graph_set_append(set, sizes[g], nodes, pairs));
    }
    return set;
}

static void inputs_of(const dg_noise_model *noise, dg_arena *arena, const digress_graph_set *set,
                      size_t count, const uint32_t *index, dg_input_rows *out) {
    const double t[GRAPHS] = {0};
    dg_state *clean = NULL;
    golden_ok(noise->operations->encode(noise, arena, set, count, index, &clean));
    golden_ok(noise->operations->input(noise, arena, clean, t, out));
}

/* The inputs of a graph are the same alone and in a pack, bit for bit. */
static void a_pack_does_not_change_the_inputs(void **state) {
    const dg_features features = {.kind = DG_FEATURES_RRWP, .rrwp_steps = STEPS, .max_n = 20};
    const uint32_t all[GRAPHS] = {0, 1, 2, 3};
    digress_graph_set *set = graphs_of_classes();
    dg_statistics statistics = {0};
    dg_noise_model *noise = NULL;
    dg_input_rows together, alone;
    golden_ok(dg_statistics_of(set, &statistics));
    golden_ok(dg_categorical_create(DG_SCHEDULE_COSINE, 10, DG_TRANSITION_MARGINAL, 0, &features,
                                    &statistics, &noise));
    assert_int_equal(noise->in_X, 2 + STEPS);
    assert_int_equal(noise->in_E, 3 + STEPS);
    assert_int_equal(noise->in_y, 5 + 1);
    inputs_of(noise, *state, set, GRAPHS, all, &together);
    for (size_t g = 0; g < GRAPHS; g++) {
        const size_t n = sizes[g], pairs = n * n, node = together.pack->node_start[g];
        const size_t pair = together.pack->pair_start[g];
        inputs_of(noise, *state, set, 1, &all[g], &alone);
        assert_memory_equal(alone.X, together.X + node * noise->in_X,
                            n * noise->in_X * sizeof(float));
        assert_memory_equal(alone.E_dense, together.E_dense + pair * STEPS,
                            pairs * STEPS * sizeof(float));
        assert_memory_equal(alone.E_class, together.E_class + pair, pairs);
        assert_memory_equal(alone.y, together.y + g * noise->in_y, noise->in_y * sizeof(float));
        for (size_t i = 0; i < n; i++) /* the node's columns are the pairs' diagonal */
            assert_memory_equal(alone.X + i * noise->in_X + 2, alone.E_dense + (i * n + i) * STEPS,
                                STEPS * sizeof(float));
    }
    dg_noise_model_free(noise);
    dg_statistics_free(&statistics);
    digress_graph_set_free(set);
}

static int open_arena(void **state) {
    dg_arena *arena = NULL;
    golden_ok(dg_arena_create(&arena));
    *state = arena;
    return 0;
}

static int close_arena(void **state) {
    dg_arena_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_agree_with_products),
        cmocka_unit_test(rows_of_a_large_graph_sum_to_one),
        cmocka_unit_test(instruction_sets_give_the_same_bits),
        cmocka_unit_test(a_pack_does_not_change_the_inputs),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
