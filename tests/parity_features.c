/* The extra features against the reference's. */
#include "golden.h"
#include "parity.h"

#include "features/cycles.h"
#include "features/features.h"
#include "features/spectrum.h"
#include "math/gemm.h"
#include <string.h>

static const golden_tolerance raw_counts = {1e-3, 0}, scaled_counts = {1e-4, 0};
static const golden_tolerance eigenvalues = {2e-5, 0}, eigenvectors = {1e-3, 0};

/* The golden graphs, padded to a common `padded_n`, and room for our numbers for one of them. */
typedef struct fixture {
    dg_tensor_file *file;
    dg_arena *arena;
    const dg_tensor *sizes, *adjacency;
    size_t graphs, padded_n, max_n;
    float *X, *y;
} fixture;

enum { X_WIDTH = 6, Y_WIDTH = 11 };

static int open_fixture(void **state) {
    static fixture f;
    dg_gemm_initialize(1);
    f.file = golden_open("features");
    golden_ok(dg_arena_create(&f.arena));
    f.sizes = golden_tensor(f.file, "n_nodes");
    f.adjacency = golden_tensor(f.file, "adjacency");
    f.graphs = f.adjacency->shape[0];
    f.padded_n = f.adjacency->shape[1];
    f.max_n = (size_t)golden_number(f.file, "max_n_nodes");
    golden_ok(dg_allocate(f.padded_n * X_WIDTH, sizeof(float), &f.X));
    golden_ok(dg_allocate(Y_WIDTH, sizeof(float), &f.y));
    *state = &f;
    return 0;
}

static int close_fixture(void **state) {
    fixture *f = *state;
    free(f->X);
    free(f->y);
    dg_arena_free(f->arena);
    dg_tensor_file_close(f->file);
    return 0;
}

static size_t size_of(const fixture *f, size_t graph) {
    return (size_t)golden_at(f->sizes, graph);
}

static uint8_t *adjacency_of(const fixture *f, size_t graph) {
    const size_t n = size_of(f, graph);
    uint8_t *A;
    golden_ok(dg_arena_allocate(f->arena, n * n, 1, &A));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            A[i * n + j] =
                golden_at(f->adjacency, (graph * f->padded_n + i) * f->padded_n + j) != 0;
    return A;
}

static void compute(const fixture *f, dg_feature_kind kind, bool published, size_t graph) {
    const dg_features features = {.kind = kind, .published_cycles = published, .max_n = f->max_n};
    const dg_feature_rows rows = {.X = f->X, .y = f->y, .X_stride = X_WIDTH};
    golden_ok(dg_features_compute(&features, f->arena, size_of(f, graph), NULL,
                                  adjacency_of(f, graph), 2, &rows));
}

static void check_raw_cycles(const fixture *f, const char *set, bool published) {
    const dg_tensor *X = golden_tensor(f->file, "%s/X", set);
    const dg_tensor *y = golden_tensor(f->file, "%s/y", set);
    for (size_t graph = 0; graph < f->graphs; graph++) {
        dg_cycles cycles;
        golden_ok(dg_count_cycles(f->arena, size_of(f, graph), adjacency_of(f, graph), published,
                                  &cycles));
        for (size_t i = 0; i < size_of(f, graph); i++)
            for (size_t k = 0; k < 3; k++)
                golden_check_at((double)cycles.node[k][i], X, (graph * f->padded_n + i) * 3 + k,
                                raw_counts);
        for (size_t k = 0; k < 4; k++)
            golden_check_at(cycles.graph[k], y, graph * 4 + k, raw_counts);
    }
}

static void raw_cycles(void **state) {
    check_raw_cycles(*state, "fixed_bug/raw_cycles", false);
    check_raw_cycles(*state, "true_cycles", false);
    check_raw_cycles(*state, "main/raw_cycles", true);
}

/* The three columns of X and five entries of y that every kind begins with. */
static void check_cycle_columns(const fixture *f, size_t graph, const dg_tensor *X,
                                const dg_tensor *y) {
    const size_t X_width = X->shape[2], y_width = y->shape[1];
    for (size_t i = 0; i < size_of(f, graph); i++)
        for (size_t k = 0; k < 3; k++)
            golden_check_at((double)f->X[i * X_WIDTH + k], X,
                            (graph * f->padded_n + i) * X_width + k, scaled_counts);
    for (size_t k = 0; k < 5; k++)
        golden_check_at((double)f->y[k], y, graph * y_width + k, scaled_counts);
}

static void check_scaled_cycles(const fixture *f, const char *branch, bool published) {
    const dg_tensor *X = golden_tensor(f->file, "%s/cycles/X", branch);
    const dg_tensor *y = golden_tensor(f->file, "%s/cycles/y", branch);
    for (size_t graph = 0; graph < f->graphs; graph++) {
        compute(f, DG_FEATURES_CYCLES, published, graph);
        check_cycle_columns(f, graph, X, y);
    }
}

static void scaled_cycles(void **state) {
    check_scaled_cycles(*state, "fixed_bug", false);
    check_scaled_cycles(*state, "main", true);
}

