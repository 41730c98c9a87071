/* The public interface to single measures: the numbers of digress_evaluate. */
#include "metrics.h"

#include "digress/digress.h"
#include "small_graphs.h"
#include <math.h>
#include <string.h>

static void refused(digress_status call, const char *what) {
    assert_int_equal(call, DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), what)) fail_msg("no '%s': %s", what, digress_last_error());
}

static void assert_same(digress_estimate a, digress_estimate b) {
    assert_true(a.value == b.value || (isnan(a.value) && isnan(b.value)));
    assert_true(a.low == b.low || (isnan(a.low) && isnan(b.low)));
    assert_true(a.high == b.high || (isnan(a.high) && isnan(b.high)));
}

static void distances_are_those_of_the_table(void **state) {
    (void)state;
    digress_graph_set *reference = make("community", 1, 16), *samples = make("er", 2, 16);
    digress_evaluation table;
    digress_estimate one;
    double by[DIGRESS_DESCRIPTORS];
    ok(digress_evaluate(samples, reference, NULL, NULL, &table));
    for (int d = 0; d < DIGRESS_DESCRIPTORS; d++) {
        ok(digress_mmd(reference, samples, d, DIGRESS_TV, NULL, &one));
        assert_same(one, table.mmd[d]);
        ok(digress_mmd(reference, samples, d, DIGRESS_RBF, NULL, &one));
        assert_same(one, table.mmd_rbf[d]);
        if (d == DIGRESS_WAVELET) continue;
        ok(digress_mmd(reference, samples, d, DIGRESS_EMD, NULL, &one));
        assert_same(one, table.mmd_emd[d]);
    }
    ok(digress_polygraph(reference, samples, NULL, by, &one));
    assert_same(one, table.pgd);
    assert_true(by[table.pgd_descriptor] == table.pgd.value);
    refused(digress_mmd(reference, samples, DIGRESS_WAVELET, DIGRESS_EMD, NULL, &one), "wavelet");
    digress_graph_set_free(reference);
    digress_graph_set_free(samples);
}

static void marks_are_of_each_graph(void **state) {
    (void)state;
    digress_graph_set *set = make_empty(1, 2), *train = make_empty(1, 2);
    bool valid[3], unique[3], novel[3];
    append(set, 4, "0-1 1-2 2-3");
    append(set, 4, "0-1 1-2 2-0");
    append(set, 4, "2-0 0-3 3-1");
    append(train, 4, "3-2 2-1 1-3");
    ok(digress_validity(set, "tree", NULL, valid));
    assert_memory_equal(valid, ((bool[]){true, false, true}), sizeof valid);
    ok(digress_novelty(set, train, NULL, unique, novel));
    assert_memory_equal(unique, ((bool[]){true, true, false}), sizeof unique);
    assert_memory_equal(novel, ((bool[]){true, false, true}), sizeof novel);
    memset(unique, 0, sizeof unique);
    ok(digress_novelty(set, NULL, NULL, unique, NULL));
    assert_memory_equal(unique, ((bool[]){true, true, false}), sizeof unique);
    refused(digress_validity(set, "trees", NULL, valid), "trees");
    refused(digress_validity(set, "none", NULL, valid), "no rule");
    if (digress_has_molecules())
        refused(digress_validity(set, "molecule", NULL, valid), "molecules");
    digress_graph_set_free(set);
    digress_graph_set_free(train);
}

/* Novelty goes by the names of classes, whatever their numbers. */
static void novelty_knows_classes_by_name(void **state) {
    (void)state;
    digress_graph_set *set = make_empty(2, 2), *train = make_empty(2, 2);
    bool unique[2], novel[2];
    for (size_t k = 0; k < 2; k++) {
        ok(digress_graph_set_name_node(set, k, k ? "O" : "C"));
        ok(digress_graph_set_name_node(train, k, k ? "C" : "O"));
        ok(digress_graph_set_append(set, 1, (const uint8_t[]){(uint8_t)k}, NULL));
    }
    ok(digress_graph_set_append(train, 1, (const uint8_t[]){0}, NULL)); /* an O */
    ok(digress_novelty(set, train, NULL, unique, novel));
    assert_true(unique[0] && unique[1] && novel[0] && !novel[1]);
    digress_graph_set_free(set);
    digress_graph_set_free(train);
}

