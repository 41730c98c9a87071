#define _GNU_SOURCE /* renameat2 */
/* Files and folders appear whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/temporary.h"
#include "scratch.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const plain_content[] = {"file", NULL};
static const dg_folder_kind plain_folder = {.name = "plain", .content = plain_content};

static size_t count_entries(const char *folder) {
    DIR *stream = opendir(folder);
    size_t count = 0;
    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count - 2;
}

static void assert_content(const char *path, const char *expected) {
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void reads_what_was_written(void **state) {
    char *bytes = NULL;
    size_t size = 0, length = 300001;
    const char *path = scratch_path(state, "big");
    char *text = malloc(length);
    for (size_t k = 0; k < length; k++)
        text[k] = (char)(k * 7 % 251);
    assert_int_equal(dg_file_write(path, text, length), DIGRESS_OK);
    assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
    assert_int_equal(size, length);
    assert_memory_equal(bytes, text, length);
    assert_int_equal(bytes[size], 0);
    free(bytes);
    free(text);
    assert_content(scratch_file(state, "empty", ""), "");
}

static void reads_a_pipe(void **state) {
    (void)state;
    int ends[2];
    char path[32], *bytes = NULL;
    size_t size = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "0 1\n", 4), 4);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
    assert_string_equal(bytes, "0 1\n");
    free(bytes);
    close(ends[0]);
}

static void names_what_it_cannot_read(void **state) {
    char *bytes = NULL;
    size_t size = 0;
    const char *missing = scratch_path(state, "missing");
    assert_int_equal(dg_file_read(missing, &bytes, &size), DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), missing));
    assert_non_null(strstr(digress_last_error(), "No such file"));
    assert_int_equal(dg_file_read(*state, &bytes, &size), DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), "directory"));
    assert_null(bytes);
}

static void replaces_only_on_commit(void **state) {
    const char *path = scratch_file(state, "file", "old");
    dg_file file;
    assert_int_equal(dg_file_begin(&file, path), DIGRESS_OK);
    fputs("new", file.stream);
    fflush(file.stream);
    assert_content(path, "old");
    dg_file_abort(&file);
    assert_content(path, "old");
    assert_int_equal(dg_file_begin(&file, path), DIGRESS_OK);
    fputs("new", file.stream);
    assert_int_equal(dg_file_commit(&file), DIGRESS_OK);
    assert_content(path, "new");
    assert_int_equal(count_entries(*state), 1);
}

static void a_full_disk_leaves_the_old_file(void **state) {
    const char *path = scratch_file(state, "file", "old");
    struct rlimit before, small;
    char *text = calloc(1 << 20, 1);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &small);
    digress_status status = dg_file_write(path, text, 1 << 20);
    setrlimit(RLIMIT_FSIZE, &before);
    free(text);
    assert_int_equal(status, DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), path));
    assert_content(path, "old");
    assert_int_equal(count_entries(*state), 1);
}

static void what_does_not_read_back_is_an_error(void **state) {
    const char *path = scratch_file(state, "file", "old");
    dg_file file;
    assert_int_equal(dg_file_begin(&file, path), DIGRESS_OK);
    fputs("0123456789", file.stream);
    assert_int_equal(dg_file_check(&file, 0, "0123456789", 10), DIGRESS_OK);
    assert_int_equal(dg_file_check(&file, 4, "456", 3), DIGRESS_OK);
    assert_int_equal(dg_file_check(&file, 4, "457", 3), DIGRESS_ERROR_IO);
    assert_int_equal(dg_file_check(&file, 8, "89 and more", 11), DIGRESS_ERROR_IO);
    fputs(", more", file.stream); /* looking does not move the end */
    assert_int_equal(dg_file_commit(&file), DIGRESS_OK);
    assert_content(path, "0123456789, more");
}

/* How many events of the kinds `mask` has `watch` seen, on names that `fits` accepts. */
static size_t count_events(int watch, uint32_t mask, bool (*fits)(const char *name)) {
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    size_t count = 0;
    ssize_t size = read(watch, events, sizeof events);
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const void *)(events + at);
        if (event->len && fits(event->name)) count += (event->mask & mask) != 0;
        at += (ssize_t)(sizeof *event + event->len);
    }
    close(watch);
    return count;
}

static int watch_folder(void **state, uint32_t mask) {
    int watch = inotify_init1(IN_NONBLOCK);
    assert_true(inotify_add_watch(watch, *state, mask) >= 0);
    return watch;
}

