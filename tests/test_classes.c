/* Classes are matched by name, between the files of a set and between sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/classes.h"
#include "graph/dataset.h"
#include "scratch.h"

static void write_named(const char *path, digress_format format, const char *first,
                        const char *second, const char *bond) {
    digress_graph_set *set = NULL;
    assert_int_equal(digress_graph_set_create(2, 3, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_name_node(set, 0, first), DIGRESS_OK);
    assert_int_equal(digress_graph_set_name_node(set, 1, second), DIGRESS_OK);
    assert_int_equal(digress_graph_set_name_edge(set, 2, bond), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, 2, (const uint8_t[]){0, 1}, (uint8_t[]){2}),
                     DIGRESS_OK);
    assert_int_equal(digress_graph_set_write(set, path, format, true, NULL), DIGRESS_OK);
    digress_graph_set_free(set);
}

static const char *name_of_node(const digress_graph_set *set, size_t graph, size_t node) {
    return digress_graph_set_node_name(set, digress_graph_set_get(set, graph).node_class[node]);
}

static const char *name_of_pair(const digress_graph_set *set, size_t graph, size_t pair) {
    return digress_graph_set_edge_name(set, digress_graph_set_get(set, graph).pair_class[pair]);
}

/* Parts that number their classes differently, or have other classes. */
static void classes_of_parts_match_by_name(void **state) {
    static const digress_format kinds[] = {DIGRESS_FORMAT_SAFETENSORS, DIGRESS_FORMAT_TU,
                                           DIGRESS_FORMAT_GRAPHML, DIGRESS_FORMAT_EDGELIST};
    static const char *const paths[][3] = {
        {"a", "b", "c"}, {"d", "e", "f"}, {"g", "h", "i"}, {"j", "k", "l"}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        dg_dataset set;
        const char *a = scratch_path(state, paths[k][0]), *b = scratch_path(state, paths[k][1]),
                   *c = scratch_path(state, paths[k][2]);
        write_named(a, kinds[k], "Fe", "Ni", "weak");
        write_named(b, kinds[k], "Ni", "Fe", "strong");
        write_named(c, kinds[k], "Ni", "Co", "weak");
        assert_int_equal(dg_dataset_read_parts(a, b, c, NULL, NULL, NULL, &set), DIGRESS_OK);
        assert_int_equal(digress_graph_set_node_classes(set.train), 3);
        assert_int_equal(digress_graph_set_edge_classes(set.test), 4);
        assert_string_equal(name_of_node(set.train, 0, 0), "Fe");
        assert_string_equal(name_of_node(set.train, 0, 1), "Ni");
        assert_string_equal(name_of_node(set.val, 0, 0), "Ni");
        assert_string_equal(name_of_node(set.val, 0, 1), "Fe");
        assert_string_equal(name_of_node(set.test, 0, 1), "Co");
        assert_string_equal(name_of_pair(set.train, 0, 0), "weak");
        assert_string_equal(name_of_pair(set.val, 0, 0), "strong");
        assert_string_equal(name_of_pair(set.test, 0, 0), "weak");
        dg_dataset_free(&set);
    }
}

static digress_graph_set *read_folder_of(void **state, size_t count, const char *const *texts) {
    digress_graph_set *set = NULL;
    assert_int_equal(dg_make_folders(scratch_path(state, "parts")), DIGRESS_OK);
    for (size_t k = 0; k < count; k++) {
        char name[32];
        snprintf(name, sizeof name, "parts/%zu.edges", k);
        scratch_file(state, name, texts[k]);
    }
    assert_int_equal(digress_graph_set_read(scratch_path(state, "parts"), NULL, NULL, &set),
                     DIGRESS_OK);
    return set;
}

