/* Descriptors and squared MMDs against the reference evaluators' numbers (metrics.json), and the
 * comparison table.
 *
 * The copy in tests/golden always runs. With DIGRESS_GOLDEN, the metrics.json there runs too; the
 * sets that it names are looked for in that folder and in DIGRESS_DATA (default: the folder beside
 * this project), and those that are not there are counted and left out. */
#include "datasets/generators.h"
#include "eval/compare.h"
#include "eval/mmd.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 2 };
static const double TOLERANCE = 1e-6;

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static dg_pool *make_pool(size_t threads) {
    dg_pool *pool = NULL;
    ok(dg_pool_create(threads, &pool));
    return pool;
}

/* ---- golden numbers ---- */

typedef struct golden {
    const char *folder;
    json_t *root;
    dg_pool *pool;
    size_t checked, skipped;
} golden;

/* The set that metrics.json calls `name`, or NULL when it is not on this machine. */
static digress_graph_set *read_set(const golden *g, const char *name) {
    const char *data = getenv("DIGRESS_DATA");
    const char *folders[] = {g->folder, data ? data : TESTS_FOLDER "/../.."};
    for (size_t k = 0; k < 2; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folders[k], name);
        if (access(path, R_OK) != 0) continue;
        digress_graph_set *set = NULL;
        ok(digress_graph_set_read(path, NULL, NULL, &set));
        return set;
    }
    return NULL;
}

static void check_mmd(const golden *g, const digress_graph_set *reference,
                      const digress_graph_set *samples, const json_t *expected) {
    dg_description a, b;
    ok(dg_describe(g->pool, reference, &a));
    ok(dg_describe(g->pool, samples, &b));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        double mmd = 0.0;
        ok(dg_descriptor_mmd(g->pool, d, &a, &b, &mmd));
        const json_t *value = json_object_get(expected, dg_descriptors[d].name);
        assert_non_null(value);
        if (!(fabs(mmd - json_number_value(value)) <= TOLERANCE))
            fail_msg("%s: %.9g, expected %.9g", dg_descriptors[d].name, mmd,
                     json_number_value(value));
    }
    dg_description_free(&a);
    dg_description_free(&b);
}

static void check_pair(golden *g, const json_t *entry, const char *samples_key,
                       const char *numbers_key) {
    const json_t *expected = json_object_get(entry, numbers_key);
    if (!expected) return;
    digress_graph_set *reference =
        read_set(g, json_string_value(json_object_get(entry, "reference")));
    digress_graph_set *samples =
        read_set(g, json_string_value(json_object_get(entry, samples_key)));
    if (reference && samples) {
        check_mmd(g, reference, samples, expected);
        g->checked++;
    } else {
        g->skipped++;
    }
    digress_graph_set_free(reference);
    digress_graph_set_free(samples);
}

static void check_sets(golden *g) {
    const char *name;
    json_t *entry;
    json_object_foreach(json_object_get(g->root, "sets"), name, entry) {
        /* A note says that the numbers are not of the files named. */
        if (json_object_get(entry, "note")) continue;
        check_pair(g, entry, "samples", "digress_gaussian_tv");
        check_pair(g, entry, "train", "train_gaussian_tv");
    }
}

static double number_at(const json_t *array, size_t index) {
    return json_number_value(json_array_get(array, index));
}

static void check_bins(const dg_row *row, const json_t *bins) {
    double expected[100] = {0};
    for (size_t k = 0; k < json_array_size(bins); k++) {
        const json_t *bin = json_array_get(bins, k);
        expected[(size_t)number_at(bin, 0)] = number_at(bin, 1);
    }
    assert_int_equal(row->length, 100);
    assert_memory_equal(row->values, expected, sizeof expected);
}

