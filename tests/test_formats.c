/* Every file format: what is written comes back, and what is wrong is said with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include "core/safetensors.h"
#include "core/threads.h"
#include "digress/graph.h"
#include "failing_json.h"
#include "graph/dataset.h"
#include "graph/io/format.h"
#include "scratch.h"
#include <igraph/igraph.h>
#include <signal.h>
#include <sys/resource.h>
#include <zlib.h>

static digress_graph_set *random_set(uint64_t seed, size_t graphs, size_t max_n,
                                     size_t node_classes, size_t edge_classes) {
    dg_stream stream = {.key = {.seed = seed, .purpose = DG_RNG_TEST}};
    digress_graph_set *set = NULL;
    uint8_t *nodes = malloc(max_n), *pairs = malloc(max_n * max_n);
    assert_int_equal(digress_graph_set_create(node_classes, edge_classes, &set), DIGRESS_OK);
    for (size_t g = 0; g < graphs; g++) {
        size_t n = 1 + dg_stream_below(&stream, (uint32_t)max_n);
        uint32_t sparsity = 1 + dg_stream_below(&stream, 6);
        for (size_t i = 0; i < n; i++)
            nodes[i] = (uint8_t)dg_stream_below(&stream, (uint32_t)node_classes);
        for (size_t k = 0; k < n * (n - 1) / 2; k++)
            pairs[k] = dg_stream_below(&stream, sparsity)
                           ? 0
                           : (uint8_t)dg_stream_below(&stream, (uint32_t)edge_classes);
        assert_int_equal(digress_graph_set_append(set, n, nodes, pairs), DIGRESS_OK);
    }
    free(nodes);
    free(pairs);
    return set;
}

static void assert_same_graph(const digress_graph *a, const digress_graph *b, bool classes) {
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_int_equal(a->node_class[i], classes ? b->node_class[i] : 0);
    for (size_t k = 0; k < a->n * (a->n - 1) / 2; k++)
        assert_int_equal(a->pair_class[k], classes ? b->pair_class[k] : b->pair_class[k] != 0);
}

/* `classes`: else the read set has one node class, and one kind of edge. */
static void assert_same(const digress_graph_set *read, const digress_graph_set *written,
                        bool classes, bool names) {
    assert_int_equal(digress_graph_set_count(read), digress_graph_set_count(written));
    assert_int_equal(digress_graph_set_node_classes(read),
                     classes ? digress_graph_set_node_classes(written) : 1);
    assert_int_equal(digress_graph_set_edge_classes(read),
                     classes ? digress_graph_set_edge_classes(written) : 2);
    for (size_t g = 0; g < digress_graph_set_count(read); g++) {
        digress_graph a = digress_graph_set_get(read, g), b = digress_graph_set_get(written, g);
        assert_same_graph(&a, &b, classes);
    }
    for (size_t k = 0; names && k < digress_graph_set_node_classes(written); k++)
        assert_string_equal(digress_graph_set_node_name(read, k),
                            digress_graph_set_node_name(written, k));
    for (size_t k = 0; names && k < digress_graph_set_edge_classes(written); k++)
        assert_string_equal(digress_graph_set_edge_name(read, k),
                            digress_graph_set_edge_name(written, k));
}

static const struct {
    const char *name;
    bool keeps_classes, keeps_names;
} formats[] = {{"edgelist", true, true}, {"graph6", false, false},    {"graphml", true, true},
               {"tu", true, true},       {"safetensors", true, true}, {"text", true, false}};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static void round_trip(void **state, size_t k, const digress_graph_set *set, bool named) {
    bool has_classes =
        digress_graph_set_node_classes(set) > 1 || digress_graph_set_edge_classes(set) > 2;
    const char *path = scratch_path(state, formats[k].name);
    digress_format format;
    digress_graph_set *read = NULL;
    digress_read_report report = {.directions = 9, .multi_edges = 9, .self_loops = 9};
    bool lossy = false;
    assert_int_equal(digress_format_parse(formats[k].name, &format), DIGRESS_OK);
    assert_int_equal(digress_graph_set_write(set, path, format, true, &lossy), DIGRESS_OK);
    assert_int_equal(lossy, (has_classes && !formats[k].keeps_classes) ||
                                (named && !formats[k].keeps_names));
    assert_int_equal(digress_graph_set_read(path, NULL, &report, &read), DIGRESS_OK);
    assert_int_equal(report.directions + report.multi_edges + report.self_loops, 0);
    assert_same(read, set, formats[k].keeps_classes, formats[k].keeps_names);
    digress_graph_set_free(read);
    digress_read_options given = {.format = format};
    assert_int_equal(digress_graph_set_read(path, &given, NULL, &read), DIGRESS_OK);
    digress_graph_set_free(read);
    assert_int_equal(digress_graph_set_write(set, path, format, false, NULL), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "option 'force'"));
}

