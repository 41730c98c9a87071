/* Random walks, and the features used together with them, against DeFoG's code. */
#include "golden.h"
#include "parity.h"

#include "diffusion/categorical.h"
#include "features/cycles.h"
#include "graph/graph_set.h"
#include <string.h>

static const golden_tolerance walks = {1e-6, 0}, counts = {1e-6, 0}, raw = {1e-4, 1e-6};
enum { MOST_GRAPHS = 64, TIMES = 10 };

typedef struct fixture {
    dg_tensor_file *file;
    dg_arena *arena;
} fixture;

static int open_fixture(void **state) {
    static fixture f;
    f.file = golden_open("flow");
    golden_ok(dg_arena_create(&f.arena));
    *state = &f;
    return 0;
}

static int close_fixture(void **state) {
    fixture *f = *state;
    dg_arena_free(f->arena);
    dg_tensor_file_close(f->file);
    return 0;
}

/* DeFoG counts 5-cycles as DiGress's branch main does. */
static dg_features features_of(const fixture *f, const char *steps, const char *max_n) {
    return (dg_features){.kind = DG_FEATURES_RRWP,
                         .published_cycles = true,
                         .rrwp_steps = (size_t)golden_number(f->file, steps),
                         .max_n = (size_t)golden_number(f->file, max_n)};
}

static float *floats(const fixture *f, size_t count) {
    float *place = NULL;
    golden_ok(dg_arena_allocate(f->arena, count, sizeof *place, &place));
    return place;
}

/* Class of row `row` of a one-hot tensor; a row of zeros is class 0. */
static uint8_t class_at(const dg_tensor *one_hot, size_t row) {
    const size_t classes = one_hot->shape[one_hot->rank - 1];
    for (size_t k = 0; k < classes; k++)
        if (golden_at(one_hot, row * classes + k) != 0) return (uint8_t)k;
    return 0;
}

/* ---- rrwp/ : the features alone ---- */

static void check_graph(const fixture *f, const dg_features *features, size_t graph, size_t n) {
    const dg_tensor *E_t = golden_tensor(f->file, "rrwp/E_t"),
                    *E = golden_tensor(f->file, "rrwp/E");
    const dg_tensor *X = golden_tensor(f->file, "rrwp/X"), *y = golden_tensor(f->file, "rrwp/y");
    const size_t K = features->rrwp_steps, padded = E->shape[1], first = graph * padded;
    float *pairs = floats(f, n * n * K), *nodes = floats(f, n * K), graph_row[5];
    uint8_t *pair_class = NULL;
    golden_ok(dg_arena_allocate(f->arena, n * n, 1, &pair_class));
    for (size_t k = 0; k < n * n; k++)
        pair_class[k] = class_at(E_t, (first + k / n) * padded + k % n);
    const dg_feature_rows rows = {
        .X = nodes, .E = pairs, .y = graph_row, .X_stride = K, .E_stride = K};
    golden_ok(dg_features_compute(features, f->arena, n, NULL, pair_class, E_t->shape[3], &rows));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < K; k++) {
            golden_check_at((double)nodes[i * K + k], X, (first + i) * K + k, walks);
            for (size_t j = 0; j < n; j++)
                golden_check_at((double)pairs[(i * n + j) * K + k], E,
                                ((first + i) * padded + j) * K + k, walks);
        }
    for (size_t k = 0; k < 5; k++)
        golden_check_at((double)graph_row[k], y, graph * 5 + k, counts);
}

static void walks_and_counts(void **state) {
    const fixture *f = *state;
    const dg_features features = features_of(f, "rrwp_K", "rrwp_max_n_nodes");
    uint32_t sizes[MOST_GRAPHS];
    const size_t graphs = golden_sizes(f->file, "rrwp_sizes", MOST_GRAPHS, sizes);
    assert_int_equal(graphs, golden_tensor(f->file, "rrwp/E")->shape[0]);
    assert_int_equal(dg_features_widths(&features).X, features.rrwp_steps);
    assert_int_equal(dg_features_widths(&features).E, features.rrwp_steps);
    assert_int_equal(dg_features_widths(&features).y, 5);
    for (size_t graph = 0; graph < graphs; graph++)
        check_graph(f, &features, graph, sizes[graph]);
}

static void raw_cycles(void **state) {
    const fixture *f = *state;
    const dg_tensor *A = golden_tensor(f->file, "rrwp/adjacency");
    const dg_tensor *expected = golden_tensor(f->file, "rrwp/raw_cycles");
    uint32_t sizes[MOST_GRAPHS];
    const size_t graphs = golden_sizes(f->file, "rrwp_sizes", MOST_GRAPHS, sizes);
    for (size_t graph = 0; graph < graphs; graph++) {
        const size_t n = sizes[graph], padded = A->shape[1];
        uint8_t *adjacency = NULL;
        dg_cycles cycles;
        golden_ok(dg_arena_allocate(f->arena, n * n, 1, &adjacency));
        for (size_t k = 0; k < n * n; k++)
            adjacency[k] = golden_at(A, (graph * padded + k / n) * padded + k % n) != 0;
        golden_ok(dg_count_cycles(f->arena, n, adjacency, true, &cycles));
        for (size_t k = 0; k < 4; k++)
            golden_check_at(cycles.graph[k], expected, graph * 4 + k, raw);
    }
}

