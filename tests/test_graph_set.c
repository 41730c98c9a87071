/* Sets of graphs, their statistics, and set folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/dataset.h"
#include "graph/statistics.h"
#include "scratch.h"
#include <math.h>

static digress_graph_set *new_set(size_t node_classes, size_t edge_classes) {
    digress_graph_set *set = NULL;
    assert_int_equal(digress_graph_set_create(node_classes, edge_classes, &set), DIGRESS_OK);
    return set;
}

static void keeps_what_is_appended(void **state) {
    (void)state;
    digress_graph_set *set = new_set(3, 4);
    /* Graph g has g+1 nodes, and classes that depend on place and graph. */
    for (size_t g = 0; g < 40; g++) {
        uint8_t nodes[40], pairs[40 * 39 / 2];
        for (size_t k = 0; k < g + 1; k++)
            nodes[k] = (uint8_t)((g + k) % 3);
        for (size_t k = 0; k < g * (g + 1) / 2; k++)
            pairs[k] = (uint8_t)((g * 7 + k) % 4);
        assert_int_equal(digress_graph_set_append(set, g + 1, nodes, pairs), DIGRESS_OK);
    }
    assert_int_equal(digress_graph_set_count(set), 40);
    for (size_t g = 0; g < 40; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        size_t pair = 0;
        assert_int_equal(graph.n, g + 1);
        for (size_t i = 0; i < graph.n; i++) {
            assert_int_equal(graph.node_class[i], (g + i) % 3);
            assert_int_equal(digress_graph_pair(&graph, i, i), 0);
            for (size_t j = i + 1; j < graph.n; j++, pair++) {
                assert_int_equal(digress_pair_index(graph.n, i, j), pair);
                assert_int_equal(digress_graph_pair(&graph, i, j), (g * 7 + pair) % 4);
                assert_int_equal(digress_graph_pair(&graph, j, i), (g * 7 + pair) % 4);
            }
        }
    }
    digress_graph_set_free(set);
    digress_graph_set_free(NULL);
}

static void refuses_what_is_no_graph(void **state) {
    (void)state;
    digress_graph_set *set = new_set(2, 2), *none = NULL;
    uint8_t nodes[] = {0, 2}, pair = 2, edge = 1;
    assert_int_equal(digress_graph_set_append(set, 0, nodes, &edge), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_append(set, 2, nodes, &edge), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_append(set, 2, NULL, &pair), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_append(set, SIZE_MAX, NULL, &pair), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_count(set), 0);
    assert_int_equal(digress_graph_set_append(set, 2, NULL, &edge), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, 1, NULL, NULL), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(set), 2);
    digress_graph_set_free(set);
    assert_int_equal(digress_graph_set_create(0, 2, &none), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_create(1, 1, &none), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_create(256, 2, &none), DIGRESS_ERROR_INPUT);
    assert_null(none);
}

static void names_classes(void **state) {
    (void)state;
    digress_graph_set *set = new_set(2, 3);
    assert_string_equal(digress_graph_set_node_name(set, 1), "1");
    assert_string_equal(digress_graph_set_edge_name(set, 0), "none");
    assert_string_equal(digress_graph_set_edge_name(set, 2), "2");
    char name[] = "double";
    assert_int_equal(digress_graph_set_name_edge(set, 2, name), DIGRESS_OK);
    name[0] = 'x';
    assert_string_equal(digress_graph_set_edge_name(set, 2), "double");
    assert_int_equal(digress_graph_set_name_node(set, 2, "C"), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_name_node(set, 0, "\xFF"), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(set);
}

/* Three graphs: one node; a path of 3 with classes; 2 nodes without an edge. */
static digress_graph_set *example(void) {
    digress_graph_set *set = new_set(2, 3);
    const uint8_t path_nodes[] = {0, 1, 1}, path_pairs[] = {1, 0, 2}, empty = 0;
    assert_int_equal(digress_graph_set_append(set, 1, NULL, NULL), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, 3, path_nodes, path_pairs), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, 2, NULL, &empty), DIGRESS_OK);
    return set;
}

