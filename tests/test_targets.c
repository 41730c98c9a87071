/* Targets of graphs: kept by copies, splits and files; computed; read beside molecules. */
#include "golden.h"

#include "chem/molecule_file.h"
#include "core/file.h"
#include "datasets/molecules.h"
#include "digress/eval.h"
#include "digress/graph.h"
#include "digress/molecules.h"
#include "eval/targets/targets.h"
#include "graph/dataset.h"
#include "graph/graph_set.h"
#include "graph/statistics.h"
#include "scratch.h"
#include <string.h>

static void set_target(digress_graph_set *set, size_t graph, const char *name, double value) {
    size_t target = 0;
    golden_ok(digress_graph_set_add_target(set, name, &target));
    golden_ok(digress_graph_set_set_target(set, graph, target, value));
}

static double target_of(const digress_graph_set *set, size_t graph, const char *name) {
    size_t target = 0;
    assert_true(digress_graph_set_find_target(set, name, &target));
    return digress_graph_set_target(set, graph, target);
}

/* Paths of 1 .. 20 nodes; "size" is their number of nodes, "odd" is missing for even ones. */
static digress_graph_set *paths(void) {
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(1, 2, &set));
    for (size_t n = 1; n <= 20; n++) {
        uint8_t pairs[190] = {0};
        for (size_t i = 0; i + 1 < n; i++)
            pairs[digress_pair_index(n, i, i + 1)] = 1;
        golden_ok(digress_graph_set_append(set, n, NULL, pairs));
        set_target(set, n - 1, "size", (double)n);
        if (n % 2) set_target(set, n - 1, "odd", (double)n + 0.5);
    }
    return set;
}

static void check_paths(const digress_graph_set *set) {
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        const size_t n = digress_graph_set_get(set, k).n;
        assert_true(target_of(set, k, "size") == (double)n);
        const double odd = target_of(set, k, "odd");
        assert_true(n % 2 ? odd == (double)n + 0.5 : isnan(odd));
    }
}

static void graphs_carry_targets(void **state) {
    (void)state;
    digress_graph_set *set = paths(), *more = NULL;
    size_t target = 7;
    check_paths(set);
    assert_int_equal(digress_graph_set_target_count(set), 2);
    assert_string_equal(digress_graph_set_target_name(set, 1), "odd");
    assert_false(digress_graph_set_find_target(set, "even", &target));
    assert_int_equal(digress_graph_set_set_target(set, 0, 0, INFINITY), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_set_target(set, 20, 0, 1), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_set_target(set, 0, 2, 1), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_add_target(set, "", &target), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_add_target(set, "\xff", &target), DIGRESS_ERROR_INPUT);
    assert_true(isnan(digress_graph_set_target(set, 0, 2)));
    golden_ok(digress_graph_set_create_like(set, &more));
    assert_int_equal(digress_graph_set_target_count(more), 0);
    golden_ok(dg_graph_set_append_all(more, set));
    golden_ok(dg_graph_set_append_all(more, set));
    check_paths(more);
    const dg_target_statistics of = dg_target_statistics_of(more, 1);
    assert_int_equal(of.given, 20);
    assert_close(of.mean, 10.5, 1e-12);
    assert_close(of.deviation, sqrt(33), 1e-12);
    assert_close(of.min, 1.5, 0);
    assert_close(of.max, 19.5, 0);
    digress_graph_set_free(set);
    digress_graph_set_free(more);
}

static void sets_keep_targets(void **state) {
    const char *path = scratch_path(state, "set");
    digress_graph_set *set = paths(), *read = NULL;
    dg_dataset dataset, back;
    golden_ok(dg_dataset_split(set, 3, &dataset));
    check_paths(dataset.train);
    check_paths(dataset.test);
    golden_ok(dg_dataset_write(&dataset, path, false));
    golden_ok(dg_dataset_read(path, NULL, &back));
    check_paths(back.train);
    check_paths(back.val);
    check_paths(back.test);
    golden_ok(digress_graph_set_read(path, NULL, NULL, &read));
    assert_int_equal(digress_graph_set_count(read), 20);
    check_paths(read);
    bool lossy = false;
    golden_ok(digress_graph_set_write(set, scratch_path(state, "set.g6"), DIGRESS_FORMAT_GRAPH6,
                                      false, &lossy));
    assert_true(lossy);
    dg_dataset_free(&dataset);
    dg_dataset_free(&back);
    digress_graph_set_free(set);
    digress_graph_set_free(read);
}

