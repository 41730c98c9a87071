/* Descriptors and squared MMDs against the reference evaluators' numbers (metrics.json).
 *
 * The copy in tests/golden always runs. With DIGRESS_GOLDEN, the metrics.json there runs too; the
 * sets that it names are looked for in that folder and in DIGRESS_DATA (default: the folder beside
 * this project), and missing ones are counted and left out. */
#include "core/file.h"
#include "datasets/generators.h"
#include "eval/compare.h"
#include "eval/distances/mmd.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metrics.h"

static const double TOLERANCE = 1e-6;

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

/* The number that metrics.json has for a descriptor, or NULL. Where eigenvalues are 2, its spectral
 * numbers depend on rounding, except those of the clipped spectrum. */
static const json_t *number_for(const json_t *numbers, enum dg_descriptor_id id, bool rounding) {
    if (id != DG_SPECTRAL) return json_object_get(numbers, dg_descriptor_name(id));
    const json_t *clipped = json_object_get(numbers, "spectral_all_clipped");
    if (clipped) return clipped;
    if (rounding) return NULL;
    const json_t *all = json_object_get(numbers, "spectral_all");
    return all ? all : json_object_get(numbers, "spectral");
}

static size_t check_mmd(const golden *g, const char *what, dg_kernel kernel, bool rounding,
                        const digress_graph_set *reference, const digress_graph_set *samples,
                        const json_t *expected) {
    dg_description a = describe(g->pool, reference, false);
    dg_description b = describe(g->pool, samples, false);
    size_t checked = 0;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        const json_t *value = number_for(expected, d, rounding);
        if (!value) continue;
        double mmd = mmd_of(g->pool, kernel, d, &a, &b);
        if (!(fabs(mmd - json_number_value(value)) <= TOLERANCE))
            fail_msg("%s %s: %.9g, expected %.9g", what, dg_descriptor_name(d), mmd,
                     json_number_value(value));
        checked++;
    }
    dg_description_free(&a);
    dg_description_free(&b);
    return checked;
}

/* Numbers of one kernel between the sets that two keys of the entry name. */
static void check_pair(golden *g, const char *name, const json_t *entry, const char *samples_key,
                       dg_kernel kernel, const json_t *expected) {
    if (!expected) return;
    digress_graph_set *reference =
        read_set(g, json_string_value(json_object_get(entry, "reference")));
    digress_graph_set *samples =
        read_set(g, json_string_value(json_object_get(entry, samples_key)));
    const json_t *above = json_object_get(entry, "eigenvalues_above_2");
    bool rounding = json_integer_value(json_object_get(above, "reference")) > 0 ||
                    json_integer_value(json_object_get(above, samples_key)) > 0;
    if (reference && samples) {
        g->checked += check_mmd(g, name, kernel, rounding, reference, samples, expected);
    } else {
        g->skipped++;
    }
    digress_graph_set_free(reference);
    digress_graph_set_free(samples);
}

static dg_comparison compare_like(const golden *g, bool as_digress_runs,
                                  const digress_graph_set *reference,
                                  const digress_graph_set *train,
                                  const digress_graph_set *samples) {
    const dg_compare_options options = {.descriptors = DG_ALL_DESCRIPTORS,
                                        .kernels = 1u << DG_KERNEL_TV,
                                        .as_digress_runs = as_digress_runs};
    dg_comparison comparison;
    ok(dg_compare(g->pool, &options, reference, train, 1, &samples, &comparison));
    return comparison;
}

static void check_number(const char *name, const char *what, double value, double expected) {
    if (!(fabs(value - expected) <= TOLERANCE))
        fail_msg("%s %s: %.9g, expected %.9g", name, what, value, expected);
}

static double ratio_of(const json_t *per_metric, bool wavelet) {
    double sum = 0.0;
    size_t terms = 0;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        const json_t *ratio = number_for(per_metric, d, true);
        if (!json_is_number(ratio) || (d == DG_WAVELET && !wavelet)) continue;
        sum += json_number_value(ratio);
        terms++;
    }
    return sum / (double)terms;
}