static void sets_without_classes_round_trip(void **state) {
    for (uint64_t seed = 0; seed < 5; seed++) {
        digress_graph_set *set = random_set(seed, 20, 12, 1, 2);
        for (size_t k = 0; k < FORMATS; k++)
            round_trip(state, k, set, false);
        digress_graph_set_free(set);
    }
}

static void sets_with_classes_round_trip(void **state) {
    for (uint64_t seed = 10; seed < 15; seed++) {
        digress_graph_set *set = random_set(seed, 20, 20, 4, 5);
        for (size_t k = 0; k < FORMATS; k++)
            round_trip(state, k, set, false);
        assert_int_equal(digress_graph_set_name_node(set, 3, "C \"<&>\" \xC3\xA9"), DIGRESS_OK);
        assert_int_equal(digress_graph_set_name_edge(set, 1, "single"), DIGRESS_OK);
        for (size_t k = 0; k < FORMATS; k++)
            round_trip(state, k, set, true);
        digress_graph_set_free(set);
    }
}

/* Classes that no graph uses come back where the format can say so. */
static void unused_classes_stay(void **state) {
    digress_graph_set *set = NULL, *read = NULL;
    const uint8_t pair = 2;
    assert_int_equal(digress_graph_set_create(255, 255, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, 2, NULL, &pair), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, 1, NULL, NULL), DIGRESS_OK);
    for (size_t k = 0; k < FORMATS; k++)
        if (formats[k].keeps_names && strcmp(formats[k].name, "edgelist") != 0)
            round_trip(state, k, set, false);
    const char *path = scratch_path(state, "edges");
    assert_int_equal(digress_graph_set_write(set, path, DIGRESS_FORMAT_EDGELIST, false, NULL),
                     DIGRESS_OK);
    assert_int_equal(digress_graph_set_read(path, NULL, NULL, &read), DIGRESS_OK);
    assert_int_equal(digress_graph_set_edge_classes(read), 3);
    digress_graph_set_free(read);
    digress_graph_set_free(set);
}

static void large_graphs_round_trip(void **state) {
    digress_graph_set *set = random_set(20, 3, 300, 1, 2);
    for (size_t k = 0; k < FORMATS; k++)
        round_trip(state, k, set, false);
    digress_graph_set_free(set);
}

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

