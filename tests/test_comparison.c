/* The comparison of samples with a test set, and the library call that makes it. */
#include "digress/eval.h"
#include "eval/compare.h"

#include <math.h>
#include <string.h>

#include "metrics.h"

static void comparison_orders_good_and_bad_samples(void **state) {
    (void)state;
    dg_pool *pool = make_pool(THREADS);
    digress_graph_set *test = make("planar", 1, 40), *train = make("planar", 2, 60);
    digress_graph_set *good = make("planar", 3, 60), *bad = make("er", 3, 60);
    const digress_graph_set *samples[] = {good, bad, train};
    dg_comparison comparison;
    ok(dg_compare(pool, &dg_compare_defaults, test, train, 3, samples, &comparison));
    assert_int_equal(comparison.baseline.count, 40);
    assert_true(fabs(comparison.reference.nodes - 64.0) < 1e-12);
    assert_true(fabs(comparison.reference.degree - 2.0 * comparison.reference.edges / 64) < 1e-9);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        assert_true(comparison.samples[0].share[d] > 0.95);
        assert_true(fabs(comparison.samples[1].share[d]) < 0.1);
        assert_true(fabs(comparison.samples[2].share[d] - 1.0) < 1e-12);
    }
    dg_comparison_free(&comparison);

    ok(dg_compare(pool, &dg_compare_defaults, NULL, NULL, 1, samples, &comparison));
    assert_false(comparison.has_reference);
    assert_true(comparison.samples[0].triangles > 100.0);
    assert_true(isnan(comparison.samples[0].mmd[DG_KERNEL_TV][DG_DEGREE].value));
    assert_true(isnan(comparison.samples[0].share[DG_DEGREE]));
    dg_comparison_free(&comparison);
    digress_graph_set_free(test);
    digress_graph_set_free(train);
    digress_graph_set_free(good);
    digress_graph_set_free(bad);
    dg_pool_free(pool);
}

/* The library call gives the same numbers as the table. */
static void the_library_call_is_the_comparison(void **state) {
    (void)state;
    dg_pool *pool = make_pool(1);
    digress_graph_set *test = make("planar", 1, 12), *train = make("planar", 2, 15);
    const digress_graph_set *samples = make("planar", 3, 14);
    dg_compare_options options = dg_compare_defaults;
    options.rule = DG_RULE_PLANAR;
    dg_comparison comparison;
    ok(dg_compare(pool, &options, test, train, 1, &samples, &comparison));
    const dg_compared_set *set = &comparison.samples[0];
    bool valid[14] = {false};
    const digress_evaluate_options how = {
        .valid = "planar", .threads = 2, .per_graph_valid = valid};
    digress_evaluation evaluation;
    ok(digress_evaluate(samples, test, train, &how, &evaluation));
    for (size_t d = 0; d < DIGRESS_DESCRIPTORS; d++) {
        assert_true(evaluation.mmd[d].value == set->mmd[DG_KERNEL_TV][d].value);
        assert_true(evaluation.mmd[d].low == set->mmd[DG_KERNEL_TV][d].interval[0]);
        assert_true(evaluation.mmd_rbf[d].value == set->mmd[DG_KERNEL_RBF][d].value);
        assert_true(evaluation.train_mmd[d] == comparison.train.mmd[DG_KERNEL_TV][d].value);
    }
    assert_true(isnan(evaluation.mmd_emd[DIGRESS_WAVELET].value));
    assert_true(evaluation.ratio.value == set->ratio.value);
    double ratio = 0.0, ratio_4 = 0.0;
    for (size_t d = 0; d < DIGRESS_DESCRIPTORS; d++) {
        double term = evaluation.mmd[d].value / evaluation.train_mmd[d];
        ratio += term / 5.0;
        ratio_4 += d == DG_WAVELET ? 0.0 : term / 4.0;
    }
    assert_true(fabs(evaluation.ratio.value - ratio) < 1e-9 * ratio);
    assert_true(fabs(evaluation.ratio_4.value - ratio_4) < 1e-9 * ratio_4);
    assert_true(evaluation.ratio.low < ratio && ratio < evaluation.ratio.high);
    assert_true(evaluation.pgd.value == set->pgd.value);
    assert_true(evaluation.vun.value == 1.0 && evaluation.vun.low < 1.0);
    for (size_t k = 0; k < 14; k++)
        assert_true(valid[k]);
    assert_string_equal(digress_descriptor_name(DIGRESS_SPECTRAL), "spectral");
    ok(digress_evaluate(samples, test, NULL, NULL, &evaluation));
    assert_true(isnan(evaluation.novel.value) && isnan(evaluation.valid.value));
    assert_true(isnan(evaluation.ratio.value));
    const digress_evaluate_options wrong = {.valid = "plane"};
    assert_int_equal(digress_evaluate(samples, test, NULL, &wrong, &evaluation),
                     DIGRESS_ERROR_INPUT);
    dg_comparison_free(&comparison);
    digress_graph_set_free(test);
    digress_graph_set_free(train);
    digress_graph_set_free((digress_graph_set *)samples);
    dg_pool_free(pool);
}