/* The ratio to the training set, and the spectral number as DiGress's evaluator computes it, which
 * does not depend on rounding if no eigenvalue is 2. */
static void check_table(golden *g, const char *name, const json_t *entry) {
    const json_t *ratios = json_object_get(entry, "ratio_to_train");
    const json_t *numbers = json_object_get(entry, "digress_gaussian_tv");
    const json_t *above = json_object_get(entry, "eigenvalues_above_2");
    digress_graph_set *sets[3];
    const char *const keys[] = {"reference", "train", "samples"};
    json_int_t rounding = 0;
    for (size_t k = 0; k < 3; k++) {
        sets[k] = read_set(g, json_string_value(json_object_get(entry, keys[k])));
        rounding += json_integer_value(json_object_get(above, keys[k]));
    }
    bool here = ratios && sets[0] && sets[1] && sets[2];
    if (here) {
        dg_comparison ours = compare_like(g, false, sets[0], sets[1], sets[2]);
        const json_t *per_metric = json_object_get(ratios, "per_metric");
        check_number(name, "ratio", ours.samples[0].ratio.value, ratio_of(per_metric, true));
        check_number(name, "ratio_4", ours.samples[0].ratio_4.value, ratio_of(per_metric, false));
        dg_comparison_free(&ours);
        g->checked += 2;
    }
    const json_t *spectral = json_object_get(numbers, "spectral");
    if (here && spectral && rounding == 0) {
        dg_comparison run = compare_like(g, true, sets[0], sets[1], sets[2]);
        check_number(name, "spectral as DiGress runs",
                     run.samples[0].mmd[DG_KERNEL_TV][DG_SPECTRAL].value,
                     json_number_value(spectral));
        const json_t *train = json_object_get(entry, "train_gaussian_tv");
        check_number(name, "its training set's", run.train.mmd[DG_KERNEL_TV][DG_SPECTRAL].value,
                     json_number_value(json_object_get(train, "spectral")));
        dg_comparison_free(&run);
        g->checked += 2;
    }
    for (size_t k = 0; k < 3; k++)
        digress_graph_set_free(sets[k]);
}

static void check_sets(golden *g) {
    const char *name;
    json_t *entry;
    json_object_foreach(json_object_get(g->root, "sets"), name, entry) {
        /* A note says that the numbers are not of the files named. */
        if (json_object_get(entry, "note")) continue;
        const json_t *polygraph = json_object_get(entry, "polygraph");
        check_pair(g, name, entry, "samples", DG_KERNEL_TV,
                   json_object_get(entry, "digress_gaussian_tv"));
        check_pair(g, name, entry, "train", DG_KERNEL_TV,
                   json_object_get(entry, "train_gaussian_tv"));
        check_pair(g, name, entry, "samples", DG_KERNEL_EMD, json_object_get(entry, "digress_emd"));
        check_pair(g, name, entry, "train", DG_KERNEL_EMD, json_object_get(entry, "train_emd"));
        check_pair(g, name, entry, "samples", DG_KERNEL_RBF, json_object_get(polygraph, "rbf"));
        check_table(g, name, entry);
    }
}

static double number_at(const json_t *array, size_t index) {
    return json_number_value(json_array_get(array, index));
}

/* `bins`: [bin, count] of those that are not empty. */
static void check_bins(const char *what, const dg_subject *subject, enum dg_descriptor_id id,
                       const json_t *bins) {
    if (!bins) return;
    dg_row row = {0};
    ok(dg_describe_subject(subject, id, &row));
    double *expected = calloc(row.length, sizeof *expected);
    for (size_t k = 0; k < json_array_size(bins); k++) {
        const json_t *bin = json_array_get(bins, k);
        assert_true((size_t)number_at(bin, 0) < row.length);
        expected[(size_t)number_at(bin, 0)] = number_at(bin, 1);
    }
    for (size_t k = 0; k < row.length; k++)
        if (row.values[k] != expected[k])
            fail_msg("%s %s: bin %zu has %g, expected %g", what, dg_descriptor_name(id), k,
                     row.values[k], expected[k]);
    free(expected);
    free(row.values);
}

