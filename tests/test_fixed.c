/* Parts that every sample contains. */
#include "sampling_fixture.h"

#include "diffusion/categorical.h"
#include <igraph/igraph.h>

enum { PART = 4 };
static const uint8_t part_nodes[PART] = {1, 0, 1, 1};
static const uint8_t part_pairs[6] = {2, 0, 1, 1, 0, 2}; /* a cycle 0 1 2 3 */

/* Over the fixture's classes, in another order: names decide. */
static digress_graph_set *make_part(void) {
    digress_graph_set *set = NULL;
    uint8_t nodes[PART];
    for (size_t i = 0; i < PART; i++)
        nodes[i] = !part_nodes[i];
    golden_ok(digress_graph_set_create(2, 3, &set));
    golden_ok(digress_graph_set_name_node(set, 0, "red"));
    golden_ok(digress_graph_set_name_node(set, 1, "0"));
    golden_ok(digress_graph_set_append(set, PART, nodes, part_pairs));
    return set;
}

static bool contains_pairs(digress_graph graph) {
    size_t at = 0;
    for (size_t i = 0; i < PART; i++)
        for (size_t j = i + 1; j < PART; j++)
            if (digress_graph_pair(&graph, i, j) != part_pairs[at++]) return false;
    return true;
}

static bool contains_part(digress_graph graph) {
    return graph.n >= PART && memcmp(graph.node_class, part_nodes, PART) == 0 &&
           contains_pairs(graph);
}

static void all_contain(const digress_graph_set *set, bool (*contains)(digress_graph)) {
    assert_int_equal(digress_graph_set_count(set), COUNT);
    for (size_t k = 0; k < COUNT; k++)
        assert_true(contains(digress_graph_set_get(set, k)));
}

/* The graph with an edge for every pair, so that pairs without one count as a class of their own.
 */
typedef struct coloured {
    igraph_t graph;
    igraph_vector_int_t nodes, pairs;
} coloured;

static void colour(digress_graph graph, coloured *out) {
    const igraph_integer_t n = (igraph_integer_t)graph.n;
    assert_int_equal(igraph_full(&out->graph, n, false, false), IGRAPH_SUCCESS);
    assert_int_equal(igraph_vector_int_init(&out->nodes, n), IGRAPH_SUCCESS);
    assert_int_equal(igraph_vector_int_init(&out->pairs, n * (n - 1) / 2), IGRAPH_SUCCESS);
    for (size_t i = 0; i < graph.n; i++)
        VECTOR(out->nodes)[i] = graph.node_class[i];
    for (igraph_integer_t e = 0; e < n * (n - 1) / 2; e++)
        VECTOR(out->pairs)
    [e] = digress_graph_pair(&graph, (size_t)IGRAPH_FROM(&out->graph, e),
                             (size_t)IGRAPH_TO(&out->graph, e));
}

static void destroy(coloured *of) {
    igraph_destroy(&of->graph);
    igraph_vector_int_destroy(&of->nodes);
    igraph_vector_int_destroy(&of->pairs);
}

/* By igraph, wherever in the graph it may be. */
static bool is_subgraph(digress_graph part, digress_graph graph) {
    coloured small, large;
    igraph_bool_t found = false;
    if (graph.n < part.n) return false;
    colour(part, &small);
    colour(graph, &large);
    assert_int_equal(igraph_subisomorphic_vf2(&large.graph, &small.graph, &large.nodes,
                                              &small.nodes, &large.pairs, &small.pairs, &found,
                                              NULL, NULL, NULL, NULL, NULL),
                     IGRAPH_SUCCESS);
    destroy(&small);
    destroy(&large);
    return found;
}

static size_t count_containing(const digress_graph_set *set) {
    digress_graph_set *part = NULL; /* over the model's classes */
    size_t count = 0;
    golden_ok(digress_graph_set_create(2, 3, &part));
    golden_ok(digress_graph_set_append(part, PART, part_nodes, part_pairs));
    for (size_t k = 0; k < digress_graph_set_count(set); k++)
        count += is_subgraph(digress_graph_set_get(part, 0), digress_graph_set_get(set, k));
    digress_graph_set_free(part);
    return count;
}

static void igraph_finds_the_part(void **state) {
    (void)state;
    static const char *const samplers[] = {NULL, "sample.sampler=renoise", "sample.sampler=flow"};
    for (size_t k = 0; k < 3; k++) {
        fixture f;
        begin_with(&f, samplers[k]);
        digress_graph_set *part = make_part();
        digress_graph_set *around =
            sampled(f.model, 1, (dg_sample_options){.count = 40, .seed = 5, .fixed.part = part});
        digress_graph_set *free = sampled(f.model, 1, (dg_sample_options){.count = 40, .seed = 5});
        assert_int_equal(count_containing(around), 40);
        assert_true(count_containing(free) < 40);
        digress_graph_set_free(around);
        digress_graph_set_free(free);
        digress_graph_set_free(part);
        end(&f);
    }
}

