/* The stochastic block model: description lengths and the rule against graph-tool's and the
 * published code's numbers (tests/golden/sbm.json), the search for blocks, verdicts.
 *
 * With DIGRESS_GOLDEN, the runs of the published evaluator in that folder's metrics.json are
 * compared too, on the sets in DIGRESS_DATA (default: the folder beside this project); missing sets
 * are counted. */
#include "datasets/generators.h"
#include "eval/validity/sbm_inference.h"
#include "eval/validity/sbm_wald.h"
#include "eval/validity/validity.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_NODES = 256, MAX_EDGES = 20000 };

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static void assert_near(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g", actual, expected);
}

static digress_graph_set *read_golden(const char *name) {
    char path[4096];
    digress_graph_set *set = NULL;
    snprintf(path, sizeof path, "%s/golden/sets/%s", TESTS_FOLDER, name);
    ok(digress_graph_set_read(path, NULL, NULL, &set));
    return set;
}

static json_t *load_json(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    json_t *root = json_load_file(path, 0, NULL);
    if (!root) fail_msg("%s cannot be read", path);
    return root;
}

/* What most tests here need. */
typedef struct bench {
    dg_arena *arena;
    dg_sbm_tables *tables;
    dg_pool *pool;
} bench;

static int set_up(void **state) {
    bench *b = calloc(1, sizeof *b);
    if (!b || dg_arena_create(&b->arena) || dg_pool_create(2, &b->pool) ||
        dg_sbm_tables_create(MAX_NODES, MAX_EDGES, &b->tables))
        return -1;
    *state = b;
    return 0;
}

static int tear_down(void **state) {
    bench *b = *state;
    dg_arena_free(b->arena);
    dg_sbm_tables_free(b->tables);
    dg_pool_free(b->pool);
    free(b);
    return 0;
}

static dg_adjacency adjacency_of(const bench *b, const digress_graph_set *set, size_t index) {
    digress_graph graph = digress_graph_set_get(set, index);
    dg_adjacency adjacency;
    ok(dg_adjacency_of(&graph, b->arena, &adjacency));
    return adjacency;
}

/* Reads a partition, given as one letter for each node. Returns the number of blocks. */
static size_t read_letters(const json_t *letters, size_t n, uint32_t *block) {
    const char *text = json_string_value(letters);
    uint32_t blocks = 0;
    assert_int_equal(strlen(text), n);
    for (size_t u = 0; u < n; u++) {
        block[u] = (uint32_t)(text[u] - 'a');
        if (block[u] >= blocks) blocks = block[u] + 1;
    }
    return blocks;
}

static void check_mean_p(double actual, const json_t *expected) {
    if (json_is_null(expected))
        assert_true(isnan(actual));
    else
        assert_near(actual, json_number_value(expected), 1e-12);
}

/* ---- golden numbers ---- */

static void check_case(const bench *b, const dg_adjacency *graph, const json_t *golden) {
    uint32_t block[MAX_NODES];
    double length = 0.0;
    size_t blocks = read_letters(json_object_get(golden, "block"), graph->n, block);
    ok(dg_sbm_description_length(graph, b->tables, block, blocks, &length));
    assert_near(length, json_number_value(json_object_get(golden, "entropy")), 1e-7);
    check_mean_p(dg_sbm_wald_test(DG_WALD_PUBLISHED, graph, block, blocks).mean_p,
                 json_object_get(golden, "mean_p"));
    check_mean_p(dg_sbm_wald_test(DG_WALD_ELEMENTWISE, graph, block, blocks).mean_p,
                 json_object_get(golden, "mean_p_elementwise"));
}

static void lengths_and_rule_equal_the_reference(void **state) {
    const bench *b = *state;
    json_t *root = load_json(TESTS_FOLDER "/golden", "sbm.json"), *golden;
    digress_graph_set *set = read_golden("sbm_cases.g6");
    size_t index;
    assert_int_equal(digress_graph_set_count(set), json_array_size(json_object_get(root, "cases")));
    json_array_foreach(json_object_get(root, "cases"), index, golden) {
        dg_adjacency graph = adjacency_of(b, set, index);
        check_case(b, &graph, golden);
    }
    digress_graph_set_free(set);
    json_decref(root);
}

static void partitions_are_no_worse_than_graph_tools(void **state) {
    const bench *b = *state;
    json_t *root = load_json(TESTS_FOLDER "/golden", "sbm.json");
    digress_graph_set *set = read_golden("sbm_found.g6");
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        dg_adjacency graph = adjacency_of(b, set, k);
        double found = json_number_value(json_array_get(json_object_get(root, "found"), k));
        dg_blocks blocks;
        ok(dg_sbm_infer(&graph, b->tables, 0, b->arena, &blocks));
        if (!(blocks.description_length <= found + 1e-6))
            fail_msg("graph %zu: %.9f, graph-tool found %.9f", k, blocks.description_length, found);
    }
    digress_graph_set_free(set);
    json_decref(root);
}

