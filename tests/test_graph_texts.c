/* Graphs as text, as other programs write them, line by line: graph6, edge lists, DiGress texts,
 * GraphML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/file.h"
#include "core/threads.h"
#include "digress/graph.h"
#include "format_fixture.h"
#include "scratch.h"
#include <igraph/igraph.h>

/* Reads a text; the caller frees the set. */
static digress_graph_set *read_text(void **state, const char *text) {
    digress_graph_set *set = NULL;
    if (digress_graph_set_read(scratch_file(state, "text", text), NULL, NULL, &set) != DIGRESS_OK)
        fail_msg("'%s': %s", text, digress_last_error());
    return set;
}

static void graph6_is_mckays(void **state) {
    /* The example of nauty's formats.txt: n 5, edges 0-2 0-4 1-3 3-4. */
    static const uint8_t expected[] = {0, 1, 0, 1, 0, 1, 0, 0, 0, 1};
    digress_graph_set *set = read_text(state, ">>graph6<<DQc\n@\r\n\nA_");
    digress_graph graph = digress_graph_set_get(set, 0);
    assert_int_equal(digress_graph_set_count(set), 3);
    assert_int_equal(graph.n, 5);
    assert_memory_equal(graph.pair_class, expected, sizeof expected);
    assert_int_equal(digress_graph_set_get(set, 1).n, 1);
    assert_int_equal(digress_graph_set_get(set, 2).pair_class[0], 1);

    char *text = NULL;
    size_t size = 0;
    const char *path = scratch_path(state, "out");
    assert_int_equal(digress_graph_set_write(set, path, DIGRESS_FORMAT_GRAPH6, false, NULL),
                     DIGRESS_OK);
    assert_int_equal(dg_file_read(path, &text, &size), DIGRESS_OK);
    assert_string_equal(text, "DQc\n@\nA_\n");
    free(text);
    digress_graph_set_free(set);
}

static void graph6_numbers_of_nodes(void **state) {
    static const size_t sizes[] = {62, 63, 64};
    static const char *const heads[] = {"}", "~??~", "~?@?"};
    for (size_t k = 0; k < 3; k++) {
        digress_graph_set *set = NULL;
        char *text = NULL;
        size_t size = 0, pairs = sizes[k] * (sizes[k] - 1) / 2;
        uint8_t *empty = calloc(pairs, 1);
        const char *path = scratch_path(state, "out");
        assert_int_equal(digress_graph_set_create(1, 2, &set), DIGRESS_OK);
        assert_int_equal(digress_graph_set_append(set, sizes[k], NULL, empty), DIGRESS_OK);
        assert_int_equal(digress_graph_set_write(set, path, DIGRESS_FORMAT_GRAPH6, true, NULL),
                         DIGRESS_OK);
        assert_int_equal(dg_file_read(path, &text, &size), DIGRESS_OK);
        assert_memory_equal(text, heads[k], strlen(heads[k]));
        assert_int_equal(size, strlen(heads[k]) + (pairs + 5) / 6 + 1);
        free(text);
        free(empty);
        digress_graph_set_free(set);
    }
    /* The longest form is read for small numbers too. */
    digress_graph_set *set = read_text(state, "~~?????A_");
    assert_int_equal(digress_graph_set_get(set, 0).n, 2);
    digress_graph_set_free(set);
}

static void edge_lists_as_users_write_them(void **state) {
    digress_graph_set *set =
        read_text(state, "# my graph\r\n\r\n  0\t1 \r\n2 1 3\r\n3 0 {}\r\n# node 3 2\r\n");
    digress_graph graph = digress_graph_set_get(set, 0);
    assert_int_equal(graph.n, 4);
    assert_int_equal(digress_graph_set_node_classes(set), 3);
    assert_int_equal(digress_graph_set_edge_classes(set), 4);
    assert_int_equal(graph.node_class[3], 2);
    assert_int_equal(digress_graph_pair(&graph, 0, 1), 1);
    assert_int_equal(digress_graph_pair(&graph, 1, 2), 3);
    assert_int_equal(digress_graph_pair(&graph, 0, 3), 1);
    assert_int_equal(digress_graph_pair(&graph, 0, 2), 0);
    digress_graph_set_free(set);
    set = read_text(state, "# nodes 7\n");
    assert_int_equal(digress_graph_set_get(set, 0).n, 7);
    digress_graph_set_free(set);
}

