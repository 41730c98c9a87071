/* Molecular features, atoms by name, and the generator of molecules: everything that works without
 * RDKit. */
#include "chem/alphabet.h"
#include "datasets/generators.h"
#include "features/features.h"
#include "golden.h"
#include <string.h>

static void atoms_by_name(void **state) {
    static const struct {
        const char *name, *symbol;
        int number, charge, valence;
    } known[] = {{"C", "C", 6, 0, 4},    {"N", "N", 7, 0, 3},    {"N+", "N", 7, 1, 4},
                 {"O-", "O", 8, -1, 1},  {"C-", "C", 6, -1, 3},  {"Cl", "Cl", 17, 0, 1},
                 {"S+2", "S", 16, 2, 4}, {"N-3", "N", 7, -3, 0}, {"H", "H", 1, 0, 1},
                 {"B-", "B", 5, -1, 4},  {"C+", "C", 6, 1, 3}};
    static const char *const unknown[] = {"",    "c",   "Xx", "C+x", "+",
                                          "C++", "C+0", "0",  "CC",  "N+12"};
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        dg_atom atom;
        char name[DG_ATOM_NAME_SIZE];
        golden_ok(dg_atom_parse(known[k].name, &atom));
        assert_string_equal(atom.label.symbol, known[k].symbol);
        assert_int_equal(atom.number, known[k].number);
        assert_int_equal(atom.label.charge, known[k].charge);
        assert_int_equal(atom.valence, known[k].valence);
        dg_atom_name(&atom.label, name);
        assert_string_equal(name, known[k].name);
    }
    for (size_t k = 0; k < sizeof unknown / sizeof *unknown; k++) {
        dg_atom atom;
        assert_false(dg_atom_of(unknown[k], &atom));
        assert_int_equal(dg_atom_parse(unknown[k], &atom), DIGRESS_ERROR_INPUT);
    }
}

static void full_atoms_by_name(void **state) {
    static const struct {
        const char *name, *symbol;
        int number, charge, hydrogens, aromatic;
    } known[] = {
        {"[C]", "C", 6, 0, 0, 0},    {"[CH3]", "C", 6, 0, 3, 0},    {"[nH]", "N", 7, 0, 1, 1},
        {"[NH3+]", "N", 7, 1, 3, 0}, {"[O-]", "O", 8, -1, 0, 0},    {"[se]", "Se", 34, 0, 0, 1},
        {"[S]", "S", 16, 0, 0, 0},   {"[Cl+3]", "Cl", 17, 3, 0, 0}, {"[H]", "H", 1, 0, 0, 0},
        {"[H+]", "H", 1, 1, 0, 0},   {"[Sn]", "Sn", 50, 0, 0, 0},   {"[s]", "S", 16, 0, 0, 1},
        {"[*]", "*", 0, 0, 0, 0},    {"[cH-]", "C", 6, -1, 1, 1}};
    static const char *const unknown[] = {
        "[]",     "[",     "]",      "[C",    "C]",    "CH3",   "nH",    "[CH1]",   "[CH0]",
        "[C+1]",  "[C--]", "[+]",    "[H3N]", "[HH]",  "[cl]",  "[na]",  "[Xx]",    "[CH3]x",
        "[NH+H]", "[N H]", "[CH12]", "[13C]", "[C@H]", "[C:1]", "[CC]",  "[N+10]",  "[C+-]",
        "[CH3]]", "[[C]]", "[sn]",   "[SN]",  "[ C]",  "[C ]",  "[c-H]", "[Nitro+]"};
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        dg_atom atom;
        char name[DG_ATOM_NAME_SIZE];
        golden_ok(dg_atom_parse(known[k].name, &atom));
        assert_true(atom.label.full);
        assert_string_equal(atom.label.symbol, known[k].symbol);
        assert_int_equal(atom.number, known[k].number);
        assert_int_equal(atom.label.charge, known[k].charge);
        assert_int_equal(atom.label.hydrogens, known[k].hydrogens);
        assert_int_equal(atom.label.aromatic, known[k].aromatic);
        dg_atom_name(&atom.label, name);
        assert_string_equal(name, known[k].name);
    }
    for (size_t k = 0; k < sizeof unknown / sizeof *unknown; k++) {
        dg_atom atom;
        if (dg_atom_of(unknown[k], &atom)) fail_msg("'%s' is taken for an atom", unknown[k]);
    }
    dg_atom plain, full;
    golden_ok(dg_atom_parse("C", &plain));
    golden_ok(dg_atom_parse("[C]", &full));
    assert_false(plain.label.full);
    assert_false(dg_atom_label_equal(&plain.label, &full.label));
}

