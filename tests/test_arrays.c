/* Graphs from lists of edges in flat arrays, and back; graphs of one set in another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "digress/graph.h"

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static void refused(digress_status call, const char *what) {
    assert_int_equal(call, DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), what)) fail_msg("no '%s': %s", what, digress_last_error());
}

/* A path of three nodes, a lone node, and a pair that is listed in both directions. */
static const int64_t node_start[] = {0, 3, 4, 6}, edge_start[] = {0, 2, 2, 4};
static const int64_t source[] = {2, 0, 0, 1}, target[] = {1, 1, 1, 0};
static const uint8_t node_class[] = {0, 1, 2, 2, 1, 0}, edge_class[] = {2, 1, 1, 1};

static digress_arrays three_graphs(void) {
    return (digress_arrays){.graphs = 3,
                            .node_start = node_start,
                            .node_class = node_class,
                            .edge_start = edge_start,
                            .source = source,
                            .target = target,
                            .edge_class = edge_class};
}

static digress_graph_set *new_set(void) {
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create(3, 3, &set));
    return set;
}

static void there_and_back(void **state) {
    (void)state;
    digress_graph_set *set = new_set();
    const digress_arrays arrays = three_graphs();
    size_t loops = 99;
    int64_t from[2], to[2];
    uint8_t classes[2];
    ok(digress_graph_set_append_arrays(set, &arrays, &loops));
    assert_int_equal(loops, 0);
    assert_int_equal(digress_graph_set_count(set), 3);
    int64_t starts[4];
    digress_graph_set_starts(set, starts);
    assert_memory_equal(starts, node_start, sizeof starts);
    digress_graph path = digress_graph_set_get(set, 0);
    assert_memory_equal(path.node_class, node_class, sizeof node_class); /* of all three */
    assert_memory_equal(path.pair_class, ((uint8_t[]){1, 0, 2}), 3);
    assert_int_equal(digress_graph_set_get(set, 1).n, 1);
    assert_int_equal(digress_graph_set_edges(set, 0, from, to, classes), 2);
    assert_true(from[0] == 0 && to[0] == 1 && classes[0] == 1);
    assert_true(from[1] == 1 && to[1] == 2 && classes[1] == 2);
    assert_int_equal(digress_graph_set_edges(set, 1, NULL, NULL, NULL), 0);
    assert_int_equal(digress_graph_set_edges(set, 2, NULL, NULL, NULL), 1);
    assert_int_equal(digress_graph_set_edges(set, 3, from, to, classes), 0);
    digress_graph_set_free(set);
}

static void classes_have_defaults(void **state) {
    (void)state;
    digress_graph_set *set = new_set();
    digress_arrays arrays = three_graphs();
    arrays.node_class = arrays.edge_class = NULL;
    ok(digress_graph_set_append_arrays(set, &arrays, NULL));
    digress_graph path = digress_graph_set_get(set, 0);
    assert_memory_equal(path.node_class, ((uint8_t[]){0, 0, 0}), 3);
    assert_memory_equal(path.pair_class, ((uint8_t[]){1, 0, 1}), 3);
    digress_graph_set_free(set);
}

static void what_is_wrong_leaves_the_set_as_it_was(void **state) {
    (void)state;
    digress_graph_set *set = new_set();
    digress_arrays arrays = three_graphs();
    const int64_t far[] = {2, 0, 0, 2}, below[] = {2, 0, 0, -1}, loop[] = {2, 0, 0, 0};
    const int64_t descending[] = {0, 3, 2, 6}, late[] = {1, 2, 2, 4}, hollow[] = {0, 3, 3, 6};
    const int64_t huge[] = {0, 3, 4, 4 + (INT64_C(1) << 40)};
    const uint8_t two[] = {2, 1, 1, 2}, above[] = {2, 1, 1, 3};
    arrays.source = far;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "graph 2: an edge 2 - 0");
    arrays.source = below;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "graph 2: an edge -1 - 0");
    arrays.source = loop;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "node 0 to itself");
    arrays = three_graphs();
    arrays.edge_class = two;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "with the classes 1 and 2");
    arrays.edge_class = above;
    arrays.target = target;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "graph 2: ");
    arrays = three_graphs();
    arrays.node_start = descending;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "node_start descends");
    arrays.node_start = hollow;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "graph 1: a graph without nodes");
    arrays.node_start = huge;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "at most 32768");
    arrays = three_graphs();
    arrays.edge_start = late;
    refused(digress_graph_set_append_arrays(set, &arrays, NULL), "edge_start begins with 1");
    assert_int_equal(digress_graph_set_count(set), 0);
    digress_graph_set_free(set);
}

