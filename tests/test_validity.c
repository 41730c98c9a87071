/* Validity, uniqueness, novelty: on small graphs known by hand, on generated sets, and against the
 * reference evaluators' numbers (metrics.json).
 *
 * The numbers in tests/golden always run. With DIGRESS_GOLDEN the metrics.json of that folder is
 * checked too, on the sets in DIGRESS_DATA (default: the folder beside this project); missing sets
 * are counted. */
#include "core/memory.h"
#include "eval/validity/validity.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metrics.h"
#include "small_graphs.h"

/* ---- rules ---- */

static void rules_on_graphs_known_by_hand(void **state) {
    (void)state;
    static const struct {
        const char *about;
        size_t n;
        const char *edges;
        bool connected, planar, tree, lobster, grid;
    } cases[] = {
        {"one node", 1, "", 1, 1, 1, 1, 0},
        {"two nodes apart", 2, "", 0, 0, 0, 0, 0},
        {"an edge", 2, "0-1", 1, 1, 1, 1, 0},
        {"an edge and a node", 3, "0-1", 0, 0, 0, 0, 0},
        {"a path", 5, "0-1 1-2 2-3 3-4", 1, 1, 1, 1, 0},
        {"a star", 5, "0-1 0-2 0-3 0-4", 1, 1, 1, 1, 0},
        {"a triangle and a node: as many edges as a tree", 4, "0-1 1-2 0-2", 0, 0, 0, 0, 0},
        {"three legs of two", 7, "0-1 1-2 0-3 3-4 0-5 5-6", 1, 1, 1, 1, 0},
        {"three legs of three", 10, "0-1 1-2 2-3 0-4 4-5 5-6 0-7 7-8 8-9", 1, 1, 1, 0, 0},
        {"a square", 4, "0-1 1-2 2-3 3-0", 1, 1, 0, 0, 1},
        {"a 2 x 3 grid, shuffled", 6, "5-1 1-3 0-2 2-4 5-0 1-2 3-4", 1, 1, 0, 0, 1},
        {"a grid's size, no grid", 6, "0-1 1-2 2-3 3-4 4-5 5-0 0-2", 1, 1, 0, 0, 0},
        {"K4", 4, "0-1 0-2 0-3 1-2 1-3 2-3", 1, 1, 0, 0, 0},
        {"K5", 5, "0-1 0-2 0-3 0-4 1-2 1-3 1-4 2-3 2-4 3-4", 1, 0, 0, 0, 0},
        {"K5 less an edge", 5, "0-1 0-2 0-3 0-4 1-2 1-3 1-4 2-3 2-4", 1, 1, 0, 0, 0},
        {"K3,3", 6, "0-3 0-4 0-5 1-3 1-4 1-5 2-3 2-4 2-5", 1, 0, 0, 0, 0},
        {"two squares", 8, "0-1 1-2 2-3 3-0 4-5 5-6 6-7 7-4", 0, 0, 0, 0, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        digress_graph_set *set = make_empty(1, 2);
        append(set, cases[k].n, cases[k].edges);
        digress_graph graph = digress_graph_set_get(set, 0);
        const struct {
            dg_rule rule;
            bool expected;
        } checks[] = {
            {DG_RULE_NONE, true},
            {DG_RULE_CONNECTED, cases[k].connected},
            {DG_RULE_PLANAR, cases[k].planar},
            {DG_RULE_TREE, cases[k].tree},
            {DG_RULE_LOBSTER, cases[k].lobster},
            {DG_RULE_GRID, cases[k].grid},
        };
        for (size_t r = 0; r < sizeof checks / sizeof *checks; r++) {
            bool valid = !checks[r].expected;
            ok(dg_is_valid(checks[r].rule, &graph, &valid));
            if (valid != checks[r].expected)
                fail_msg("%s: %s is %d", cases[k].about, dg_rule_name(checks[r].rule), valid);
        }
        digress_graph_set_free(set);
    }
}

static void generated_sets_obey_their_rules(void **state) {
    (void)state;
    static const char *const kinds[] = {"planar", "tree", "lobster", "grid"};
    dg_pool *pool = make_pool(2);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        digress_graph_set *set = make(kinds[k], 3, 12), *other = make("er", 3, 12);
        dg_share share;
        dg_rule rule = dg_rule_of_kind(kinds[k]);
        assert_string_equal(dg_rule_name(rule), kinds[k]);
        ok(dg_share_valid(pool, rule, set, &share));
        assert_int_equal(share.count, 12);
        ok(dg_share_valid(pool, rule, other, &share));
        assert_int_equal(share.count, 0);
        digress_graph_set_free(set);
        digress_graph_set_free(other);
    }
    dg_pool_free(pool);
}