/* Opening by name a second time could lead elsewhere, in a folder that others may write to. */
static void a_temporary_file_is_opened_once(void **state) {
    int watch = watch_folder(state, IN_OPEN | IN_CLOSE); /* equal ones in a row count as one */
    assert_int_equal(dg_file_write(scratch_path(state, "file"), "text", 4), DIGRESS_OK);
    assert_int_equal(count_events(watch, IN_OPEN, dg_is_temporary), 1);
}

enum { DEAD = 99999999 }; /* larger than any process number */

static const char *temporary_of(void **state, const char *name, long process, const char *ending) {
    char text[64];
    snprintf(text, sizeof text, "%s.tmp-%ld-0%s", name, process, ending);
    return scratch_path(state, text);
}

static void what_dead_processes_left_is_removed(void **state) {
    const char *path = scratch_path(state, "file");
    const char *dead = scratch_bytes(temporary_of(state, "file", DEAD, ""), "", 0);
    const char *ours = scratch_bytes(temporary_of(state, "file", (long)getpid(), ""), "", 0);
    const char *of_another = scratch_bytes(temporary_of(state, "filed", DEAD, ""), "", 0);
    const char *living = scratch_bytes(temporary_of(state, "file", (long)getppid(), ""), "", 0);
    const char *no_temporary = scratch_file(state, "file.tmp-1", "");
    assert_int_equal(dg_file_write(path, "text", 4), DIGRESS_OK);
    assert_false(dg_exists(dead));
    assert_false(dg_exists(ours)); /* of an earlier process of this number: we hold no lock on it */
    assert_true(dg_exists(of_another));
    assert_true(dg_exists(living));
    assert_true(dg_exists(no_temporary));
    assert_content(path, "text");
}

static void what_is_locked_is_under_way(void **state) {
    const char *path = scratch_path(state, "file");
    const char *locked = scratch_bytes(temporary_of(state, "file", DEAD, ""), "", 0);
    int descriptor = open(locked, O_RDONLY);
    dg_file first, second;
    assert_int_equal(flock(descriptor, LOCK_EX), 0);
    assert_int_equal(dg_file_begin(&first, path), DIGRESS_OK);
    assert_int_equal(dg_file_begin(&second, path), DIGRESS_OK); /* and leaves the first alone */
    fputs("second", second.stream);
    assert_int_equal(dg_file_commit(&second), DIGRESS_OK);
    fputs("first", first.stream);
    assert_int_equal(dg_file_commit(&first), DIGRESS_OK);
    assert_content(path, "first");
    assert_true(dg_exists(locked));
    close(descriptor);
    assert_int_equal(dg_file_write(path, "third", 5), DIGRESS_OK);
    assert_int_equal(count_entries(*state), 1);
}

static void tells_temporary_names(void **state) {
    (void)state;
    assert_true(dg_is_temporary("a.safetensors.tmp-12-0"));
    assert_true(dg_is_temporary("set.tmp-12-0.old"));
    assert_true(dg_is_temporary("a.tmp-b.tmp-1-2"));
    const char *const others[] = {"a",        "a.tmp",    "a.tmp-1",    "a.tmp--1",
                                  "a.tmp-1-", ".tmp-1-2", "a.tmp-1-2b", "a.tmp-x-1",
                                  "",         "a-1-2",    "a.tmp-1-2."};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        assert_false(dg_is_temporary(others[k]));
}

static void a_device_is_written_to_not_replaced(void **state) {
    (void)state;
    struct stat about;
    assert_int_equal(dg_file_write("/dev/full", "text", 4), DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), "No space left"));
    assert_int_equal(dg_file_write("/dev/null", "text", 4), DIGRESS_OK);
    assert_int_equal(stat("/dev/full", &about), 0);
    assert_true(S_ISCHR(about.st_mode));
}

static void a_read_only_folder_is_an_error(void **state) {
    const char *folder = scratch_path(state, "locked");
    const char *file = scratch_path(state, "locked/file"), *set = scratch_path(state, "locked/set");
    dg_folder under_way;
    assert_int_equal(mkdir(folder, 0555), 0);
    assert_int_equal(chmod(*state, 0755), 0);
    bool root = geteuid() == 0; /* whom no mode stops */
    if (root) assert_int_equal(seteuid(65534), 0);
    digress_status writing = dg_file_write(file, "text", 4);
    digress_status making = dg_folder_begin(&under_way, set, &plain_folder, false);
    if (root) assert_int_equal(seteuid(0), 0);
    assert_int_equal(writing, DIGRESS_ERROR_IO);
    assert_int_equal(making, DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), "Permission denied"));
    assert_int_equal(dg_file_write(scratch_path(state, "no/such/folder"), "", 0), DIGRESS_ERROR_IO);
    assert_int_equal(dg_file_write(*state, "", 0), DIGRESS_ERROR_IO);
}