static void counts_statistics(void **state) {
    (void)state;
    digress_graph_set *set = example();
    dg_statistics statistics;
    assert_int_equal(dg_statistics_of(set, &statistics), DIGRESS_OK);
    assert_int_equal(statistics.graphs, 3);
    assert_int_equal(statistics.max_n, 3);
    for (size_t n = 0; n <= 3; n++)
        assert_true(statistics.n_histogram[n] == (n > 0));
    assert_true(statistics.node_marginals[0] == 4.0 / 6);
    assert_true(statistics.node_marginals[1] == 2.0 / 6);
    assert_true(statistics.edge_marginals[0] == 2.0 / 4);
    assert_true(statistics.edge_marginals[1] == 1.0 / 4);
    assert_true(statistics.edge_marginals[2] == 1.0 / 4);
    assert_true(statistics.mean_n == 2);
    assert_true(fabs(statistics.mean_edges - 2.0 / 3) < 1e-15);

    digress_graph_set *larger = new_set(1, 2);
    uint8_t pairs[10] = {0};
    assert_int_equal(digress_graph_set_append(larger, 5, NULL, pairs), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(larger, 1, NULL, NULL), DIGRESS_OK);
    assert_int_equal(dg_statistics_add_sizes(&statistics, larger), DIGRESS_OK);
    assert_int_equal(statistics.max_n, 5);
    assert_true(statistics.n_histogram[1] == 2 && statistics.n_histogram[4] == 0 &&
                statistics.n_histogram[5] == 1);
    dg_statistics_free(&statistics);
    digress_graph_set_free(larger);
    digress_graph_set_free(set);
}

static void statistics_without_pairs(void **state) {
    (void)state;
    digress_graph_set *set = new_set(1, 3);
    dg_statistics statistics;
    assert_int_equal(dg_statistics_of(set, &statistics), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_graph_set_append(set, 1, NULL, NULL), DIGRESS_OK);
    assert_int_equal(dg_statistics_of(set, &statistics), DIGRESS_OK);
    assert_true(statistics.edge_marginals[0] == 1 && statistics.edge_marginals[2] == 0);
    dg_statistics_free(&statistics);
    digress_graph_set_free(set);
}

/* `count` graphs; graph k has k+1 nodes, so that its size tells its number. */
static digress_graph_set *numbered(size_t count) {
    digress_graph_set *set = new_set(1, 2);
    uint8_t pairs[5000] = {0};
    for (size_t k = 0; k < count; k++)
        assert_int_equal(digress_graph_set_append(set, k + 1, NULL, pairs), DIGRESS_OK);
    return set;
}

static void mark(const digress_graph_set *set, uint8_t *seen) {
    for (size_t g = 0; g < digress_graph_set_count(set); g++)
        seen[digress_graph_set_get(set, g).n - 1]++;
}

static bool same_sizes(const digress_graph_set *a, const digress_graph_set *b) {
    bool same = digress_graph_set_count(a) == digress_graph_set_count(b);
    for (size_t g = 0; same && g < digress_graph_set_count(a); g++)
        same = digress_graph_set_get(a, g).n == digress_graph_set_get(b, g).n;
    return same;
}

static void splits_every_graph_once(void **state) {
    (void)state;
    digress_graph_set *set = numbered(100);
    dg_dataset first, again, other;
    uint8_t seen[100] = {0};
    assert_int_equal(digress_graph_set_name_node(set, 0, "C"), DIGRESS_OK);
    assert_int_equal(dg_dataset_split(set, 1, &first), DIGRESS_OK);
    assert_int_equal(dg_dataset_split(set, 1, &again), DIGRESS_OK);
    assert_int_equal(dg_dataset_split(set, 2, &other), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(first.train), 64);
    assert_int_equal(digress_graph_set_count(first.val), 16);
    assert_int_equal(digress_graph_set_count(first.test), 20);
    assert_string_equal(digress_graph_set_node_name(first.test, 0), "C");
    mark(first.train, seen);
    mark(first.val, seen);
    mark(first.test, seen);
    for (size_t k = 0; k < 100; k++)
        assert_int_equal(seen[k], 1);
    assert_true(same_sizes(first.train, again.train));
    assert_false(same_sizes(first.train, other.train));
    dg_dataset_free(&first);
    dg_dataset_free(&again);
    dg_dataset_free(&other);
    digress_graph_set_free(set);
}

