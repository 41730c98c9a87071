/* Full atoms through RDKit: classes that say element, charge, aromaticity and hydrogens. Without
 * RDKit each test is skipped. */
#include "chem/molecule_file.h"
#include "core/file.h"
#include "datasets/molecules.h"
#include "eval/molecules/molecules.h"
#include "golden.h"
#include "scratch.h"

#include <string.h>

static const dg_import_options full_atoms = {.style = {.aromatic = true, .full = true}};

static void need_rdkit(void) {
    if (!dg_rdkit_version()) skip();
}

static dg_pool *make_pool(void) {
    dg_pool *pool = NULL;
    golden_ok(dg_pool_create(2, &pool));
    return pool;
}

static digress_graph_set *import(const char *path, const dg_import_options *options,
                                 dg_import_report *report) {
    digress_graph_set *set = NULL;
    dg_pool *pool = make_pool();
    golden_ok(dg_import_molecules(pool, options, 1, &path, &set, report));
    dg_pool_free(pool);
    return set;
}

static dg_chemistry describe(const digress_graph_set *set) {
    dg_alphabet alphabet;
    dg_chemistry chemistry;
    dg_pool *pool = make_pool();
    assert_true(dg_alphabet_of(set, &alphabet));
    golden_ok(dg_chemistry_of(pool, set, &alphabet, DG_CHEMISTRY_STRICT, "", NULL, &chemistry));
    dg_pool_free(pool);
    return chemistry;
}

static bool has_class(const digress_graph_set *set, const char *name) {
    for (size_t k = 0; k < digress_graph_set_node_classes(set); k++)
        if (strcmp(digress_graph_set_node_name(set, k), name) == 0) return true;
    return false;
}

/* What a graph of elements and bonds does not say. */
static const struct {
    const char *smiles, *canonical, *class;
} tricky[] = {
    {"C1=CNC=C1", "c1cc[nH]c1", "[nH]"},
    {"C1=CN=CC=C1", "c1ccncc1", "[n]"},
    {"c1c[nH]cn1", "c1c[nH]cn1", "[nH]"},
    {"Cn1ccnc1", "Cn1ccnc1", "[CH3]"},
    {"O=c1cc[nH]cc1", "O=c1cc[nH]cc1", "[O]"},
    {"Nc1nc2[nH]cnc2c(=O)[nH]1", "Nc1nc2[nH]cnc2c(=O)[nH]1", "[NH2]"},
    {"NCC(=O)O", "NCC(=O)O", "[OH]"},
    {"[NH3+]CC([O-])=O", "[NH3+]CC(=O)[O-]", "[NH3+]"},
    {"C[n+]1ccccc1", "C[n+]1ccccc1", "[n+]"},
    {"CN(=O)=O", "C[N+](=O)[O-]", "[N+]"},
    {"CS(C)(=O)=O", "CS(C)(=O)=O", "[S]"},
    {"FS(F)(F)(F)(F)F", "FS(F)(F)(F)(F)F", "[S]"},
    {"[SH4]", "[SH4]", "[SH4]"},
    {"CP(O)(O)=O", "CP(=O)(O)O", "[P]"},
    {"C[IH2]", "C[IH2]", "[IH2]"},
    {"[O-][Cl+3]([O-])([O-])[O-]", "[O-][Cl+3]([O-])([O-])[O-]", "[Cl+3]"},
    {"C1=C[SeH0]C=C1", "c1cc[se]c1", "[se]"},
    {"*1ccccc1", "*1ccccc1", "[*]"},
    {"[2H]C([2H])([H])[18O][H]", "CO", "[OH]"},
    {"C", "C", "[CH4]"},
};
enum { TRICKY = sizeof tricky / sizeof *tricky };

static digress_graph_set *import_tricky(void **state, const dg_import_options *options,
                                        dg_import_report *report) {
    char text[2048] = "";
    for (size_t k = 0; k < TRICKY; k++) {
        strcat(text, tricky[k].smiles);
        strcat(text, "\n");
    }
    return import(scratch_file(state, "tricky.smi", text), options, report);
}

static void each_molecule_makes_the_round_trip(void **state) {
    need_rdkit();
    dg_import_report report;
    digress_graph_set *set = import_tricky(state, &full_atoms, &report);
    assert_int_equal(report.kept, TRICKY);
    assert_int_equal(report.isotopes, 1);
    assert_int_equal(report.hydrogens, 4);
    dg_chemistry chemistry = describe(set);
    for (size_t k = 0; k < TRICKY; k++) {
        if (!has_class(set, tricky[k].class)) fail_msg("no class %s", tricky[k].class);
        if (!chemistry.smiles[k])
            fail_msg("%s: %s", tricky[k].smiles, chemistry.verdicts[k].reason);
        assert_string_equal(chemistry.smiles[k], tricky[k].canonical);
    }
    dg_chemistry_free(&chemistry);
    digress_graph_set_free(set);
}