/* Classes of a file without names are matched by order with words, and by name with numbers. */
static void files_without_names(void **state) {
    static const char words[] = "# nodes 2\n# node classes [\"red\", \"blue\"]\n# node 1 1\n0 1\n",
                      labels[] = "# nodes 2\n# node classes [\"1\", \"4\"]\n# node 1 1\n0 1\n",
                      plain[] = "# nodes 2\n# node 0 1\n# node 1 1\n0 1\n";
    digress_graph_set *set = read_folder_of(state, 2, (const char *[]){words, plain});
    assert_int_equal(digress_graph_set_node_classes(set), 2);
    assert_string_equal(name_of_node(set, 1, 0), "blue");
    digress_graph_set_free(set);
    set = read_folder_of(state, 2, (const char *[]){plain, words});
    assert_string_equal(name_of_node(set, 0, 0), "blue");
    assert_string_equal(name_of_node(set, 1, 0), "red");
    digress_graph_set_free(set);
    set = read_folder_of(state, 2, (const char *[]){labels, plain});
    assert_int_equal(digress_graph_set_node_classes(set), 2);
    assert_string_equal(name_of_node(set, 0, 1), "4");
    assert_string_equal(name_of_node(set, 1, 0), "1");
    digress_graph_set_free(set);
}

static void a_name_stands_for_one_class(void **state) {
    digress_graph_set *set = NULL;
    const char *path =
        scratch_file(state, "twice.edges", "# node classes [\"C\", \"C\"]\n# node 1 1\n0 1\n");
    assert_int_equal(digress_graph_set_read(path, NULL, NULL, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "node classes 0 and 1 are both 'C'"));
    path = scratch_file(state, "none.edges", "# edge classes [\"none\", \"none\"]\n0 1\n");
    assert_int_equal(digress_graph_set_read(path, NULL, NULL, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "edge classes 0 and 1 are both 'none'"));
}