static void wrong_texts_are_told_by_line(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
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
         "text: node 0: node class -1"},
        {"<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"><key id=\"c\" for=\"node\" "
         "attr.name=\"class\" attr.type=\"string\"/><graph edgedefault=\"undirected\">"
         "<node id=\"a\"><data key=\"c\">C</data></node></graph></graphml>",
         "the attribute 'class' of its nodes is not a number"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        digress_graph_set *set = NULL;
        const char *path = scratch_file(state, "text", cases[k].text);
        if (digress_graph_set_read(path, NULL, NULL, &set) != DIGRESS_ERROR_INPUT)
            fail_msg("not refused: %s", cases[k].text);
        if (!strstr(digress_last_error(), cases[k].message) || strchr(digress_last_error(), '\n'))
            fail_msg("'%s': '%s', not '%s'", cases[k].text, digress_last_error(), cases[k].message);
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

/* Reads the GraphML file `context`, again and again. */
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

/* Two threads inside igraph abort, but for the mutex. */
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

/* Each allocation of jansson's fails in turn. */
static void names_are_written_or_there_is_no_memory(void **state) {
    digress_graph_set *set = random_set(7, 1, 5, 3, 4);
    assert_int_equal(digress_graph_set_name_node(set, 1, "a name of more than sixteen bytes"),
                     DIGRESS_OK);
    assert_int_equal(digress_graph_set_name_edge(set, 3, "another name of so many bytes"),
                     DIGRESS_OK);
    for (size_t f = 0; f < FORMATS; f++) {
        if (!formats[f].keeps_names) continue;
        digress_status status = DIGRESS_ERROR_MEMORY;
        for (long k = 0; status != DIGRESS_OK; k++) {
            digress_format format;
            const char *path = scratch_path(state, "written");
            assert_int_equal(digress_format_parse(formats[f].name, &format), DIGRESS_OK);
            fail_json_after(k);
            status = digress_graph_set_write(set, path, format, true, NULL);
            fail_json_after(-1);
            if (status != DIGRESS_OK) assert_int_equal(status, DIGRESS_ERROR_MEMORY);
        }
        digress_graph_set *read = NULL;
        assert_int_equal(digress_graph_set_read(scratch_path(state, "written"), NULL, NULL, &read),
                         DIGRESS_OK);
        assert_same(read, set, true, true);
        digress_graph_set_free(read);
        assert_int_equal(dg_remove_tree(scratch_path(state, "written")), DIGRESS_OK);
    }
    digress_graph_set_free(set);
}

static void tu_collections_of_others(void **state) {
    assert_int_equal(dg_make_folders(scratch_path(state, "tu")), DIGRESS_OK);
    scratch_file(state, "tu/MUTAG_graph_indicator.txt", "1\n1\n1\n2\n2\n");
    scratch_file(state, "tu/MUTAG_A.txt", "1, 2\n2, 1\n5, 4\n2,3\n3, 2\n4, 5\n");
    scratch_file(state, "tu/MUTAG_node_labels.txt", "-1\n7\n7\n3\n-1\n");
    scratch_file(state, "tu/MUTAG_edge_labels.txt", "0\n0\n4\n2\n2\n4\n");
    scratch_file(state, "tu/MUTAG_graph_labels.txt", "1\n-1\n");
    digress_graph_set *set = NULL;
    assert_int_equal(digress_graph_set_read(scratch_path(state, "tu"), NULL, NULL, &set),
                     DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(set), 2);
    assert_int_equal(digress_graph_set_node_classes(set), 3);
    assert_string_equal(digress_graph_set_node_name(set, 0), "-1");
    assert_string_equal(digress_graph_set_node_name(set, 2), "7");
    assert_int_equal(digress_graph_set_edge_classes(set), 4);
    assert_string_equal(digress_graph_set_edge_name(set, 1), "0");
    digress_graph first = digress_graph_set_get(set, 0), second = digress_graph_set_get(set, 1);
    assert_memory_equal(first.node_class, ((const uint8_t[]){0, 2, 2}), 3);
    assert_memory_equal(first.pair_class, ((const uint8_t[]){1, 0, 2}), 3);
    assert_memory_equal(second.node_class, ((const uint8_t[]){1, 0}), 2);
    assert_memory_equal(second.pair_class, ((const uint8_t[]){3}), 1);
    digress_graph_set_free(set);
}

static void wrong_tu_collections(void **state) {
    static const struct {
        const char *indicator, *edges, *message;
    } cases[] = {
        {"1\n2\n", "1, 2\n2, 1\n", "X_A.txt:1: nodes 1 and 2 are of different graphs"},
        {"1\n1\n", "1, 2\n2, 3\n", "X_A.txt:2: expected nodes from 1 to 2"},
        {"1\n1\n", "1, 2\n2\n", "X_A.txt:2: expected two nodes"},
        {"1\n1\n1\n", "1, 2\n2, 1\n2, 3\n", "X_A.txt:3: edge 1 2 has no opposite"},
        {"1\n1\n", "1, 2\n2, 1\n1, 2\n", "X_A.txt:3: edge 0 1 is listed twice"},
        {"1\n1\n", "1, 1\n", "X_A.txt:1: edge 0 0 is a self-loop"},
        {"1\nx\n", "1, 2\n2, 1\n", "X_graph_indicator.txt:2: expected one whole number"},
        {"1\n3\n", "", "X_graph_indicator.txt:2: graph 3: expected 1 to 2"},
        {"2\n2\n", "", "graph 1: a graph without nodes"},
        {"", "", "no graphs in it"},
    };
    assert_int_equal(dg_make_folders(scratch_path(state, "tu")), DIGRESS_OK);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        digress_graph_set *set = NULL;
        scratch_file(state, "tu/X_graph_indicator.txt", cases[k].indicator);
        scratch_file(state, "tu/X_A.txt", cases[k].edges);
        assert_int_equal(digress_graph_set_read(scratch_path(state, "tu"), NULL, NULL, &set),
                         DIGRESS_ERROR_INPUT);
        if (!strstr(digress_last_error(), cases[k].message))
            fail_msg("case %zu: '%s', not '%s'", k, digress_last_error(), cases[k].message);
    }
}

