/* Molecules through RDKit: import from SMILES, CSV and SDF, files that are written, and the public
 * interface. Without RDKit each test is skipped. */
#include "chem/molecule_file.h"
#include "core/file.h"
#include "core/memory.h"
#include "datasets/molecules.h"
#include "digress/digress.h"
#include "golden.h"
#include "scratch.h"

#include <string.h>
#include <unistd.h>
#include <zlib.h>

static dg_pool *make_pool(size_t threads) {
    dg_pool *pool = NULL;
    golden_ok(dg_pool_create(threads, &pool));
    return pool;
}

static void need_rdkit(void) {
    if (!dg_rdkit_version()) skip();
}

/* ---- import ---- */

static digress_status import(const char *path, const dg_import_options *options,
                             digress_graph_set **set, dg_import_report *report) {
    dg_pool *pool = make_pool(2);
    digress_status status = dg_import_molecules(pool, options, 1, &path, set, report);
    dg_pool_free(pool);
    return status;
}

static void expect_error(const char *path, const dg_import_options *options, const char *text) {
    digress_graph_set *set = NULL;
    dg_import_report report;
    assert_int_equal(import(path, options, &set, &report),
                     strstr(text, "cannot") ? DIGRESS_ERROR_IO : DIGRESS_ERROR_INPUT);
    assert_null(set);
    if (!strstr(digress_last_error(), text))
        fail_msg("'%s' is not in '%s'", text, digress_last_error());
    assert_null(strchr(digress_last_error(), '\n'));
}

static digress_status refuse(void *context) {
    return dg_error(DIGRESS_INTERRUPTED, "%s", (const char *)context);
}

/* RDKit takes the first word of a field. */
static void a_field_holds_one_molecule(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "m.csv",
                                    "smiles,y\nCCO CCN,1\n CCN ,2\nC[C@H](O)F |&1:1|,3\n"
                                    "\"C\nCC\",4\nCCC\tname,5\nCl.CCl,6\n");
    const dg_import_options plain = {0};
    digress_graph_set *set = NULL;
    dg_import_report report;
    golden_ok(import(path, &plain, &set, &report));
    assert_int_equal(report.read, 6);
    assert_int_equal(report.kept, 2);
    assert_int_equal(report.dropped[DG_DROP_UNPARSABLE], 3);
    assert_int_equal(report.dropped[DG_DROP_DISCONNECTED], 1);
    digress_graph_set_free(set);
}

static void import_can_be_stopped(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "m.smi", "C\nCC\n");
    const dg_import_options plain = {0};
    const dg_watch watch = {refuse, "enough"};
    digress_graph_set *set = NULL;
    dg_import_report report;
    dg_pool *pool = make_pool(2);
    dg_pool_watch(pool, &watch);
    assert_int_equal(dg_import_molecules(pool, &plain, 1, &path, &set, &report),
                     DIGRESS_INTERRUPTED);
    assert_null(set);
    assert_string_equal(digress_last_error(), "enough");
    dg_pool_free(pool);
}

static void counts_what_it_drops(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "m.smi",
                                    "# a comment\n"
                                    "CCO ethanol\r\n"
                                    "\n"
                                    "C1CC1\n"
                                    "  c1ccccc1\t benzene\n"
                                    "not_a_smiles\n"
                                    "C(C)(C)(C)(C)C\n"
                                    "[NH4+]\n"
                                    "C.C\n"
                                    "[CH3]\n"
                                    "CCCCCCCCCCC\n"
                                    "[Pt]\n"
                                    "C");
    const dg_import_options options = {.most_atoms = 10};
    digress_graph_set *set = NULL;
    dg_import_report report;
    golden_ok(import(path, &options, &set, &report));
    assert_int_equal(report.read, 11);
    assert_int_equal(report.kept, 4);
    const size_t dropped[DG_DROPS] = {
        [DG_DROP_UNPARSABLE] = 2, [DG_DROP_DISCONNECTED] = 1, [DG_DROP_RADICAL] = 1,
        [DG_DROP_CHARGED] = 1,    [DG_DROP_ATOM] = 1,         [DG_DROP_TOO_LARGE] = 1};
    for (size_t k = 0; k < DG_DROPS; k++)
        if (report.dropped[k] != dropped[k])
            fail_msg("%s: %zu, expected %zu", dg_drop_names[k], report.dropped[k], dropped[k]);
    assert_int_equal(digress_graph_set_count(set), 4);
    assert_int_equal(digress_graph_set_node_classes(set), 2);
    assert_string_equal(digress_graph_set_node_name(set, 1), "O");
    assert_string_equal(digress_graph_set_edge_name(set, 4), "aromatic");
    digress_graph benzene = digress_graph_set_get(set, 2);
    size_t bonds[DG_BONDS] = {0};
    for (size_t pair = 0; pair < 15; pair++)
        bonds[benzene.pair_class[pair]]++;
    assert_int_equal(bonds[DG_BOND_SINGLE], 3);
    assert_int_equal(bonds[DG_BOND_DOUBLE], 3);
    digress_graph_set_free(set);
}

