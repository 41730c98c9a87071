/* A training set that the ranks of a machine have in common. The ranks are threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/classes.h"
#include "graph/graph_set.h"
#include "graph/image.h"
#include "thread_ranks.h"
#include "train/data.h"
#include "training.h"
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static digress_graph_set *set_with_target(void) {
    digress_graph_set *set = random_set(1, 6);
    size_t target = 0;
    ok(digress_graph_set_name_node(set, 1, "C"));
    ok(digress_graph_set_name_edge(set, 1, "single"));
    ok(digress_graph_set_add_target(set, "logp", &target));
    for (size_t k = 1; k < digress_graph_set_count(set); k++)
        ok(digress_graph_set_set_target(set, k, target, 0.5 * (double)k));
    return set;
}

static void assert_same_graphs(const digress_graph_set *a, const digress_graph_set *b) {
    assert_int_equal(digress_graph_set_count(a), digress_graph_set_count(b));
    for (size_t k = 0; k < digress_graph_set_count(a); k++) {
        const digress_graph x = digress_graph_set_get(a, k), y = digress_graph_set_get(b, k);
        assert_int_equal(x.n, y.n);
        assert_memory_equal(x.node_class, y.node_class, x.n);
        if (x.n > 1) assert_memory_equal(x.pair_class, y.pair_class, x.n * (x.n - 1) / 2);
    }
}

static void assert_same_targets(const digress_graph_set *a, const digress_graph_set *b) {
    assert_int_equal(digress_graph_set_target_count(b), 1);
    assert_string_equal(digress_graph_set_target_name(b, 0), "logp");
    for (size_t k = 0; k < digress_graph_set_count(a); k++) {
        const double x = digress_graph_set_target(a, k, 0), y = digress_graph_set_target(b, k, 0);
        assert_memory_equal(&x, &y, sizeof x);
    }
}

static void *image_of(const dg_dataset *dataset) {
    void *image = NULL;
    ok(dg_allocate(dg_image_size(dataset), 1, &image));
    dg_image_write(dataset, image);
    return image;
}

static void an_image_holds_a_dataset(void **state) {
    (void)state;
    dg_dataset made = {.train = set_with_target(), .test = random_set(2, 1)}, opened;
    ok(dg_dataset_describe(&made, "toys", "planar"));
    void *image = image_of(&made);
    ok(dg_image_open(image, &opened));
    assert_string_equal(opened.name, "toys");
    assert_string_equal(opened.kind, "planar");
    assert_null(opened.val);
    assert_true(dg_same_classes(made.train, opened.train));
    assert_same_graphs(made.train, opened.train);
    assert_same_targets(made.train, opened.train);
    assert_same_graphs(made.test, opened.test);
    dg_dataset_free(&opened);
    dg_dataset_free(&made);
    free(image);
}

/* What changes a set that has borrowed its graphs leaves the image as it is. */
static void a_borrower_changes_a_copy(void **state) {
    (void)state;
    dg_dataset made = {.train = set_with_target(), .test = random_set(2, 1)}, opened;
    digress_graph_set *classes = NULL;
    ok(dg_dataset_describe(&made, "", ""));
    const size_t size = dg_image_size(&made);
    void *image = image_of(&made), *before = image_of(&made);
    ok(dg_image_open(image, &opened));
    ok(digress_graph_set_create(3, 2, &classes));
    ok(digress_graph_set_name_node(classes, 0, "C"));
    ok(digress_graph_set_name_node(classes, 1, "0"));
    ok(digress_graph_set_name_edge(classes, 1, "single"));
    ok(dg_graph_set_adopt(&opened.train, classes, "another"));
    append_random(opened.test, 4, 1);
    assert_memory_equal(image, before, size);
    assert_int_equal(digress_graph_set_count(opened.test), 2);
    const uint8_t was = digress_graph_set_get(made.train, 5).node_class[0];
    assert_int_equal(digress_graph_set_get(opened.train, 5).node_class[0], was < 2 ? !was : was);
    digress_graph_set_free(classes);
    dg_dataset_free(&opened);
    dg_dataset_free(&made);
    free(image);
    free(before);
}

typedef struct data_case {
    const char *path, *path_of_last; /* what the last rank is told to read */
    digress_status got[MOST_THREAD_RANKS];
    char text[MOST_THREAD_RANKS][256];
    uint64_t hash[MOST_THREAD_RANKS];
} data_case;

