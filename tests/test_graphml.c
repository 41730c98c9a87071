/* GraphML as other programs write it: unread parts are counted, attributes become classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "digress/graph.h"
#include "scratch.h"
#include <stdio.h>

static const char HEAD[] = "<?xml version=\"1.0\"?>\n"
                           "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";

static const char *file_of(void **state, const char *body) {
    char text[4096];
    snprintf(text, sizeof text, "%s%s</graphml>\n", HEAD, body);
    return scratch_file(state, "file.graphml", text);
}

static digress_graph_set *read_body(void **state, const char *body,
                                    const digress_read_options *options,
                                    digress_read_report *report) {
    digress_graph_set *set = NULL;
    *report = (digress_read_report){0};
    if (digress_graph_set_read(file_of(state, body), options, report, &set) != DIGRESS_OK)
        fail_msg("%s", digress_last_error());
    return set;
}

static void assert_refused(void **state, const char *body, const digress_read_options *options,
                           const char *message) {
    digress_graph_set *set = NULL;
    assert_int_equal(digress_graph_set_read(file_of(state, body), options, NULL, &set),
                     DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), message))
        fail_msg("'%s', not '%s'", digress_last_error(), message);
}

/* Numbers, texts and truth values; node y has no "element", and the edge y z no "order". */
static const char MOLECULE[] =
    "<key id=\"k1\" for=\"node\" attr.name=\"element\" attr.type=\"string\"/>\n"
    "<key id=\"k2\" for=\"edge\" attr.name=\"order\" attr.type=\"double\"/>\n"
    "<key id=\"k3\" for=\"node\" attr.name=\"mass\" attr.type=\"double\"/>\n"
    "<key id=\"k4\" for=\"node\" attr.name=\"ring\" attr.type=\"boolean\"/>\n"
    "<graph edgedefault=\"undirected\">\n"
    "<node id=\"x\"><data key=\"k1\">O</data><data key=\"k3\">16</data>"
    "<data key=\"k4\">true</data></node>\n"
    "<node id=\"y\"><data key=\"k3\">12</data><data key=\"k4\">false</data></node>\n"
    "<node id=\"z\"><data key=\"k1\">C</data><data key=\"k3\">9</data>"
    "<data key=\"k4\">false</data></node>\n"
    "<edge source=\"x\" target=\"y\"><data key=\"k2\">1.5</data></edge>\n"
    "<edge source=\"y\" target=\"z\"/></graph>\n";

static void a_long_list_of_attributes_is_cut(void **state) {
    char text[4096] = "<graphml>";
    digress_read_report report;
    for (int k = 0; k < 40; k++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used,
                 "<key id=\"k%d\" for=\"node\" attr.name=\"attribute%d\" attr.type=\"int\"/>", k,
                 k);
    }
    strcat(text, "<graph edgedefault=\"undirected\"><node id=\"a\"/></graph></graphml>");
    digress_graph_set *set = NULL;
    const char *path = scratch_file(state, "many.graphml", text);
    assert_int_equal(digress_graph_set_read(path, NULL, &report, &set), DIGRESS_OK);
    assert_int_equal(report.attributes, 40);
    assert_string_equal(report.unread_attributes, "attribute0, attribute1, attribute2, attribute3, "
                                                  "attribute4, attribute5, ...");
    digress_graph_set_free(set);
}

static void no_edge_is_called_none(void **state) {
    static const char body[] =
        "<key id=\"k\" for=\"edge\" attr.name=\"stereo\" attr.type=\"string\"/>"
        "<graph edgedefault=\"undirected\"><node id=\"x\"/><node id=\"y\"/>"
        "<edge source=\"x\" target=\"y\"><data key=\"k\">none</data></edge></graph>";
    assert_refused(state, body, &(digress_read_options){.edge_attribute = "stereo"},
                   "the edge attribute has the value 'none', which stands for no edge");
}