static void rules_have_names(void **state) {
    (void)state;
    dg_rule rule = DG_RULE_NONE;
    ok(dg_rule_parse("lobster", &rule));
    assert_int_equal(rule, DG_RULE_LOBSTER);
    assert_int_equal(dg_rule_parse("plane", &rule), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "planar"));
    assert_int_equal(dg_rule_of_kind(""), DG_RULE_NONE);
    assert_int_equal(dg_rule_of_kind("er"), DG_RULE_NONE);
}

/* ---- uniqueness and novelty ---- */

static void shuffled_graphs_are_neither_unique_nor_novel(void **state) {
    (void)state;
    dg_pool *pool = make_pool(2);
    digress_graph_set *train = make("planar", 1, 6), *samples = make("planar", 2, 6);
    for (uint32_t k = 0; k < 3; k++) {
        digress_graph known = digress_graph_set_get(train, k);
        append_shuffled(samples, &known, k);
        digress_graph repeated = digress_graph_set_get(samples, k); /* until the next append */
        append_shuffled(samples, &repeated, k);
    }
    append(samples, 2, "");
    dg_quality quality;
    ok(dg_judge(pool, DG_RULE_PLANAR, samples, train, &quality));
    static const bool unique[13] = {1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1};
    static const bool novel[13] = {1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1};
    assert_int_equal(quality.count, 13);
    assert_memory_equal(quality.unique, unique, sizeof unique);
    assert_memory_equal(quality.novel, novel, sizeof novel);
    assert_int_equal(quality.share_valid.count, 12);
    assert_int_equal(quality.share_unique.count, 10);
    assert_int_equal(quality.share_novel.count, 10);
    assert_int_equal(quality.share_unique_novel.count, 7);
    assert_int_equal(quality.share_vun.count, 6);
    dg_quality_free(&quality);
    digress_graph_set_free(train);
    digress_graph_set_free(samples);
    dg_pool_free(pool);
}

static void what_was_not_asked_is_undefined(void **state) {
    (void)state;
    dg_pool *pool = make_pool(1);
    digress_graph_set *set = make_empty(1, 2), *attributed = make_empty(3, 4);
    dg_quality quality;
    dg_share share;
    assert_int_equal(dg_judge(pool, DG_RULE_TREE, set, NULL, &quality), DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_share_valid(pool, DG_RULE_TREE, set, &share), DIGRESS_ERROR_INPUT);
    append(set, 1, "");
    ok(dg_judge(pool, DG_RULE_NONE, set, NULL, &quality));
    assert_null(quality.valid);
    assert_null(quality.novel);
    assert_true(quality.share_unique.share == 1.0);
    assert_true(isnan(quality.share_valid.share) && isnan(quality.share_novel.low));
    assert_true(isnan(quality.share_vun.share));
    dg_quality_free(&quality);
    ok(dg_share_valid(pool, DG_RULE_NONE, set, &share));
    assert_true(isnan(share.share));
    /* Against a set with other classes, and an empty one. */
    ok(dg_judge(pool, DG_RULE_TREE, set, attributed, &quality));
    assert_int_equal(quality.share_vun.count, 1);
    dg_quality_free(&quality);
    uint8_t node_class[] = {0, 2}, pair_class[] = {3};
    ok(digress_graph_set_append(attributed, 1, node_class, pair_class));
    ok(digress_graph_set_append(attributed, 2, node_class, pair_class));
    ok(dg_judge(pool, DG_RULE_TREE, attributed, set, &quality));
    assert_false(quality.novel[0]);
    assert_true(quality.novel[1] && quality.valid[1]);
    dg_quality_free(&quality);
    digress_graph_set_free(set);
    digress_graph_set_free(attributed);
    dg_pool_free(pool);
}

/* ---- intervals ---- */

/* scipy.stats.binomtest(k, n).proportion_ci(method="exact"). */
static void intervals_are_clopper_and_pearsons(void **state) {
    (void)state;
    static const struct {
        size_t count, total;
        double low, high;
    } cases[] = {
        {0, 1, 0, 0.975},
        {1, 1, 0.02500000000000002, 1},
        {0, 40, 0, 0.08809730287880335},
        {40, 40, 0.9119026971211966, 1},
        {34, 40, 0.7016473331604235, 0.9428977418454741},
        {23, 40, 0.4089005804269633, 0.729570968731163},
        {1, 128, 0.0001977758142278815, 0.04275903191422048},
        {950, 1000, 0.9346095120845064, 0.9626646023953394},
        {1, 10000, 2.531777563270631e-06, 0.0005570369979869689},
        {5000, 10000, 0.4901513805899749, 0.509848619410026},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        dg_share share = dg_share_of(cases[k].count, cases[k].total);
        assert_true(share.share == (double)cases[k].count / (double)cases[k].total);
        if (!(fabs(share.low - cases[k].low) < 1e-12 && fabs(share.high - cases[k].high) < 1e-12))
            fail_msg("%zu of %zu: %.15g .. %.15g", cases[k].count, cases[k].total, share.low,
                     share.high);
    }
    assert_true(isnan(dg_share_of(0, 0).share));
}