static void assert_file(void **state, const char *name, const char *expected) {
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(dg_file_read(scratch_path(state, name), &bytes, &size), DIGRESS_OK);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void tu_labels_come_back_as_they_were(void **state) {
    static const char labels[] = "5\n-2\n5\n0\n", bonds[] = "0\n0\n3\n3\n";
    digress_graph_set *set = NULL, *again = NULL;
    assert_int_equal(dg_make_folders(scratch_path(state, "labelled")), DIGRESS_OK);
    scratch_file(state, "labelled/L_graph_indicator.txt", "1\n1\n2\n2\n");
    scratch_file(state, "labelled/L_A.txt", "1, 2\n2, 1\n3, 4\n4, 3\n");
    scratch_file(state, "labelled/L_node_labels.txt", labels);
    scratch_file(state, "labelled/L_edge_labels.txt", bonds);
    const char *path = scratch_path(state, "labelled"), *copy = scratch_path(state, "back");
    assert_int_equal(digress_graph_set_read(path, NULL, NULL, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_write(set, copy, DIGRESS_FORMAT_TU, false, NULL),
                     DIGRESS_OK);
    assert_file(state, "back/back_node_labels.txt", labels);
    assert_file(state, "back/back_edge_labels.txt", bonds);
    assert_int_equal(digress_graph_set_read(copy, NULL, NULL, &again), DIGRESS_OK);
    assert_true(dg_same_classes(again, set));
    assert_string_equal(name_of_node(again, 1, 0), "5");
    assert_string_equal(name_of_pair(again, 1, 0), "3");
    digress_graph_set_free(again);
    scratch_file(state, "back/back_node_labels.txt", "5\n-2\n5\n7\n");
    assert_int_equal(digress_graph_set_read(copy, NULL, NULL, &again), DIGRESS_ERROR_INPUT);
    assert_non_null(
        strstr(digress_last_error(), "labels.txt:4: label 7 is not one of the classes"));
    digress_graph_set_free(set);
}

/* Sets side by side in a folder, whose labels are other names in other orders. */
static void tu_sets_of_one_folder_are_unified(void **state) {
    digress_graph_set *set = NULL;
    char *folder = dg_path_join(*state, "two");
    assert_int_equal(dg_make_folders(folder), DIGRESS_OK);
    for (int k = 0; k < 2; k++) {
        scratch_file(state, k ? "two/B_graph_indicator.txt" : "two/A_graph_indicator.txt",
                     "1\n1\n2\n2\n");
        scratch_file(state, k ? "two/B_A.txt" : "two/A_A.txt", "1, 2\n2, 1\n3, 4\n4, 3\n");
    }
    scratch_file(state, "two/A_node_labels.txt", "6\n7\n8\n7\n");
    assert_int_equal(digress_graph_set_read(folder, NULL, NULL, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "sets A and B only one has a file NAME_node_lab"));
    scratch_file(state, "two/B_node_labels.txt", "9\n7\n7\n8\n");
    assert_int_equal(digress_graph_set_read(folder, NULL, NULL, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(set), 4);
    assert_int_equal(digress_graph_set_node_classes(set), 4);
    assert_string_equal(name_of_node(set, 0, 0), "6");
    assert_string_equal(name_of_node(set, 2, 0), "9");
    assert_string_equal(name_of_node(set, 2, 1), "7");
    assert_string_equal(name_of_node(set, 3, 1), "8");
    digress_graph_set_free(set);
    free(folder);
}

/* ---- sets ---- */

/* A set with classes of these names, and a graph of a node of each class, bound like a path by the
 * edge classes in turn. */
static digress_graph_set *set_of(size_t nodes, const char *const *node_names, size_t edges,
                                 const char *const *edge_names) {
    digress_graph_set *set = NULL;
    uint8_t node[8], pair[28] = {0};
    assert_int_equal(digress_graph_set_create(nodes, edges + 1, &set), DIGRESS_OK);
    for (size_t k = 0; k < nodes; k++) {
        assert_int_equal(digress_graph_set_name_node(set, k, node_names[k]), DIGRESS_OK);
        node[k] = (uint8_t)k;
        if (k > 0) pair[digress_pair_index(nodes, k - 1, k)] = (uint8_t)(1 + (k - 1) % edges);
    }
    for (size_t k = 0; k < edges; k++)
        assert_int_equal(digress_graph_set_name_edge(set, k + 1, edge_names[k]), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(set, nodes, node, pair), DIGRESS_OK);
    return set;
}

static const char *const one[] = {"single"}, *const two[] = {"double", "single"},
                         *const mixed[] = {"single", "triple"};

static void sets_are_mapped_by_name(void **state) {
    (void)state;
    digress_graph_set *set = set_of(2, (const char *[]){"O", "C"}, 1, one),
                      *onto = set_of(3, (const char *[]){"C", "N", "O"}, 2, two), *copy = NULL;
    assert_int_equal(dg_classes_require(set, onto, "the model"), DIGRESS_OK);
    assert_int_equal(dg_graph_set_copy(set, onto, &copy), DIGRESS_OK);
    assert_int_equal(dg_graph_set_adopt(&set, onto, "the model"), DIGRESS_OK);
    assert_true(dg_same_classes(set, onto));
    assert_memory_equal(digress_graph_set_get(set, 0).node_class, ((uint8_t[]){2, 0}), 2);
    assert_int_equal(digress_graph_set_get(set, 0).pair_class[0], 2);
    assert_memory_equal(digress_graph_set_get(copy, 0).node_class, ((uint8_t[]){2, 0}), 2);
    digress_graph_set_free(copy);
    digress_graph_set_free(set);
    digress_graph_set_free(onto);
}

static void assert_refused(digress_graph_set *set, const digress_graph_set *onto,
                           const char *message) {
    char names[100];
    snprintf(names, sizeof names, "%s", digress_graph_set_node_name(set, 0));
    assert_int_equal(dg_graph_set_adopt(&set, onto, "the model"), DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), message))
        fail_msg("'%s', not '%s'", digress_last_error(), message);
    assert_string_equal(digress_graph_set_node_name(set, 0), names);
    digress_graph_set_free(set);
}

static void a_class_that_is_lacking_is_named(void **state) {
    (void)state;
    digress_graph_set *onto = set_of(2, (const char *[]){"C", "O"}, 2, mixed), *plain = NULL;
    assert_refused(set_of(3, (const char *[]){"C", "S", "P"}, 1, one), onto,
                   "node classes S, P, which the model lacks: it has C, O");
    assert_refused(set_of(2, (const char *[]){"O", "C"}, 2, two), onto,
                   "edge class double, which the model lacks: it has single, triple");
    assert_int_equal(digress_graph_set_create(1, 2, &plain), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(plain, 2, NULL, (uint8_t[]){1}), DIGRESS_OK);
    assert_refused(plain, onto, "no node classes, but the model has C, O");
    /* A class that no graph has is no loss. */
    digress_graph_set *unused = NULL, *wide = set_of(3, (const char *[]){"C", "S", "O"}, 1, one);
    assert_int_equal(digress_graph_set_create_like(wide, &unused), DIGRESS_OK);
    assert_int_equal(digress_graph_set_append(unused, 1, (uint8_t[]){2}, NULL), DIGRESS_OK);
    assert_int_equal(dg_graph_set_adopt(&unused, onto, "the model"), DIGRESS_OK);
    assert_int_equal(digress_graph_set_get(unused, 0).node_class[0], 1);
    digress_graph_set_free(unused);
    digress_graph_set_free(wide);
    digress_graph_set_free(onto);
}

/* Among numbers, numbers are names; among words, they are indices. */
static void sets_without_names(void **state) {
    (void)state;
    char text[100];
    digress_graph_set *numbers =
                          set_of(3, (const char *[]){"0", "1", "2"}, 1, (const char *[]){"1"}),
                      *labels =
                          set_of(3, (const char *[]){"1", "2", "0"}, 1, (const char *[]){"1"}),
                      *words = set_of(3, (const char *[]){"C", "N", "O"}, 1, one), *copy = NULL;
    assert_int_equal(dg_graph_set_copy(numbers, labels, &copy), DIGRESS_OK);
    assert_memory_equal(digress_graph_set_get(copy, 0).node_class, ((uint8_t[]){2, 0, 1}), 3);
    digress_graph_set_free(copy);
    assert_int_equal(dg_graph_set_copy(numbers, words, &copy), DIGRESS_OK);
    assert_memory_equal(digress_graph_set_get(copy, 0).node_class, ((uint8_t[]){0, 1, 2}), 3);
    assert_string_equal(digress_graph_set_node_name(copy, 2), "O");
    dg_classes_by_place(numbers, words, text, sizeof text);
    assert_string_equal(text, "0-2 stand for C, N, O");
    dg_classes_by_place(numbers, labels, text, sizeof text);
    assert_string_equal(text, "");
    digress_graph_set_free(copy);
    digress_graph_set_free(numbers);
    digress_graph_set_free(labels);
    digress_graph_set_free(words);
}

static void a_join_has_the_classes_of_both(void **state) {
    (void)state;
    char text[100];
    digress_graph_set *a = set_of(2, (const char *[]){"C", "O"}, 1, one),
                      *b = set_of(3, (const char *[]){"N", "O", "S"}, 2, two), *both = NULL;
    assert_int_equal(dg_classes_join(a, b, &both), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(both), 0);
    assert_int_equal(digress_graph_set_node_classes(both), 4);
    assert_string_equal(digress_graph_set_node_name(both, 2), "N");
    assert_string_equal(digress_graph_set_node_name(both, 3), "S");
    assert_int_equal(digress_graph_set_edge_classes(both), 3);
    assert_string_equal(digress_graph_set_edge_name(both, 2), "double");
    dg_classes_lacking(b, a, text, sizeof text);
    assert_string_equal(text, "node classes N, S, edge class double");
    dg_classes_lacking(b, both, text, sizeof text);
    assert_string_equal(text, "");
    digress_graph_set_free(a);
    digress_graph_set_free(b);
    digress_graph_set_free(both);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(classes_of_parts_match_by_name),
        SCRATCH_TEST(files_without_names),
        SCRATCH_TEST(a_name_stands_for_one_class),
        SCRATCH_TEST(tu_labels_come_back_as_they_were),
        SCRATCH_TEST(tu_sets_of_one_folder_are_unified),
        cmocka_unit_test(sets_are_mapped_by_name),
        cmocka_unit_test(a_class_that_is_lacking_is_named),
        cmocka_unit_test(sets_without_names),
        cmocka_unit_test(a_join_has_the_classes_of_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
