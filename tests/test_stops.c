/* What stops a training at any moment: signals, crashes, another process, a full disk; and going on
 * as if nothing had happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "datasets/generators.h"
#include "train/run_log.h"
#include "training.h"

/* ---- A signal that arrives when it has been asked for a given number of times ---- */

static atomic_int asked, last_asking; /* 0: no signal ever */

static int stop_later(void) {
    int now = atomic_fetch_add(&asked, 1) + 1;
    return last_asking && now >= last_asking ? SIGTERM : 0;
}

static int die_later(void) {
    if (stop_later()) _exit(0);
    return 0;
}

static void ask_up_to(int count) {
    atomic_store(&asked, 0);
    atomic_store(&last_asking, count);
}

/* ---- What must not depend on stops ---- */

/* The log without times. */
static char *timeless_log(const char *run) {
    static const char *const clocks[] = {"\"minutes\":", "\"graphs_per_second\":"};
    char *text = text_of(run, "log.jsonl");
    for (size_t k = 0; k < 2; k++)
        for (char *at = text; (at = strstr(at, clocks[k]));) {
            at += strlen(clocks[k]);
            size_t digits = strspn(at, "0123456789.e+-");
            memmove(at, at + digits, strlen(at + digits) + 1);
        }
    return text;
}

static void assert_same_file(const char *left, const char *right, const char *name) {
    char *paths[] = {dg_path_join(left, name), dg_path_join(right, name)}, *bytes[2];
    size_t sizes[2];
    for (size_t k = 0; k < 2; k++) {
        ok(dg_file_read(paths[k], &bytes[k], &sizes[k]));
        free(paths[k]);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static void assert_same_run(const char *left, const char *right) {
    char *a = timeless_log(left), *b = timeless_log(right);
    assert_string_equal(a, b);
    free(a);
    free(b);
    assert_same_training(left, right);
    assert_same_file(left, right, "samples/epoch-000002.safetensors");
    assert_same_file(left, right, "samples/epoch-000002-chain-0.safetensors");
}

/* Two epochs, two validations, one sampling. */
static problem short_problem(void) {
    problem p = small_problem();
    ok(dg_config_override(&p.config, "train.n_epochs=2"));
    return p;
}

static void whole_run(const char *run, int *askings) {
    problem p = short_problem();
    ask_up_to(0);
    p.options.stop_signal = stop_later;
    ok(start(&p, run, 1, NULL));
    *askings = atomic_load(&asked);
    free_problem(&p);
}

static void a_stop_at_any_moment_changes_nothing(void **state) {
    (void)state;
    enum { STOPS = 40 };
    int askings = 0;
    size_t seen[3] = {0};
    char *whole = strdup(place("whole")), *parts = strdup(place("parts"));
    whole_run(whole, &askings);
    assert_true(askings > STOPS);
    for (int k = 1; k <= STOPS; k++) {
        problem p = short_problem();
        p.options.stop_signal = stop_later;
        p.options.force = true;
        ask_up_to(1 + k * (askings - 2) / STOPS);
        assert_int_equal(start(&p, parts, 1, NULL), DIGRESS_INTERRUPTED);
        assert_non_null(strstr(digress_last_error(), "SIGTERM"));
        dg_training stopped = last_of(parts);
        seen[stopped.ended]++;
        dg_training_free(&stopped);
        ask_up_to(0);
        ok(go_on(&p, parts, 2, NULL));
        assert_same_run(whole, parts);
        free_problem(&p);
    }
    for (size_t k = 0; k < 3; k++)
        assert_true(seen[k] > 0); /* in steps, validations, samplings */
    free(whole);
    free(parts);
}

static void many_stops_change_nothing(void **state) {
    (void)state;
    int askings = 0, sessions = 1;
    char *whole = strdup(place("whole-2")), *parts = strdup(place("chain"));
    whole_run(whole, &askings);
    problem p = short_problem();
    p.options.stop_signal = stop_later;
    ask_up_to(3);
    digress_status status = start(&p, parts, 1, NULL);
    for (; status == DIGRESS_INTERRUPTED && sessions < 200; sessions++) {
        ask_up_to(askings / 2); /* more than a part asks, that each session comes to something */
        status = go_on(&p, parts, 1, NULL);
    }
    ok(status);
    assert_true(sessions > 2);
    assert_same_run(whole, parts);
    free_problem(&p);
    free(whole);
    free(parts);
}

/* Killed the `moment`-th time that it asks, and saving whenever it may. */
static void run_and_die(const char *run, int moment) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        problem p = short_problem();
        p.options.stop_signal = die_later;
        p.options.force = true;
        ask_up_to(moment);
        (void)start(&p, run, 1, "train.save_every_minutes=0");
        _exit(1);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
}

static void a_crash_costs_what_was_under_way(void **state) {
    (void)state;
    enum { CRASHES = 40 };
    int askings = 0;
    size_t seen[3] = {0};
    uint64_t last_step = 0;
    char *whole = strdup(place("whole-3")), *parts = strdup(place("crashed"));
    whole_run(whole, &askings);
    for (int k = 1; k <= CRASHES; k++) {
        run_and_die(parts, k * (askings - 2) / CRASHES);
        dg_training left = last_of(parts);
        seen[left.ended]++;
        last_step = left.adamw.step;
        dg_training_free(&left);
        problem p = short_problem();
        ok(go_on(&p, parts, 1, "train.save_every_minutes=5"));
        assert_same_run(whole, parts);
        free_problem(&p);
    }
    assert_int_equal(last_step, 6);
    for (size_t k = 0; k < 3; k++)
        assert_true(seen[k] > 0); /* also in validations and samplings something is saved */
    free(whole);
    free(parts);
}

static void generation_stops(void **state) {
    (void)state;
    problem p = small_problem();
    p.options.train = p.options.val = NULL;
    p.options.stop_signal = stop_later;
    ok(dg_config_override(&p.config, "dataset.generate.kind=community"));
    ok(dg_config_override(&p.config, "dataset.generate.graphs=1000000"));
    ask_up_to(20);
    assert_int_equal(start(&p, place("generated"), 1, NULL), DIGRESS_INTERRUPTED);
    assert_non_null(strstr(digress_last_error(), "before the training began"));
    assert_int_equal(atomic_load(&asked), 20);
    assert_false(dg_exists(place("generated")));
    free_problem(&p);
}

/* ---- The lock ---- */

static void a_run_is_trained_by_one(void **state) {
    (void)state;
    problem p = small_problem();
    dg_run_lock lock = {0};
    char *run = strdup(place("locked")), process[64];
    ok(start(&p, run, 1, "train.max_steps=1"));
    assert_false(dg_exists(place("locked/lock")));
    ok(dg_run_lock_take(run, &lock));
    snprintf(process, sizeof process, "process %ld on ", (long)getpid());
    for (int force = 0; force < 2; force++) {
        p.options.force = force;
        assert_int_equal(force ? start(&p, run, 1, NULL) : go_on(&p, run, 1, NULL),
                         DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(digress_last_error(), process));
        assert_non_null(strstr(digress_last_error(), run));
    }
    dg_training kept = last_of(run); /* nothing of it is gone */
    dg_training_free(&kept);
    dg_run_lock_release(&lock);
    p.options.force = false;
    ok(go_on(&p, run, 1, "train.max_steps=2"));
    free(run);
    free_problem(&p);
}

static void a_dead_process_holds_no_lock(void **state) {
    (void)state;
    dg_run_lock lock = {0};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (dg_run_lock_take(folder, &lock) != DIGRESS_OK) _exit(1);
        _exit(0); /* as kill -9 would leave it */
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_true(dg_exists(place("lock")));
    ok(dg_run_lock_take(folder, &lock));
    dg_run_lock_release(&lock);
    assert_false(dg_exists(place("lock")));
}

/* ---- The log on a full disk ---- */

static void a_record_is_in_both_files_or_in_neither(void **state) {
    (void)state;
    const dg_log_value values[] = {{"step", 1}, {"loss", 0.5}};
    dg_run_log log;
    uint64_t jsonl = 0, csv = 0, jsonl_now = 0, csv_now = 0;
    struct rlimit before, limit;
    ok(dg_run_log_open(folder, 0, 0, &log));
    ok(dg_run_log_write(&log, "step", 2, values));
    ok(dg_run_log_sync(&log, &jsonl, &csv));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit = (struct rlimit){.rlim_cur = csv + 5, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    digress_status status = dg_run_log_write(&log, "step", 2, values);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), "log.csv: cannot write the log"));
    ok(dg_run_log_sync(&log, &jsonl_now, &csv_now));
    assert_int_equal(jsonl, jsonl_now);
    assert_int_equal(csv, csv_now);
    ok(dg_run_log_write(&log, "epoch", 2, values));
    dg_run_log_close(&log);
    char *text = text_of(folder, "log.jsonl");
    assert_string_equal(text, "{\"event\":\"step\",\"step\":1,\"loss\":0.5}\n"
                              "{\"event\":\"epoch\",\"step\":1,\"loss\":0.5}\n");
    free(text);
    text = text_of(folder, "log.csv");
    assert_int_equal(count_of(text, "\n"), 3);
    free(text);
}