static void isomorphic_graphs_have_one_form(void **state) {
    (void)state;
    digress_graph_set *set = make("community", 3, 2);
    uint8_t nodes[3][64], pairs[3][64 * 63 / 2];
    const digress_graph first = digress_graph_set_get(set, 0);
    const size_t n = first.n, size = n * (n - 1) / 2;
    digress_graph_set *shuffled = make_empty(1, 2);
    append_shuffled(shuffled, &first, 1);
    const digress_graph graphs[] = {first, digress_graph_set_get(shuffled, 0),
                                    digress_graph_set_get(set, 1)};
    for (size_t k = 0; k < 3; k++)
        ok(digress_canonical_form(&graphs[k], nodes[k], pairs[k]));
    assert_memory_equal(nodes[0], nodes[1], n);
    assert_memory_equal(pairs[0], pairs[1], size);
    assert_true(graphs[2].n != n || memcmp(pairs[0], pairs[2], size) != 0);
    digress_graph_set_free(set);
    digress_graph_set_free(shuffled);
}

static void tells_what_graphs_look_like(void **state) {
    (void)state;
    digress_graph_set *set = make_empty(1, 2);
    digress_summary found[2];
    double *row = NULL;
    size_t length = 0;
    append(set, 5, "0-1 1-2 2-0");
    append(set, 1, "");
    ok(digress_summarise(set, NULL, found));
    assert_true(found[0].nodes == 5 && found[0].edges == 3 && found[0].components == 3);
    assert_true(found[0].triangles == 1 && found[0].mean_degree == 1.2);
    assert_true(fabs(found[0].mean_clustering - 0.6) < 1e-12 && found[1].nodes == 1);
    ok(digress_describe(set, 0, DIGRESS_DEGREE, &row, &length));
    assert_int_equal(length, 3);
    assert_true(row[0] == 2 && row[1] == 0 && row[2] == 3);
    free(row);
    digress_graph_set_free(set);
}

static digress_status stop(void *context) {
    ++*(size_t *)context;
    return DIGRESS_INTERRUPTED;
}

static void a_watch_stops_measures(void **state) {
    (void)state;
    digress_graph_set *set = make("community", 1, 16);
    size_t asked = 0;
    digress_measure_options options = {.watch = {stop, &asked}};
    digress_evaluate_options how = {.watch = options.watch};
    digress_evaluation table;
    digress_estimate one;
    digress_summary found[16];
    bool marks[16];
    assert_int_equal(digress_mmd(set, set, 0, 0, &options, &one), DIGRESS_INTERRUPTED);
    assert_non_null(strstr(digress_last_error(), "stopped"));
    assert_int_equal(digress_polygraph(set, set, &options, NULL, &one), DIGRESS_INTERRUPTED);
    assert_int_equal(digress_validity(set, "planar", &options, marks), DIGRESS_INTERRUPTED);
    assert_int_equal(digress_novelty(set, NULL, &options, marks, NULL), DIGRESS_INTERRUPTED);
    assert_int_equal(digress_summarise(set, &options, found), DIGRESS_INTERRUPTED);
    assert_int_equal(digress_evaluate(set, NULL, NULL, &how, &table), DIGRESS_INTERRUPTED);
    assert_true(asked >= 6);
    digress_graph_set_free(set);
}

static void refuses_what_cannot_be_measured(void **state) {
    (void)state;
    digress_graph_set *set = make_empty(1, 2), *full = make("er", 1, 2);
    digress_estimate one;
    digress_summary found;
    bool marks[2];
    double *row;
    size_t length;
    refused(digress_mmd(NULL, set, 0, 0, NULL, &one), "reference is NULL");
    refused(digress_mmd(full, set, 0, 0, NULL, &one), "samples: a set without graphs");
    refused(digress_mmd(full, full, DIGRESS_DESCRIPTORS, 0, NULL, &one), "no descriptor");
    refused(digress_mmd(full, full, 0, DIGRESS_KERNELS, NULL, &one), "no kernel");
    refused(digress_polygraph(set, full, NULL, NULL, &one), "reference: a set without graphs");
    refused(digress_validity(set, "tree", NULL, marks), "without graphs");
    refused(digress_novelty(set, NULL, NULL, marks, NULL), "without graphs");
    refused(digress_novelty(full, NULL, NULL, marks, marks), "train is NULL");
    refused(digress_summarise(set, NULL, &found), "without graphs");
    refused(digress_describe(full, 2, 0, &row, &length), "graph 2");
    refused(digress_describe(full, 0, DIGRESS_DESCRIPTORS, &row, &length), "no descriptor");
    digress_graph_set_free(set);
    digress_graph_set_free(full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_the_table),
        cmocka_unit_test(marks_are_of_each_graph),
        cmocka_unit_test(novelty_knows_classes_by_name),
        cmocka_unit_test(isomorphic_graphs_have_one_form),
        cmocka_unit_test(tells_what_graphs_look_like),
        cmocka_unit_test(a_watch_stops_measures),
        cmocka_unit_test(refuses_what_cannot_be_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
