/* TU collections as they are published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/file.h"
#include "digress/graph.h"
#include "scratch.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(tu_collections_of_others),
        SCRATCH_TEST(wrong_tu_collections),
        SCRATCH_TEST(a_directed_tu_collection_is_simplified),
    };
    return cmocka_run_group_tests_name("tu", tests, NULL, NULL);
}
