/* Formats that are read but not written, and files that are known but not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/io/formats.h"
#include "scratch.h"

static digress_graph_set *read_text(void **state, const char *text,
                                    const digress_read_options *options,
                                    digress_read_report *report) {
    digress_graph_set *set = NULL;
    const char *path = scratch_file(state, "text", text);
    if (digress_graph_set_read(path, options, report, &set) != DIGRESS_OK)
        fail_msg("'%s': %s", text, digress_last_error());
    return set;
}

static void assert_refused(void **state, const void *bytes, size_t size, const char *message) {
    digress_graph_set *set = NULL;
    const char *path = scratch_bytes(scratch_path(state, "file"), bytes, size);
    assert_int_equal(digress_graph_set_read(path, NULL, NULL, &set), DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), message))
        fail_msg("'%s', not '%s'", digress_last_error(), message);
}

/* Compares with the edges "0 1, 12 3". */
static void assert_graph(const digress_graph_set *set, size_t index, size_t n, const char *edges) {
    const digress_graph graph = digress_graph_set_get(set, index);
    size_t found = 0, expected = 0;
    assert_int_equal(graph.n, n);
    for (size_t k = 0; k < n * (n - 1) / 2; k++)
        found += graph.pair_class[k] != 0;
    for (const char *at = edges; *at; at += *at == ',') {
        char *end = NULL;
        const size_t u = strtoul(at, &end, 10), v = strtoul(end, &end, 10);
        assert_true(u < n && v < n && digress_graph_pair(&graph, u, v) != 0);
        expected++;
        at = end;
    }
    assert_int_equal(found, expected);
}

static digress_status ask_three_times(void *context) {
    return ++*(int *)context > 3 ? dg_error(DIGRESS_INTERRUPTED, "enough") : DIGRESS_OK;
}

/* The watch is asked before each file and each graph. */
static void reading_can_be_stopped(void **state) {
    int asked = 0;
    size_t end = 0;
    digress_graph_set *set = NULL;
    const dg_watch watch = {ask_three_times, &asked};
    const char *two = scratch_file(state, "two", "FI?GW\nFI?GW\n");
    assert_int_equal(dg_graph_sets_read(1, &two, NULL, &watch, NULL, &end, &set), DIGRESS_OK);
    assert_int_equal(asked, 3);
    digress_graph_set_free(set);
    set = NULL;
    asked = 0;
    const char *three = scratch_file(state, "three", "FI?GW\nFI?GW\nFI?GW\n");
    assert_int_equal(dg_graph_sets_read(1, &three, NULL, &watch, NULL, &end, &set),
                     DIGRESS_INTERRUPTED);
    assert_null(set);
    assert_string_equal(digress_last_error(), "enough");
}

static void sparse6_is_mckays(void **state) {
    /* The first is the example of nauty's formats.txt; n = 2, 4, 8 and 16 are padded in a way of
     * their own. */
    static const struct {
        const char *text;
        size_t n;
        const char *edges;
    } cases[] = {{":Fa@x^", 7, "0 1,0 2,1 2,5 6"},
                 {">>sparse6<<:An", 2, "0 1"},
                 {":Cc", 4, "0 1,0 2"},
                 {":@", 1, ""},
                 {":C", 4, ""},
                 {":GkMCv", 8, "0 3,3 6,1 6"},
                 {":OqLFo^", 16, "0 15,3 9,8 9"},
                 {":gidKwB", 40, "39 0,20 21"}};
    digress_read_report report;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        digress_graph_set *set = read_text(state, cases[k].text, NULL, &report);
        assert_graph(set, 0, cases[k].n, cases[k].edges);
        digress_graph_set_free(set);
    }
    digress_graph_set *set =
        read_text(state, ">>sparse6<<:Cc\n>>sparse6<<:An\n>>graph6<<A_\n", NULL, &report);
    assert_int_equal(digress_graph_set_count(set), 3);
    assert_graph(set, 1, 2, "0 1");
    digress_graph_set_free(set);
}

static void gml_through_igraph(void **state) {
    static const char text[] = "# by hand\nCreator \"me\"\ngraph [\n  comment \"graph of mine\"\n"
                               "  node [ id 30 element \"N\" class 1 ]\n"
                               "  node [ id 10 element \"C\" class 0 ]\n"
                               "  node [ id 20 element \"C\" class 0 ]\n"
                               "  edge [ source 10 target 20 order 2 ]\n"
                               "  edge [ source 30 target 20 order 1 ]\n]\n";
    const digress_read_options options = {.node_attribute = "element", .edge_attribute = "order"};
    digress_read_report report = {0};
    digress_graph_set *set = read_text(state, text, NULL, &report);
    assert_graph(set, 0, 3, "1 2,0 2");
    assert_int_equal(digress_graph_set_get(set, 0).node_class[0], 1);
    assert_string_equal(report.unread_attributes, "element, order");
    digress_graph_set_free(set);
    set = read_text(state, text, &options, &report);
    const digress_graph graph = digress_graph_set_get(set, 0);
    assert_string_equal(digress_graph_set_node_name(set, graph.node_class[0]), "N");
    assert_string_equal(digress_graph_set_edge_name(set, digress_graph_pair(&graph, 1, 2)), "2");
    assert_int_equal(digress_graph_set_write(set, "none", DIGRESS_FORMAT_GML, false, NULL),
                     DIGRESS_ERROR_INPUT);
    digress_graph_set_free(set);
    static const char two[] = "graph [ node [ id 1 ] ]\ngraph [ node [ id 1 ] ]\n",
                      directed[] = "graph [ directed 1 node [ id 1 ] node [ id 2 ]\n"
                                   "edge [ source 1 target 2 ] ]\n",
                      cut[] = "graph [ node [ id 1 ]\n";
    assert_refused(state, two, sizeof two - 1, "2 graphs in one file");
    assert_refused(state, directed, sizeof directed - 1, "is directed");
    assert_refused(state, cut, sizeof cut - 1, "file: ");
}