static void strict_names_the_line(void **state) {
    need_rdkit();
    const dg_import_options strict = {.strict = true};
    expect_error(scratch_file(state, "a.smi", "C\n\n# b\nCC.C\nxyz\n"), &strict,
                 "a.smi:4: disconnected");
    expect_error(scratch_file(state, "b.smi", "C\nC[N+](C)(C)C\n"), &strict, "b.smi:2: charged");
    expect_error(scratch_file(state, "c.smi", "CC\nC(C)(C)(C)(C)C\n"), &strict,
                 "c.smi:2: unparsable: Explicit valence for atom # 0 C, 5");
    const dg_import_options carbon = {.strict = true, .atoms = "C"};
    expect_error(scratch_file(state, "d.smi", "CC\nCO\n"), &carbon, "d.smi:2: other atoms: O");
}

static void options_choose_the_graph(void **state) {
    need_rdkit();
    const char *path = scratch_file(state, "m.smi", "C[N+](=O)[O-]\nc1ccccc1\nFC\n");
    digress_graph_set *set = NULL;
    dg_import_report report;
    const dg_import_options charges = {.charges = true, .style = {.aromatic = true}};
    golden_ok(import(path, &charges, &set, &report));
    const char *const names[] = {"C", "N+", "O", "O-", "F"};
    assert_int_equal(report.kept, 3);
    assert_int_equal(digress_graph_set_node_classes(set), 5);
    for (size_t k = 0; k < 5; k++)
        assert_string_equal(digress_graph_set_node_name(set, k), names[k]);
    digress_graph benzene = digress_graph_set_get(set, 1);
    assert_int_equal(digress_graph_pair(&benzene, 0, 1), DG_BOND_AROMATIC);
    digress_graph_set_free(set);

    const dg_import_options given = {.atoms = "F,O,N,C", .style = {.hydrogens = false}};
    golden_ok(import(path, &given, &set, &report));
    assert_int_equal(report.kept, 2);
    digress_graph last = digress_graph_set_get(set, 1);
    assert_int_equal(last.node_class[0], 0);
    assert_int_equal(last.node_class[1], 3);
    digress_graph_set_free(set);

    const dg_import_options explicit = {.style = {.hydrogens = true}};
    golden_ok(import(path, &explicit, &set, &report));
    assert_string_equal(digress_graph_set_node_name(set, 0), "H");
    assert_int_equal(digress_graph_set_get(set, 1).n, 5);
    digress_graph_set_free(set);

    const dg_import_options wrong = {.atoms = "C,Q"}, twice = {.atoms = "C,N,C"};
    expect_error(path, &wrong, "the option 'atoms': 'Q' is not an atom");
    expect_error(path, &twice, "'C' is given twice");
}