static void read_on_rank(dg_ranks *ranks, void *context) {
    data_case *c = context;
    const size_t r = ranks->rank;
    const bool last = r == ranks->count - 1;
    dg_config config;
    dg_dataset data = {0};
    if (dg_config_create(&config) != DIGRESS_OK) abort();
    config.dataset.path = strdup(last && c->path_of_last ? c->path_of_last : c->path);
    c->got[r] = dg_training_data_once(&config, ranks, NULL, &data);
    snprintf(c->text[r], sizeof c->text[r], "%s", digress_last_error());
    for (size_t k = 0; data.train && k < digress_graph_set_count(data.train); k++) {
        const digress_graph graph = digress_graph_set_get(data.train, k);
        c->hash[r] = dg_hash_graph(c->hash[r], &graph);
    }
    dg_dataset_free(&data);
    dg_config_free(&config);
}

static const char *written_set(void) {
    static char path[512];
    dg_dataset made = {
        .train = set_with_target(), .val = random_set(2, 2), .test = random_set(2, 1)};
    snprintf(path, sizeof path, "%s", place("set"));
    for (size_t k = 0; k < 3; k++) { /* read together, they must have the same classes */
        digress_graph_set *set = k == 0 ? made.train : k == 1 ? made.val : made.test;
        ok(digress_graph_set_name_node(set, 1, "C"));
        ok(digress_graph_set_name_edge(set, 1, "single"));
    }
    ok(dg_dataset_describe(&made, "toys", "planar"));
    ok(dg_dataset_write(&made, path, true));
    dg_dataset_free(&made);
    return path;
}

static void all_must_have_it(const data_case *c, size_t count) {
    for (size_t r = 0; r < count; r++) {
        if (c->got[r] != DIGRESS_OK) fail_msg("rank %zu: %s", r, c->text[r]);
        assert_true(c->hash[r] != 0 && c->hash[r] == c->hash[0]);
    }
}

static size_t files_in_common(void) {
    char start[64];
    size_t count = 0;
    struct dirent *entry = NULL;
    DIR *shm = opendir("/dev/shm");
    assert_non_null(shm);
    snprintf(start, sizeof start, "digress-%ld-", (long)getpid());
    while ((entry = readdir(shm)))
        count += strncmp(entry->d_name, start, strlen(start)) == 0;
    closedir(shm);
    return count;
}

/* Two ranks a machine. The second does not even look at the file; memory outlives its name. */
static void a_machine_reads_a_set_once(void **state) {
    (void)state;
    data_case c = {.path = written_set(), .path_of_last = place("nowhere")};
    run_as_ranks(4, read_on_rank, &c);
    all_must_have_it(&c, 4);
    assert_int_equal(files_in_common(), 0);
}

/* As if /dev/shm were full. */
static void without_common_memory_each_reads_its_own(void **state) {
    (void)state;
    struct rlimit usual, none;
    data_case c = {.path = written_set()};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    none = usual;
    none.rlim_cur = 16;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    run_as_ranks(3, read_on_rank, &c);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    all_must_have_it(&c, 3);
    assert_int_equal(files_in_common(), 0);
    c.path_of_last = place("nowhere");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    run_as_ranks(2, read_on_rank, &c);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    for (size_t r = 0; r < 2; r++)
        assert_non_null(strstr(c.text[r], "rank 1: "));
}

static void a_machine_without_the_set_ends_all(void **state) {
    (void)state;
    data_case c = {.path = written_set(), .path_of_last = place("nowhere")};
    run_as_ranks(3, read_on_rank, &c);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(c.got[r], DIGRESS_ERROR_IO);
        assert_non_null(strstr(c.text[r], "rank 2: "));
        assert_non_null(strstr(c.text[r], "nowhere"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_holds_a_dataset),
        cmocka_unit_test(a_borrower_changes_a_copy),
        cmocka_unit_test(a_machine_reads_a_set_once),
        cmocka_unit_test(without_common_memory_each_reads_its_own),
        cmocka_unit_test(a_machine_without_the_set_ends_all),
    };
    return cmocka_run_group_tests_name("common data", tests, make_folder, remove_folder);
}