/* The log fills up; the disk has room for a checkpoint: nothing but the record is lost. */
static digress_status block_the_log(void *context, const digress_train_progress *progress) {
    const char *log = context;
    if (progress->step != 2) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_IO, "%s: cannot write the log: no room", log);
}

static struct rlimit size_limit; /* as it was */

/* The disk has room again as soon as one write has failed. */
static void make_room(int signal_number) {
    (void)signal_number;
    setrlimit(RLIMIT_FSIZE, &size_limit);
}

static digress_status fill_the_disk(void *context, const digress_train_progress *progress) {
    if (progress->step != 1) return DIGRESS_OK;
    char *text = text_of(context, "log.csv");
    const struct rlimit full = {.rlim_cur = strlen(text) + 5, .rlim_max = size_limit.rlim_max};
    free(text);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    return DIGRESS_OK;
}

static void a_step_whose_record_fails_is_saved_with_it(void **state) {
    (void)state;
    problem p = small_problem();
    char *run = strdup(place("log-full-once"));
    p.options.step = fill_the_disk;
    p.options.step_context = run;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &size_limit), 0);
    void (*handler)(int) = signal(SIGXFSZ, make_room);
    digress_status status = start(&p, run, 1, NULL);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), "log.csv: cannot write the log"));
    assert_non_null(strstr(digress_last_error(), "the last checkpoint is of step 2;"));
    char *text = text_of(run, "log.csv");
    assert_int_equal(count_of(text, "\nstep,"), 2);
    free(text);
    free(run);
    free_problem(&p);
}

static void a_log_that_fails_does_not_cost_the_training(void **state) {
    (void)state;
    problem p = small_problem();
    char *run = strdup(place("log-full"));
    p.options.step = block_the_log;
    p.options.step_context = run;
    assert_int_equal(start(&p, run, 1, NULL), DIGRESS_ERROR_IO);
    assert_non_null(strstr(digress_last_error(), "the last checkpoint is of step 2"));
    assert_non_null(strstr(digress_last_error(), "the option 'resume'"));
    dg_training last = last_of(run);
    assert_int_equal(last.adamw.step, 2);
    dg_training_free(&last);
    free(run);
    free_problem(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_at_any_moment_changes_nothing),
        cmocka_unit_test(many_stops_change_nothing),
        cmocka_unit_test(a_crash_costs_what_was_under_way),
        cmocka_unit_test(generation_stops),
        cmocka_unit_test(a_run_is_trained_by_one),
        cmocka_unit_test(a_dead_process_holds_no_lock),
        cmocka_unit_test(a_record_is_in_both_files_or_in_neither),
        cmocka_unit_test(a_step_whose_record_fails_is_saved_with_it),
        cmocka_unit_test(a_log_that_fails_does_not_cost_the_training),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
