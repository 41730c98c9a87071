/* How the program handles signals: noted, once or more, and answered within a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/deadline.h"
#include "cli/interrupt.h"

/* Runs `child` in a process of its own that catches signals; returns how it ended. */
static int outcome_of(void (*child)(int out), char heard[8]) {
    int ends[2], result = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        child(ends[1]);
        _exit(99);
    }
    close(ends[1]);
    memset(heard, 0, 8);
    ssize_t length = read(ends[0], heard, 7);
    close(ends[0]);
    assert_true(length >= 0);
    assert_int_equal(waitpid(process, &result, 0), process);
    return result;
}

static void say_last(void *context) {
    if (write(*(int *)context, "last", 4) != 4) _exit(98);
}

static void answers_nothing(int out) {
    dg_deadline deadline;
    dg_interrupt_catch();
    if (dg_deadline_begin(&deadline, say_last, &out) != DIGRESS_OK) _exit(97);
    raise(SIGTERM);
    for (;;)
        pause();
}

static void answers_in_time(int out) {
    dg_deadline deadline;
    dg_interrupt_catch();
    if (dg_deadline_begin(&deadline, say_last, &out) != DIGRESS_OK) _exit(97);
    raise(SIGINT);
    dg_deadline_end(&deadline);
    _exit(dg_watch_ask(&dg_interrupt_watch) == DIGRESS_INTERRUPTED &&
                  strcmp(digress_last_error(), "stopped by SIGINT") == 0
              ? 0
              : 96);
}

static void is_not_signalled(int out) {
    dg_deadline deadline;
    if (dg_deadline_begin(&deadline, say_last, &out) != DIGRESS_OK) _exit(97);
    dg_deadline_end(&deadline);
    _exit(dg_watch_ask(&dg_interrupt_watch) == DIGRESS_OK ? 0 : 96);
}

static void a_deadline_ends_what_cannot_be_asked(void **state) {
    (void)state;
    char heard[8];
    int result = outcome_of(answers_nothing, heard);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 128 + SIGTERM);
    assert_string_equal(heard, "last");
    assert_int_equal(outcome_of(answers_in_time, heard), 0);
    assert_string_equal(heard, "");
    assert_int_equal(outcome_of(is_not_signalled, heard), 0);
    assert_string_equal(heard, "");
}

static void hears_hangups(int out) {
    (void)out;
    dg_interrupt_catch();
    raise(SIGHUP);
    raise(SIGHUP);
    _exit(dg_interrupt_signal() == SIGHUP && strcmp(dg_interrupt_name(), "SIGHUP") == 0 ? 0 : 96);
}

static void hears_no_hangup(int out) {
    (void)out;
    signal(SIGHUP, SIG_IGN);
    dg_interrupt_catch();
    raise(SIGHUP);
    _exit(dg_interrupt_signal() == 0 ? 0 : 96);
}

/* As of a batch system. */
static void hears_terms(int out) {
    (void)out;
    dg_interrupt_catch();
    raise(SIGTERM);
    raise(SIGTERM);
    _exit(dg_interrupt_signal() == SIGTERM ? 0 : 96);
}

static void is_told_twice(int out) {
    (void)out;
    dg_interrupt_catch();
    raise(SIGINT);
    raise(SIGINT);
}

static void hangups_are_heard_unless_ignored(void **state) {
    (void)state;
    char heard[8];
    assert_int_equal(outcome_of(hears_hangups, heard), 0);
    assert_int_equal(outcome_of(hears_no_hangup, heard), 0);
    assert_int_equal(outcome_of(hears_terms, heard), 0);
    int result = outcome_of(is_told_twice, heard);
    assert_true(WIFSIGNALED(result));
    assert_int_equal(WTERMSIG(result), SIGINT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_ends_what_cannot_be_asked),
        cmocka_unit_test(hangups_are_heard_unless_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