/* GraphML and TU have room for them, and say themselves what they are. */
static void files_keep_targets(void **state) {
    static const struct {
        digress_format format;
        const char *name;
    } kept[] = {{DIGRESS_FORMAT_GRAPHML, "paths.graphml"}, {DIGRESS_FORMAT_TU, "paths"}};
    digress_graph_set *set = paths();
    for (size_t k = 0; k < 2; k++) {
        const char *path = scratch_path(state, kept[k].name);
        digress_graph_set *read = NULL;
        bool lossy = true;
        golden_ok(digress_graph_set_write(set, path, kept[k].format, false, &lossy));
        assert_false(lossy);
        golden_ok(digress_graph_set_read(path, NULL, NULL, &read));
        assert_int_equal(digress_graph_set_count(read), 20);
        assert_int_equal(digress_graph_set_target_count(read), 2);
        check_paths(read);
        digress_graph_set_free(read);
    }
    digress_graph_set_free(set);
}

static const char *file_of(void **state, const char *name, const char *text) {
    return scratch_bytes(scratch_path(state, name), text, strlen(text));
}

static const char *graphml_of(void **state, const char *gap) {
    char text[1024];
    snprintf(text, sizeof text,
             "<?xml version=\"1.0\"?><graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
             "<key id=\"a\" for=\"graph\" attr.name=\"mu\" attr.type=\"long\"/>"
             "<key id=\"b\" for=\"graph\" attr.name=\"gap\" attr.type=\"string\"/>"
             "<key id=\"c\" for=\"graph\" attr.name=\"title\" attr.type=\"string\"/>"
             "<graph edgedefault=\"undirected\"><data key=\"a\">3</data><data key=\"b\">%s</data>"
             "<data key=\"c\">a path</data><node id=\"u\"/><node id=\"v\"/>"
             "<edge source=\"u\" target=\"v\"/></graph></graphml>",
             gap);
    return file_of(state, "a.graphml", text);
}

static digress_status read_named(const char *path, const char *targets, digress_graph_set **out) {
    const digress_read_options how = {.targets = targets};
    return digress_graph_set_read(path, &how, NULL, out);
}

static void attributes_become_targets(void **state) {
    digress_graph_set *set = NULL;
    digress_read_report report;
    golden_ok(digress_graph_set_read(graphml_of(state, "1.5"), NULL, &report, &set));
    assert_int_equal(digress_graph_set_target_count(set), 0);
    assert_string_equal(report.unread_attributes, "gap, title, mu");
    digress_graph_set_free(set);
    golden_ok(read_named(graphml_of(state, " 1.5 "), "mu,gap", &set));
    assert_close(target_of(set, 0, "mu"), 3, 0);
    assert_close(target_of(set, 0, "gap"), 1.5, 0);
    digress_graph_set_free(set);
    golden_ok(read_named(graphml_of(state, "NA"), "gap", &set));
    assert_true(isnan(target_of(set, 0, "gap")));
    digress_graph_set_free(set);
    assert_int_equal(read_named(graphml_of(state, "wide"), "gap", &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "a.graphml: target 'gap': expected a number"));
    assert_int_equal(read_named(graphml_of(state, "1"), "gap,girth", &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "no graph has a target 'girth'"));
}

/* Two graphs of a node each. */
static const char *tu_of(void **state, const char *labels, const char *attributes) {
    const char *folder = scratch_path(state, "tu");
    golden_ok(dg_make_folders(folder));
    file_of(state, "tu/two_graph_indicator.txt", "1\n2\n");
    file_of(state, "tu/two_A.txt", "");
    file_of(state, "tu/two_graph_labels.txt", labels);
    file_of(state, "tu/two_graph_attributes.txt", attributes);
    return scratch_path(state, "tu");
}

static void collections_have_targets(void **state) {
    digress_graph_set *set = NULL;
    const char *folder = tu_of(state, "-1\n1\n", "0.5, 7\nnan, 8\n");
    golden_ok(read_named(folder, NULL, &set));
    assert_int_equal(digress_graph_set_target_count(set), 0);
    digress_graph_set_free(set);
    golden_ok(read_named(folder, "graph_label,graph_attribute_1", &set));
    assert_int_equal(digress_graph_set_target_count(set), 2);
    assert_close(target_of(set, 0, "graph_label"), -1, 0);
    assert_close(target_of(set, 1, "graph_label"), 1, 0);
    assert_close(target_of(set, 0, "graph_attribute_1"), 0.5, 0);
    assert_true(isnan(target_of(set, 1, "graph_attribute_1")));
    digress_graph_set_free(set);
    golden_ok(read_named(tu_of(state, "a\nb\n", "4\n5\n"), "graph_attribute", &set));
    assert_close(target_of(set, 1, "graph_attribute"), 5, 0);
    digress_graph_set_free(set);
    assert_int_equal(read_named(folder, "graph_label", &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "labels.txt:1: target 'graph_label': expected"));
    assert_int_equal(read_named(tu_of(state, "1\n", ""), "graph_label", &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "1 lines for 2 graphs"));
    assert_int_equal(read_named(tu_of(state, "1\n1,2\n", ""), "graph_label", &set),
                     DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "labels.txt:2: expected 2 lines of 1 numbers"));
}