static void pajek_through_igraph(void **state) {
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"*Vertices 3\n*Arcs\n1 2\n", "is directed"},
        {"*Vertices 3\n*Arcs\n1 2\n*Edges\n2 3\n", "both *Arcs and *Edges"},
        {"*Vertices 3\n*Edges\n2 4\n", "file:3: node 4: the graph has the nodes 1 to 3"},
        {"*Vertices 3\n*Edgeslist\n1 2 9\n", "file:3: node 9"},
        {"*Vertices 2000000000\n", "at most 32768"},
        {"*Vertices 2\n*Edges\n1 2\n*Vertices 2\n", "2 networks in one file"},
    };
    digress_read_report report = {0};
    digress_graph_set *set = read_text(
        state, "% mine\n*vertices 4\n1 \"a\"\n2 \"b\"\n*edges\n4 1 9.5\n2 3 1\n", NULL, &report);
    assert_graph(set, 0, 4, "0 3,1 2");
    assert_non_null(strstr(report.unread_attributes, "weight"));
    digress_graph_set_free(set);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_refused(state, wrong[k].text, strlen(wrong[k].text), wrong[k].message);
}

/* A file that the user calls a matrix: nothing has looked at its first line yet. */
static void matrices_without_a_banner(void **state) {
    static const char *const texts[] = {"", "%", "%% 1", "%%MatrixMarketmatrix coordinate"};
    const digress_read_options options = {.format = DIGRESS_FORMAT_MATRIX_MARKET};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        digress_graph_set *set = NULL;
        const char *path = scratch_file(state, "file", texts[k]);
        assert_int_equal(digress_graph_set_read(path, &options, NULL, &set), DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(digress_last_error(), "expected %%MatrixMarket"));
    }
}

static void matrices(void **state) {
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"%%MatrixMarket matrix array real general\n2 2\n0\n1\n1\n0\n",
         "file:1: expected a matrix"},
        {"%%MatrixMarket matrix coordinate pattern general\n3 2 0\n", "file:2: expected rows"},
        {"%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n", "is it cut off?"},
        {"%%MatrixMarket matrix coordinate pattern symmetric\n3 3 1\n4 1\n", "file:3: node 3"},
        {"%%MatrixMarket matrix coordinate pattern general\n3 3 1\n2 1\n", "has no opposite"},
        {"%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n2 1 0.5\n",
         "the option 'weights' ignore"},
        {"%%MatrixMarket", "file:1: expected a matrix"},
        {"%%MatrixMarket matrix\ncoordinate pattern general\n", "file:1: expected a matrix"},
    };
    const digress_read_options ignore = {.ignore_weights = true};
    digress_read_report report = {0};
    digress_graph_set *set = read_text(
        state, "%%MatrixMarket matrix coordinate pattern symmetric\n% mine\n5 5 2\n2 1\n4 3\n",
        NULL, &report);
    assert_graph(set, 0, 5, "0 1,2 3");
    digress_graph_set_free(set);
    set =
        read_text(state, "%%MatrixMarket matrix coordinate integer general\n3 3 2\n2 3 4\n3 2 4\n",
                  NULL, &report);
    assert_int_equal(digress_graph_set_get(set, 0).pair_class[2], 4);
    digress_graph_set_free(set);
    set = read_text(state, wrong[5].text, &ignore, &report);
    assert_graph(set, 0, 2, "0 1");
    assert_int_equal(report.weights, 1);
    digress_graph_set_free(set);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_refused(state, wrong[k].text, strlen(wrong[k].text), wrong[k].message);
}

static void what_is_not_read_is_called_by_name(void **state) {
    static const char way[] = "which is not read: write its graphs as GraphML or edge lists";
    assert_refused(state, "\x80\x04\x95\x01\0", 5, "a Python pickle");
    assert_refused(state, "PK\x03\x04\x14\0", 6, "as .npz and .pt are");
    assert_refused(state, "\x93NUMPY\x01\0", 8, "a NumPy array");
    assert_refused(state, "<?xml version=\"1.0\"?>\n<gexf><graph/></gexf>\n", 43, "GEXF");
    assert_refused(state, "PK\x03\x04", 4, way);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(reading_can_be_stopped),
        SCRATCH_TEST(sparse6_is_mckays),
        SCRATCH_TEST(gml_through_igraph),
        SCRATCH_TEST(pajek_through_igraph),
        SCRATCH_TEST(matrices_without_a_banner),
        SCRATCH_TEST(matrices),
        SCRATCH_TEST(what_is_not_read_is_called_by_name),
    };
    return cmocka_run_group_tests_name("other formats", tests, NULL, NULL);
}