static void tables_and_compressed_files(void **state) {
    need_rdkit();
    digress_graph_set *set = NULL;
    dg_import_report report;
    const dg_import_options plain = {0}, column = {.csv = {.column = "mol"}};
    const char *table = scratch_file(state, "t.csv",
                                     "\xef\xbb\xbfid, SMILES ,mol\r\n"
                                     "1,CC,O\r\n"
                                     "\"2, two\",\"CC\"\"\",\"C\"\r\n"
                                     "3\r\n"
                                     "4,\"CCN\n\",N\n");
    golden_ok(import(table, &plain, &set, &report));
    assert_int_equal(report.read, 4);
    assert_int_equal(report.kept, 2);
    assert_int_equal(digress_graph_set_get(set, 0).n, 2);
    assert_int_equal(digress_graph_set_get(set, 1).n, 3);
    digress_graph_set_free(set);
    golden_ok(import(table, &column, &set, &report));
    assert_int_equal(report.kept, 3);
    digress_graph_set_free(set);
    const dg_import_options none = {.csv = {.column = "smile"}};
    expect_error(table, &none, "t.csv:1: no column 'smile'");

    const char *path = scratch_path(state, "z.smi.gz");
    gzFile file = gzopen(path, "wb");
    for (size_t k = 0; k < 5000; k++)
        gzprintf(file, "C%.*s\n", (int)(k % 5), "NCCO");
    gzclose(file);
    golden_ok(import(path, &plain, &set, &report));
    assert_int_equal(report.kept, 5000);
    assert_int_equal(digress_graph_set_get(set, 4999).n, 5);
    digress_graph_set_free(set);
    char *bytes = NULL;
    size_t size = 0;
    golden_ok(dg_file_read(path, &bytes, &size));
    const char *cut = scratch_bytes(scratch_path(state, "cut.smi.gz"), bytes, size / 2);
    free(bytes);
    expect_error(cut, &plain, "cut.smi.gz: cannot read: the compressed file is cut off");
}

static void bad_files_are_refused_in_one_line(void **state) {
    need_rdkit();
    const dg_import_options plain = {0};
    expect_error(scratch_file(state, "e.smi", ""), &plain, "e.smi: empty");
    expect_error(scratch_file(state, "e.csv", "\n"), &plain, "no column 'smiles'");
    expect_error(scratch_file(state, "b.smi", "# nothing\n\n"), &plain, "no molecule to keep");
    expect_error(scratch_file(state, "x.smi", "x\ny\nC.C\n"), &plain,
                 "no molecule to keep; dropped: 2 unparsable, 1 disconnected");
    expect_error(scratch_bytes(scratch_path(state, "r.smi"), "C\0\1\2\xff", 5), &plain,
                 "r.smi: binary");
    expect_error(scratch_path(state, "none.smi"), &plain, "none.smi: cannot open");
    expect_error(scratch_file(state, "m.xyz", "3\nCO2\nC 0 0 0\nO 0 0 1\nO 0 0 -1\n"), &plain,
                 "not a file of molecules");
    /* A megabyte in a line is no molecule; what follows it is. */
    enum { LONG = 1 << 20 };
    char *text = NULL;
    golden_ok(dg_allocate(LONG + 8, 1, &text));
    memset(text, 'C', LONG);
    strcpy(text + LONG, "\nCO\n");
    digress_graph_set *set = NULL;
    dg_import_report report;
    golden_ok(import(scratch_file(state, "l.smi", text), &plain, &set, &report));
    assert_int_equal(report.dropped[DG_DROP_UNPARSABLE], 1);
    assert_int_equal(report.kept, 1);
    digress_graph_set_free(set);
    free(text);
}

/* What would take RDKit too long is recognised by its number of atoms, before anything else is done
 * with it. */
static void large_molecules_are_not_worked_on(void **state) {
    need_rdkit();
    digress_graph_set *set = NULL;
    dg_import_report report;
    const dg_import_options few = {.most_atoms = 4};
    golden_ok(import(scratch_file(state, "m.smi", "CO\nC(C)(C)(C)(C)C\n"), &few, &set, &report));
    assert_int_equal(report.dropped[DG_DROP_TOO_LARGE], 1);
    assert_int_equal(report.dropped[DG_DROP_UNPARSABLE], 0);
    digress_graph_set_free(set);
}