static void a_directed_tu_collection_is_simplified(void **state) {
    const digress_read_options options = {.simplify = true};
    digress_read_report report = {0};
    digress_graph_set *set = NULL;
    assert_int_equal(dg_make_folders(scratch_path(state, "tu")), DIGRESS_OK);
    scratch_file(state, "tu/X_graph_indicator.txt", "1\n1\n1\n");
    scratch_file(state, "tu/X_A.txt", "1, 2\n2, 1\n2, 3\n");
    assert_int_equal(digress_graph_set_read(scratch_path(state, "tu"), &options, &report, &set),
                     DIGRESS_OK);
    assert_int_equal(report.directions, 1);
    assert_memory_equal(digress_graph_set_get(set, 0).pair_class, ((const uint8_t[]){1, 0, 1}), 3);
    digress_graph_set_free(set);
}

static void a_folder_is_read_in_name_order(void **state) {
    const char *folder = scratch_path(state, "mixed");
    digress_graph_set *set = NULL;
    assert_int_equal(dg_make_folders(scratch_path(state, "mixed/chains")), DIGRESS_OK);
    scratch_file(state, "mixed/b.edges", "0 1 3\n");
    scratch_file(state, "mixed/a.g6", "DQc\n@\n");
    scratch_file(state, "mixed/c.edges", "# nodes 3\n# node 1 1\n");
    scratch_file(state, "mixed/.hidden", "no graph");
    scratch_file(state, "mixed/b.edges.tmp-12-0", "half a graph"); /* left by a killed program */
    assert_int_equal(digress_graph_set_read(folder, NULL, NULL, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(set), 4);
    assert_int_equal(digress_graph_set_get(set, 0).n, 5);
    assert_int_equal(digress_graph_set_get(set, 2).n, 2);
    assert_int_equal(digress_graph_set_get(set, 3).n, 3);
    assert_int_equal(digress_graph_set_edge_classes(set), 4); /* the most of any file */
    assert_int_equal(digress_graph_set_node_classes(set), 2);
    digress_graph_set_free(set);
    scratch_file(state, "mixed/d.txt", "no graph");
    assert_int_equal(digress_graph_set_read(folder, NULL, NULL, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "mixed/d.txt: of no known format"));
    assert_int_equal(digress_graph_set_read(scratch_path(state, "mixed/chains"), NULL, NULL, &set),
                     DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "no graphs in it"));
}

static void set_folders_by_split(void **state) {
    digress_graph_set *set = random_set(30, 25, 8, 2, 3), *read = NULL;
    const char *folder = scratch_path(state, "set");
    dg_dataset dataset;
    assert_int_equal(dg_dataset_split(set, 1, &dataset), DIGRESS_OK);
    assert_int_equal(dg_dataset_write(&dataset, folder, false), DIGRESS_OK);
    assert_int_equal(digress_graph_set_read(scratch_path(state, "set:val"), NULL, NULL, &read),
                     DIGRESS_OK);
    assert_same(read, dataset.val, true, true);
    digress_graph_set_free(read);
    assert_int_equal(digress_graph_set_read(scratch_path(state, "set/:test"), NULL, NULL, &read),
                     DIGRESS_OK);
    assert_same(read, dataset.test, true, true);
    digress_graph_set_free(read);
    assert_int_equal(digress_graph_set_read(folder, NULL, NULL, &read), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(read), 25);
    digress_graph first = digress_graph_set_get(read, 0);
    digress_graph expected = digress_graph_set_get(dataset.train, 0);
    assert_same_graph(&first, &expected, true);
    digress_graph_set_free(read);
    assert_int_equal(digress_graph_set_read(scratch_path(state, "set:valid"), NULL, NULL, &read),
                     DIGRESS_ERROR_IO);
    scratch_file(state, "file", "0 1\n");
    assert_int_equal(digress_graph_set_read(scratch_path(state, "file:val"), NULL, NULL, &read),
                     DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "not a set folder"));
    dg_dataset_free(&dataset);
    digress_graph_set_free(set);
}