/* Whatever draws it, on any threads; taking steps again draws other graphs. */
static void check_sampler(const char *sampler) {
    fixture f;
    begin_with(&f, sampler);
    digress_graph_set *part = make_part();
    dg_sample_options options = {.count = COUNT, .seed = 3, .fixed.part = part};
    digress_graph_set *once = sampled(f.model, 1, options);
    all_contain(once, contains_part);
    options.fixed.resample = 3;
    digress_graph_set *thrice = sampled(f.model, 1, options);
    options.batch = 1;
    digress_graph_set *alone = sampled(f.model, 2, options);
    all_contain(thrice, contains_part);
    assert_true(is_part_of(thrice, alone, 0));
    assert_false(is_part_of(thrice, once, 0));
    digress_graph_set_free(once);
    digress_graph_set_free(thrice);
    digress_graph_set_free(alone);
    digress_graph_set_free(part);
    end(&f);
}

static void every_sample_contains_the_part(void **state) {
    (void)state;
    check_sampler(NULL);
    check_sampler("sample.sampler=renoise");
    check_sampler("sample.sampler=flow");
    check_sampler("model={transition: absorbing, absorbing: 0}");
}

static void nodes_may_be_free(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    digress_graph_set *part = make_part();
    const dg_sample_options options = {
        .count = COUNT, .seed = 3, .fixed = {.part = part, .edges_only = true}};
    digress_graph_set *drawn = sampled(f.model, 1, options);
    all_contain(drawn, contains_pairs);
    bool others = false;
    for (size_t k = 0; k < COUNT; k++)
        others |= !contains_part(digress_graph_set_get(drawn, k));
    assert_true(others);
    digress_graph_set_free(drawn);
    digress_graph_set_free(part);
    end(&f);
}

/* A path "0" - "red" - "*": only the second node may be joined to the rest. */
static void the_rest_joins_at_attachment_points(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    digress_graph_set *part = NULL;
    golden_ok(digress_graph_set_create(3, 3, &part));
    golden_ok(digress_graph_set_name_node(part, 1, "*"));
    golden_ok(digress_graph_set_name_node(part, 2, "red"));
    golden_ok(digress_graph_set_append(part, 3, (uint8_t[]){0, 1, 2}, (uint8_t[]){0, 1, 2}));
    const dg_sample_options options = {.count = COUNT, .seed = 3, .fixed.part = part};
    digress_graph_set *drawn = sampled(f.model, 1, options);
    size_t joined = 0;
    for (size_t k = 0; k < COUNT; k++) {
        const digress_graph graph = digress_graph_set_get(drawn, k);
        assert_true(graph.n >= 2);
        assert_int_equal(graph.node_class[0] * 10 + graph.node_class[1], 1);
        assert_int_equal(digress_graph_pair(&graph, 0, 1), 1);
        for (size_t j = 2; j < graph.n; j++) {
            assert_int_equal(digress_graph_pair(&graph, 0, j), 0);
            joined += digress_graph_pair(&graph, 1, j) != 0;
        }
    }
    assert_true(joined > 0);
    digress_graph_set_free(drawn);
    digress_graph_set_free(part);
    end(&f);
}

static bool is_connected_around_part(digress_graph graph) {
    bool seen[16] = {true};
    for (size_t round = 0; round < graph.n; round++)
        for (size_t i = 0; i < graph.n; i++)
            for (size_t j = 0; j < graph.n; j++)
                seen[j] |= seen[i] && digress_graph_pair(&graph, i, j) != 0;
    for (size_t i = 0; i < graph.n; i++)
        if (!seen[i]) return false;
    return contains_part(graph);
}

static void parts_obey_constraints(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    digress_graph_set *part = make_part();
    const dg_sample_options options = {
        .count = COUNT,
        .seed = 3,
        .fixed = {.part = part, .resample = 2},
        .constraints = {.connected = true, .planar = true, .max_degree = 3}};
    digress_graph_set *drawn = sampled(f.model, 1, options);
    all_contain(drawn, is_connected_around_part);
    for (size_t k = 0; k < COUNT; k++) {
        const digress_graph graph = digress_graph_set_get(drawn, k);
        for (size_t i = 0; i < graph.n; i++) {
            size_t degree = 0;
            for (size_t j = 0; j < graph.n; j++)
                degree += digress_graph_pair(&graph, i, j) != 0;
            assert_true(degree <= 3);
        }
    }
    digress_graph_set_free(drawn);
    digress_graph_set_free(part);
    end(&f);
}

/* ---- what does not fit ---- */