/* A folder at `path` with one file that holds `text`. */
static digress_status make_set(const char *path, bool force, const char *text) {
    dg_folder folder;
    DG_TRY(dg_folder_begin(&folder, path, &plain_folder, force));
    char *file = dg_path_join(folder.temporary, "file");
    digress_status status = dg_file_write(file, text, strlen(text));
    free(file);
    return status == DIGRESS_OK ? dg_folder_commit(&folder) : status;
}

static void a_folder_appears_whole(void **state) {
    const char *path = scratch_path(state, "a/b/set/"), *file = scratch_path(state, "a/b/set/file");
    assert_int_equal(make_set(path, false, "first"), DIGRESS_OK);
    assert_content(file, "first");
    assert_int_equal(make_set(path, false, "second"), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "option 'force'"));
    assert_content(file, "first");
    assert_int_equal(make_set(path, true, "second"), DIGRESS_OK);
    assert_content(file, "second");
    assert_int_equal(count_entries(scratch_path(state, "a/b")), 1);
    assert_content(scratch_path(state, "a/b/set/.digress"), "plain\n");
}

static bool is_set(const char *name) {
    return strcmp(name, "set") == 0;
}

static bool is_old(const char *name) {
    return strstr(name, ".old") != NULL;
}

/* When two are exchanged, neither is moved aside. */
static void a_replaced_folder_is_never_missing(void **state) {
    const char *path = scratch_path(state, "set");
    assert_int_equal(make_set(path, false, "old"), DIGRESS_OK);
    assert_int_equal(mkdir(scratch_path(state, "other"), 0777), 0);
    if (renameat2(AT_FDCWD, path, AT_FDCWD, scratch_path(state, "other"), RENAME_EXCHANGE) != 0)
        skip(); /* this file system cannot */
    assert_int_equal(dg_remove_tree(path), DIGRESS_OK);
    assert_int_equal(rename(scratch_path(state, "other"), path), 0);
    int moved = watch_folder(state, IN_MOVED_TO), aside = watch_folder(state, IN_MOVED_TO);
    assert_int_equal(make_set(path, true, "new"), DIGRESS_OK);
    assert_int_equal(count_events(moved, IN_MOVED_TO, is_set), 1);
    assert_int_equal(count_events(aside, IN_MOVED_TO, is_old), 0);
    assert_content(scratch_path(state, "set/file"), "new");
    assert_int_equal(count_entries(*state), 1);
}

static void folders_that_dead_processes_left_are_removed(void **state) {
    const char *path = scratch_path(state, "set");
    const char *dead = temporary_of(state, "set", DEAD, ""),
               *aside = temporary_of(state, "set", DEAD, ".old");
    assert_int_equal(make_set(dead, false, "half"), DIGRESS_OK);
    assert_int_equal(make_set(aside, false, "the only copy"), DIGRESS_OK);
    assert_int_equal(make_set(path, false, "new"), DIGRESS_OK);
    assert_false(dg_exists(dead));
    assert_true(dg_exists(aside)); /* nothing stood at `path` yet */
    assert_int_equal(make_set(path, true, "newer"), DIGRESS_OK);
    assert_int_equal(count_entries(*state), 1);
}

static void tells_beforehand_whether_a_folder_can_be_written(void **state) {
    const char *path = scratch_path(state, "set"), *file = scratch_file(state, "plain", "text");
    assert_int_equal(dg_folder_check(path, &plain_folder, false, 0, NULL), DIGRESS_OK);
    assert_int_equal(count_entries(*state), 1);
    assert_int_equal(make_set(path, false, "text"), DIGRESS_OK);
    assert_int_equal(dg_folder_check(path, &plain_folder, false, 0, NULL), DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_folder_check(path, &plain_folder, true, 0, NULL), DIGRESS_OK);
    assert_content(scratch_path(state, "set/file"), "text");
    assert_int_equal(
        dg_folder_check(scratch_path(state, "plain/set"), &plain_folder, true, 0, NULL),
        DIGRESS_ERROR_IO);
    assert_content(file, "text");
}

static void an_aborted_folder_leaves_nothing(void **state) {
    const char *path = scratch_path(state, "set");
    dg_folder folder;
    assert_int_equal(make_set(path, false, "old"), DIGRESS_OK);
    assert_int_equal(dg_folder_begin(&folder, path, &plain_folder, true), DIGRESS_OK);
    assert_true(dg_is_folder(folder.temporary));
    dg_folder_abort(&folder);
    assert_content(scratch_path(state, "set/file"), "old");
    assert_int_equal(count_entries(*state), 1);
}