/* ---- the search ---- */

static digress_graph_set *make(const char *kind, uint64_t seed, size_t count) {
    digress_graph_set *set = NULL;
    ok(dg_generate(dg_generator_find(kind), seed, count, &set));
    return set;
}

static void inference_is_consistent_and_repeatable(void **state) {
    const bench *b = *state;
    static const char *const kinds[] = {"sbm", "planar", "tree", "er"};
    for (size_t kind = 0; kind < 4; kind++) {
        digress_graph_set *set = make(kinds[kind], 4, 1);
        dg_adjacency graph = adjacency_of(b, set, 0);
        dg_blocks first, second;
        double length = 0.0;
        ok(dg_sbm_infer(&graph, b->tables, 9, b->arena, &first));
        ok(dg_sbm_infer(&graph, b->tables, 9, b->arena, &second));
        assert_int_equal(first.count, second.count);
        assert_memory_equal(first.block, second.block, graph.n * sizeof *first.block);
        size_t size[DG_MAX_BLOCKS] = {0};
        for (size_t u = 0; u < graph.n; u++) {
            assert_true(first.block[u] < first.count);
            size[first.block[u]]++;
        }
        for (size_t r = 0; r < first.count; r++)
            assert_true(size[r] > 0);
        ok(dg_sbm_description_length(&graph, b->tables, first.block, first.count, &length));
        assert_near(length, first.description_length, 1e-7);
        digress_graph_set_free(set);
    }
}

/* Two cliques joined by an edge, and a few isolated nodes. */
static void planted_blocks_are_found(void **state) {
    const bench *b = *state;
    enum { N = 62, PAIRS = N * (N - 1) / 2 };
    static uint8_t pair_class[PAIRS];
    digress_graph_set *set = NULL;
    for (size_t u = 0; u < 60; u++)
        for (size_t v = u + 1; v < 60; v++)
            pair_class[digress_pair_index(N, u, v)] = (u < 25) == (v < 25) || (u == 0 && v == 59);
    ok(digress_graph_set_create(1, 2, &set));
    ok(digress_graph_set_append(set, N, NULL, pair_class));
    dg_adjacency graph = adjacency_of(b, set, 0);
    dg_blocks blocks;
    ok(dg_sbm_infer(&graph, b->tables, 1, b->arena, &blocks));
    for (size_t u = 0; u < 60; u++)
        assert_int_equal(blocks.block[u], blocks.block[u < 25 ? 0 : 59]);
    assert_true(blocks.block[0] != blocks.block[59]);
    digress_graph_set_free(set);
}

static void smallest_graphs_have_blocks(void **state) {
    const bench *b = *state;
    digress_graph_set *set = NULL;
    uint8_t edge = 1;
    ok(digress_graph_set_create(1, 2, &set));
    ok(digress_graph_set_append(set, 2, NULL, &edge));
    dg_adjacency graph = adjacency_of(b, set, 0);
    dg_blocks blocks;
    ok(dg_sbm_infer(&graph, b->tables, 0, b->arena, &blocks));
    assert_int_equal(blocks.count, 1);
    digress_graph_set_free(set);
}

/* ---- verdicts ---- */

static void verdicts_do_not_depend_on_threads(void **state) {
    bench *b = *state;
    digress_graph_set *set = make("sbm", 2, 12), *other = make("er", 2, 4);
    dg_pool *alone = NULL;
    dg_quality one, two;
    ok(dg_pool_create(1, &alone));
    ok(dg_judge(alone, DG_RULE_SBM, set, NULL, &one));
    ok(dg_judge(b->pool, DG_RULE_SBM, set, NULL, &two));
    assert_memory_equal(one.valid, two.valid, one.count * sizeof *one.valid);
    assert_true(one.share_valid.count >= 7); /* of 12: 83 % in the published sets */
    for (size_t k = 0; k < 3; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        bool valid = false;
        ok(dg_is_valid(DG_RULE_SBM, &graph, &valid));
        assert_int_equal(valid, one.valid[k]);
    }
    dg_share share;
    ok(dg_share_valid(b->pool, dg_rule_of_kind("sbm"), other, &share));
    assert_int_equal(share.count, 0);
    dg_quality_free(&one);
    dg_quality_free(&two);
    digress_graph_set_free(set);
    digress_graph_set_free(other);
    dg_pool_free(alone);
}

static void graphs_without_blocks_are_not_valid(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 39, 60, 201};
    for (size_t k = 0; k < 4; k++) {
        size_t n = sizes[k];
        digress_graph_set *set = NULL;
        uint8_t *none = calloc(n * n + 1, 1);
        bool valid = true;
        ok(digress_graph_set_create(1, 2, &set));
        ok(digress_graph_set_append(set, n, NULL, none));
        digress_graph graph = digress_graph_set_get(set, 0);
        ok(dg_is_valid(DG_RULE_SBM, &graph, &valid));
        assert_false(valid);
        digress_graph_set_free(set);
        free(none);
    }
}