/* A triangle with a tail of two, and a node alone. */
static void graphs_are_measured(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double value;
    } known[] = {{"edges", 5},
                 {"density", 5 / 15.0},
                 {"triangles", 1},
                 {"max_degree", 3},
                 {"components", 2},
                 {"diameter", 3},
                 {"clustering", (1 + 1 + 1 / 3.0) / 6}};
    digress_graph_set *set = NULL;
    uint8_t pairs[15] = {0};
    static const uint8_t edges[5][2] = {{0, 1}, {0, 2}, {1, 2}, {2, 3}, {3, 4}};
    for (size_t k = 0; k < 5; k++)
        pairs[digress_pair_index(6, edges[k][0], edges[k][1])] = 1;
    golden_ok(digress_graph_set_create(1, 2, &set));
    golden_ok(digress_graph_set_append(set, 1, NULL, NULL));
    golden_ok(digress_graph_set_append(set, 6, NULL, pairs));
    golden_ok(digress_graph_set_compute_targets(
        set, "edges,density,triangles,max_degree,components,diameter,clustering", 1));
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        assert_close(target_of(set, 1, known[k].name), known[k].value, 1e-12);
    assert_close(target_of(set, 0, "density"), 0, 0);
    assert_close(target_of(set, 0, "components"), 1, 0);
    assert_int_equal(digress_graph_set_compute_targets(set, "edges,girth", 1), DIGRESS_ERROR_INPUT);
    assert_non_null(
        strstr(digress_last_error(), "target 'girth' is not computed: expected one of"));
    assert_int_equal(digress_graph_set_compute_targets(set, "logP", 1), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(set);
}

static digress_status import(const char *path, const char *targets, digress_graph_set **out) {
    const dg_import_options how = {.csv.targets = targets};
    dg_import_report report;
    dg_pool *pool = NULL;
    golden_ok(dg_pool_create(1, &pool));
    digress_status status = dg_import_molecules(pool, &how, 1, &path, out, &report);
    dg_pool_free(pool);
    return status;
}

static void check_table(const char *path) {
    digress_graph_set *set = NULL;
    golden_ok(import(path, "gap,mu", &set));
    assert_int_equal(digress_graph_set_count(set), 3);
    assert_close(target_of(set, 0, "gap"), 1.5, 0);
    assert_close(target_of(set, 0, "mu"), -2e3, 0);
    assert_true(isnan(target_of(set, 1, "gap")));
    assert_close(target_of(set, 1, "mu"), 3, 0);
    assert_true(isnan(target_of(set, 2, "mu")));
    digress_graph_set_free(set);
}

static const char *const block = "\n  x\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n"
                                 "    0.0000    0.0000    0.0000 C   0  0\nM  END\n";

static void molecules_bring_theirs(void **state) {
    const char *path = NULL;
    char text[2048];
    digress_graph_set *set = NULL;
    if (!digress_has_molecules()) skip();
    path = file_of(state, "a.csv", "mu,smiles,gap\n-2e3,CCO,1.5\nx,XX,1\n3,C,\n NA ,CC,\"2\"\n");
    assert_int_equal(import(path, "gap,mu", &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "a.csv:3: target 'mu': expected a number"));
    path = file_of(state, "b.csv", "mu,smiles,gap\n-2e3,CCO,1.5\n7,XX,1\n3,C,\n NA ,CC,\"2\"\n");
    check_table(path);
    assert_int_equal(import(path, "gap,alpha", &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "no column 'alpha'"));
    snprintf(text, sizeof text,
             "%s> 1 <gap>\n1.5\n\n> <mu>\n-2e3\n\n$$$$\n%s> <mu>\n3\n\n$$$$\n%s> <gap>\n2\n$$$$\n",
             block, block, block);
    path = file_of(state, "c.sdf", text);
    check_table(path);
    path = file_of(state, "d.smi", "CCO 1\n");
    assert_int_equal(import(path, "gap", &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "lines of SMILES hold no targets"));
}