/* ---- golden numbers ---- */

typedef struct golden {
    const char *folder;
    json_t *root;
    dg_pool *pool;
    size_t checked, skipped;
} golden;

/* NULL if the set is not on this machine. */
static digress_graph_set *read_set(const golden *g, const json_t *entry, const char *key) {
    const char *data = getenv("DIGRESS_DATA");
    const char *folders[] = {g->folder, data ? data : TESTS_FOLDER "/../.."};
    digress_graph_set *set = NULL;
    for (size_t k = 0; k < 2 && !set; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folders[k],
                 json_string_value(json_object_get(entry, key)));
        if (access(path, R_OK) == 0) ok(digress_graph_set_read(path, NULL, NULL, &set));
    }
    return set;
}

static void check_flags(const bool *flags, size_t count, const json_t *vun, const char *key) {
    const json_t *expected = json_object_get(vun, key);
    assert_int_equal(json_array_size(expected), count);
    for (size_t k = 0; k < count; k++)
        if (flags[k] != (json_integer_value(json_array_get(expected, k)) != 0))
            fail_msg("%s: graph %zu is %d", key, k, flags[k]);
}

static void check_share(dg_share share, const json_t *vun, const char *key) {
    double expected = json_number_value(json_object_get(vun, key));
    if (!(fabs(share.share - expected) < 1e-12))
        fail_msg("%s: %.17g, expected %.17g", key, share.share, expected);
}

/* Stochastic block models are left to test_sbm.c. */
static dg_rule rule_of(const json_t *vun) {
    static const dg_rule rules[] = {DG_RULE_PLANAR, DG_RULE_TREE, DG_RULE_LOBSTER, DG_RULE_GRID};
    const char *text = json_string_value(json_object_get(vun, "validity_rule"));
    for (size_t k = 0; k < sizeof rules / sizeof *rules; k++)
        if (strstr(text, dg_rule_name(rules[k]))) return rules[k];
    return DG_RULE_NONE;
}

static void check_set(golden *g, const json_t *entry) {
    const json_t *vun = json_object_get(entry, "vun");
    digress_graph_set *samples = read_set(g, entry, "samples"),
                      *train = read_set(g, entry, "train");
    if (samples && train) {
        dg_quality quality;
        ok(dg_judge(g->pool, rule_of(vun), samples, train, &quality));
        check_flags(quality.unique, quality.count, vun, "first_of_its_kind_per_graph");
        check_flags(quality.novel, quality.count, vun, "novel_per_graph");
        check_share(quality.share_unique, vun, "unique");
        check_share(quality.share_novel, vun, "non_isomorphic_to_train");
        check_share(quality.share_unique_novel, vun, "unique_and_novel");
        if (quality.valid) {
            check_flags(quality.valid, quality.count, vun, "valid_per_graph");
            check_share(quality.share_valid, vun, "valid");
            check_share(quality.share_vun, vun, "valid_unique_and_novel");
        }
        dg_share connected;
        ok(dg_share_valid(g->pool, DG_RULE_CONNECTED, samples, &connected));
        check_share(connected, vun, "connected");
        dg_quality_free(&quality);
        g->checked++;
    } else {
        g->skipped++;
    }
    digress_graph_set_free(samples);
    digress_graph_set_free(train);
}

static void check_folder(const char *folder, size_t *checked) {
    const char *name;
    char path[4096];
    snprintf(path, sizeof path, "%s/metrics.json", folder);
    if (access(path, R_OK) != 0) {
        print_message("%s is not there: skipped\n", path);
        return;
    }
    golden g = {.folder = folder, .root = json_load_file(path, 0, NULL), .pool = make_pool(2)};
    if (!g.root) fail_msg("%s cannot be read", path);
    json_t *entry;
    json_object_foreach(json_object_get(g.root, "sets"), name, entry) {
        if (json_object_get(entry, "vun")) check_set(&g, entry);
    }
    print_message("%s: %zu sets checked, %zu skipped\n", path, g.checked, g.skipped);
    *checked = g.checked;
    json_decref(g.root);
    dg_pool_free(g.pool);
}

static void numbers_equal_the_reference(void **state) {
    (void)state;
    const char *folder = getenv("DIGRESS_GOLDEN");
    size_t checked = 0;
    check_folder(TESTS_FOLDER "/golden", &checked);
    assert_true(checked >= 4);
    if (folder) check_folder(folder, &checked);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_on_graphs_known_by_hand),
        cmocka_unit_test(generated_sets_obey_their_rules),
        cmocka_unit_test(rules_have_names),
        cmocka_unit_test(shuffled_graphs_are_neither_unique_nor_novel),
        cmocka_unit_test(what_was_not_asked_is_undefined),
        cmocka_unit_test(intervals_are_clopper_and_pearsons),
        cmocka_unit_test(numbers_equal_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
