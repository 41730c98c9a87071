/* Molecules through RDKit: verdicts against the reference's (golden/molecules.*), and the metrics
 * of a set. Without RDKit each test is skipped. With DIGRESS_DATA, a folder with qm9/qm9.smi, its
 * molecules make the round trip. */
#include "core/file.h"
#include "core/memory.h"
#include "datasets/generators.h"
#include "datasets/molecules.h"
#include "datasets/records.h"
#include "eval/molecules/molecules.h"
#include "golden.h"
#include "scratch.h"

#include <jansson.h>
#include <string.h>

static dg_pool *make_pool(size_t threads) {
    dg_pool *pool = NULL;
    golden_ok(dg_pool_create(threads, &pool));
    return pool;
}

static void need_rdkit(void) {
    if (!dg_rdkit_version()) skip();
}

static void check_text(const json_t *expected, const char *actual, size_t index) {
    const char *text = json_string_value(expected);
    if (!text != !actual || (text && strcmp(text, actual) != 0))
        fail_msg("graph %zu: '%s', expected '%s'", index, actual ? actual : "invalid",
                 text ? text : "invalid");
}

static digress_graph_set *read_golden(void) {
    const digress_read_options options = {.node_names = "C,N,O,F",
                                          .edge_names = "none,single,double,triple,aromatic"};
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_read(TESTS_FOLDER "/golden/molecules.txt", &options, NULL, &set));
    return set;
}

static void verdicts_are_the_references(void **state) {
    (void)state;
    need_rdkit();
    json_t *golden = json_load_file(TESTS_FOLDER "/golden/molecules.json", 0, NULL);
    assert_non_null(golden);
    digress_graph_set *set = read_golden();
    dg_alphabet alphabet;
    dg_chemistry chemistry;
    dg_pool *pool = make_pool(2);
    assert_true(dg_alphabet_of(set, &alphabet));
    golden_ok(dg_chemistry_of(pool, set, &alphabet, DG_CHEMISTRY_STRICT | DG_CHEMISTRY_RELAXED, "",
                              NULL, &chemistry));
    json_t *smiles = json_object_get(golden, "smiles");
    size_t seen[DG_COMPLAINT_LATE + 1] = {0};
    assert_int_equal(json_array_size(smiles), chemistry.count);
    for (size_t k = 0; k < chemistry.count; k++) {
        const json_t *strict = json_array_get(smiles, k);
        const json_t *relaxed = json_array_get(json_object_get(golden, "relaxed"), k);
        const char *same = json_string_value(relaxed);
        json_int_t complaint =
            json_integer_value(json_array_get(json_object_get(golden, "complaint"), k));
        assert_int_equal(chemistry.verdicts[k].complaint, complaint);
        assert_int_equal(!chemistry.verdicts[k].reason[0], complaint == 0);
        check_text(strict, chemistry.smiles[k], k);
        check_text(same && strcmp(same, "=") == 0 ? strict : relaxed, chemistry.relaxed[k], k);
        seen[complaint]++;
    }
    assert_true(seen[DG_COMPLAINT_VALENCE] && seen[DG_COMPLAINT_KEKULIZE] &&
                seen[DG_COMPLAINT_LATE]);
    dg_chemistry_free(&chemistry);
    dg_pool_free(pool);
    digress_graph_set_free(set);
    json_decref(golden);
}

/* SMILES -> graph -> canonical SMILES is RDKit's own canonical SMILES. Returns for how many it is
 * not. */
static size_t round_trip(const char *path, const dg_import_options *options) {
    const dg_molecule_style style = {.aromatic = true};
    dg_pool *pool = make_pool(0);
    dg_records *records = NULL;
    dg_import_report report;
    digress_graph_set *set = NULL;
    dg_alphabet alphabet;
    dg_chemistry chemistry;
    size_t different = 0;
    golden_ok(dg_import_molecules(pool, options, 1, &path, &set, &report));
    assert_int_equal(report.kept, report.read);
    assert_true(dg_alphabet_of(set, &alphabet));
    golden_ok(dg_chemistry_of(pool, set, &alphabet, DG_CHEMISTRY_STRICT, "", NULL, &chemistry));
    golden_ok(dg_records_open(path, DG_RECORDS_SMILES, NULL, &records));
    for (size_t k = 0; k < chemistry.count; k++) {
        dg_record record;
        bool more = false;
        char *canonical = NULL;
        dg_molecule *molecule = NULL;
        golden_ok(dg_records_next(records, &record, &more));
        assert_true(more);
        golden_ok(dg_molecule_of_smiles(record.text, &molecule));
        golden_ok(dg_molecule_settle(molecule, &style));
        golden_ok(dg_molecule_smiles(molecule, &canonical));
        if (!chemistry.smiles[k] || strcmp(canonical, chemistry.smiles[k]) != 0) {
            print_message("line %zu: %s becomes %s, not %s\n", record.line, record.text,
                          chemistry.smiles[k] ? chemistry.smiles[k] : "invalid", canonical);
            different++;
        }
        dg_molecule_free(molecule);
        free(canonical);
        dg_record_free(&record);
    }
    dg_records_close(records);
    dg_chemistry_free(&chemistry);
    digress_graph_set_free(set);
    dg_pool_free(pool);
    return different;
}

