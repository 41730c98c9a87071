/* Every public function refuses NULL and values out of range, and says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digress/digress.h"

enum { FAR = 999 };

/* A path of three nodes. */
static int create(void **state) {
    static const uint8_t pairs[3] = {1, 0, 1};
    digress_graph_set *set = NULL;
    if (digress_graph_set_create(1, 2, &set) != DIGRESS_OK) return -1;
    *state = set;
    return digress_graph_set_append(set, 3, NULL, pairs) == DIGRESS_OK ? 0 : -1;
}

static int destroy(void **state) {
    digress_graph_set_free(*state);
    return 0;
}

/* Checks that `call` returned INPUT, with a text that names `what`. */
static void refused(digress_status call, const char *what) {
    assert_int_equal(call, DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), what)) fail_msg("no '%s': %s", what, digress_last_error());
}

static void sets(void **state) {
    digress_graph_set *set = *state, *made = NULL;
    const uint8_t pairs[3] = {0}, wrong[3] = {0, 0, 2};
    refused(digress_graph_set_create(1, 2, NULL), "out is NULL");
    refused(digress_graph_set_create(0, 2, &made), "expected 1 to");
    refused(digress_graph_set_create(1, 256, &made), "2 to 255");
    refused(digress_graph_set_create_like(NULL, &made), "set is NULL");
    refused(digress_graph_set_create_like(set, NULL), "out is NULL");
    assert_null(made);
    const digress_arrays nothing = {.graphs = 1};
    refused(digress_graph_set_append_arrays(NULL, &nothing, NULL), "set is NULL");
    refused(digress_graph_set_append_arrays(set, NULL, NULL), "arrays is NULL");
    refused(digress_graph_set_append_arrays(set, &nothing, NULL), "node_start is NULL");
    refused(digress_graph_set_append_set(NULL, set, 1, NULL), "set is NULL");
    refused(digress_graph_set_append_set(set, NULL, 1, NULL), "from is NULL");
    refused(digress_graph_set_append_set(set, set, FAR, NULL), "graph 1: the set has 1");
    assert_int_equal(digress_graph_set_edges(NULL, 0, NULL, NULL, NULL), 0);
    refused(digress_graph_set_append(NULL, 3, NULL, pairs), "set is NULL");
    refused(digress_graph_set_append(set, 3, NULL, NULL), "pair_class is NULL");
    refused(digress_graph_set_append(set, 3, NULL, wrong), "edge class 2");
    refused(digress_graph_set_append(set, 0, NULL, pairs), "without nodes");
    assert_int_equal(digress_graph_set_append(set, 1, NULL, NULL), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(set), 2);
    digress_graph_set_free(NULL);
}

static void what_sets_hold(void **state) {
    digress_graph_set *set = *state;
    assert_int_equal(digress_graph_set_count(NULL), 0);
    assert_int_equal(digress_graph_set_node_classes(NULL), 0);
    assert_int_equal(digress_graph_set_edge_classes(NULL), 0);
    assert_int_equal(digress_graph_set_get(NULL, 0).n, 0);
    int64_t starts[2] = {5, 5};
    digress_graph_set_starts(NULL, starts);
    digress_graph_set_starts(set, NULL);
    assert_true(starts[0] == 5 && starts[1] == 5);
    assert_int_equal(digress_graph_set_get(set, 0).n, 3);
    digress_graph none = digress_graph_set_get(set, FAR);
    assert_true(none.n == 0 && !none.node_class && !none.pair_class);
    refused(DIGRESS_ERROR_INPUT, "graph 999: the set has");
    assert_null(digress_graph_set_node_name(NULL, 0));
    assert_null(digress_graph_set_edge_name(NULL, 0));
    assert_null(digress_graph_set_node_name(set, 1));
    refused(DIGRESS_ERROR_INPUT, "node class 1: the set has 1");
    assert_null(digress_graph_set_edge_name(set, 2));
    refused(digress_graph_set_name_node(NULL, 0, "C"), "set is NULL");
    refused(digress_graph_set_name_edge(NULL, 0, "single"), "set is NULL");
    refused(digress_graph_set_name_node(set, 0, NULL), "name is NULL");
    refused(digress_graph_set_name_edge(set, 0, NULL), "name is NULL");
    refused(digress_graph_set_name_node(set, FAR, "C"), "class 999");
    refused(digress_graph_set_name_edge(set, FAR, "single"), "class 999");
}