/* What is missing stays so. */
static void files_of_molecules_carry_targets(void **state) {
    static const dg_molecule_format kept[] = {DG_MOLECULES_SDF, DG_MOLECULES_CSV};
    digress_graph_set *set = NULL;
    if (!digress_has_molecules()) skip();
    golden_ok(import(file_of(state, "a.smi", "C\nC\nC\nCO\n"), NULL, &set));
    set_target(set, 0, "gap", 1.5);
    set_target(set, 2, "gap", 2);
    set_target(set, 0, "mu", -2e3);
    set_target(set, 1, "mu", 3);
    for (size_t k = 0; k < 2; k++) {
        size_t invalid = 0;
        const char *path = scratch_path(state, k ? "a.csv" : "a.sdf");
        golden_ok(dg_molecules_write(set, kept[k], path, &invalid));
        assert_true(dg_molecule_format_keeps_targets(kept[k]));
        digress_graph_set *read = NULL;
        golden_ok(import(path, "gap,mu", &read));
        assert_int_equal(digress_graph_set_count(read), 4);
        for (size_t g = 0; g < 4; g++)
            for (size_t t = 0; t < 2; t++) {
                const char *name = t ? "mu" : "gap";
                const double before = target_of(set, g, name), after = target_of(read, g, name);
                assert_true(isnan(before) ? isnan(after) : before == after);
            }
        digress_graph_set_free(read);
    }
    set_target(set, 0, "a>b", 1);
    size_t invalid = 0;
    assert_int_equal(
        dg_molecules_write(set, DG_MOLECULES_SDF, scratch_path(state, "b.sdf"), &invalid),
        DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "no room for a target of the name 'a>b'"));
    digress_graph_set_free(set);
}

/* Benzoic acid and what is no molecule, by RDKit's own functions in Python. */
static void molecules_are_measured(void **state) {
    static const struct {
        const char *name;
        double value;
    } known[] = {{"logP", 1.3848},      {"TPSA", 37.3},      {"weight", 122.123},
                 {"rings", 1},          {"donors", 1},       {"acceptors", 1},
                 {"aromatic_rings", 1}, {"fraction_sp3", 0}, {"rotatable_bonds", 1}};
    const char *path = NULL;
    digress_graph_set *set = NULL;
    if (!digress_has_molecules()) skip();
    path = file_of(state, "a.smi", "O=C(O)c1ccccc1\n");
    golden_ok(import(path, NULL, &set));
    const uint8_t fluor[] = {0, 0, 0, 0}, bonds[] = {3, 3, 0, 3, 0, 0};
    golden_ok(digress_graph_set_append(set, 4, fluor, bonds));
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        golden_ok(digress_graph_set_compute_targets(set, known[k].name, 1));
        assert_close(target_of(set, 0, known[k].name), known[k].value, 5e-4);
        assert_true(isnan(target_of(set, 1, known[k].name)));
    }
    digress_graph_set_free(set);
}

/* Paths of 1 .. 20 nodes are asked for one edge more than they have; of four nobody asks. */
static void errors_are_measured(void **state) {
    (void)state;
    digress_graph_set *set = paths();
    digress_target_error of;
    for (size_t k = 0; k < 16; k++)
        set_target(set, k, "edges", (double)k + (k < 8 ? 1 : 3));
    golden_ok(digress_target_error_of(set, 2, 1, &of));
    assert_string_equal(of.name, "edges");
    assert_true(of.computed);
    assert_int_equal(of.asked, 16);
    assert_int_equal(of.measured, 16);
    assert_close(of.mae, 2, 1e-12);
    assert_close(of.mean_asked, 9.5, 1e-12);
    assert_close(of.mean_measured, 7.5, 1e-12);
    /* cov(k, k + 2 + s) with s = -1 below 8, else 1: var k = 21.25, cov(k, s) = 4, var s = 1 */
    assert_close(of.correlation, (21.25 + 4) / sqrt(21.25 * (21.25 + 8 + 1)), 1e-12);
    golden_ok(digress_target_error_of(set, 0, 1, &of));
    assert_false(of.computed);
    assert_int_equal(digress_target_error_of(set, 3, 1, &of), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_carry_targets), SCRATCH_TEST(sets_keep_targets),
        SCRATCH_TEST(files_keep_targets),       SCRATCH_TEST(attributes_become_targets),
        SCRATCH_TEST(collections_have_targets), SCRATCH_TEST(files_of_molecules_carry_targets),
        cmocka_unit_test(graphs_are_measured),  SCRATCH_TEST(molecules_bring_theirs),
        SCRATCH_TEST(molecules_are_measured),   cmocka_unit_test(errors_are_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
