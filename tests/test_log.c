/* Log lines and progress, on a file and on a terminal. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/log.h"

static int saved = -1;

/* From here on stderr is `descriptor`. */
static void redirect(int descriptor) {
    saved = dup(STDERR_FILENO);
    assert_true(saved >= 0 && descriptor >= 0);
    assert_true(dup2(descriptor, STDERR_FILENO) >= 0);
}

static void restore(void) {
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
}

static void shorten(char *text) {
    char *found = strstr(text, "graphs");
    if (found) strcpy(found, "all");
}

static void a_file_gets_lines_and_no_progress(void **state) {
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    redirect(fileno(file));
    dg_progress progress;
    dg_progress_begin(&progress);
    dg_progress_bar(&progress, "sampling", 1, 2);
    dg_progress_show(&progress, "epoch %d", 1);
    dg_log("read %d graphs", 3);
    dg_log("of '%s'", "\033[31mred\r\n\xc2\x9b\xc2\xa7");
    dg_warn("large");
    dg_log_edit(shorten);
    dg_log("read %d graphs", 3);
    dg_log_edit(NULL);
    dg_progress_end(&progress);
    restore();
    char text[256] = "";
    rewind(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    assert_string_equal(text, "read 3 graphs\nof ' [31mred    \xc2\xa7'\nwarning: large\n"
                              "read 3 all\n");
    fclose(file);
}

/* Reading from a terminal gives what was written piece by piece, and an error in the end. */
static void read_to_end(int terminal, char *text, size_t size) {
    size_t used = 0;
    ssize_t got;
    while (used + 1 < size && (got = read(terminal, text + used, size - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
}

static void progress_keeps_its_width(void **state) {
    (void)state;
    static const struct {
        size_t done;
        double seconds;
    } moments[] = {{1, 0.5},    {1, 1e-5},   {9, 100},       {10, 1e-9},     {99, 1000},
                   {500, 1.25}, {999, 1e-3}, {1000, 360000}, {100000, 1000}, {123456, 1e6}};
    char first[256], text[256];
    dg_progress_text("x", 5, 123456, 1, first, sizeof first);
    assert_string_equal(first, "x      5/123456 [>                       ]    5.0/s,   6.9 h left");
    for (size_t k = 0; k < sizeof moments / sizeof *moments; k++) {
        dg_progress_text("x", moments[k].done, 123456, moments[k].seconds, text, sizeof text);
        if (strlen(text) != strlen(first)) fail_msg("another width:\n%s\n%s", first, text);
    }
}

static void a_terminal_gets_a_line_cut_to_its_width(void **state) {
    (void)state;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0) skip(); /* no pseudo-terminals here */
    assert_int_equal(grantpt(terminal), 0);
    assert_int_equal(unlockpt(terminal), 0);
    int line = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    struct winsize window = {.ws_row = 24, .ws_col = 30};
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &window), 0);
    redirect(line);
    dg_progress progress;
    dg_progress_begin(&progress);
    dg_progress_bar(&progress, "sampling", 1, 4);
    dg_log("done");
    restore();
    close(line);
    char text[256] = "";
    read_to_end(terminal, text, sizeof text);
    assert_string_equal(text, "\r\033[Ksampling 1/4 [======>        "
                              "\r\033[Kdone\r\n");
    close(terminal);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gets_lines_and_no_progress),
        cmocka_unit_test(progress_keeps_its_width),
        cmocka_unit_test(a_terminal_gets_a_line_cut_to_its_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
