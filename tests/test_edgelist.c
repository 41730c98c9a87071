/* Edge lists as other programs write them: numbers that start at 1, sizes, weights, tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "digress/graph.h"
#include "scratch.h"

/* Reads `text`, and compares with n nodes and the edges "0 1, 1 2": each a pair of digits. */
static void assert_reads(void **state, const char *text, const digress_read_options *options,
                         digress_read_report *report, size_t n, const char *edges) {
    digress_graph_set *set = NULL;
    size_t found = 0;
    *report = (digress_read_report){0};
    if (digress_graph_set_read(scratch_file(state, "text", text), options, report, &set) !=
        DIGRESS_OK)
        fail_msg("'%s': %s", text, digress_last_error());
    const digress_graph graph = digress_graph_set_get(set, 0);
    assert_int_equal(graph.n, n);
    for (size_t k = 0; k < n * (n - 1) / 2; k++)
        found += graph.pair_class[k] != 0;
    assert_int_equal(found, (strlen(edges) + 2) / 5);
    for (const char *edge = edges; *edge; edge += edge[3] ? 5 : 3)
        assert_int_equal(
            digress_graph_pair(&graph, (size_t)(edge[0] - '0'), (size_t)(edge[2] - '0')), 1);
    digress_graph_set_free(set);
}

static void assert_refused(void **state, const char *text, const digress_read_options *options,
                           const char *message) {
    digress_graph_set *set = NULL;
    const char *path = scratch_file(state, "text", text);
    assert_int_equal(digress_graph_set_read(path, options, NULL, &set), DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), message))
        fail_msg("'%s': '%s', not '%s'", text, digress_last_error(), message);
}

static void numbers_are_compacted(void **state) {
    const digress_read_options literal = {.ids = DIGRESS_IDS_LITERAL},
                               compact = {.ids = DIGRESS_IDS_COMPACT};
    digress_read_report report;
    assert_reads(state, "3 1\n1 2\n", NULL, &report, 3, "0 1, 0 2");
    assert_int_equal(report.compacted, 1);
    assert_reads(state, "70000 70002\n70002 70009\n", NULL, &report, 3, "0 1, 1 2");
    assert_int_equal(report.compacted, 1);
    assert_reads(state, "0 1\n1 5\n", NULL, &report, 3, "0 1, 1 2");
    assert_int_equal(report.compacted, 1);
    assert_reads(state, "0 1\n# node 2 0\n", NULL, &report, 3, "0 1");
    assert_int_equal(report.compacted, 0);
    assert_reads(state, "# nodes 6\n1 3\n", NULL, &report, 6, "1 3");
    assert_int_equal(report.compacted, 0);
    assert_reads(state, "# nodes 6\n1 9\n", &compact, &report, 6, "0 1");
    assert_int_equal(report.compacted, 1);
    assert_reads(state, "1 3\n", &literal, &report, 4, "1 3");
    assert_int_equal(report.compacted, 0);
    assert_reads(state, "0 90000\n", &compact, &report, 2, "0 1");
    assert_refused(state, "0 90000\n", NULL, "the option 'ids' compact");
}

static void the_class_of_a_node_moves_with_it(void **state) {
    digress_graph_set *set = NULL;
    const char *path = scratch_file(state, "text", "# node 7 2\n5 7\n");
    assert_int_equal(digress_graph_set_read(path, NULL, NULL, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_get(set, 0).node_class[1], 2);
    digress_graph_set_free(set);
}

static void sizes_are_honoured(void **state) {
    digress_read_report report;
    assert_reads(state, "# Nodes: 3 Edges: 2\n1\t2\n2\t3\n", NULL, &report, 3, "0 1, 1 2");
    assert_reads(state, "# Nodes: 5 Edges: 2\n1\t2\n2\t8\n", NULL, &report, 5, "0 1, 1 2");
    assert_reads(state, "# Nodes: 5 Edges: 1\n1\t2\n", NULL, &report, 5, "1 2");
    assert_int_equal(report.compacted, 0);
    assert_refused(state, "# Nodes: 2 Edges: 2\n1 2\n2 3\n", NULL, "2 nodes by this line");
    assert_refused(state, "# Nodes: 3 Edges: 3\n1 2\n2 3\n", NULL, "is the file cut off?");
    assert_reads(state, "6 2\n0 1\n1 2\n", NULL, &report, 6, "0 1, 1 2");
    assert_int_equal(report.headers, 1);
    assert_reads(state, "4 5\n1 2\n2 3\n3 4\n4 1\n1 3\n", NULL, &report, 4,
                 "0 1, 1 2, 2 3, 0 3, 0 2");
    assert_int_equal(report.headers, 1);
    assert_reads(state, "3 2\n2 1\n1 0\n", NULL, &report, 4, "2 3, 1 2, 0 1");
    assert_int_equal(report.headers, 0);
    assert_refused(state, "4 3\n1 2\n2 3\n1 4\n", NULL, "may be an edge, or the numbers of nodes");
}

static void weights_are_refused_or_ignored(void **state) {
    static const char *const texts[] = {"0 1 0.25\n1 2 3e-2\n", "0 1 {'weight': 1.5}\n1 2 {}\n",
                                        "source,target,weight\n0,1,2\n1,2,7\n", "0 1 2 9\n1 2 3\n"};
    const digress_read_options ignore = {.ignore_weights = true};
    digress_read_report report;
    for (size_t k = 0; k < 4; k++) {
        assert_refused(state, texts[k], NULL,
                       k < 3 ? "the option 'weights' ignore" : "expected 'u v'");
        assert_reads(state, texts[k], &ignore, &report, 3, "0 1, 1 2");
        assert_int_equal(report.weights, k == 1 ? 1 : 2);
    }
}

static void tables_have_headers(void **state) {
    static const char *const texts[] = {
        "source,target\n0,1\n1,2\n", "\"Source\",\"Target\",\"Class\"\n0,1,1\n1,2,1\n",
        "# made by hand\nto\tfrom\n1\t0\n2\t1\n", "FromNodeId ToNodeId\n0 1\n1 2\n",
        "Source;Target;Class\n0;1;1\n1;2;1\n"};
    digress_read_report report;
    for (size_t k = 0; k < 5; k++)
        assert_reads(state, texts[k], NULL, &report, 3, "0 1, 1 2");
    assert_refused(state, "source,smiles\n0,CC\n", NULL, "of no known format");
    assert_refused(state, "source,target\nCC,CO\n", NULL, "of no known format");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(numbers_are_compacted), SCRATCH_TEST(the_class_of_a_node_moves_with_it),
        SCRATCH_TEST(sizes_are_honoured),    SCRATCH_TEST(weights_are_refused_or_ignored),
        SCRATCH_TEST(tables_have_headers),
    };
    return cmocka_run_group_tests_name("edgelist", tests, NULL, NULL);
}