static void check_descriptor(const digress_graph *graph, const json_t *entry) {
    dg_arena *arena = NULL;
    dg_subject subject;
    ok(dg_arena_create(&arena));
    ok(dg_subject_of(graph, arena, &subject));
    assert_int_equal(graph->n, json_integer_value(json_object_get(entry, "n")));
    assert_int_equal(subject.adjacency.edges, json_integer_value(json_object_get(entry, "m")));
    const json_t *clustering = json_object_get(entry, "clustering");
    assert_int_equal(json_array_size(clustering), graph->n);
    for (size_t node = 0; node < graph->n; node++)
        assert_true(subject.clustering[node] == number_at(clustering, node));
    const json_t *histogram = json_object_get(entry, "degree_histogram");
    dg_row degree = {0}, bins = {0};
    ok(dg_descriptors[DG_DEGREE].describe(&subject, &degree));
    assert_int_equal(degree.length, json_array_size(histogram));
    for (size_t k = 0; k < degree.length; k++)
        assert_true(degree.values[k] == number_at(histogram, k));
    ok(dg_descriptors[DG_CLUSTERING].describe(&subject, &bins));
    check_bins(&bins, json_object_get(entry, "clustering_bins"));
    free(degree.values);
    free(bins.values);
    dg_arena_free(arena);
}

static void check_descriptors(golden *g) {
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(g->root, "descriptors"), index, entry) {
        digress_graph_set *set = read_set(g, json_string_value(json_object_get(entry, "file")));
        if (!set) {
            g->skipped++;
            continue;
        }
        size_t position = (size_t)json_integer_value(json_object_get(entry, "index"));
        assert_true(position < digress_graph_set_count(set));
        digress_graph graph = digress_graph_set_get(set, position);
        check_descriptor(&graph, entry);
        g->checked++;
        digress_graph_set_free(set);
    }
}

static void check_folder(const char *folder, size_t *checked) {
    char path[4096];
    snprintf(path, sizeof path, "%s/metrics.json", folder);
    if (access(path, R_OK) != 0) {
        print_message("%s is not there: skipped\n", path);
        return;
    }
    json_error_t error;
    golden g = {.folder = folder, .pool = make_pool(THREADS)};
    g.root = json_load_file(path, 0, &error);
    if (!g.root) fail_msg("%s:%d: %s", path, error.line, error.text);
    check_sets(&g);
    check_descriptors(&g);
    print_message("%s: %zu checked, %zu skipped (sets that are not here)\n", path, g.checked,
                  g.skipped);
    *checked = g.checked;
    json_decref(g.root);
    dg_pool_free(g.pool);
}

static void numbers_equal_the_reference(void **state) {
    (void)state;
    size_t checked = 0;
    check_folder(TESTS_FOLDER "/golden", &checked);
    assert_true(checked >= 30);
    const char *folder = getenv("DIGRESS_GOLDEN");
    if (folder) check_folder(folder, &checked);
}

/* ---- properties ---- */