static void targets(void **state) {
    digress_graph_set *set = *state;
    digress_target_error error;
    size_t found = FAR;
    refused(digress_graph_set_add_target(NULL, "x", &found), "set is NULL");
    refused(digress_graph_set_add_target(set, NULL, &found), "name is NULL");
    refused(digress_graph_set_add_target(set, "x", NULL), "out is NULL");
    refused(digress_graph_set_set_target(NULL, 0, 0, 1), "set is NULL");
    refused(digress_graph_set_set_target(set, 0, 0, 1), "target 0: the set has 0");
    refused(digress_graph_set_compute_targets(NULL, "edges", 1), "set is NULL");
    refused(digress_graph_set_compute_targets(set, NULL, 1), "names is NULL");
    refused(digress_graph_set_compute_targets(set, "no-such", 1), "no-such");
    assert_int_equal(digress_graph_set_compute_targets(set, "edges", 1), DIGRESS_OK);
    refused(digress_graph_set_set_target(set, FAR, 0, 1), "graph 999");
    refused(digress_graph_set_set_target(set, 0, 0, HUGE_VAL), "not a finite number");
    assert_int_equal(digress_graph_set_target_count(NULL), 0);
    assert_int_equal(digress_graph_set_target_count(set), 1);
    assert_null(digress_graph_set_target_name(NULL, 0));
    assert_null(digress_graph_set_target_name(set, FAR));
    assert_false(digress_graph_set_find_target(NULL, "edges", &found));
    assert_false(digress_graph_set_find_target(set, NULL, &found));
    assert_false(digress_graph_set_find_target(set, "edges", NULL));
    assert_false(digress_graph_set_find_target(set, "no-such", &found));
    assert_int_equal(found, FAR);
    assert_true(isnan(digress_graph_set_target(NULL, 0, 0)));
    assert_true(isnan(digress_graph_set_target(set, FAR, 0)));
    assert_true(isnan(digress_graph_set_target(set, 0, FAR)));
    refused(digress_target_error_of(NULL, 0, 1, &error), "samples is NULL");
    refused(digress_target_error_of(set, 0, 1, NULL), "out is NULL");
    refused(digress_target_error_of(set, FAR, 1, &error), "999");
    assert_int_equal(digress_model_target_count(NULL), 0);
    assert_null(digress_model_target_name(NULL, 0));
    assert_string_equal(digress_constraint_name((digress_constraint)FAR), "");
    assert_string_not_equal(digress_constraint_name((digress_constraint)0), "");
}

static void files(void **state) {
    digress_graph_set *set = *state, *made = NULL;
    const digress_read_options wrong = {.format = (digress_format)FAR};
    digress_format format = DIGRESS_FORMAT_TU;
    refused(digress_graph_set_read(NULL, NULL, NULL, &made), "path is NULL");
    refused(digress_graph_set_read("x", NULL, NULL, NULL), "out is NULL");
    refused(digress_graph_set_read("x", &wrong, NULL, &made), "there is no format 999");
    refused(digress_graph_set_write(NULL, "x", DIGRESS_FORMAT_TU, false, NULL), "set is NULL");
    refused(digress_graph_set_write(set, NULL, DIGRESS_FORMAT_TU, false, NULL), "path is NULL");
    refused(digress_graph_set_write(set, "x", DIGRESS_FORMAT_AUTO, false, NULL), "no format");
    refused(digress_graph_set_write(set, "x", (digress_format)FAR, false, NULL), "no format");
    refused(digress_format_parse(NULL, &format), "name is NULL");
    refused(digress_format_parse("tu", NULL), "out is NULL");
    refused(digress_format_parse("tux", &format), "tux");
    assert_int_equal(format, DIGRESS_FORMAT_TU);
}

static void models(void **state) {
    digress_model *model = NULL;
    digress_graph_set *made = NULL;
    digress_bound bound;
    const digress_sample_options options = {.count = 1};
    refused(digress_model_load(NULL, &model), "path is NULL");
    refused(digress_model_load("x", NULL), "out is NULL");
    refused(digress_model_save(NULL, "x"), "model is NULL");
    refused(digress_model_use(NULL, NULL, NULL), "model is NULL");
    refused(digress_model_set_eta(NULL, 1), "model is NULL");
    refused(digress_model_set_sampling(NULL, "eta=1"), "model is NULL");
    assert_int_equal(digress_model_parameter_count(NULL), 0);
    assert_int_equal(digress_model_diffusion_steps(NULL), 0);
    assert_int_equal(digress_model_max_nodes(NULL), 0);
    assert_null(digress_model_classes(NULL));
    refused(digress_model_sample(NULL, &options, &made), "model is NULL");
    refused(digress_model_bound(NULL, *state, 1, 0, 1, NULL, &bound), "model is NULL");
    float X[3], E[18];
    refused(digress_model_predict(NULL, *state, 0, 0, X, E), "model is NULL");
    digress_model_free(NULL);
}