static const struct {
    const char *text, *message;
} wrong_texts[] = {
    {"", "text: empty"},
    {"hello\n", "of no known format"},
    {"# a title\nSome prose\n", "of no known format"},
    {"0 1\n1\n", "text:2: expected 'u v'"},
    {"0 1\n1 2 0.5\n", "text:2: expected 'u v'"},
    {"0 1\n1 -2\n", "text:2: node -2"},
    {"0 1\n1 2 3 4\n", "text:2: expected 'u v'"},
    {"0 1 99999999999999999999\n", "text:1: expected 'u v'"},
    {"0 1\n0 2 0\n", "text:2: edge class 0: expected 1 to 254"},
    {"0 1\n0 2 255\n", "text:2: edge class 255"},
    {"# nodes 2\n0 2\n", "text:2: node 2: the graph has the nodes 0 to 1"},
    {"# nodes 2\n# node 0 255\n", "text:2: node class 255"},
    {"# nodes 0\n", "text:1: a graph without nodes"},
    {"# only a comment\n", "a graph without nodes"},
    {"\n# nodes 4000000000\n", "text:2: a graph of 4000000000 nodes"},
    {"0 9223372036854775\n", "nodes: at most"},
    {"# nodes 32768\n0 1\n", "a graph of 32768 nodes in a file of 18 bytes"},
    {"0 32767\n", "a graph of 32768 nodes in a file of 8 bytes"},
    {"0 1\n1 1\n", "text:2: edge 1 1 is a self-loop: give the option 'simplify'"},
    {"0 1\n0 2\n0 1\n", "text:3: edge 0 1 is listed twice: give the option 'simplify'"},
    {"0 1\n0 2\n1 0\n",
     "text:3: edge 1 0 is listed in both directions: give the option 'simplify'"},
    {"?\n", "text:1: a graph without nodes"},
    {">>graph6<<\n", "no graphs in it"},
    {"DQc\nDQ\n", "text:2: graph6: expected 2 bytes for 5 nodes, found 1"},
    {"DQc\nDQcc\n", "text:2: graph6: expected 2 bytes for 5 nodes, found 3"},
    {"DQc\nDQ!\n", "text:2: graph6: expected characters"},
    {"DQc\nDQd\n", "text:2: graph6: bits set after the last pair"},
    {"DQc\n~?\n", "text:2: graph6: cut off"},
    {"DQc\n~~~~~~~~\n", "text:2: a graph of 68719476735 nodes"},
    {"N=2\nX: \n0 1\nE: \n0 1\n1\n", "text:6: expected a line of 2 whole numbers, found '1'"},
    {"N=2\nX: \n0\nE: \n0 1\n1 0\n", "text:3: expected a line of 2 whole numbers"},
    {"N=2\nX: \n0 1 0\nE: \n0 1\n1 0\n", "text:3: expected a line of 2 whole numbers"},
    {"N=2\nX: \n0 1\n0 1\n1 0\n", "text:4: expected 'E:'"},
    {"N=2\nX: \n0 1\nE: \n0 1\n2 0\n", "has a different label from its opposite"},
    {"N=2\nX: \n0 1\nE: \n1 1\n1 0\n", "is a self-loop"},
    {"N=2\nX: \n0 1\nE: \n0 1\n", "text:5: expected a line of 2 whole numbers"},
    {"N=two\n", "text:1: expected 'N=' and the number of nodes"},
    {"N=1\nX: \n0\nE: \n0\n\nX: \n", "text:7: expected 'N='"},
    {"&DI?AO?\n", "text:1: digraph6"},
    {"DQc\n;x\n", "text:2: digraph6, or incremental sparse6"},
    {":Fa x^\n", "text:1: sparse6: expected characters"},
    {":~?\n", "text:1: sparse6: cut off"},
    {":?\n", "text:1: a graph without nodes"},
    {"<graphml>", "text: "},
    {"<html></html>", "text: "},
    {"<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"><graph edgedefault=\"directed\">"
     "<node id=\"a\"/><node id=\"b\"/><edge source=\"a\" target=\"b\"/></graph></graphml>",
     "edge 0 1 is directed: give the option 'simplify'"},
    {"<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
     "<graph edgedefault=\"undirected\"></graph></graphml>",
     "text: graph 0: a graph without nodes"},
    {"<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"><graph "
     "edgedefault=\"undirected\"><node id=\"a\"/></graph><graph><node id=\"a\"/></graph>"
     "</graphml>",
     "text: 2 graphs in one file"},
    {"<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"><key id=\"c\" for=\"node\" "
     "attr.name=\"class\" attr.type=\"double\"/><graph edgedefault=\"undirected\">"
     "<node id=\"a\"><data key=\"c\">0.5</data></node></graph></graphml>",
     "text: node 0: class 0.5: expected a whole number"},
    {"<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"><key id=\"c\" for=\"node\" "
     "attr.name=\"class\" attr.type=\"string\"/><graph edgedefault=\"undirected\">"
     "<node id=\"a\"><data key=\"c\">C</data></node></graph></graphml>",
     "the attribute 'class' of its nodes is not a number"},
};