static void make_the_round_trip(void **state, const dg_import_options *options) {
    need_rdkit();
    assert_int_equal(round_trip(scratch_file(state, "m.smi",
                                             "C\nCCO\nc1ccccc1\nc1cc[nH]c1\nO=c1cc[nH]cn1\n"
                                             "C1=CC2=C(C=C1)NC=C2\nCC#N\nOC1=NC(C=O)=CN=C1\n"
                                             "C1CC2CCC1C2\nFC(F)F\nN#CC1(C#N)C2CN1C2\n"),
                                options),
                     0);
    const char *data = getenv("DIGRESS_DATA");
    if (!data) return;
    char *path = dg_format("%s/qm9/qm9.smi", data);
    assert_non_null(path);
    if (dg_exists(path)) assert_int_equal(round_trip(path, options), 0);
    free(path);
}

static void smiles_make_the_round_trip(void **state) {
    make_the_round_trip(state, &(dg_import_options){0});
}

static void full_atoms_make_the_round_trip(void **state) {
    make_the_round_trip(state, &(dg_import_options){.style = {.aromatic = true, .full = true}});
}

static void generated_molecules_are_valid(void **state) {
    (void)state;
    need_rdkit();
    digress_graph_set *set = NULL;
    dg_known_molecules *known = NULL;
    dg_molecule_metrics metrics;
    dg_pool *pool = make_pool(2);
    golden_ok(dg_generate(dg_generator_find("molecules"), 5, 300, &set));
    golden_ok(dg_known_molecules_create(pool, set, set, NULL, &known));
    golden_ok(dg_measure_molecules(known, set, &metrics));
    assert_int_equal(metrics.count, 300);
    assert_int_equal(metrics.validity.count, 300);
    assert_int_equal(metrics.relaxed_validity.count, 300);
    assert_int_equal(metrics.novelty.count, 0);
    for (size_t h = 0; h < DG_HISTOGRAMS; h++)
        assert_true(metrics.mae_train[h] == 0 && metrics.mae_reference[h] == 0);
    for (size_t p = 0; p < DG_PROPERTIES; p++)
        assert_true(metrics.property_distance[p] == 0);
    assert_close(metrics.fingerprint_mmd, 0, 1e-12);
    assert_true(metrics.internal_diversity > 0.5 && metrics.internal_diversity < 1);
    assert_true(isnan(metrics.stable_atoms));
    dg_molecule_metrics_free(&metrics);
    dg_known_molecules_free(known);
    dg_pool_free(pool);
    digress_graph_set_free(set);
}

/* Known by hand: ethane against methane and propane; a sample of two fragments; one invalid. */
static void metrics_known_by_hand(void **state) {
    need_rdkit();
    const char *paths[] = {scratch_file(state, "s.smi", "CC\nCC\nCO\n"),
                           scratch_file(state, "r.smi", "C\nCCC\nCO\n")};
    digress_graph_set *sets[2];
    dg_import_report report;
    const dg_import_options plain = {0};
    dg_known_molecules *known = NULL;
    dg_molecule_metrics metrics;
    dg_pool *pool = make_pool(2);
    golden_ok(dg_import_molecules(pool, &plain, 2, paths, sets, &report));
    const uint8_t carbons[3] = {0, 0, 0}, bonds[3] = {DG_BOND_SINGLE, 0, 0};
    const uint8_t fluor[3] = {DG_BOND_TRIPLE, DG_BOND_DOUBLE, 0};
    golden_ok(digress_graph_set_append(sets[0], 3, carbons, bonds));
    golden_ok(digress_graph_set_append(sets[0], 3, carbons, fluor));
    golden_ok(dg_known_molecules_create(pool, sets[1], sets[1], NULL, &known));
    golden_ok(dg_measure_molecules(known, sets[0], &metrics));
    assert_int_equal(metrics.validity.count, 4);
    assert_close(metrics.validity.share, 0.8, 1e-12);
    assert_close(metrics.uniqueness.share, 0.5, 1e-12);
    assert_close(metrics.novelty.share, 0.5, 1e-12);
    assert_string_equal(metrics.chemistry.smiles[3], "CC");
    assert_int_equal(metrics.chemistry.verdicts[3].fragments, 2);
    assert_null(metrics.chemistry.smiles[4]);
    /* n: samples 0, 3/5, 2/5 of 2 and 3; train 1/3 each of 1, 2, 3; bins 0 ... 3. */
    assert_close(metrics.mae_train[DG_HISTOGRAM_N],
                 (1.0 / 3 + (0.6 - 1.0 / 3) + (0.4 - 1.0 / 3)) / 4, 1e-12);
    /* atoms: 11 C of 12; train 5 of 6 */
    assert_close(metrics.mae_train[DG_HISTOGRAM_ATOMS], 11.0 / 12 - 5.0 / 6, 1e-12);
    assert_close(metrics.property_mean[DG_PROPERTY_WEIGHT], (3 * 30.07 + 32.042) / 4, 1e-3);
    /* Sorted: 30.07 x 3, 32.04 against 16.04, 32.04, 44.10. */
    assert_close(
        metrics.property_distance[DG_PROPERTY_WEIGHT],
        (30.070 - 16.043) / 3 + (32.042 - 30.070) * (0.75 - 1.0 / 3) + (44.097 - 32.042) / 3, 2e-3);
    assert_close(metrics.property_mean[DG_PROPERTY_RINGS], 0, 0);
    dg_molecule_metrics_free(&metrics);
    dg_known_molecules_free(known);
    dg_pool_free(pool);
    digress_graph_set_free(sets[0]);
    digress_graph_set_free(sets[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_are_the_references),
        SCRATCH_TEST(smiles_make_the_round_trip),
        SCRATCH_TEST(full_atoms_make_the_round_trip),
        cmocka_unit_test(generated_molecules_are_valid),
        SCRATCH_TEST(metrics_known_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
