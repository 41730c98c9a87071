/* Molecules as samples, and what is kept when they are imported: nothing is lost without being
 * counted. */
#include "golden.h"

#include "datasets/molecules.h"
#include "digress/eval.h"
#include "digress/molecules.h"
#include "eval/molecules/text_set.h"
#include "eval/validity/validity.h"
#include "scratch.h"
#include <math.h>

static void need_rdkit(void) {
    if (!dg_rdkit_version()) skip();
}

static digress_graph_set *import(const char *path, const dg_import_options *options,
                                 dg_import_report *report) {
    dg_pool *pool = NULL;
    digress_graph_set *set = NULL;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(dg_import_molecules(pool, options, 1, &path, &set, report));
    dg_pool_free(pool);
    return set;
}

static void assert_smiles(const digress_graph_set *set, size_t index, const char *expected) {
    char *smiles = NULL;
    golden_ok(digress_molecule_smiles(set, index, &smiles));
    assert_non_null(smiles);
    assert_string_equal(smiles, expected);
    free(smiles);
}

/* ---- hydrogens ---- */

static void implicit_means_without_hydrogens(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "h.smi",
                                    "[2H]C([2H])([3H])Cl\n"
                                    "[H]/C(F)=C(/[H])F\n"
                                    "[H]/N=C/C\n"
                                    "[H][H]\n"
                                    "[H]\n"
                                    "[13CH4]\n"
                                    "[C@H](F)(Cl)Br\n");
    const dg_import_options plain = {0};
    dg_import_report report;
    digress_graph_set *set = import(path, &plain, &report);
    assert_int_equal(report.kept, 5);
    assert_int_equal(report.dropped[DG_DROP_HYDROGEN] + report.dropped[DG_DROP_RADICAL], 2);
    assert_int_equal(report.hydrogens, 6); /* three isotopes, and three of double bonds */
    assert_int_equal(report.isotopes, 1);
    assert_int_equal(report.stereo, 3);
    for (size_t k = 0; k < digress_graph_set_node_classes(set); k++)
        assert_string_not_equal(digress_graph_set_node_name(set, k), "H");
    assert_smiles(set, 0, "CCl");
    assert_smiles(set, 1, "FC=CF");
    assert_smiles(set, 2, "CC=N");
    assert_smiles(set, 3, "C");
    assert_smiles(set, 4, "FC(Cl)Br");
    digress_graph_set_free(set);
}

/* ---- round trips ---- */

static void what_a_graph_would_change_is_dropped(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "r.smi",
                                    "c1ccc2[nH]ccc2c1\n" /* which atom has the hydrogen? */
                                    "c1ccc2occc2c1\n"
                                    "C[IH2]\n" /* methyl iodide, as a graph */
                                    "C[PH4]\n"
                                    "CP\n"
                                    "CI\n");
    dg_import_options how = {.style = {.aromatic = true}};
    dg_import_report report;
    digress_graph_set *set = import(path, &how, &report);
    assert_int_equal(report.read, 6);
    assert_int_equal(report.kept, 3);
    assert_int_equal(report.dropped[DG_DROP_CHANGED], 3);
    assert_smiles(set, 0, "c1ccc2occc2c1");
    assert_smiles(set, 1, "CP");
    assert_smiles(set, 2, "CI");
    digress_graph_set_free(set);
    how.style.aromatic = false;
    set = import(path, &how, &report);
    assert_int_equal(report.kept, 4); /* Kekule's bonds leave no doubt of indole */
    assert_smiles(set, 0, "c1ccc2[nH]ccc2c1");
    digress_graph_set_free(set);
    how.style.hydrogens = true;
    set = import(path, &how, &report);
    assert_int_equal(report.kept, 6); /* nor do hydrogens that are written out */
    digress_graph_set_free(set);
    how = (dg_import_options){.style = {.aromatic = true}, .strict = true};
    dg_pool *pool = NULL;
    golden_ok(dg_pool_create(1, &pool));
    assert_int_equal(dg_import_molecules(pool, &how, 1, &path, &set, &report), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "r.smi:1: changed as graphs"));
    dg_pool_free(pool);
}

/* ---- samples ---- */