static void wrong_texts_are_told_by_line(void **state) {
    for (size_t k = 0; k < sizeof wrong_texts / sizeof wrong_texts[0]; k++) {
        digress_graph_set *set = NULL;
        const char *path = scratch_file(state, "text", wrong_texts[k].text);
        if (digress_graph_set_read(path, NULL, NULL, &set) != DIGRESS_ERROR_INPUT)
            fail_msg("not refused: %s", wrong_texts[k].text);
        if (!strstr(digress_last_error(), wrong_texts[k].message) ||
            strchr(digress_last_error(), '\n'))
            fail_msg("'%s': '%s', not '%s'", wrong_texts[k].text, digress_last_error(),
                     wrong_texts[k].message);
        assert_null(set);
    }
}

static void assert_simplified(void **state, const char *text, size_t directions, size_t multi_edges,
                              size_t self_loops, const char *expected) {
    const digress_read_options options = {.simplify = true};
    digress_read_report report = {0};
    digress_graph_set *set = NULL;
    assert_int_equal(
        digress_graph_set_read(scratch_file(state, "text", text), &options, &report, &set),
        DIGRESS_OK);
    assert_int_equal(report.directions, directions);
    assert_int_equal(report.multi_edges, multi_edges);
    assert_int_equal(report.self_loops, self_loops);
    digress_graph_set *simple = read_text(state, expected);
    assert_same(set, simple, true, false);
    digress_graph_set_free(simple);
    digress_graph_set_free(set);
}

static void simplify_counts_what_it_drops(void **state) {
    assert_simplified(state, "0 1 2\n0 1\n1 0\n1 1\n2 0\n2 2\n1 0\n", 1, 2, 2, "0 1 2\n0 2\n");
    assert_simplified(
        state,
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"><graph edgedefault=\"directed\">"
        "<node id=\"a\"/><node id=\"b\"/><node id=\"c\"/><edge source=\"a\" target=\"b\"/>"
        "<edge source=\"b\" target=\"a\"/><edge source=\"b\" target=\"c\"/>"
        "<edge source=\"b\" target=\"c\"/><edge source=\"c\" target=\"c\"/></graph></graphml>",
        3, 1, 1, "0 1\n1 2\n");
}