static void check_spectrum(const char *what, const dg_subject *subject, const json_t *entry) {
    const json_t *eigenvalues = json_object_get(entry, "laplacian_eigenvalues");
    size_t n = subject->adjacency.n;
    if (!eigenvalues) return;
    assert_int_equal(json_array_size(eigenvalues), n);
    for (size_t k = 0; k < n; k++)
        if (!(fabs(subject->laplacian.values[k] - number_at(eigenvalues, k)) <= 1e-9))
            fail_msg("%s: eigenvalue %zu is %.17g, expected %.17g", what, k,
                     subject->laplacian.values[k], number_at(eigenvalues, k));
    /* Where the library that made the numbers had one above 2, ours has it in the last bin. */
    if (json_integer_value(json_object_get(entry, "eigenvalues_in_range")) == (json_int_t)n)
        check_bins(what, subject, DG_SPECTRAL, json_object_get(entry, "spectral_bins"));
}

static void check_orbits(const dg_subject *subject, const json_t *sums) {
    for (size_t orbit = 0; sums && orbit < DG_ORBITS; orbit++) {
        int64_t sum = 0;
        for (size_t node = 0; node < subject->adjacency.n; node++)
            sum += subject->orbits[node][orbit];
        assert_int_equal(sum, json_integer_value(json_array_get(sums, orbit)));
    }
}

static void check_descriptor(const char *what, const digress_graph *graph, const json_t *entry) {
    dg_arena *arena = NULL;
    dg_subject subject;
    ok(dg_arena_create(&arena));
    ok(dg_subject_of(graph, DG_ALL_DESCRIPTORS, false, arena, &subject));
    assert_int_equal(graph->n, json_integer_value(json_object_get(entry, "n")));
    assert_int_equal(subject.adjacency.edges, json_integer_value(json_object_get(entry, "m")));
    const json_t *clustering = json_object_get(entry, "clustering");
    assert_int_equal(json_array_size(clustering), graph->n);
    for (size_t node = 0; node < graph->n; node++)
        assert_true(subject.clustering[node] == number_at(clustering, node));
    const json_t *histogram = json_object_get(entry, "degree_histogram");
    dg_row degree = {0};
    ok(dg_describe_subject(&subject, DG_DEGREE, &degree));
    assert_int_equal(degree.length, json_array_size(histogram));
    for (size_t k = 0; k < degree.length; k++)
        assert_true(degree.values[k] == number_at(histogram, k));
    free(degree.values);
    check_bins(what, &subject, DG_CLUSTERING, json_object_get(entry, "clustering_bins"));
    check_bins(what, &subject, DG_WAVELET, json_object_get(entry, "wavelet_bins"));
    check_orbits(&subject, json_object_get(entry, "orbit_sums"));
    check_spectrum(what, &subject, entry);
    dg_arena_free(arena);
}

static void check_descriptors(golden *g) {
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(g->root, "descriptors"), index, entry) {
        const char *file = json_string_value(json_object_get(entry, "file"));
        digress_graph_set *set = read_set(g, file);
        if (!set) {
            g->skipped++;
            continue;
        }
        size_t position = (size_t)json_integer_value(json_object_get(entry, "index"));
        assert_true(position < digress_graph_set_count(set));
        digress_graph graph = digress_graph_set_get(set, position);
        char what[512];
        snprintf(what, sizeof what, "%s %zu", file, position);
        check_descriptor(what, &graph, entry);
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
    assert_true(checked >= 90);
    const char *folder = getenv("DIGRESS_GOLDEN");
    if (folder) check_folder(folder, &checked);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_equal_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