static void an_empty_folder_is_filled_and_a_file_is_in_the_way(void **state) {
    const char *path = scratch_path(state, "empty");
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(make_set(path, false, "text"), DIGRESS_OK);
    assert_content(scratch_path(state, "empty/file"), "text");
    path = scratch_file(state, "plain", "text");
    assert_int_equal(make_set(path, false, "text"), DIGRESS_ERROR_INPUT);
    assert_int_equal(make_set(path, true, "text"), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "it is not a folder"));
    assert_content(path, "text");
    assert_int_equal(make_set(scratch_path(state, "empty/file/set"), false, "text"),
                     DIGRESS_ERROR_IO);
}

static void the_working_folder_is_never_replaced(void **state) {
    char before[512];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(dg_make_folders(scratch_path(state, "a/b")), DIGRESS_OK);
    assert_int_equal(chdir(scratch_path(state, "a/b")), 0);
    digress_status outer = make_set(scratch_path(state, "a"), true, "text");
    digress_status same = make_set(".", true, "text");
    digress_status beside = make_set(scratch_path(state, "a/bb"), true, "text");
    assert_int_equal(chdir(before), 0);
    assert_int_equal(outer, DIGRESS_ERROR_INPUT);
    assert_int_equal(same, DIGRESS_ERROR_INPUT);
    assert_int_equal(beside, DIGRESS_OK);
    assert_true(dg_is_folder(scratch_path(state, "a/b")));
}

static void removes_trees_but_follows_no_links(void **state) {
    const char *kept = scratch_path(state, "kept"), *tree = scratch_path(state, "tree/a/b");
    assert_int_equal(make_set(kept, false, "text"), DIGRESS_OK);
    assert_int_equal(dg_make_folders(tree), DIGRESS_OK);
    assert_int_equal(dg_make_folders(tree), DIGRESS_OK);
    assert_int_equal(symlink(kept, scratch_path(state, "tree/a/link")), 0);
    assert_int_equal(dg_remove_tree(scratch_path(state, "tree")), DIGRESS_OK);
    assert_false(dg_exists(scratch_path(state, "tree")));
    assert_content(scratch_path(state, "kept/file"), "text");
    assert_int_equal(dg_remove_tree(scratch_path(state, "tree")), DIGRESS_OK);
    assert_int_equal(dg_make_folders(scratch_path(state, "kept/file/x")), DIGRESS_ERROR_IO);
}

static void joins_paths(void **state) {
    char long_name[5000] = "";
    memset(long_name, 'a', sizeof long_name - 1);
    scratch_file(state, "file", "");
    assert_true(dg_exists_in(*state, "file"));
    assert_false(dg_exists_in(*state, "none"));
    assert_false(dg_exists_in(*state, long_name));
    char *joined = dg_path_join("a", "b"), *slashed = dg_path_join("a/", "b");
    assert_string_equal(joined, "a/b");
    assert_string_equal(slashed, "a/b");
    free(joined);
    free(slashed);
}

static void tells_why_the_system_failed(void **state) {
    (void)state;
    errno = ENOENT;
    assert_int_equal(dg_system_error("x", "read"), DIGRESS_ERROR_IO);
    assert_string_equal(digress_last_error(), "x: cannot read: No such file or directory");
    errno = ENOMEM;
    assert_int_equal(dg_system_error("x", "read"), DIGRESS_ERROR_MEMORY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(reads_what_was_written),
        cmocka_unit_test(reads_a_pipe),
        SCRATCH_TEST(names_what_it_cannot_read),
        SCRATCH_TEST(replaces_only_on_commit),
        SCRATCH_TEST(a_full_disk_leaves_the_old_file),
        SCRATCH_TEST(what_does_not_read_back_is_an_error),
        SCRATCH_TEST(a_temporary_file_is_opened_once),
        SCRATCH_TEST(what_dead_processes_left_is_removed),
        SCRATCH_TEST(what_is_locked_is_under_way),
        cmocka_unit_test(tells_temporary_names),
        cmocka_unit_test(a_device_is_written_to_not_replaced),
        SCRATCH_TEST(a_read_only_folder_is_an_error),
        SCRATCH_TEST(a_folder_appears_whole),
        SCRATCH_TEST(a_replaced_folder_is_never_missing),
        SCRATCH_TEST(folders_that_dead_processes_left_are_removed),
        SCRATCH_TEST(tells_beforehand_whether_a_folder_can_be_written),
        SCRATCH_TEST(an_aborted_folder_leaves_nothing),
        SCRATCH_TEST(an_empty_folder_is_filled_and_a_file_is_in_the_way),
        SCRATCH_TEST(the_working_folder_is_never_replaced),
        SCRATCH_TEST(removes_trees_but_follows_no_links),
        SCRATCH_TEST(joins_paths),
        cmocka_unit_test(tells_why_the_system_failed),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