static void igraph_is_left_as_it_was(void **state) {
    igraph_set_error_handler(igraph_error_handler_printignore);
    igraph_set_warning_handler(igraph_warning_handler_print);
    digress_graph_set *set = NULL;
    const char *path = scratch_file(state, "text", "<graphml>");
    assert_int_equal(digress_graph_set_read(path, NULL, NULL, &set), DIGRESS_ERROR_INPUT);
    assert_ptr_equal(igraph_set_error_handler(NULL), igraph_error_handler_printignore);
    assert_ptr_equal(igraph_set_warning_handler(NULL), igraph_warning_handler_print);
    assert_null(igraph_set_attribute_table(NULL));
}

/* Reads the GraphML file `context` many times. */
static digress_status read_graphml(void *context, size_t index, size_t thread) {
    (void)index;
    (void)thread;
    for (size_t k = 0; k < 100; k++) {
        digress_graph_set *read = NULL;
        DG_TRY(digress_graph_set_read(context, NULL, NULL, &read));
        size_t n = digress_graph_set_get(read, 0).n;
        digress_graph_set_free(read);
        if (n != 30) return dg_error(DIGRESS_ERROR_INTERNAL, "%zu nodes", n);
    }
    return DIGRESS_OK;
}

/* Without the mutex, two threads inside igraph would abort. */
static void threads_take_turns_in_igraph(void **state) {
    digress_graph_set *set = NULL;
    dg_pool *pool = NULL;
    uint8_t pairs[30 * 29 / 2];
    memset(pairs, 1, sizeof pairs);
    char *path = dg_path_join(*state, "set/000000.graphml");
    assert_int_equal(digress_graph_set_create(1, 2, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, 30, NULL, pairs), DIGRESS_OK);
    assert_int_equal(digress_graph_set_write(set, scratch_path(state, "set"),
                                             DIGRESS_FORMAT_GRAPHML, false, NULL),
                     DIGRESS_OK);
    assert_int_equal(dg_pool_create(4, &pool), DIGRESS_OK);
    assert_int_equal(dg_pool_run(pool, 4, read_graphml, path), DIGRESS_OK);
    dg_pool_free(pool);
    digress_graph_set_free(set);
    free(path);
}

/* igraph would keep each attribute for every node. */
static void keys_that_nobody_reads_are_left_out(void **state) {
    static const char head[] = "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
                               "<!-- <key id=\"a\"> -->",
                      tail[] = "<graph edgedefault=\"undirected\"><node id=\"a\"><data key=\"c\">1"
                               "</data><data key=\"d\">x</data></node></graph></graphml>";
    static const char *const keys[] = {
        "<key id=\"d\" for=\"node\" attr.name=\"x\" attr.type=\"nonsense\"/>",
        "<key id=\"d\" for=\"node\" attr.name='y' attr.type='int'><default>z</default></key>",
        "<key id = 'd>' for=\"edge\"/>"};
    digress_graph_set *set = NULL;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        char *text = dg_format("%s%s<key id=\"c\" for=\"node\" attr.name=\"class\" "
                               "attr.type=\"int\"/>%s",
                               head, keys[k], tail);
        const char *path = scratch_file(state, "text", text);
        if (digress_graph_set_read(path, NULL, NULL, &set) != DIGRESS_OK)
            fail_msg("%s: %s", keys[k], digress_last_error());
        assert_int_equal(digress_graph_set_get(set, 0).node_class[0], 1);
        digress_graph_set_free(set);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(graph6_is_mckays),
        SCRATCH_TEST(graph6_numbers_of_nodes),
        SCRATCH_TEST(edge_lists_as_users_write_them),
        SCRATCH_TEST(wrong_texts_are_told_by_line),
        SCRATCH_TEST(simplify_counts_what_it_drops),
        SCRATCH_TEST(igraph_is_left_as_it_was),
        SCRATCH_TEST(threads_take_turns_in_igraph),
        SCRATCH_TEST(keys_that_nobody_reads_are_left_out),
    };
    return cmocka_run_group_tests_name("graph texts", tests, NULL, NULL);
}