static void self_loops_are_dropped_when_asked(void **state) {
    (void)state;
    digress_graph_set *set = new_set();
    digress_arrays arrays = three_graphs();
    const int64_t loop[] = {2, 0, 1, 1};
    size_t loops = 0;
    arrays.target = loop;
    arrays.source = (const int64_t[]){2, 1, 0, 1};
    arrays.simplify = true;
    ok(digress_graph_set_append_arrays(set, &arrays, &loops));
    assert_int_equal(loops, 2);
    assert_int_equal(digress_graph_set_edges(set, 0, NULL, NULL, NULL), 1);
    assert_int_equal(digress_graph_set_edges(set, 2, NULL, NULL, NULL), 1);
    digress_graph_set_free(set);
}

static void graphs_of_another_set(void **state) {
    (void)state;
    digress_graph_set *set = new_set(), *other = new_set(), *narrow = NULL;
    const digress_arrays arrays = three_graphs();
    ok(digress_graph_set_append_arrays(set, &arrays, NULL));
    ok(digress_graph_set_append_set(other, set, 2, (const size_t[]){2, 0}));
    assert_int_equal(digress_graph_set_get(other, 0).n, 2);
    assert_int_equal(digress_graph_set_get(other, 1).n, 3);
    ok(digress_graph_set_append_set(other, set, 3, NULL));
    assert_int_equal(digress_graph_set_count(other), 5);
    assert_int_equal(digress_graph_set_get(other, 4).node_class[0], 1);
    for (size_t k = 0; k < 6; k++) /* to itself, while its arrays grow */
        ok(digress_graph_set_append_set(other, other, digress_graph_set_count(other), NULL));
    assert_int_equal(digress_graph_set_count(other), 320);
    assert_memory_equal(digress_graph_set_get(other, 316).pair_class,
                        digress_graph_set_get(other, 1).pair_class, 3);
    refused(digress_graph_set_append_set(other, set, 2, (const size_t[]){0, 3}), "graph 3");
    assert_int_equal(digress_graph_set_count(other), 320);
    ok(digress_graph_set_create(1, 2, &narrow));
    refused(digress_graph_set_append_set(narrow, set, 1, NULL), "graph 0: node class 1");
    digress_graph_set_free(narrow);
    digress_graph_set_free(other);
    digress_graph_set_free(set);
}

static void targets_go_with_their_graphs(void **state) {
    (void)state;
    digress_graph_set *set = new_set(), *other = new_set();
    const digress_arrays arrays = three_graphs();
    size_t number = 9;
    ok(digress_graph_set_append_arrays(set, &arrays, NULL));
    ok(digress_graph_set_add_target(set, "x", &number));
    for (size_t k = 0; k < 3; k++)
        ok(digress_graph_set_set_target(set, k, number, (double)k));
    ok(digress_graph_set_append_set(other, set, 2, (const size_t[]){2, 0}));
    ok(digress_graph_set_append_set(other, other, 2, NULL));
    for (size_t k = 0; k < 4; k++)
        assert_true(digress_graph_set_target(other, k, 0) == (k % 2 ? 0 : 2));
    digress_graph_set_free(other);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(classes_have_defaults),
        cmocka_unit_test(what_is_wrong_leaves_the_set_as_it_was),
        cmocka_unit_test(self_loops_are_dropped_when_asked),
        cmocka_unit_test(graphs_of_another_set),
        cmocka_unit_test(targets_go_with_their_graphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