static void hydrogens_may_be_atoms_too(void **state) {
    need_rdkit();
    const dg_import_options wet = {.style = {.hydrogens = true, .aromatic = true, .full = true}};
    dg_import_report report;
    digress_graph_set *set =
        import(scratch_file(state, "m.smi", "c1cc[nH]c1\nC[NH3+]\n"), &wet, &report);
    static const char *const names[] = {"[H]", "[C]", "[c]", "[N+]", "[n]"};
    assert_int_equal(digress_graph_set_node_classes(set), 5);
    for (size_t k = 0; k < 5; k++)
        assert_string_equal(digress_graph_set_node_name(set, k), names[k]);
    assert_int_equal(digress_graph_set_get(set, 0).n, 10);
    dg_chemistry chemistry = describe(set);
    assert_int_equal(chemistry.valid_count, 2);
    dg_chemistry_free(&chemistry);
    digress_graph_set_free(set);
}

static void what_no_class_says_is_dropped(void **state) {
    need_rdkit();
    const char *path =
        scratch_file(state, "m.smi", "C[CH2]\n[O][O]\n[H][H]\nC.C\n[Na+].[Cl-]\nCO\n");
    dg_import_options options = full_atoms;
    dg_import_report report;
    digress_graph_set *set = import(path, &options, &report);
    assert_int_equal(report.kept, 1);
    assert_int_equal(report.dropped[DG_DROP_RADICAL], 2);
    assert_int_equal(report.dropped[DG_DROP_HYDROGEN], 1);
    assert_int_equal(report.dropped[DG_DROP_DISCONNECTED], 2);
    digress_graph_set_free(set);
    options.largest_fragment = true;
    options.atoms = "[CH3],[CH4],[OH]";
    set = import(path, &options, &report);
    assert_int_equal(report.kept, 2);
    assert_int_equal(report.dropped[DG_DROP_ATOM], 1);
    assert_string_equal(digress_graph_set_node_name(set, 1), "[CH4]");
    digress_graph_set_free(set);
}

static void expect_refused(void **state, const char *atoms, bool full, const char *text) {
    const char *path = scratch_file(state, "m.smi", "CO\n");
    const dg_import_options options = {.atoms = atoms, .style = {.aromatic = full, .full = full}};
    digress_graph_set *set = NULL;
    dg_import_report report;
    dg_pool *pool = make_pool();
    assert_int_equal(dg_import_molecules(pool, &options, 1, &path, &set, &report),
                     DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), text))
        fail_msg("'%s' is not in '%s'", text, digress_last_error());
    dg_pool_free(pool);
}

/* More kinds of atoms than there can be classes. */
static void list_too_many(char *list, size_t size) {
    static const char *const symbols[] = {"B", "C", "N", "O", "F", "P", "S"};
    *list = 0;
    for (int number = 0; number < 26 * 11; number++) {
        char name[DG_ATOM_NAME_SIZE];
        dg_atom_label label = {
            .charge = number % 11 - 5, .full = true, .hydrogens = number / 11 % 4};
        strcpy(label.symbol, symbols[number / 44]);
        dg_atom_name(&label, name);
        const size_t used = strlen(list);
        snprintf(list + used, size - used, "%s%s", used ? "," : "", name);
    }
}

static void listed_atoms_are_of_the_form(void **state) {
    need_rdkit();
    expect_refused(state, "[CH3],O", true, "'O' does not say its hydrogens");
    expect_refused(state, "C,[OH]", false, "'[OH]' says its hydrogens");
    expect_refused(state, "[CH3],[OH],[CH3]", true, "'[CH3]' is given twice");
    expect_refused(state, "[CH03]", true, "'[CH03]' is not an atom");
    char list[4096];
    list_too_many(list, sizeof list);
    expect_refused(state, list, true, "more than 255 kinds of atoms");
}

/* ---- validity ---- */

typedef struct bond {
    uint8_t i, j, kind;
} bond;

/* A graph of atoms by name. */
static digress_graph_set *make_graph(const char *const *atoms, size_t bonds,
                                     const bond *bond_list) {
    dg_atom kinds[8];
    uint8_t node_class[8], pair_class[28] = {0};
    size_t n = 0;
    digress_graph_set *set = NULL;
    for (; atoms[n]; n++) {
        golden_ok(dg_atom_parse(atoms[n], &kinds[n]));
        node_class[n] = (uint8_t)n;
    }
    golden_ok(dg_molecule_set_create(n, kinds, &set));
    for (size_t k = 0; k < bonds; k++)
        pair_class[digress_pair_index(n, bond_list[k].i, bond_list[k].j)] = bond_list[k].kind;
    golden_ok(digress_graph_set_append(set, n, node_class, pair_class));
    return set;
}