static void a_quote_in_a_field_is_a_character(void **state) {
    need_rdkit();
    digress_graph_set *set = NULL;
    dg_import_report report;
    const dg_import_options strict = {.strict = true};
    const char *path = scratch_file(state, "t.csv",
                                    "size,smiles\n"
                                    "5\" wide,C\n"
                                    "\"5\"\" wide,\n\"\"high\"\"\",CC\n"
                                    "\"a\" \"b,CCC\n");
    golden_ok(import(path, &strict, &set, &report));
    assert_int_equal(report.kept, 3);
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(digress_graph_set_get(set, k).n, k + 1);
    digress_graph_set_free(set);
}

static void a_compressed_trap_is_refused(void **state) {
    need_rdkit();
    enum { SIZE = 1 << 20, TIMES = 80 };
    const dg_import_options plain = {0};
    const char *path = scratch_path(state, "trap.smi.gz");
    char *blank = NULL;
    golden_ok(dg_allocate(SIZE, 1, &blank));
    memset(blank, '\n', SIZE);
    gzFile file = gzopen(path, "wb1");
    for (size_t k = 0; k < TIMES; k++)
        assert_int_equal(gzwrite(file, blank, SIZE), SIZE);
    gzclose(file);
    free(blank);
    expect_error(path, &plain, "trap.smi.gz: refused, as it expands to more than 200 times");
}

static void impossible_bonds_leak_nothing(void **state) {
    need_rdkit();
    const dg_import_options strict = {.strict = true};
    static const char head[] = "\n\n\n  2  2  0  0  0  0  0  0  0  0999 V2000\n"
                               "    0.0000    0.0000    0.0000 C   0  0\n"
                               "    1.0000    0.0000    0.0000 C   0  0\n";
    static const char *const bonds[] = {"  1  2  1  0\n  1 12  1  0\n",
                                        "  1  2  1  0\n  1  1  1  0\n",
                                        "  1  2  1  0\n  2  1  1  0\n"};
    for (size_t k = 0; k < sizeof bonds / sizeof *bonds; k++) {
        char *text = dg_format("%s%sM  END\n$$$$\n", head, bonds[k]);
        expect_error(scratch_file(state, "b.sdf", text), &strict, "unparsable: impossible bond");
        free(text);
    }
}

static void files_share_their_classes(void **state) {
    need_rdkit();
    const char *paths[] = {scratch_file(state, "a.smi", "CO\n"),
                           scratch_file(state, "b.smi", "CN\n")};
    digress_graph_set *sets[2];
    dg_import_report report;
    const dg_import_options plain = {0};
    dg_pool *pool = make_pool(1);
    golden_ok(dg_import_molecules(pool, &plain, 2, paths, sets, &report));
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(digress_graph_set_node_classes(sets[k]), 3);
        assert_string_equal(digress_graph_set_node_name(sets[k], 1), "N");
        assert_int_equal(digress_graph_set_get(sets[k], 0).node_class[1], k == 0 ? 2 : 1);
        digress_graph_set_free(sets[k]);
    }
    dg_pool_free(pool);
}

/* ---- files ---- */

static char *written(void **state, const digress_graph_set *set, dg_molecule_format format,
                     const char *name) {
    size_t invalid = 0, size = 0;
    char *text = NULL;
    const char *path = scratch_path(state, name);
    golden_ok(dg_molecules_write(set, format, path, &invalid));
    assert_int_equal(invalid, 1);
    golden_ok(dg_file_read(path, &text, &size));
    return text;
}

static void writes_smiles_sdf_and_a_picture(void **state) {
    need_rdkit();
    digress_graph_set *set = NULL, *back = NULL;
    dg_import_report report;
    const dg_import_options plain = {0};
    golden_ok(import(scratch_file(state, "m.smi", "OCC\nc1ccccc1\n"), &plain, &set, &report));
    const uint8_t oxygens[2] = {1, 1}, triple = DG_BOND_TRIPLE;
    golden_ok(digress_graph_set_append(set, 2, oxygens, &triple));
    char *smiles = written(state, set, DG_MOLECULES_SMILES, "o.smi");
    assert_string_equal(smiles, "CCO 0\nc1ccccc1 1\n# 2: Explicit valence for atom # 0 O, 3, is "
                                "greater than permitted\n");
    free(smiles);
    char *sdf = written(state, set, DG_MOLECULES_SDF, "o.sdf");
    assert_non_null(strstr(sdf, "$$$$\n1\n"));
    free(sdf);
    char *svg = written(state, set, DG_MOLECULES_SVG, "o.svg");
    assert_non_null(strstr(svg, "<svg"));
    assert_non_null(strstr(svg, "</svg>"));
    free(svg);
    golden_ok(import(scratch_path(state, "o.sdf"), &plain, &back, &report));
    assert_int_equal(report.kept, 2);
    assert_int_equal(digress_graph_set_get(back, 1).n, 6);
    digress_graph_set_free(back);
    digress_graph_set_free(set);
    size_t invalid;
    golden_ok(digress_graph_set_create(2, 2, &set));
    assert_int_equal(
        dg_molecules_write(set, DG_MOLECULES_SMILES, scratch_path(state, "n.smi"), &invalid),
        DIGRESS_ERROR_INPUT);
    assert_false(dg_exists(scratch_path(state, "n.smi")));
    digress_graph_set_free(set);
}