/* DiGress's evaluator counts only as many samples as there are reference graphs. */
static void digress_runs_on_the_first_samples(void **state) {
    (void)state;
    digress_graph_set *test = make("sbm", 1, 6), *many = make("sbm", 2, 11);
    digress_graph_set *first = make("sbm", 2, 6);
    digress_evaluate_options options = {.as_digress_runs = true};
    digress_evaluation cut, same, all;
    ok(digress_evaluate(many, test, NULL, &options, &cut));
    ok(digress_evaluate(first, test, NULL, &options, &same));
    options.as_digress_runs = false;
    ok(digress_evaluate(many, test, NULL, &options, &all));
    assert_true(cut.mmd[DIGRESS_SPECTRAL].value == same.mmd[DIGRESS_SPECTRAL].value);
    assert_true(cut.mmd[DIGRESS_SPECTRAL].value != all.mmd[DIGRESS_SPECTRAL].value);
    assert_true(cut.mmd[DIGRESS_WAVELET].value == all.mmd[DIGRESS_WAVELET].value);
    digress_graph_set_free(test);
    digress_graph_set_free(many);
    digress_graph_set_free(first);
}

static digress_graph_set *labelled(size_t node_classes, size_t count, uint8_t first_class) {
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create(node_classes, 3, &set));
    for (size_t k = 0; k < count; k++) {
        const uint8_t nodes[3] = {k % 2 ? first_class : 0, 0, 0}, pairs[3] = {1, 2, 0};
        ok(digress_graph_set_append(set, 2 + k % 2, nodes, pairs));
    }
    return set;
}

/* Graphs of 2 and 3 nodes in turn; the latter have a first node of class 1, or all of class 0. */
static void class_statistics_are_total_variations(void **state) {
    (void)state;
    digress_graph_set *one = labelled(2, 4, 1), *none = labelled(2, 4, 0);
    digress_graph_set *two_node = labelled(2, 1, 0), *fewer = labelled(1, 4, 0);
    digress_evaluation evaluation;
    ok(digress_evaluate(none, one, NULL, NULL, &evaluation));
    assert_true(fabs(evaluation.tv_node_class - 0.2) < 1e-12); /* 2 nodes of 10 */
    assert_true(evaluation.tv_edge_class == 0.0 && evaluation.tv_nodes == 0.0);
    ok(digress_evaluate(two_node, one, NULL, NULL, &evaluation));
    assert_true(fabs(evaluation.tv_nodes - 0.5) < 1e-12);
    assert_true(fabs(evaluation.tv_edge_class - 0.5) < 1e-12); /* (0, 1, 0) and (2, 4, 2) / 8 */
    ok(digress_evaluate(fewer, one, NULL, NULL, &evaluation));
    assert_true(isnan(evaluation.tv_node_class));
    assert_true(evaluation.tv_edge_class == 0.0);
    digress_graph_set_free(one);
    digress_graph_set_free(none);
    digress_graph_set_free(two_node);
    digress_graph_set_free(fewer);
}

static void name_nodes(digress_graph_set *set, const char *first, const char *second) {
    ok(digress_graph_set_name_node(set, 0, first));
    ok(digress_graph_set_name_node(set, 1, second));
}