/* numpy.histogram(x, bins=100, range=(0, 1)) puts these there. */
static void bins_are_numpys(void **state) {
    (void)state;
    static const struct {
        double value;
        size_t bin;
    } cases[] = {{0.0, 0},          {1.0, 99},    {0.29, 29},      {0.57, 56},  {0.58, 58},
                 {0.07, 7},         {0.5, 50},    {1.0 / 3.0, 33}, {0.999, 99}, {0.1, 10},
                 {1.0 + 1e-9, 100}, {-1e-9, 100}, {2.0 / 3.0, 66}, {0.6, 60},   {0.14, 14}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        assert_int_equal(dg_histogram_bin(cases[k].value, 0.0, 1.0, 100), cases[k].bin);
}

static digress_graph_set *make(const char *kind, uint64_t seed, size_t count) {
    digress_graph_set *set = NULL;
    ok(dg_generate(dg_generator_find(kind), seed, count, &set));
    return set;
}

static void kernel_pads_and_normalises(void **state) {
    (void)state;
    double short_values[] = {1.0, 1.0}, long_values[] = {0.0, 0.0, 3.0};
    dg_row a = {2, short_values, 2.0}, b = {3, long_values, 3.0};
    assert_true(fabs(dg_gaussian_tv(&a, &b, 1.0) - exp(-0.5)) < 1e-5);
    assert_true(fabs(dg_gaussian_tv(&b, &a, 0.5) - exp(-2.0)) < 1e-5);
    assert_true(dg_gaussian_tv(&a, &a, 1.0) == 1.0);
}

static void mmd_does_not_depend_on_threads(void **state) {
    (void)state;
    digress_graph_set *a = make("sbm", 1, 7), *b = make("planar", 1, 5);
    double values[2];
    for (size_t threads = 1; threads <= 2; threads++) {
        dg_pool *pool = make_pool(threads);
        dg_description of_a, of_b;
        ok(dg_describe(pool, a, &of_a));
        ok(dg_describe(pool, b, &of_b));
        ok(dg_descriptor_mmd(pool, DG_CLUSTERING, &of_a, &of_b, &values[threads - 1]));
        double itself = 1.0;
        ok(dg_descriptor_mmd(pool, DG_DEGREE, &of_a, &of_a, &itself));
        assert_true(fabs(itself) < 1e-12);
        dg_description_free(&of_a);
        dg_description_free(&of_b);
        dg_pool_free(pool);
    }
    assert_true(values[0] == values[1]);
    digress_graph_set_free(a);
    digress_graph_set_free(b);
}

static void comparison_orders_good_and_bad_samples(void **state) {
    (void)state;
    dg_pool *pool = make_pool(THREADS);
    digress_graph_set *test = make("planar", 1, 40), *train = make("planar", 2, 60);
    digress_graph_set *good = make("planar", 3, 60), *bad = make("er", 3, 60);
    const digress_graph_set *samples[] = {good, bad, train};
    dg_comparison comparison;
    ok(dg_compare(pool, test, train, 3, samples, &comparison));
    assert_int_equal(comparison.baseline.count, 40);
    assert_true(fabs(comparison.reference.nodes - 64.0) < 1e-12);
    assert_true(fabs(comparison.reference.degree - 2.0 * comparison.reference.edges / 64) < 1e-9);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        assert_true(comparison.samples[0].share[d] > 0.95);
        assert_true(fabs(comparison.samples[1].share[d]) < 0.1);
        assert_true(fabs(comparison.samples[2].share[d] - 1.0) < 1e-12);
    }
    dg_comparison_free(&comparison);

    ok(dg_compare(pool, NULL, NULL, 1, samples, &comparison));
    assert_false(comparison.has_reference);
    assert_true(comparison.samples[0].triangles > 100.0);
    assert_true(isnan(comparison.samples[0].mmd[DG_DEGREE]));
    assert_true(isnan(comparison.samples[0].share[DG_DEGREE]));
    dg_comparison_free(&comparison);
    digress_graph_set_free(test);
    digress_graph_set_free(train);
    digress_graph_set_free(good);
    digress_graph_set_free(bad);
    dg_pool_free(pool);
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
    ok(dg_compare(pool, tree, tree, 1, samples, &comparison));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        assert_true(isfinite(comparison.samples[0].mmd[d]));
    assert_true(comparison.samples[0].degree == 0.0);
    assert_true(comparison.samples[0].clustering == 0.0);
    /* No triangles anywhere: Erdos-Renyi graphs are no further away than the training set. */
    assert_true(comparison.train.mmd[DG_CLUSTERING] == 0.0);
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
    assert_int_equal(dg_compare(pool, tree, NULL, 1, samples, &comparison), DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_compare(pool, empty, NULL, 0, samples, &comparison), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(empty);
    digress_graph_set_free(tree);
    dg_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_equal_the_reference),
        cmocka_unit_test(bins_are_numpys),
        cmocka_unit_test(kernel_pads_and_normalises),
        cmocka_unit_test(mmd_does_not_depend_on_threads),
        cmocka_unit_test(comparison_orders_good_and_bad_samples),
        cmocka_unit_test(bare_graphs_are_defined),
        cmocka_unit_test(empty_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