/* The graph's own eigenvalues agree; after these the reference has eigenvalues of its padding, and
 * we have 2. */
static void check_eigenvalues(const fixture *f, size_t graph, const dg_tensor *y) {
    const dg_tensor *spectrum = golden_tensor(f->file, "laplacian_eigenvalues64");
    const size_t n = size_of(f, graph);
    const size_t components = (size_t)golden_at(golden_tensor(f->file, "n_components"), graph);
    assert_true(f->y[5] == (float)components);
    assert_true(golden_at(y, graph * Y_WIDTH + 5) == (double)components);
    for (size_t k = 0; k < 5; k++) {
        const double actual = (double)f->y[6 + k];
        if (components + k >= n) {
            assert_true(actual == 2);
            continue;
        }
        const double exact = golden_at(spectrum, graph * f->padded_n + components + k);
        assert_true(fabs(actual - exact / (double)n) <= eigenvalues.absolute);
        golden_check_at(actual, y, graph * Y_WIDTH + 6 + k, eigenvalues);
    }
}

static void lowest_eigenvalues(void **state) {
    const fixture *f = *state;
    const dg_tensor *X = golden_tensor(f->file, "main/eigenvalues/X");
    const dg_tensor *y = golden_tensor(f->file, "main/eigenvalues/y");
    for (size_t graph = 0; graph < f->graphs; graph++) {
        compute(f, DG_FEATURES_EIGENVALUES, true, graph);
        check_cycle_columns(f, graph, X, y);
        check_eigenvalues(f, graph, y);
    }
}

/* Column `column` of a graph's X, whose sign is free. */
static void check_eigenvector(const fixture *f, size_t graph, const dg_tensor *X, size_t column) {
    const size_t first = graph * f->padded_n * X_WIDTH + column;
    double product = 0;
    for (size_t i = 0; i < size_of(f, graph); i++)
        product += (double)f->X[i * X_WIDTH + column] * golden_at(X, first + i * X_WIDTH);
    const double sign = product < 0 ? -1 : 1;
    for (size_t i = 0; i < size_of(f, graph); i++)
        golden_check_at(sign * (double)f->X[i * X_WIDTH + column], X, first + i * X_WIDTH,
                        eigenvectors);
}

static void lowest_eigenvectors(void **state) {
    const fixture *f = *state;
    const dg_tensor *X = golden_tensor(f->file, "main/all/X");
    const dg_tensor *y = golden_tensor(f->file, "main/all/y");
    const dg_tensor *vector_ok = golden_tensor(f->file, "eigenvector_ok");
    const dg_tensor *indicator_ok = golden_tensor(f->file, "lcc_indicator_ok");
    size_t compared = 0;
    for (size_t graph = 0; graph < f->graphs; graph++) {
        compute(f, DG_FEATURES_ALL, true, graph);
        check_cycle_columns(f, graph, X, y);
        check_eigenvalues(f, graph, y);
        for (size_t k = 0; k < 2; k++) {
            if (golden_at(vector_ok, graph * 2 + k) == 0) continue;
            check_eigenvector(f, graph, X, 4 + k);
            compared++;
        }
        if (golden_at(indicator_ok, graph) == 0) continue;
        for (size_t i = 0; i < size_of(f, graph); i++)
            golden_check_at((double)f->X[i * X_WIDTH + 3], X,
                            (graph * f->padded_n + i) * X_WIDTH + 3, scaled_counts);
    }
    assert_true(compared > 0);
}

/* ---- molecules ---- */

enum { MOL_X = 2, MOL_MOST = 256 };

/* The molecules of the file, whose atoms and bonds have numbers but no names. */
typedef struct molecules {
    const dg_tensor *X, *E;
    size_t padded_n, atoms, bonds;
    dg_features features;
    double padding; /* what the published code adds for each padded node: the weight of class 0 */
    uint8_t *node_class, *pair_class;
    float *input, y[16];
} molecules;

/* The largest of `classes` entries. */
static uint8_t class_at(const dg_tensor *one_hot, size_t row, size_t classes) {
    size_t largest = 0;
    for (size_t k = 1; k < classes; k++)
        if (golden_at(one_hot, row * classes + k) > golden_at(one_hot, row * classes + largest))
            largest = k;
    return (uint8_t)largest;
}

static void read_molecule(molecules *m, size_t graph, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const size_t row = graph * m->padded_n + i;
        m->node_class[i] = class_at(m->X, row, m->atoms);
        for (size_t j = 0; j < n; j++)
            m->pair_class[i * n + j] =
                i == j ? (uint8_t)m->bonds : class_at(m->E, row * m->padded_n + j, m->bonds);
    }
}