/* Nitroethene in part: C=C, an aromatic pair, a lone fluorine. */
enum { N = 5 };
static const uint8_t atoms[N] = {0, 0, 1, 2, 3}; /* C C N O F */
static void set_pair(uint8_t pair_class[N * N], size_t i, size_t j, uint8_t bond) {
    pair_class[i * N + j] = pair_class[j * N + i] = bond;
}

static void make_alphabet(dg_alphabet *out) {
    digress_graph_set *set = NULL;
    golden_ok(dg_generate(dg_generator_find("molecules"), 0, 1, &set));
    assert_true(dg_alphabet_of(set, out));
    digress_graph_set_free(set);
}

static void make_molecule(uint8_t pair_class[N * N]) {
    memset(pair_class, 0, N * N);
    for (size_t i = 0; i < N; i++)
        pair_class[i * N + i] = DG_BONDS; /* as a noisy state has its diagonal */
    set_pair(pair_class, 0, 1, DG_BOND_DOUBLE);
    set_pair(pair_class, 1, 2, DG_BOND_AROMATIC);
    set_pair(pair_class, 2, 3, DG_BOND_TRIPLE);
}

static void corrected_features_mean_what_they_say(void **state) {
    const double max_weight = 100;
    const float valency[N] = {2, 3.5f, 4.5f, 3, 0}, normal[N] = {4, 4, 3, 2, 1};
    dg_alphabet alphabet;
    dg_molecular molecular;
    uint8_t pair_class[N * N];
    float X[N * 3], y = 0;
    (void)state;
    make_alphabet(&alphabet);
    make_molecule(pair_class);
    dg_molecular_of(DG_MOLECULAR_CORRECTED, &alphabet, max_weight, &molecular);
    dg_molecular_compute(&molecular, N, atoms, pair_class, DG_BONDS, X, 3, &y);
    for (size_t i = 0; i < N; i++) {
        assert_close((double)X[i * 3 + 1], (double)valency[i], 1e-6);
        assert_close((double)X[i * 3], (double)(normal[i] - valency[i]), 1e-6);
    }
    assert_close((double)y, (2 * 12.011 + 14.007 + 15.999 + 18.998) / max_weight, 1e-5);
}

/* Methylamine without one of the carbon's hydrogens, and its ion. */
static void full_atoms_count_their_hydrogens(void **state) {
    static const char *const names[] = {"[CH2]", "[NH2]", "[NH3+]"};
    const uint8_t amine[2] = {0, 1}, ion[2] = {0, 2};
    const uint8_t pair_class[4] = {DG_BONDS, DG_BOND_SINGLE, DG_BOND_SINGLE, DG_BONDS};
    digress_graph_set *set = NULL;
    dg_atom kinds[3];
    dg_alphabet alphabet;
    dg_molecular molecular;
    float X[4], y = 0;
    (void)state;
    for (size_t k = 0; k < 3; k++)
        golden_ok(dg_atom_parse(names[k], &kinds[k]));
    golden_ok(dg_molecule_set_create(3, kinds, &set));
    assert_true(dg_alphabet_of(set, &alphabet));
    assert_true(dg_alphabet_is_full(&alphabet));
    dg_molecular_of(DG_MOLECULAR_CORRECTED, &alphabet, 100, &molecular);
    dg_molecular_compute(&molecular, 2, amine, pair_class, DG_BONDS, X, 2, &y);
    const float of_amine[4] = {1, 3, 0, 3}, of_ion[4] = {1, 3, 0, 4};
    for (size_t k = 0; k < 4; k++)
        assert_close((double)X[k], (double)of_amine[k], 0);
    assert_close((double)y, (12.011 + 14.007 + 4 * 1.008) / 100, 1e-6);
    dg_molecular_compute(&molecular, 2, ion, pair_class, DG_BONDS, X, 2, &y);
    for (size_t k = 0; k < 4; k++)
        assert_close((double)X[k], (double)of_ion[k], 0);
    digress_graph_set_free(set);
}

