/* What --force may replace, and what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"
#include <dirent.h>
#include <unistd.h>

static const char *const plain_content[] = {"file", "part/", "part/#.edges", "*_A.txt", NULL};
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

/* A folder at `path` with one file that holds `text`. */
static digress_status make_set(const char *path, bool force, const char *text) {
    dg_folder folder;
    DG_TRY(dg_folder_begin(&folder, path, &plain_folder, force));
    char *file = dg_path_join(folder.temporary, "file");
    digress_status status = dg_file_write(file, text, strlen(text));
    free(file);
    return status == DIGRESS_OK ? dg_folder_commit(&folder) : status;
}

/* Checks that a folder is not replaced, for this reason. */
static void assert_stays(const char *path, const char *reason) {
    for (int force = 0; force < 2; force++) {
        assert_int_equal(make_set(path, force, "new"), DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(digress_last_error(), "the option 'force' does not replace it"));
        assert_non_null(strstr(digress_last_error(), reason));
    }
}

static void a_folder_with_something_foreign_stays(void **state) {
    char *path = dg_path_join(*state, "set");
    static const char *const foreign[] = {"notes.txt", "part/12345.edges", "part/000001.edges.bak",
                                          "part/x_A.txt", ".hidden"};
    assert_int_equal(make_set(path, false, "first"), DIGRESS_OK);
    assert_int_equal(dg_make_folders(scratch_path(state, "set/part")), DIGRESS_OK);
    assert_int_equal(dg_make_folders(scratch_path(state, "set/other")), DIGRESS_OK);
    assert_stays(path, "other/ in it");
    assert_int_equal(dg_remove_tree(scratch_path(state, "set/other")), DIGRESS_OK);
    for (size_t k = 0; k < sizeof foreign / sizeof *foreign; k++) {
        char *inner = dg_path_join("set", foreign[k]);
        const char *file = scratch_file(state, inner, "mine");
        free(inner);
        assert_stays(path, foreign[k]);
        assert_content(file, "mine");
        assert_int_equal(unlink(file), 0);
    }
    assert_int_equal(symlink("file", scratch_path(state, "set/x_A.txt")), 0);
    assert_stays(path, "x_A.txt in it");
    assert_int_equal(unlink(scratch_path(state, "set/x_A.txt")), 0);
    scratch_file(state, "set/part/000001.edges", "");
    scratch_file(state, "set/x_A.txt", "");
    scratch_file(state, "set/file.tmp-1-0", "");
    assert_int_equal(make_set(path, true, "second"), DIGRESS_OK);
    assert_content(scratch_path(state, "set/file"), "second");
    free(path);
}

static void a_folder_without_the_mark_stays(void **state) {
    static const char *const sign[] = {"file", NULL};
    const dg_folder_kind known = {.name = "known", .content = plain_content, .signs = sign};
    char *path = dg_path_join(*state, "set");
    assert_int_equal(make_set(path, false, "first"), DIGRESS_OK);
    assert_int_equal(dg_folder_is_replaceable(path, &known), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "digress's 'plain', not 'known'"));
    assert_int_equal(unlink(scratch_path(state, "set/.digress")), 0);
    assert_stays(path, "file in it was not made by digress, as far as can be told");
    assert_int_equal(dg_folder_is_replaceable(path, &known), DIGRESS_OK);
    assert_int_equal(dg_folder_mark(path, &plain_folder), DIGRESS_OK);
    assert_int_equal(symlink("set", scratch_path(state, "link")), 0);
    assert_stays(scratch_path(state, "link"), "symbolic link");
    assert_int_equal(make_set(path, true, "second"), DIGRESS_OK);
    free(path);
}

/* Something appears at the path while the folder is being written. */
static void what_came_meanwhile_stays(void **state) {
    const char *path = scratch_path(state, "set");
    dg_folder folder;
    assert_int_equal(make_set(path, false, "first"), DIGRESS_OK);
    assert_int_equal(dg_folder_begin(&folder, path, &plain_folder, true), DIGRESS_OK);
    const char *file = scratch_file(state, "set/notes.txt", "mine");
    assert_int_equal(dg_folder_commit(&folder), DIGRESS_ERROR_IO);
    assert_content(file, "mine");
    assert_int_equal(count_entries(*state), 1);
}

static void assert_input_stays(void **state, const char *out, const char *input, bool stays) {
    char *path = dg_path_join(*state, out), *read = dg_path_join(*state, input);
    digress_status expected = stays ? DIGRESS_ERROR_INPUT : DIGRESS_OK;
    assert_int_equal(dg_folder_holds_no_input(path, 2, (const char *[]){NULL, read}), expected);
    if (stays) assert_non_null(strstr(digress_last_error(), read));
    free(path);
    free(read);
}

static void an_input_is_never_in_what_is_replaced(void **state) {
    assert_int_equal(dg_make_folders(scratch_path(state, "a/b/c")), DIGRESS_OK);
    assert_int_equal(dg_make_folders(scratch_path(state, "links")), DIGRESS_OK);
    scratch_file(state, "a/b/file", "text");
    assert_int_equal(symlink("a/b", scratch_path(state, "to-b")), 0);
    assert_int_equal(symlink("../a/b/file", scratch_path(state, "links/file")), 0);
    assert_input_stays(state, "a", "a", true);
    assert_input_stays(state, "a/b", "a/b/", true);
    assert_input_stays(state, "a", "a/b/file", true);
    assert_input_stays(state, "a", "a/b/../b:train", true);
    assert_input_stays(state, "a", "to-b", true);
    assert_input_stays(state, "to-b", "a/b/file", true);
    assert_input_stays(state, "a/b", "links", true);
    assert_input_stays(state, "a/b", "links/file", true);
    assert_input_stays(state, "a/b/c", "links", false);
    assert_input_stays(state, "a/b/c", "a/b/file", false);
    assert_input_stays(state, "a", "nowhere", false);
    assert_input_stays(state, "nowhere", "a", false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_folder_with_something_foreign_stays),
        SCRATCH_TEST(a_folder_without_the_mark_stays),
        SCRATCH_TEST(what_came_meanwhile_stays),
        SCRATCH_TEST(an_input_is_never_in_what_is_replaced),
    };
    return cmocka_run_group_tests_name("folder_kind", tests, NULL, NULL);
}