static void attributes_become_classes(void **state) {
    digress_read_options options = {.node_attribute = "element", .edge_attribute = "order"};
    digress_read_report report;
    digress_graph_set *set = read_body(state, MOLECULE, &options, &report);
    digress_graph graph = digress_graph_set_get(set, 0);
    static const char *const elements[] = {"O", "(none)", "C"};
    for (size_t k = 0; k < 3; k++)
        assert_string_equal(digress_graph_set_node_name(set, graph.node_class[k]), elements[k]);
    assert_string_equal(digress_graph_set_edge_name(set, digress_graph_pair(&graph, 0, 1)), "1.5");
    assert_string_equal(digress_graph_set_edge_name(set, digress_graph_pair(&graph, 1, 2)),
                        "(none)");
    assert_int_equal(report.unclassed, 2);
    assert_int_equal(report.attributes, 2);
    assert_string_equal(report.unread_attributes, "mass, ring");
    digress_graph_set_free(set);
    options = (digress_read_options){.node_attribute = "mass"};
    set = read_body(state, MOLECULE, &options, &report);
    assert_string_equal(digress_graph_set_node_name(set, 0), "9"); /* by size */
    assert_int_equal(digress_graph_set_get(set, 0).node_class[0], 2);
    digress_graph_set_free(set);
    options.node_attribute = "ring";
    set = read_body(state, MOLECULE, &options, &report);
    assert_string_equal(digress_graph_set_node_name(set, 1), "true");
    digress_graph_set_free(set);
    options.node_attribute = "order";
    assert_refused(state, MOLECULE, &options, "its nodes have no attribute 'order'");
}

static void attributes_of_all(void **state) {
    static const char *const keys[] = {
        "<key id=\"c\" for=\"all\" attr.name=\"class\" attr.type=\"int\"/>",
        "<key id=\"c\" attr.name=\"class\" attr.type=\"int\"></key>"};
    for (size_t k = 0; k < 2; k++) {
        char body[1024];
        snprintf(body, sizeof body,
                 "%s<graph edgedefault=\"undirected\"><node id=\"p\"><data key=\"c\">2</data>"
                 "</node><node id=\"q\"/><edge source=\"p\" target=\"q\"><data key=\"c\">3</data>"
                 "</edge></graph>",
                 keys[k]);
        digress_read_report report;
        digress_graph_set *set = read_body(state, body, NULL, &report);
        digress_graph graph = digress_graph_set_get(set, 0);
        assert_int_equal(graph.node_class[0], 2);
        assert_int_equal(graph.node_class[1], 0);
        assert_int_equal(graph.pair_class[0], 3);
        assert_int_equal(report.unclassed, 1);
        assert_int_equal(report.warnings, 0);
        digress_graph_set_free(set);
    }
}

static void edges_are_directed_by_their_own_word(void **state) {
    static const char mixed[] =
        "<graph edgedefault=\"undirected\"><node id=\"p\"/><node id=\"q\"/><node id=\"r\"/>"
        "<edge source=\"p\" target=\"q\"/><edge source=\"q\" target=\"r\" directed=\"true\"/>"
        "</graph>",
                      undirected[] =
                          "<graph edgedefault=\"directed\"><node id=\"p\"/><node id=\"q\"/>"
                          "<edge source=\"p\" target=\"q\" directed=\"false\"/></graph>";
    const digress_read_options simplify = {.simplify = true};
    digress_read_report report;
    assert_refused(state, mixed, NULL, "is directed");
    digress_graph_set_free(read_body(state, mixed, &simplify, &report));
    assert_int_equal(report.directions, 1);
    digress_graph_set_free(read_body(state, undirected, NULL, &report));
    assert_int_equal(report.directions, 0);
}

static void what_is_not_read_is_counted(void **state) {
    digress_read_report report;
    digress_graph_set_free(
        read_body(state,
                  "<key id=\"s\" for=\"node\" attr.name=\"size\" attr.type=\"no.such.Type\"/>"
                  "<graph edgedefault=\"undirected\"><node id=\"p\"><data key=\"s\">1</data></node>"
                  "<node id=\"q\"><data key=\"unheard-of\">1</data></node><node id=\"p\"/>"
                  "<!-- <node id=\"n\"/> --><hyperedge><endpoint node=\"p\"/><endpoint node=\"q\"/>"
                  "</hyperedge><edge source=\"q\" target=\"elsewhere\"/></graph>",
                  NULL, &report));
    assert_int_equal(report.attributes, 1);
    assert_string_equal(report.unread_attributes, "size");
    assert_int_equal(report.duplicate_nodes, 1);
    assert_int_equal(report.undeclared_nodes, 1);
    assert_int_equal(report.hyperedges, 1);
    assert_int_equal(report.warnings, 1);
    assert_non_null(strstr(report.warning, "unheard-of"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_long_list_of_attributes_is_cut),
        SCRATCH_TEST(attributes_become_classes),
        SCRATCH_TEST(no_edge_is_called_none),
        SCRATCH_TEST(attributes_of_all),
        SCRATCH_TEST(edges_are_directed_by_their_own_word),
        SCRATCH_TEST(what_is_not_read_is_counted),
    };
    return cmocka_run_group_tests_name("graphml", tests, NULL, NULL);
}