/* ---- runs of the published evaluator ---- */

/* On how many graphs two runs agree; `valid` may stand for one of the runs. */
static size_t agreement(const json_t *a, const json_t *b, const bool *valid, size_t count) {
    size_t same = 0;
    for (size_t k = 0; k < count; k++) {
        bool left = a ? json_integer_value(json_array_get(a, k)) != 0 : valid[k];
        same += left == (json_integer_value(json_array_get(b, k)) != 0);
    }
    return same;
}

/* Our verdicts agree with the runs on average at least as often as the runs with each other, less
 * one graph: the noise of so few. */
static void check_agreement(const json_t *runs, const bool *valid, size_t count) {
    size_t n = json_array_size(runs), pairs = 0;
    double ours = 0.0, theirs = 0.0;
    for (size_t i = 0; i < n; i++) {
        const json_t *a = json_object_get(json_array_get(runs, i), "valid");
        size_t same = agreement(NULL, a, valid, count);
        print_message("agrees with run %zu of the reference on %zu of %zu\n", i, same, count);
        ours += (double)same / (double)n;
        for (size_t j = i + 1; j < n; j++, pairs++)
            theirs += (double)agreement(a, json_object_get(json_array_get(runs, j), "valid"), NULL,
                                        count);
    }
    if (pairs > 0) assert_true(ours >= theirs / (double)pairs - 1.0);
}

static void check_graph(const bench *b, const dg_adjacency *graph, const json_t *letters,
                        const json_t *mean_p, bool *valid) {
    uint32_t block[MAX_NODES];
    dg_blocks found;
    double length = 0.0;
    size_t blocks = read_letters(letters, graph->n, block);
    check_mean_p(dg_sbm_wald_test(DG_WALD_PUBLISHED, graph, block, blocks).mean_p, mean_p);
    ok(dg_sbm_description_length(graph, b->tables, block, blocks, &length));
    ok(dg_sbm_infer(graph, b->tables, 0, b->arena, &found));
    if (!(found.description_length <= length + 1e-6))
        fail_msg("%.9f, graph-tool's is %.9f", found.description_length, length);
    *valid = dg_sbm_wald_test(DG_WALD_PUBLISHED, graph, found.block, found.count).valid;
}

static void check_runs(const bench *b, const digress_graph_set *set, const json_t *entry) {
    const json_t *runs = json_object_get(entry, "sbm_runs");
    const json_t *letters = json_object_get(entry, "sbm_blocks_seed1");
    const json_t *mean_p = json_object_get(json_array_get(runs, 0), "mean_p");
    size_t count = digress_graph_set_count(set);
    bool *valid = calloc(count, sizeof *valid);
    for (size_t k = 0; k < count; k++) {
        ok(dg_arena_reset(b->arena));
        dg_adjacency graph = adjacency_of(b, set, k);
        check_graph(b, &graph, json_array_get(letters, k), json_array_get(mean_p, k), &valid[k]);
    }
    check_agreement(runs, valid, count);
    free(valid);
}

static void published_runs_agree(void **state) {
    const bench *b = *state;
    const char *folder = getenv("DIGRESS_GOLDEN"), *data = getenv("DIGRESS_DATA"), *name;
    size_t checked = 0, skipped = 0;
    if (!folder) {
        print_message("DIGRESS_GOLDEN is not set: no runs compared\n");
        return;
    }
    json_t *entry, *root = load_json(folder, "metrics.json");
    json_object_foreach(json_object_get(root, "sets"), name, entry) {
        char path[4096];
        digress_graph_set *set = NULL;
        if (!json_object_get(entry, "sbm_runs")) continue;
        snprintf(path, sizeof path, "%s/%s", data ? data : TESTS_FOLDER "/../..",
                 json_string_value(json_object_get(entry, "samples")));
        if (access(path, R_OK) != 0) {
            skipped++;
            continue;
        }
        ok(digress_graph_set_read(path, NULL, NULL, &set));
        check_runs(b, set, entry);
        digress_graph_set_free(set);
        checked++;
    }
    print_message("%s: runs on %zu sets compared, %zu sets skipped\n", folder, checked, skipped);
    json_decref(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lengths_and_rule_equal_the_reference, set_up, tear_down),
        cmocka_unit_test_setup_teardown(partitions_are_no_worse_than_graph_tools, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(inference_is_consistent_and_repeatable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(planted_blocks_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(smallest_graphs_have_blocks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(verdicts_do_not_depend_on_threads, set_up, tear_down),
        cmocka_unit_test(graphs_without_blocks_are_not_valid),
        cmocka_unit_test_setup_teardown(published_runs_agree, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
