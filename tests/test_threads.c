/* The thread pool: every job runs once, and errors reach the caller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/threads.h"
#include <stdatomic.h>
#include <string.h>

enum { JOBS = 200 };

typedef struct tally {
    atomic_int done[JOBS];
    size_t threads;
    size_t failing; /* this job fails; JOBS: none */
} tally;

static digress_status count_job(void *context, size_t index, size_t thread) {
    tally *t = context;
    if (thread >= t->threads) return dg_error(DIGRESS_ERROR_INTERNAL, "thread %zu", thread);
    if (index == t->failing) return dg_error(DIGRESS_ERROR_INPUT, "job %zu is broken", index);
    atomic_fetch_add(&t->done[index], 1);
    return DIGRESS_OK;
}

static void every_job_runs_once(void **state) {
    (void)state;
    for (size_t threads = 1; threads <= 5; threads++) {
        dg_pool *pool = NULL;
        assert_int_equal(dg_pool_create(threads, &pool), DIGRESS_OK);
        assert_int_equal(dg_pool_threads(pool), threads);
        for (int round = 0; round < 20; round++) {
            tally t = {.threads = threads, .failing = JOBS};
            assert_int_equal(dg_pool_run(pool, JOBS, count_job, &t), DIGRESS_OK);
            for (size_t k = 0; k < JOBS; k++)
                assert_int_equal(atomic_load(&t.done[k]), 1);
        }
        dg_pool_free(pool);
    }
}

static void a_failing_job_fails_the_run_with_its_text(void **state) {
    (void)state;
    dg_pool *pool = NULL;
    assert_int_equal(dg_pool_create(3, &pool), DIGRESS_OK);
    tally broken = {.threads = 3, .failing = 77};
    assert_int_equal(dg_pool_run(pool, JOBS, count_job, &broken), DIGRESS_ERROR_INPUT);
    assert_string_equal(digress_last_error(), "job 77 is broken");
    tally sound = {.threads = 3, .failing = JOBS};
    assert_int_equal(dg_pool_run(pool, JOBS, count_job, &sound), DIGRESS_OK);
    assert_int_equal(dg_pool_run(pool, 0, count_job, &sound), DIGRESS_OK);
    dg_pool_free(pool);
}

static void no_number_means_all_processors(void **state) {
    (void)state;
    dg_pool *pool = NULL;
    assert_int_equal(dg_pool_create(0, &pool), DIGRESS_OK);
    assert_int_equal(dg_pool_threads(pool), dg_default_threads());
    dg_pool_free(pool);
}

static digress_status ask(void *context) {
    atomic_int *left = context;
    if (atomic_fetch_sub(left, 1) > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_INTERRUPTED, "enough");
}

static void a_watch_ends_the_run(void **state) {
    (void)state;
    dg_pool *pool = NULL;
    atomic_int left = 10;
    const dg_watch watch = {ask, &left};
    assert_int_equal(dg_pool_create(1, &pool), DIGRESS_OK);
    assert_int_equal(dg_pool_check(NULL), DIGRESS_OK);
    assert_int_equal(dg_pool_check(pool), DIGRESS_OK);
    dg_pool_watch(pool, &watch);
    tally t = {.threads = 1, .failing = JOBS};
    assert_int_equal(dg_pool_run(pool, JOBS, count_job, &t), DIGRESS_INTERRUPTED);
    assert_string_equal(digress_last_error(), "enough");
    for (int k = 0; k < JOBS; k++)
        assert_int_equal(atomic_load(&t.done[k]), k < 10);
    dg_pool_watch(pool, NULL);
    tally rest = {.threads = 1, .failing = JOBS};
    assert_int_equal(dg_pool_run(pool, JOBS, count_job, &rest), DIGRESS_OK);
    dg_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once),
        cmocka_unit_test(a_failing_job_fails_the_run_with_its_text),
        cmocka_unit_test(no_number_means_all_processors),
        cmocka_unit_test(a_watch_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