static void the_public_interface(void **state) {
    const char *path = scratch_file(state, "m.smi", "OCC\nC[NH3+]\nc1ccccc1\nC.C\n");
    digress_graph_set *set = NULL;
    digress_import_report report;
    char *smiles = NULL;
    digress_evaluation evaluation;
    assert_int_equal(digress_has_molecules(), dg_rdkit_version() != NULL);
    if (!digress_has_molecules()) {
        assert_int_equal(digress_molecules_read(path, NULL, NULL, &set), DIGRESS_ERROR_INPUT);
        return;
    }
    golden_ok(digress_molecules_read(path, NULL, &report, &set));
    assert_int_equal(report.read, 4);
    assert_int_equal(report.kept, 2);
    assert_int_equal(report.charged, 1);
    assert_int_equal(report.disconnected, 1);
    const uint8_t oxygens[2] = {1, 1}, triple = DG_BOND_TRIPLE;
    golden_ok(digress_graph_set_append(set, 2, oxygens, &triple));
    golden_ok(digress_molecule_smiles(set, 0, &smiles));
    assert_string_equal(smiles, "CCO");
    free(smiles);
    golden_ok(digress_molecule_smiles(set, 2, &smiles));
    assert_null(smiles);
    assert_non_null(strstr(digress_last_error(), "graph 2: Explicit valence"));
    golden_ok(digress_evaluate(set, set, set, NULL, &evaluation));
    assert_close(evaluation.molecule_validity.value, 2.0 / 3, 1e-12);
    assert_close(evaluation.molecule_uniqueness.value, 1, 0);
    digress_graph_set_free(set);

    const char *list = scratch_path(state, "dropped.tsv");
    const digress_import_options listing = {.dropped = list};
    char *text = NULL;
    size_t size;
    golden_ok(digress_molecules_read(path, &listing, NULL, &set));
    golden_ok(dg_file_read(list, &text, &size));
    assert_non_null(strstr(text, "m.smi\t2\t"));
    assert_non_null(strstr(text, "m.smi\t4\t"));
    free(text);
    digress_graph_set_free(set);

    const digress_import_options options = {.hydrogens = true, .charges = true, .threads = 1};
    golden_ok(digress_molecules_read(path, &options, &report, &set));
    assert_int_equal(report.kept, 3);
    assert_int_equal(digress_graph_set_get(set, 1).n, 8);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(counts_what_it_drops),
        SCRATCH_TEST(import_can_be_stopped),
        SCRATCH_TEST(a_field_holds_one_molecule),
        SCRATCH_TEST(strict_names_the_line),
        SCRATCH_TEST(options_choose_the_graph),
        SCRATCH_TEST(tables_and_compressed_files),
        SCRATCH_TEST(bad_files_are_refused_in_one_line),
        SCRATCH_TEST(large_molecules_are_not_worked_on),
        SCRATCH_TEST(a_quote_in_a_field_is_a_character),
        SCRATCH_TEST(a_compressed_trap_is_refused),
        SCRATCH_TEST(impossible_bonds_leak_nothing),
        SCRATCH_TEST(files_share_their_classes),
        SCRATCH_TEST(writes_smiles_sdf_and_a_picture),
        SCRATCH_TEST(the_public_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