static void refuses_to_split_too_few(void **state) {
    (void)state;
    digress_graph_set *set = numbered(3);
    dg_dataset dataset;
    assert_int_equal(dg_dataset_split(set, 0, &dataset), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "3 graphs are too few"));
    digress_graph_set_free(set);
}

static void a_set_folder_comes_back(void **state) {
    digress_graph_set *set = numbered(10);
    const char *path = scratch_path(state, "set");
    dg_dataset written, read;
    assert_int_equal(dg_dataset_split(set, 5, &written), DIGRESS_OK);
    assert_int_equal(dg_dataset_describe(&written, "ten", "grid"), DIGRESS_OK);
    assert_int_equal(dg_dataset_write(&written, path, false), DIGRESS_OK);
    assert_int_equal(dg_dataset_write(&written, path, false), DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_dataset_write(&written, path, true), DIGRESS_OK);
    assert_int_equal(dg_dataset_read(path, NULL, &read), DIGRESS_OK);
    assert_string_equal(read.name, "ten");
    assert_string_equal(read.kind, "grid");
    assert_true(same_sizes(read.train, written.train));
    assert_true(same_sizes(read.val, written.val));
    assert_true(same_sizes(read.test, written.test));
    dg_dataset_free(&read);
    dg_dataset_free(&written);
    digress_graph_set_free(set);
}

static void refuses_broken_set_folders(void **state) {
    digress_graph_set *set = numbered(10), *empty = new_set(1, 2);
    const char *path = scratch_path(state, "set");
    dg_dataset dataset, read;
    assert_int_equal(dg_dataset_split(set, 5, &dataset), DIGRESS_OK);
    assert_int_equal(dg_dataset_write(&dataset, path, false), DIGRESS_OK);
    assert_int_equal(digress_graph_set_write(empty, scratch_path(state, "set/val.safetensors"),
                                             DIGRESS_FORMAT_SAFETENSORS, true, NULL),
                     DIGRESS_OK);
    assert_int_equal(dg_dataset_read(path, NULL, &read), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "val.safetensors: no graphs in it"));
    assert_int_equal(dg_remove_tree(scratch_path(state, "set/val.safetensors")), DIGRESS_OK);
    assert_int_equal(dg_dataset_read(path, NULL, &read), DIGRESS_ERROR_IO);
    assert_non_null(scratch_file(state, "set/dataset.json", "{\"name\": \"x\",\n \"kind\": }"));
    assert_int_equal(dg_dataset_read(path, NULL, &read), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "dataset.json:2:"));
    assert_non_null(scratch_file(state, "set/dataset.json",
                                 "{\"format\": 2, \"name\": \"x\", \"kind\": \"\"}"));
    assert_int_equal(dg_dataset_read(path, NULL, &read), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "a later format"));
    dg_dataset_free(&dataset);
    digress_graph_set_free(empty);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_appended),
        cmocka_unit_test(refuses_what_is_no_graph),
        cmocka_unit_test(names_classes),
        cmocka_unit_test(counts_statistics),
        cmocka_unit_test(statistics_without_pairs),
        cmocka_unit_test(splits_every_graph_once),
        cmocka_unit_test(refuses_to_split_too_few),
        SCRATCH_TEST(a_set_folder_comes_back),
        SCRATCH_TEST(refuses_broken_set_folders),
    };
    return cmocka_run_group_tests_name("graph_set", tests, NULL, NULL);
}
