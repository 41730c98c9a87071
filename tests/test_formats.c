/* Every format: what is written comes back, and damage and full disks are noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/file.h"
#include "core/safetensors.h"
#include "digress/graph.h"
#include "failing_json.h"
#include "format_fixture.h"
#include "graph/dataset.h"
#include "scratch.h"
#include <signal.h>
#include <sys/resource.h>

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

/* Classes that no graph uses come back if the format can hold them. */
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

/* Each allocation of jansson fails in turn. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(sets_without_classes_round_trip),
        SCRATCH_TEST(sets_with_classes_round_trip),
        SCRATCH_TEST(unused_classes_stay),
        SCRATCH_TEST(large_graphs_round_trip),
        SCRATCH_TEST(names_are_written_or_there_is_no_memory),
        SCRATCH_TEST(a_folder_is_read_in_name_order),
        SCRATCH_TEST(set_folders_by_split),
        SCRATCH_TEST(safetensors_of_others),
        SCRATCH_TEST(survives_damage),
        SCRATCH_TEST(a_full_disk_leaves_nothing),
        SCRATCH_TEST(every_format_notices_a_full_disk),
    };
    return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