/* The same graphs, except for the names of the classes. */
static void classes_are_matched_by_name(void **state) {
    (void)state;
    digress_graph_set *reference = labelled(2, 4, 1), *other = labelled(2, 4, 1),
                      *numbered = labelled(2, 4, 1);
    digress_evaluation evaluation;
    name_nodes(reference, "Ga", "As");
    name_nodes(other, "Ga", "P");
    ok(digress_evaluate(other, reference, reference, NULL, &evaluation));
    assert_true(fabs(evaluation.tv_node_class - 0.2) < 1e-12);
    assert_true(fabs(evaluation.novel.value - 0.5) < 1e-12); /* those with a P */
    ok(digress_evaluate(reference, reference, other, NULL, &evaluation));
    assert_true(fabs(evaluation.novel.value - 0.5) < 1e-12);
    name_nodes(other, "As", "Ga");
    ok(digress_evaluate(other, reference, reference, NULL, &evaluation));
    assert_true(fabs(evaluation.tv_node_class - 0.6) < 1e-12); /* 8 of 10 Ga, 2 of 10 Ga */
    assert_true(evaluation.novel.value == 1.0);
    ok(digress_evaluate(numbered, reference, reference, NULL, &evaluation));
    assert_true(evaluation.tv_node_class == 0.0 && evaluation.novel.value == 0.0);
    name_nodes(other, "1", "0");
    ok(digress_evaluate(other, numbered, numbered, NULL, &evaluation));
    assert_true(fabs(evaluation.tv_node_class - 0.6) < 1e-12);
    digress_graph_set_free(reference);
    digress_graph_set_free(other);
    digress_graph_set_free(numbered);
}

/* Graphs without triangles, without edges and of one node give numbers, not NaN. */
static void bare_graphs_are_defined(void **state) {
    (void)state;
    dg_pool *pool = make_pool(1);
    digress_graph_set *set = NULL, *tree = make("tree", 1, 3);
    uint8_t none[3] = {0};
    ok(digress_graph_set_create(1, 2, &set));
    ok(digress_graph_set_append(set, 1, NULL, none));
    ok(digress_graph_set_append(set, 3, NULL, none));
    const digress_graph_set *samples[] = {set};
    dg_comparison comparison;
    ok(dg_compare(pool, &dg_compare_defaults, tree, tree, 1, samples, &comparison));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        assert_true(isfinite(comparison.samples[0].mmd[DG_KERNEL_TV][d].value));
    assert_true(comparison.samples[0].degree == 0.0);
    assert_true(comparison.samples[0].clustering == 0.0);
    /* No triangles anywhere: Erdos-Renyi graphs are no further away than the training set. */
    assert_true(comparison.train.mmd[DG_KERNEL_TV][DG_CLUSTERING].value == 0.0);
    dg_comparison_free(&comparison);
    digress_graph_set_free(set);
    digress_graph_set_free(tree);
    dg_pool_free(pool);
}

static void empty_sets_are_refused(void **state) {
    (void)state;
    dg_pool *pool = make_pool(1);
    digress_graph_set *empty = NULL, *tree = make("tree", 1, 3);
    ok(digress_graph_set_create(1, 2, &empty));
    const digress_graph_set *samples[] = {empty};
    dg_comparison comparison;
    assert_int_equal(dg_compare(pool, &dg_compare_defaults, tree, NULL, 1, samples, &comparison),
                     DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_compare(pool, &dg_compare_defaults, empty, NULL, 0, samples, &comparison),
                     DIGRESS_ERROR_INPUT);
    digress_graph_set_free(empty);
    digress_graph_set_free(tree);
    dg_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparison_orders_good_and_bad_samples),
        cmocka_unit_test(the_library_call_is_the_comparison),
        cmocka_unit_test(digress_runs_on_the_first_samples),
        cmocka_unit_test(class_statistics_are_total_variations),
        cmocka_unit_test(classes_are_matched_by_name),
        cmocka_unit_test(bare_graphs_are_defined),
        cmocka_unit_test(empty_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