/* Valences and weights are the file's own: they differ from data set to data set. */
static void read_alphabet(const fixture *f, const molecules *m, dg_alphabet *out) {
    uint32_t valences[DIGRESS_MAX_CLASSES];
    const char *weights = golden_metadata(f->file, "mol_weights");
    *out = (dg_alphabet){.atom_count = m->atoms, .bond_count = m->bonds};
    assert_int_equal(golden_sizes(f->file, "mol_valencies", DIGRESS_MAX_CLASSES, valences),
                     m->atoms);
    for (size_t k = 0; k < m->atoms; k++) {
        char *end = NULL;
        const double weight = strtod(weights, &end);
        if (end == weights) fail_msg("mol_weights: %zu numbers for %zu atoms", k, m->atoms);
        out->atoms[k] =
            (dg_atom){.valence = (int)valences[k], .weight = weight, .published_weight = weight};
        weights = end;
    }
    for (size_t k = 0; k < m->bonds; k++)
        out->bonds[k] = k < DG_BONDS ? (int)k : DG_BOND_SINGLE;
}

static molecules open_molecules(const fixture *f) {
    molecules m = {.X = golden_tensor(f->file, "mol/X"), .E = golden_tensor(f->file, "mol/E")};
    const double max_weight = golden_number(f->file, "mol_max_weight");
    dg_alphabet alphabet;
    m.padded_n = m.X->shape[1];
    m.atoms = m.X->shape[2];
    m.bonds = m.E->shape[3];
    m.features = (dg_features){
        .kind = golden_choice("model.extra_features", golden_metadata(f->file, "mol_net_features")),
        .published_cycles = true,
        .max_n = (size_t)golden_number(f->file, "mol_max_n_nodes")};
    read_alphabet(f, &m, &alphabet);
    dg_molecular_of(DG_MOLECULAR_PUBLISHED, &alphabet, max_weight, &m.features.molecular);
    m.padding = alphabet.atoms[0].published_weight / max_weight;
    golden_ok(dg_allocate(m.padded_n, 1, &m.node_class));
    golden_ok(dg_allocate(m.padded_n * m.padded_n, 1, &m.pair_class));
    golden_ok(
        dg_allocate(m.padded_n * dg_features_widths(&m.features).X, sizeof *m.input, &m.input));
    return m;
}

/* The three columns after the cycles in "all", an indicator and two eigenvectors, are not unique
 * here: lowest_eigenvectors compares them. */
static bool is_unique(const molecules *m, size_t column) {
    return m->features.kind != DG_FEATURES_ALL || column < 3 || column >= X_WIDTH;
}

static void check_molecule(const fixture *f, const molecules *m, size_t graph, size_t n) {
    const dg_tensor *feat_X = golden_tensor(f->file, "mol/feat_X"),
                    *net_X = golden_tensor(f->file, "mol/net_X");
    const golden_tolerance close = {1e-5, 0};
    const size_t net_width = net_X->shape[2], width = net_width - m->atoms;
    for (size_t i = 0; i < n; i++) {
        const size_t row = graph * m->padded_n + i;
        for (size_t k = 0; k < MOL_X; k++)
            golden_check_at((double)m->input[i * width + width - MOL_X + k], feat_X,
                            row * MOL_X + k, close);
        for (size_t k = 0; k < width; k++)
            if (is_unique(m, k))
                golden_check_at((double)m->input[i * width + k], net_X,
                                row * net_width + m->atoms + k, scaled_counts);
    }
}

/* The network's input, made from the classes, against the published code's padded batch. */
static void published_molecular(void **state) {
    const fixture *f = *state;
    molecules m = open_molecules(f);
    const dg_tensor *feat_y = golden_tensor(f->file, "mol/feat_y"),
                    *net_y = golden_tensor(f->file, "mol/net_y");
    const golden_tolerance close = {1e-5, 0};
    const size_t y_width = net_y->shape[1]; /* the time is the last */
    uint32_t sizes[MOL_MOST];
    const size_t count = golden_sizes(f->file, "mol_sizes", MOL_MOST, sizes);
    assert_int_equal(count, m.X->shape[0]);
    assert_int_equal(dg_features_widths(&m.features).X,
                     golden_tensor(f->file, "mol/net_X")->shape[2] - m.atoms);
    assert_int_equal(dg_features_widths(&m.features).y, y_width - 1);
    for (size_t graph = 0; graph < count; graph++) {
        const size_t n = sizes[graph], width = dg_features_widths(&m.features).X;
        const dg_feature_rows rows = {.X = m.input, .y = m.y, .X_stride = width};
        read_molecule(&m, graph, n);
        golden_ok(dg_features_compute(&m.features, f->arena, n, m.node_class, m.pair_class, m.bonds,
                                      &rows));
        const double weight = (double)m.y[y_width - 2] + (double)(m.padded_n - n) * m.padding;
        golden_check_at(weight, feat_y, graph, close);
        golden_check_at(weight, net_y, (graph + 1) * y_width - 2, close);
        check_molecule(f, &m, graph, n);
    }
    free(m.node_class);
    free(m.pair_class);
    free(m.input);
}

int parity_features(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_cycles),          cmocka_unit_test(scaled_cycles),
        cmocka_unit_test(lowest_eigenvalues),  cmocka_unit_test(lowest_eigenvectors),
        cmocka_unit_test(published_molecular),
    };
    return cmocka_run_group_tests_name("features", tests, open_fixture, close_fixture);
}