/* A set file as a Python user may write it, with 64-bit integers throughout. `nodes` and `edges`
 * are the ends of node_ptr and edge_ptr. */
static digress_status read_python_set(void **state, int64_t nodes, int64_t edges,
                                      const int64_t *edge_index, const int64_t *edge_class,
                                      digress_graph_set **out) {
    const int64_t node_ptr[] = {0, 1, nodes}, edge_ptr[] = {0, 0, edges}, node_class[] = {0, 1, 0};
    const char *path = scratch_path(state, "python.safetensors");
    dg_tensor_writer *writer = NULL;
    assert_int_equal(dg_tensor_writer_create(&writer), DIGRESS_OK);
    dg_tensor_writer_add(writer, "node_ptr", DG_I64, 1, (size_t[]){3}, node_ptr);
    dg_tensor_writer_add(writer, "edge_ptr", DG_I64, 1, (size_t[]){3}, edge_ptr);
    dg_tensor_writer_add(writer, "node_class", DG_I64, 1, (size_t[]){3}, node_class);
    dg_tensor_writer_add(writer, "edge_index", DG_I64, 2, (size_t[]){1, 2}, edge_index);
    dg_tensor_writer_add(writer, "edge_class", DG_I64, 1, (size_t[]){1}, edge_class);
    assert_int_equal(dg_tensor_writer_save(writer, path), DIGRESS_OK);
    dg_tensor_writer_free(writer);
    return digress_graph_set_read(path, NULL, NULL, out);
}