static void expect_verdict(const char *const *atoms, size_t bonds, const bond *bond_list,
                           dg_complaint complaint, const char *text) {
    digress_graph_set *set = make_graph(atoms, bonds, bond_list);
    dg_chemistry chemistry = describe(set);
    const char *said = complaint ? chemistry.verdicts[0].reason : chemistry.smiles[0];
    if (!said || !strstr(said, text)) fail_msg("'%s' is not in '%s'", text, said ? said : "NULL");
    if (chemistry.verdicts[0].complaint != complaint)
        fail_msg("%s: %d", text, chemistry.verdicts[0].complaint);
    assert_int_equal(chemistry.smiles[0] != NULL, complaint == DG_COMPLAINT_NONE);
    dg_chemistry_free(&chemistry);
    digress_graph_set_free(set);
}

/* A macro, since a graph consists of two lists. */
#define NAMES(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }
#define RING(kind, other)                                                                          \
    {0, 1, kind}, {1, 2, other}, {2, 3, kind}, {3, 4, other}, {4, 5, kind}, {                      \
        0, 5, other                                                                                \
    }

static void a_class_must_be_right(void **state) {
    (void)state;
    need_rdkit();
    const bond one = {0, 1, DG_BOND_SINGLE}, two = {0, 1, DG_BOND_DOUBLE};
    const bond aromatic = {0, 1, DG_BOND_AROMATIC};
    expect_verdict(NAMES("[CH3]", "[NH2]"), 1, &one, DG_COMPLAINT_NONE, "CN");
    expect_verdict(NAMES("[CH3]", "[NH]"), 1, &one, DG_COMPLAINT_CHANGED,
                   "atom # 1 [NH] has unpaired electrons");
    expect_verdict(NAMES("[CH2]", "[NH2]"), 1, &two, DG_COMPLAINT_VALENCE, "atom # 1 N, 4");
    expect_verdict(NAMES("[CH3]", "[CH3]"), 1, &aromatic, DG_COMPLAINT_CHANGED,
                   "atom # 0 [CH3] has an aromatic bond");
    const bond nitro[] = {{0, 1, DG_BOND_SINGLE}, {1, 2, DG_BOND_DOUBLE}, {1, 3, DG_BOND_DOUBLE}};
    expect_verdict(NAMES("[CH3]", "[N]", "[O]", "[O]"), 3, nitro, DG_COMPLAINT_CHANGED,
                   "atom # 1 [N] becomes [N+]");
}

static void rings_are_aromatic_or_not(void **state) {
    (void)state;
    need_rdkit();
    const bond kekule[] = {RING(DG_BOND_SINGLE, DG_BOND_DOUBLE)};
    bond ring[] = {RING(DG_BOND_AROMATIC, DG_BOND_AROMATIC)};
    expect_verdict(NAMES("[cH]", "[cH]", "[cH]", "[cH]", "[cH]", "[n]"), 6, ring, DG_COMPLAINT_NONE,
                   "c1ccncc1");
    expect_verdict(NAMES("[cH]", "[cH]", "[cH]", "[cH]", "[cH]", "[nH]"), 6, ring,
                   DG_COMPLAINT_KEKULIZE, "kekulize");
    expect_verdict(NAMES("[CH]", "[CH]", "[CH]", "[CH]", "[CH]", "[CH]"), 6, kekule,
                   DG_COMPLAINT_CHANGED, "atom # 0 [CH] becomes [cH]");
    ring[2].kind = DG_BOND_SINGLE;
    expect_verdict(NAMES("[cH]", "[cH]", "[cH]", "[cH]", "[cH]", "[cH]"), 6, ring,
                   DG_COMPLAINT_CHANGED,
                   "the bond of atoms # 2 and # 3 becomes one of another kind");
    /* Five atoms: which nitrogen has the hydrogen is said. */
    const bond five[] = {{0, 1, DG_BOND_AROMATIC},
                         {1, 2, DG_BOND_AROMATIC},
                         {2, 3, DG_BOND_AROMATIC},
                         {3, 4, DG_BOND_AROMATIC},
                         {0, 4, DG_BOND_AROMATIC}};
    expect_verdict(NAMES("[cH]", "[cH]", "[nH]", "[cH]", "[n]"), 5, five, DG_COMPLAINT_NONE,
                   "c1c[nH]cn1");
    expect_verdict(NAMES("[cH]", "[cH]", "[n]", "[cH]", "[n]"), 5, five, DG_COMPLAINT_KEKULIZE,
                   "kekulize");
}