static void every_record_of_samples_counts(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "s.smi",
                                    "# three lines of comment\n"
                                    "CO.Cl 0\n"
                                    "#1: Explicit valence\n"
                                    "None\n"
                                    "# 3: the largest of 4 fragments\n"
                                    "C[O-] 3\n"
                                    "C[CH2] 4\n"
                                    "[Xe] 5\n"
                                    "[H][H] 6\n"
                                    "C[C 7\n");
    const dg_import_options samples = {.samples = true}, plain = {0};
    dg_import_report report;
    digress_graph_set *set = import(path, &samples, &report);
    assert_int_equal(report.read, 8);
    assert_int_equal(report.kept, 2);
    assert_int_equal(report.dropped[DG_DROP_UNPARSABLE], 3);
    assert_int_equal(report.dropped[DG_DROP_RADICAL], 1);
    assert_int_equal(report.dropped[DG_DROP_ATOM], 1);
    assert_int_equal(report.dropped[DG_DROP_HYDROGEN], 1);
    assert_int_equal(digress_graph_set_get(set, 0).n, 3);
    digress_graph_set_free(set);
    path = scratch_file(state, "n.smi", "None\n# 1: no\n");
    set = import(path, &samples, &report);
    assert_int_equal(digress_graph_set_count(set), 0);
    assert_int_equal(report.dropped[DG_DROP_UNPARSABLE], 2);
    digress_graph_set_free(set);
    path = scratch_file(state, "p.smi", "C\n# 1: no\n");
    set = import(path, &plain, &report);
    assert_int_equal(report.read, 1); /* to an import it is a comment */
    digress_graph_set_free(set);
}

static void shares_are_of_all_samples(void **state) {
    (void)state;
    bool unique[4] = {true, true, false, true};
    dg_quality quality = {.count = 4, .unique = unique};
    const dg_unread unread = {.invalid = 3, .valid = 1};
    bool *valid = calloc(4, sizeof *valid);
    valid[0] = valid[2] = true;
    dg_quality_set_valid(&quality, valid);
    assert_true(quality.share_valid.share == 0.5);
    dg_quality_count_unread(&quality, &unread);
    assert_true(quality.share_valid.share == 3 / 8.0);
    assert_true(quality.share_unique.share == 3 / 4.0); /* what has no graph cannot be compared */
    assert_true(isnan(quality.share_novel.share));
    free(valid);
}

/* ---- the same molecule twice ---- */

/* ortho-Xylene, with a double bond between the two carbons that bear a methyl group, or beside. */
static void append_xylene(digress_graph_set *set, bool between) {
    const uint8_t atoms[8] = {0};
    uint8_t bonds[28] = {0};
    for (size_t k = 0; k < 6; k++) {
        size_t i = k < 5 ? k : 0, j = k < 5 ? k + 1 : 5;
        bonds[digress_pair_index(8, i, j)] = k % 2 == !between ? DG_BOND_DOUBLE : DG_BOND_SINGLE;
    }
    bonds[digress_pair_index(8, 0, 6)] = bonds[digress_pair_index(8, 1, 7)] = DG_BOND_SINGLE;
    golden_ok(digress_graph_set_append(set, 8, atoms, bonds));
}

static digress_graph_set *carbons(void) {
    digress_graph_set *set = NULL;
    dg_atom carbon;
    golden_ok(dg_atom_parse("C", &carbon));
    golden_ok(dg_molecule_set_create(1, &carbon, &set));
    return set;
}

static void molecules_are_told_apart_by_smiles(void **state) {
    (void)state;
    need_rdkit();
    digress_graph_set *samples = carbons(), *train = carbons();
    digress_evaluation evaluation;
    append_xylene(samples, true);
    append_xylene(samples, false);
    append_xylene(train, false);
    assert_smiles(samples, 0, "Cc1ccccc1C");
    assert_smiles(samples, 1, "Cc1ccccc1C");
    golden_ok(digress_evaluate(samples, train, train, NULL, &evaluation));
    assert_true(evaluation.unique.value == 0.5);
    assert_true(evaluation.novel.value == 0.0);
    digress_graph_set_free(samples);
    digress_graph_set_free(train);
}

static void sets_of_texts(void **state) {
    (void)state;
    char *const texts[] = {"b", NULL, "a", "b", "a", "c"};
    bool first[6];
    dg_text_set set;
    golden_ok(dg_text_set_of(texts, 6, &set));
    assert_int_equal(set.count, 3);
    assert_true(dg_text_set_has(&set, "a") && dg_text_set_has(&set, "c"));
    assert_false(dg_text_set_has(&set, "d"));
    dg_text_set_free(&set);
    assert_false(dg_text_set_has(&set, "a"));
    golden_ok(dg_first_texts(texts, 6, first));
    assert_memory_equal(first, ((const bool[]){true, false, true, false, false, true}),
                        sizeof first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(implicit_means_without_hydrogens),
        SCRATCH_TEST(what_a_graph_would_change_is_dropped),
        SCRATCH_TEST(every_record_of_samples_counts),
        cmocka_unit_test(shares_are_of_all_samples),
        cmocka_unit_test(molecules_are_told_apart_by_smiles),
        cmocka_unit_test(sets_of_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