static void training(void **state) {
    const char *const assignments[] = {"train.lr=1", NULL};
    digress_train_options options = {.train = *state};
    refused(digress_train(NULL), "options is NULL");
    refused(digress_train(&options), "options->run is NULL");
    options.run = "x";
    options.choose = true;
    options.train = NULL;
    refused(digress_train(&options), "options->train is NULL");
    options.choose = false;
    options.assignment_count = 2;
    refused(digress_train(&options), "options->assignments is NULL");
    options.assignments = assignments;
    refused(digress_train(&options), "options->assignments[k] is NULL");
}

static void evaluation(void **state) {
    digress_graph_set *set = *state;
    digress_evaluation result;
    const digress_evaluate_options options = {.valid = "nonsense"};
    refused(digress_evaluate(NULL, set, set, NULL, &result), "samples is NULL");
    refused(digress_evaluate(set, set, set, NULL, NULL), "out is NULL");
    refused(digress_evaluate(set, set, set, &options, &result), "nonsense");
    assert_int_equal(digress_evaluate(set, NULL, NULL, NULL, &result), DIGRESS_OK);
    assert_string_equal(digress_descriptor_name(DIGRESS_WAVELET), "wavelet");
    assert_null(digress_descriptor_name(DIGRESS_DESCRIPTORS));
    assert_null(digress_descriptor_name((digress_descriptor)-1));
}

static void measures(void **state) {
    digress_graph_set *set = *state;
    digress_graph graph = digress_graph_set_get(set, 0), none = {0};
    digress_estimate one;
    digress_summary found;
    bool mark;
    uint8_t nodes[3], pairs[3];
    double *row;
    size_t length;
    refused(digress_mmd(set, NULL, 0, 0, NULL, &one), "samples is NULL");
    refused(digress_mmd(set, set, 0, 0, NULL, NULL), "out is NULL");
    refused(digress_polygraph(NULL, set, NULL, NULL, &one), "reference is NULL");
    refused(digress_validity(NULL, "tree", NULL, &mark), "set is NULL");
    refused(digress_validity(set, NULL, NULL, &mark), "rule is NULL");
    refused(digress_validity(set, "tree", NULL, NULL), "valid is NULL");
    refused(digress_novelty(NULL, set, NULL, &mark, &mark), "set is NULL");
    refused(digress_canonical_form(NULL, nodes, pairs), "graph is NULL");
    refused(digress_canonical_form(&graph, nodes, NULL), "pair_class is NULL");
    refused(digress_canonical_form(&none, nodes, pairs), "without nodes");
    refused(digress_summarise(set, NULL, NULL), "out is NULL");
    refused(digress_summarise(NULL, NULL, &found), "set is NULL");
    refused(digress_describe(NULL, 0, 0, &row, &length), "set is NULL");
    refused(digress_describe(set, 0, 0, NULL, &length), "row is NULL");
}

static void pictures(void **state) {
    char *svg = NULL;
    size_t size;
    refused(digress_draw_svg(NULL, NULL, &svg, &size), "set is NULL");
    refused(digress_draw_svg(*state, NULL, NULL, &size), "svg is NULL");
    refused(digress_draw_svg(*state, NULL, &svg, NULL), "size is NULL");
    if (!digress_has_pictures()) refused(digress_draw_svg(*state, NULL, &svg, &size), "cairo");
    assert_null(svg);
}

static void molecules(void **state) {
    digress_graph_set *made = NULL;
    char *smiles = NULL;
    refused(digress_molecules_read(NULL, NULL, NULL, &made), "path is NULL");
    refused(digress_molecules_read("x.smi", NULL, NULL, NULL), "out is NULL");
    refused(digress_molecule_smiles(NULL, 0, &smiles), "set is NULL");
    refused(digress_molecule_smiles(*state, 0, NULL), "smiles is NULL");
    refused(digress_molecule_smiles(*state, FAR, &smiles), "graph 999");
    refused(digress_molecule_smiles(*state, SIZE_MAX, &smiles), "the set has");
    refused(digress_molecule_smiles(*state, 0, &smiles), digress_has_molecules() ? "" : "RDKit");
    assert_null(smiles);
}

static void texts(void **state) {
    (void)state;
    assert_non_null(digress_last_error());
    assert_non_null(digress_version());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sets, create, destroy),
        cmocka_unit_test_setup_teardown(what_sets_hold, create, destroy),
        cmocka_unit_test_setup_teardown(targets, create, destroy),
        cmocka_unit_test_setup_teardown(files, create, destroy),
        cmocka_unit_test_setup_teardown(models, create, destroy),
        cmocka_unit_test_setup_teardown(training, create, destroy),
        cmocka_unit_test_setup_teardown(evaluation, create, destroy),
        cmocka_unit_test_setup_teardown(measures, create, destroy),
        cmocka_unit_test_setup_teardown(pictures, create, destroy),
        cmocka_unit_test_setup_teardown(molecules, create, destroy),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