static void refuse(const fixture *f, dg_sample_options options, const char *text) {
    dg_pool *pool = NULL;
    options.count = 1;
    golden_ok(dg_pool_create(1, &pool));
    assert_int_equal(dg_sample(f->model, pool, &options, NULL, NULL), DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), text)) fail_msg("no '%s' in: %s", text, digress_last_error());
    dg_pool_free(pool);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    digress_graph_set *part = make_part(), *blue = NULL, *large = NULL;
    const double sizes[6] = {0, 0, 0, 1, 0, 1};
    dg_sample_options options = {.fixed.part = part};
    options.n_histogram = sizes;
    options.max_n = 5;
    refuse(&f, options, "of 4 nodes does not fit into graphs of 3");
    refuse(&f, (dg_sample_options){.fixed.part = part, .constraints.acyclic = true},
           "itself breaks the option 'acyclic'");
    golden_ok(digress_graph_set_create(2, 3, &blue));
    golden_ok(digress_graph_set_name_node(blue, 1, "blue"));
    refuse(&f, (dg_sample_options){.fixed.part = blue}, "expected one graph, got 0");
    golden_ok(digress_graph_set_append(blue, 2, (uint8_t[]){0, 1}, (uint8_t[]){0}));
    refuse(&f, (dg_sample_options){.fixed.part = blue}, "node class blue, which the model lacks");
    golden_ok(digress_graph_set_create(2, 3, &large));
    golden_ok(digress_graph_set_name_node(large, 1, "red"));
    golden_ok(digress_graph_set_append(large, 15, NULL, (uint8_t[105]){0}));
    refuse(&f, (dg_sample_options){.fixed.part = large}, "larger than the model's graphs");
    const double fifteen[16] = {[15] = 1};
    options = (dg_sample_options){
        .n_histogram = fifteen, .max_n = 15, .fixed.part = large, .constraints.connected = true};
    refuse(&f, options, "in 15 pieces excludes");
    end(&f);
    begin_with(&f, continuous);
    refuse(&f, (dg_sample_options){.fixed.part = part}, "continuous");
    end(&f);
    digress_graph_set_free(part);
    digress_graph_set_free(blue);
    digress_graph_set_free(large);
}

/* ---- the way back to the noise ---- */

/* Nodes of class 0 at s stay with keep + (1 - keep) m. */
static void a_step_back_has_the_noise_of_the_interval(void **state) {
    enum { N = 300, TIMES = 40 };
    (void)state;
    dg_arena *arena = NULL;
    digress_graph_set *set = NULL;
    dg_statistics statistics;
    dg_noise_model *model = NULL;
    dg_state *noisy = NULL;
    const dg_features features = {0};
    const uint32_t index = 0;
    uint8_t *pairs = calloc(N * (N - 1) / 2, 1), nodes[N] = {0};
    assert_non_null(pairs);
    golden_ok(dg_arena_create(&arena));
    golden_ok(digress_graph_set_create(2, 2, &set));
    golden_ok(digress_graph_set_append(set, N, nodes, pairs));
    golden_ok(dg_statistics_of(set, &statistics));
    golden_ok(dg_categorical_create(DG_SCHEDULE_LINEAR, TIMES, DG_TRANSITION_UNIFORM, 0, &features,
                                    &statistics, &model));
    golden_ok(model->operations->encode(model, arena, set, 1, &index, &noisy));
    const dg_rng key = {.seed = 1};
    golden_ok(
        model->operations->diffuse(model, noisy, (dg_interval){.s = 10, .t = 30, .key = 1}, &key));
    const dg_class_rows rows = model->operations->classes(noisy, 0);
    double stay[2] = {0}, total[2] = {0};
    for (size_t i = 0; i < N; i++)
        for (size_t j = i; j < N; j++) {
            stay[i != j] += (i == j ? rows.node_class[i] : rows.pair_class[i * N + j]) == 0;
            total[i != j]++;
            if (i != j) assert_int_equal(rows.pair_class[i * N + j], rows.pair_class[j * N + i]);
        }
    const double keep = dg_schedule_keep(&model->schedule, 10, 30),
                 expected = keep + (1 - keep) / 2;
    for (size_t k = 0; k < 2; k++)
        assert_close(stay[k] / total[k], expected, 4 * sqrt(0.25 / total[k]));
    dg_noise_model_free(model);
    dg_statistics_free(&statistics);
    digress_graph_set_free(set);
    dg_arena_free(arena);
    free(pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_contains_the_part),
        cmocka_unit_test(igraph_finds_the_part),
        cmocka_unit_test(nodes_may_be_free),
        cmocka_unit_test(the_rest_joins_at_attachment_points),
        cmocka_unit_test(parts_obey_constraints),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(a_step_back_has_the_noise_of_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