/* ---- net/ : the network's input ---- */

static digress_graph_set *noisy_graphs(const fixture *f, size_t graphs, const uint32_t *n) {
    const dg_tensor *X_t = golden_tensor(f->file, "net/X_t"),
                    *E_t = golden_tensor(f->file, "net/E_t");
    const size_t padded = X_t->shape[1];
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(X_t->shape[2], E_t->shape[3], &set));
    for (size_t graph = 0; graph < graphs; graph++) {
        uint8_t *nodes = NULL, *pairs = NULL;
        size_t pair = 0;
        golden_ok(dg_arena_allocate(f->arena, n[graph], 1, &nodes));
        golden_ok(dg_arena_allocate(f->arena, (size_t)n[graph] * n[graph], 1, &pairs));
        for (size_t i = 0; i < n[graph]; i++) {
            nodes[i] = class_at(X_t, graph * padded + i);
            for (size_t j = i + 1; j < n[graph]; j++)
                pairs[pair++] = class_at(E_t, (graph * padded + i) * padded + j);
        }
        golden_ok(digress_graph_set_append(set, n[graph], nodes, pairs));
    }
    return set;
}

static void check_input(const fixture *f, const dg_input_rows *in, size_t dx, size_t de) {
    const dg_tensor *X = golden_tensor(f->file, "net/X"), *E = golden_tensor(f->file, "net/E");
    const dg_tensor *y = golden_tensor(f->file, "net/y_mlp");
    const size_t padded = X->shape[1], in_X = X->shape[2], in_E = E->shape[3], K = in_E - de;
    const size_t y_width = y->shape[1];
    assert_int_equal(in_X, dx + K);
    for (size_t g = 0; g < in->pack->graphs; g++) {
        const size_t n = in->pack->n[g], node = in->pack->node_start[g];
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < in_X; k++)
                golden_check_at((double)in->X[(node + i) * in_X + k], X,
                                (g * padded + i) * in_X + k, walks);
        for (size_t pair = 0; pair < n * n; pair++) {
            const size_t row = in->pack->pair_start[g] + pair;
            const size_t at = ((g * padded + pair / n) * padded + pair % n) * in_E;
            for (size_t k = 0; k < de; k++)
                golden_check_at(in->E_class[row] == k, E, at + k, walks);
            for (size_t k = 0; k < K; k++)
                golden_check_at((double)in->E_dense[row * K + k], E, at + de + k, walks);
        }
        for (size_t k = 0; k < y_width; k++)
            golden_check_at((double)in->y[g * y_width + k], y, g * y_width + k, counts);
    }
}

static void the_networks_input(void **state) {
    const fixture *f = *state;
    const dg_features features = features_of(f, "net_K", "net_max_n_nodes");
    uint32_t n[MOST_GRAPHS], index[MOST_GRAPHS];
    double t[MOST_GRAPHS];
    const size_t graphs = golden_sizes(f->file, "net_sizes", MOST_GRAPHS, n);
    digress_graph_set *set = noisy_graphs(f, graphs, n);
    dg_statistics statistics = {0};
    dg_noise_model *noise = NULL;
    dg_state *noisy = NULL;
    dg_input_rows in;
    for (size_t graph = 0; graph < graphs; graph++) {
        index[graph] = (uint32_t)graph;
        t[graph] = TIMES * (1 - golden_at(golden_tensor(f->file, "net/t"), graph));
    }
    golden_ok(dg_statistics_of(set, &statistics));
    golden_ok(dg_categorical_create(DG_SCHEDULE_LINEAR, TIMES, DG_TRANSITION_MARGINAL, 0, &features,
                                    &statistics, &noise));
    golden_ok(dg_noise_model_set_inputs(noise, DG_TIME_EMBEDDED, DG_DIAGONAL_NO_EDGE));
    golden_ok(noise->operations->encode(noise, f->arena, set, graphs, index, &noisy));
    golden_ok(noise->operations->input(noise, f->arena, noisy, t, &in));
    assert_int_equal(noise->in_X, golden_tensor(f->file, "net/X")->shape[2]);
    assert_int_equal(noise->in_E, golden_tensor(f->file, "net/E")->shape[3]);
    assert_int_equal(noise->in_y, golden_tensor(f->file, "net/y_mlp")->shape[1]);
    check_input(f, &in, noise->out_X, noise->out_E);
    dg_noise_model_free(noise);
    dg_statistics_free(&statistics);
    digress_graph_set_free(set);
}

int parity_rrwp(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_and_counts),
        cmocka_unit_test(raw_cycles),
        cmocka_unit_test(the_networks_input),
    };
    return cmocka_run_group_tests_name("rrwp", tests, open_fixture, close_fixture);
}