/* ---- other forms ---- */

static digress_graph_set *restyle(const digress_graph_set *set, const dg_molecule_style *style,
                                  dg_import_report *report) {
    digress_graph_set *out = NULL;
    dg_pool *pool = make_pool();
    golden_ok(dg_restyle_molecules(pool, style, set, &out, report));
    dg_pool_free(pool);
    return out;
}

static void forms_say_the_same_molecules(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "m.smi", "c1cc[nH]c1\nC[NH3+]\nCS(C)(=O)=O\n");
    const dg_import_options plain = {.charges = true};
    dg_import_report report;
    digress_graph_set *full = import(path, &full_atoms, &report);
    digress_graph_set *elements = restyle(full, &plain.style, &report);
    assert_int_equal(report.kept, 3);
    assert_true(has_class(elements, "N+"));
    digress_graph_set *back = restyle(elements, &full_atoms.style, &report);
    assert_int_equal(report.kept, 3);
    assert_true(has_class(back, "[nH]"));
    dg_chemistry first = describe(full), second = describe(elements), third = describe(back);
    for (size_t k = 0; k < 3; k++) {
        assert_string_equal(first.smiles[k], second.smiles[k]);
        assert_string_equal(first.smiles[k], third.smiles[k]);
    }
    dg_chemistry_free(&first);
    dg_chemistry_free(&second);
    dg_chemistry_free(&third);
    digress_graph_set_free(full);
    digress_graph_set_free(elements);
    digress_graph_set_free(back);
}

static void an_invalid_one_has_no_other_form(void **state) {
    (void)state;
    need_rdkit();
    const bond one = {0, 1, DG_BOND_SINGLE};
    const dg_molecule_style plain = {0};
    dg_import_report report;
    digress_graph_set *set = make_graph(NAMES("[CH3]", "[NH]"), 1, &one);
    digress_graph_set *none = restyle(set, &plain, &report);
    assert_int_equal(report.kept, 0);
    assert_int_equal(report.dropped[DG_DROP_UNPARSABLE], 1);
    digress_graph_set_free(none);
    digress_graph_set_free(set);
}

static void files_say_their_hydrogens(void **state) {
    need_rdkit();
    static const dg_molecule_format formats[] = {DG_MOLECULES_SMILES, DG_MOLECULES_SDF};
    dg_import_report report;
    digress_graph_set *set = import_tricky(state, &full_atoms, &report);
    for (size_t f = 0; f < 2; f++) {
        char name[16];
        size_t invalid = 0;
        snprintf(name, sizeof name, "out%s", dg_molecule_extension(formats[f]));
        const char *path = scratch_path(state, name);
        golden_ok(dg_molecules_write(set, formats[f], path, &invalid));
        assert_int_equal(invalid, 0);
        digress_graph_set *back = import(path, &full_atoms, &report);
        assert_int_equal(report.kept, TRICKY);
        dg_chemistry chemistry = describe(back);
        for (size_t k = 0; k < TRICKY; k++)
            assert_string_equal(chemistry.smiles[k], tricky[k].canonical);
        dg_chemistry_free(&chemistry);
        digress_graph_set_free(back);
    }
    digress_graph_set_free(set);
}

/* Methane: four hydrogens, so its valency is 4. */
static void hydrogens_count_as_bonds(void **state) {
    need_rdkit();
    dg_import_report report;
    dg_alphabet alphabet;
    dg_histograms histograms;
    digress_graph_set *set =
        import(scratch_file(state, "m.smi", "C\nCC#N\n"), &full_atoms, &report);
    assert_true(dg_alphabet_of(set, &alphabet));
    golden_ok(dg_histograms_of(set, &alphabet, 3, &histograms));
    assert_int_equal(histograms.length[DG_HISTOGRAM_VALENCY], 1 + 3 * 2 + 4);
    assert_close(histograms.values[DG_HISTOGRAM_VALENCY][4], 0.75, 1e-12);
    assert_close(histograms.values[DG_HISTOGRAM_VALENCY][3], 0.25, 1e-12);
    dg_histograms_free(&histograms);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(each_molecule_makes_the_round_trip),
        SCRATCH_TEST(hydrogens_may_be_atoms_too),
        SCRATCH_TEST(what_no_class_says_is_dropped),
        SCRATCH_TEST(listed_atoms_are_of_the_form),
        cmocka_unit_test(a_class_must_be_right),
        cmocka_unit_test(rings_are_aromatic_or_not),
        SCRATCH_TEST(forms_say_the_same_molecules),
        cmocka_unit_test(an_invalid_one_has_no_other_form),
        SCRATCH_TEST(files_say_their_hydrogens),
        SCRATCH_TEST(hydrogens_count_as_bonds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