static void safetensors_of_others(void **state) {
    digress_graph_set *set = NULL;
    const int64_t edge[] = {0, 1}, outside[] = {0, 2}, two = 2, none = 0;
    assert_int_equal(read_python_set(state, 3, 1, edge, &two, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_node_classes(set), 2);
    assert_int_equal(digress_graph_set_get(set, 1).pair_class[0], 2);
    digress_graph_set_free(set);
    set = NULL;
    assert_int_equal(read_python_set(state, 4, 1, edge, &two, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "'node_ptr': expected offsets"));
    assert_int_equal(read_python_set(state, 3, -1, edge, &two, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "'edge_ptr': expected offsets"));
    assert_int_equal(read_python_set(state, 0, 1, edge, &two, &set), DIGRESS_ERROR_INPUT);
    assert_int_equal(read_python_set(state, 3, 1, outside, &two, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "edge 0: node 2"));
    assert_int_equal(read_python_set(state, 3, 1, edge, &none, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "edge class 0"));
    assert_null(set);
}

/* igraph would keep each for every node. */
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

/* A file of a format with one byte changed, or cut: refused, or read without harm. */
static void survives_damage(void **state) {
    digress_graph_set *set = random_set(50, 3, 6, 2, 3);
    for (size_t k = 0; k < FORMATS; k++) {
        digress_format format;
        char *bytes = NULL;
        size_t size = 0;
        const char *path = scratch_path(state, formats[k].name);
        assert_int_equal(digress_format_parse(formats[k].name, &format), DIGRESS_OK);
        if (format == DIGRESS_FORMAT_TU) continue; /* several files: its errors have a test */
        assert_int_equal(digress_graph_set_write(set, path, format, true, NULL), DIGRESS_OK);
        char *file = dg_is_folder(path)
                         ? dg_format("%s/000000.%s", path,
                                     format == DIGRESS_FORMAT_GRAPHML ? "graphml" : "edges")
                         : dg_format("%s", path);
        assert_int_equal(dg_file_read(file, &bytes, &size), DIGRESS_OK);
        for (size_t at = 0; at < size; at++) {
            digress_graph_set *read = NULL;
            bytes[at] ^= 3;
            assert_non_null(scratch_bytes(file, bytes, at % 2 ? size : at));
            if (digress_graph_set_read(file, NULL, NULL, &read) == DIGRESS_OK)
                digress_graph_set_free(read);
            bytes[at] ^= 3;
        }
        free(bytes);
        free(file);
    }
    digress_graph_set_free(set);
}

static void a_full_disk_leaves_nothing(void **state) {
    digress_graph_set *set = random_set(60, 3, 6, 1, 2);
    assert_int_equal(digress_graph_set_write(set, "/dev/full", DIGRESS_FORMAT_GRAPH6, true, NULL),
                     DIGRESS_ERROR_IO);
    assert_int_equal(
        digress_graph_set_write(set, "/dev/full", DIGRESS_FORMAT_SAFETENSORS, true, NULL),
        DIGRESS_ERROR_IO);
    const char *under_file = scratch_file(state, "file", "");
    char *path = dg_path_join(under_file, "set");
    for (size_t k = 0; k < FORMATS; k++) {
        digress_format format;
        assert_int_equal(digress_format_parse(formats[k].name, &format), DIGRESS_OK);
        assert_int_equal(digress_graph_set_write(set, path, format, false, NULL), DIGRESS_ERROR_IO);
    }
    free(path);
    digress_graph_set_free(set);
}

static void every_format_notices_a_full_disk(void **state) {
    digress_graph_set *set = random_set(60, 20, 40, 1, 2);
    const char *path = scratch_path(state, "set");
    struct rlimit before, small;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 16;
    for (size_t k = 0; k < FORMATS; k++) {
        digress_format format;
        assert_int_equal(digress_format_parse(formats[k].name, &format), DIGRESS_OK);
        setrlimit(RLIMIT_FSIZE, &small);
        digress_status status = digress_graph_set_write(set, path, format, false, NULL);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(status, DIGRESS_ERROR_IO);
        assert_non_null(strstr(digress_last_error(), "cannot write: File too large"));
        assert_false(dg_exists(path));
    }
    digress_graph_set_free(set);
}

static void format_names(void **state) {
    (void)state;
    digress_format format;
    assert_int_equal(digress_format_parse("tu", &format), DIGRESS_OK);
    assert_int_equal(format, DIGRESS_FORMAT_TU);
    assert_int_equal(digress_format_parse("csv", &format), DIGRESS_ERROR_INPUT);
    assert_non_null(
        strstr(digress_last_error(), "edgelist, graph6, graphml, tu, safetensors or text"));
}

static size_t graphs_in(const char *path, digress_format format) {
    const digress_read_options options = {.format = format};
    digress_graph_set *set = NULL;
    if (digress_graph_set_read(path, &options, NULL, &set) != DIGRESS_OK) return 0;
    size_t count = digress_graph_set_count(set);
    digress_graph_set_free(set);
    return count;
}

/* Lines of SMILES may be graph6 by their letters. */
static void smiles_are_no_graph6(void **state) {
    const char *text = "CS\nCP\nCF\nCI\n";
    const char *path = scratch_file(state, "molecules.txt", text);
    assert_int_equal(graphs_in(path, DIGRESS_FORMAT_AUTO), 0);
    assert_non_null(strstr(digress_last_error(), "molecules: digress data import"));
    assert_int_equal(graphs_in(scratch_file(state, "a.txt", "CS\nCP\n"), DIGRESS_FORMAT_GRAPH6), 2);
    assert_int_equal(graphs_in(scratch_file(state, "a.g6", "CS\nCP\n"), DIGRESS_FORMAT_AUTO), 2);
    assert_int_equal(graphs_in(scratch_file(state, "b.txt", "CS\nCr\n"), DIGRESS_FORMAT_AUTO), 2);
    assert_int_equal(
        graphs_in(scratch_file(state, "c.txt", ">>graph6<<CS\nCP\n"), DIGRESS_FORMAT_AUTO), 2);
}

static void smiles_are_told_by_their_letters(void **state) {
    static const char *const smiles[] = {
        "C1CC1",          "[NH4+].[Cl-]", "c1cc[nH]c1",      "F/C=C/Br",
        "C%12CC%12 name", "*C(C)(C)O",    "CCO\nNone\nCN\n", "# a comment\n\nCC(=O)O\n"};
    static const char *const others[] = {"",
                                         "C1CC",
                                         "C(C",
                                         "CC)",
                                         "[]C",
                                         "(C)",
                                         "1CC1",
                                         "Xy",
                                         "N=3\nX:\n",
                                         "0 1\n",
                                         "<graphml>",
                                         "None\nNone\nCC\n",
                                         ">>graph6<<CC",
                                         "no graph",
                                         "C[",
                                         "C%1"};
    (void)state;
    for (size_t k = 0; k < sizeof smiles / sizeof *smiles; k++)
        if (!dg_is_smiles_text(smiles[k], strlen(smiles[k]))) fail_msg("%s", smiles[k]);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        if (dg_is_smiles_text(others[k], strlen(others[k]))) fail_msg("%s", others[k]);
}

/* A header of 0x33C bytes begins with '<', one of 0x330 with '0'. */
static void safetensors_are_told_whatever_their_length(void **state) {
    digress_graph_set *set = random_set(5, 3, 6, 2, 3);
    const char *path = scratch_path(state, "set.bin");
    char *bytes = NULL, padded[0x1000];
    size_t size = 0;
    assert_int_equal(digress_graph_set_write(set, path, DIGRESS_FORMAT_SAFETENSORS, true, NULL),
                     DIGRESS_OK);
    assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
    const size_t header = (unsigned char)bytes[0] + 256 * (size_t)(unsigned char)bytes[1];
    for (size_t length = 0x330; length < 0x340; length++) {
        assert_true(header < length && 8 + length + size - header < sizeof padded);
        memset(padded, ' ', sizeof padded);
        memcpy(padded, bytes, 8 + header);
        padded[0] = (char)(length & 0xff);
        padded[1] = (char)(length >> 8);
        memcpy(padded + 8 + length, bytes + 8 + header, size - 8 - header);
        scratch_bytes(path, padded, size + length - header);
        if (graphs_in(path, DIGRESS_FORMAT_AUTO) != 3) fail_msg("%s", digress_last_error());
    }
    free(bytes);
    digress_graph_set_free(set);
}

static void write_gzip(const char *path, const char *text, const char *mode) {
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

static void compressed_files_are_read(void **state) {
    static const struct {
        const char *name, *text;
    } cases[] = {{"a.edges.gz", "0 1\n1 2\n"},
                 {"a.g6.gz", "DQc\n"},
                 {"b.txt.gz", "N=2\nX: \n0 0\nE: \n0 1\n1 0\n\n"},
                 {"a.graphml.gz", "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
                                  "<graph edgedefault=\"undirected\"><node id=\"a\"/></graph>"
                                  "</graphml>"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *path = scratch_path(state, cases[k].name);
        write_gzip(path, cases[k].text, "wb");
        if (graphs_in(path, DIGRESS_FORMAT_AUTO) != 1) fail_msg("%s", digress_last_error());
    }
    const char *path = scratch_path(state, "a.g6.gz");
    write_gzip(path, "DQc\n@\n", "ab"); /* a second text behind the first */
    assert_int_equal(graphs_in(path, DIGRESS_FORMAT_AUTO), 3);
    assert_int_equal(truncate(path, 20), 0);
    assert_int_equal(graphs_in(path, DIGRESS_FORMAT_AUTO), 0);
    assert_non_null(
        strstr(digress_last_error(), "a.g6.gz: cannot read: the compressed file is cut"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(sets_without_classes_round_trip),
        SCRATCH_TEST(sets_with_classes_round_trip),
        SCRATCH_TEST(unused_classes_stay),
        SCRATCH_TEST(large_graphs_round_trip),
        SCRATCH_TEST(graph6_is_mckays),
        SCRATCH_TEST(graph6_numbers_of_nodes),
        SCRATCH_TEST(edge_lists_as_users_write_them),
        SCRATCH_TEST(wrong_texts_are_told_by_line),
        SCRATCH_TEST(simplify_counts_what_it_drops),
        SCRATCH_TEST(igraph_is_left_as_it_was),
        SCRATCH_TEST(threads_take_turns_in_igraph),
        SCRATCH_TEST(names_are_written_or_there_is_no_memory),
        SCRATCH_TEST(tu_collections_of_others),
        SCRATCH_TEST(wrong_tu_collections),
        SCRATCH_TEST(a_directed_tu_collection_is_simplified),
        SCRATCH_TEST(a_folder_is_read_in_name_order),
        SCRATCH_TEST(set_folders_by_split),
        SCRATCH_TEST(safetensors_of_others),
        SCRATCH_TEST(keys_that_nobody_reads_are_left_out),
        SCRATCH_TEST(survives_damage),
        SCRATCH_TEST(a_full_disk_leaves_nothing),
        SCRATCH_TEST(every_format_notices_a_full_disk),
        cmocka_unit_test(format_names),
        SCRATCH_TEST(smiles_are_no_graph6),
        cmocka_unit_test(smiles_are_told_by_their_letters),
        SCRATCH_TEST(safetensors_are_told_whatever_their_length),
        SCRATCH_TEST(compressed_files_are_read),
    };
    return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