static void features_of_molecules_stand_behind_the_others(void **state) {
    dg_alphabet alphabet;
    dg_arena *arena = NULL;
    dg_features with = {.kind = DG_FEATURES_ALL, .max_n = N}, without = with;
    uint8_t pair_class[N * N];
    float X[N * 8], y[12], bare_X[N * 8], bare_y[12], alone_X[N * 8], alone_y[12];
    (void)state;
    golden_ok(dg_arena_create(&arena));
    make_alphabet(&alphabet);
    make_molecule(pair_class);
    dg_molecular_of(DG_MOLECULAR_CORRECTED, &alphabet, 100, &with.molecular);
    dg_features alone = {.molecular = with.molecular};
    assert_int_equal(dg_features_widths(&with).X, 8);
    assert_int_equal(dg_features_widths(&with).y, 12);
    assert_int_equal(dg_features_widths(&alone).X, 2);
    assert_int_equal(dg_features_widths(&alone).y, 1);
    golden_ok(dg_features_compute(&with, arena, N, atoms, pair_class, DG_BONDS,
                                  &(dg_feature_rows){.X = X, .y = y, .X_stride = 8}));
    golden_ok(dg_features_compute(&without, arena, N, atoms, pair_class, DG_BONDS,
                                  &(dg_feature_rows){.X = bare_X, .y = bare_y, .X_stride = 8}));
    golden_ok(dg_features_compute(&alone, arena, N, atoms, pair_class, DG_BONDS,
                                  &(dg_feature_rows){.X = alone_X, .y = alone_y, .X_stride = 8}));
    for (size_t i = 0; i < N; i++) {
        assert_memory_equal(X + i * 8, bare_X + i * 8, 6 * sizeof *X);
        assert_memory_equal(X + i * 8 + 6, alone_X + i * 8, 2 * sizeof *X);
    }
    assert_memory_equal(y, bare_y, 11 * sizeof *y);
    assert_memory_equal(y + 11, alone_y, sizeof *y);
    dg_arena_free(arena);
}

static void the_heaviest_molecule_weighs_one(void **state) {
    digress_graph_set *set = NULL;
    dg_alphabet alphabet;
    dg_molecular molecular;
    float X[2 * 16], y, largest = 0;
    uint8_t pair_class[16 * 16] = {0};
    (void)state;
    golden_ok(dg_generate(dg_generator_find("molecules"), 3, 100, &set));
    assert_true(dg_alphabet_of(set, &alphabet));
    const double heaviest = dg_heaviest(DG_MOLECULAR_CORRECTED, &alphabet, set);
    dg_molecular_of(DG_MOLECULAR_CORRECTED, &alphabet, heaviest, &molecular);
    for (size_t k = 0; k < 100; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        dg_molecular_compute(&molecular, graph.n, graph.node_class, pair_class, DG_BONDS, X, 2, &y);
        largest = fmaxf(largest, y);
    }
    assert_close((double)largest, 1, 1e-6);
    digress_graph_set_free(set);
}

/* ---- the generator ---- */

static bool is_connected(const digress_graph *graph) {
    bool reached[16] = {true};
    for (size_t round = 0; round < graph->n; round++)
        for (size_t i = 0; i < graph->n; i++)
            for (size_t j = 0; j < graph->n; j++)
                if (reached[i] && digress_graph_pair(graph, i, j)) reached[j] = true;
    for (size_t i = 0; i < graph->n; i++)
        if (!reached[i]) return false;
    return true;
}

static void generated_molecules_keep_their_valences(void **state) {
    digress_graph_set *set = NULL;
    dg_alphabet alphabet;
    size_t bonds[DG_BONDS] = {0}, elements[4] = {0}, rings = 0;
    (void)state;
    golden_ok(dg_generate(dg_generator_find("molecules"), 1, 2000, &set));
    assert_true(dg_alphabet_of(set, &alphabet));
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        size_t edges = 0;
        assert_in_range(graph.n, 5, 9);
        assert_true(is_connected(&graph));
        for (size_t i = 0; i < graph.n; i++) {
            double valency = 0;
            elements[graph.node_class[i]]++;
            for (size_t j = 0; j < graph.n; j++)
                valency += dg_bond_orders[digress_graph_pair(&graph, i, j)];
            assert_true(valency <= (double)alphabet.atoms[graph.node_class[i]].valence);
        }
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++) {
            bonds[graph.pair_class[pair]]++;
            edges += graph.pair_class[pair] != 0;
        }
        rings += edges - (graph.n - 1);
    }
    assert_true(rings > 1000);
    assert_true(bonds[DG_BOND_DOUBLE] > 500 && bonds[DG_BOND_TRIPLE] > 20);
    assert_int_equal(bonds[DG_BOND_AROMATIC], 0);
    for (size_t k = 0; k < 4; k++)
        assert_true(elements[k] > 50);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(atoms_by_name),
        cmocka_unit_test(full_atoms_by_name),
        cmocka_unit_test(corrected_features_mean_what_they_say),
        cmocka_unit_test(full_atoms_count_their_hydrogens),
        cmocka_unit_test(features_of_molecules_stand_behind_the_others),
        cmocka_unit_test(the_heaviest_molecule_weighs_one),
        cmocka_unit_test(generated_molecules_keep_their_valences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
