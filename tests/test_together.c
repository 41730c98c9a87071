/* Training on several ranks is training on one, to the bit. The ranks are threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thread_ranks.h"
#include "train/gradients.h"
#include "training.h"

/* ---- The sum of gradients ---- */

enum { COUNT = 150001, TENSORS = 7 };

static const size_t borders[TENSORS + 1] = {0, 5, 40000, 40010, 65536, 100000, 149000, COUNT};

typedef struct sum_case {
    size_t slots;
    float *total; /* [COUNT] */
    double norms[MOST_THREAD_RANKS];
    uint64_t sent[MOST_THREAD_RANKS];
    bool failed[MOST_THREAD_RANKS], left[MOST_THREAD_RANKS];
} sum_case;

static void fill(float *values, size_t slot) {
    const dg_rng key = {.seed = 7, .purpose = DG_RNG_TEST, .graph = (uint32_t)slot};
    dg_rng_fill_uniform(&key, 0, COUNT, values);
}

/* Adds the slots up twice: nothing may be left of the first time. */
static digress_status sum_twice(dg_ranks *ranks, sum_case *c, dg_pool *pool) {
    dg_slices slices;
    dg_gradients *gradients = NULL;
    const size_t r = dg_rank_number(ranks);
    DG_TRY(dg_slices_cut(TENSORS, borders, ranks, &slices));
    DG_TRY(dg_gradients_create(&slices, c->slots, &gradients));
    const dg_part own = dg_gradients_own(gradients);
    const dg_span span = dg_slices_own(&slices);
    const size_t bytes = (span.end - span.first) * sizeof(float);
    digress_status status = DIGRESS_OK;
    for (size_t time = 0; time < 2 && status == DIGRESS_OK; time++) {
        for (size_t k = own.first; k < own.first + own.size; k++) {
            float *slot = dg_gradients_slots(gradients)[k];
            for (size_t e = 0; time > 0 && e < COUNT; e++)
                c->left[r] = c->left[r] || slot[e] != 0;
            fill(slot, k);
        }
        if (ranks) ranks->sent = 0;
        status = dg_gradients_sum(gradients, pool, &c->norms[r]);
        if (ranks) c->sent[r] = ranks->sent;
        memcpy(c->total + span.first, dg_gradients_total(gradients), bytes);
        memset(dg_gradients_total(gradients), 0, bytes);
    }
    dg_gradients_free(gradients);
    dg_slices_free(&slices);
    return status;
}

static void sum_on_rank(dg_ranks *ranks, void *context) {
    sum_case *c = context;
    dg_pool *pool = NULL;
    if (dg_pool_create(2, &pool) != DIGRESS_OK) abort();
    c->failed[dg_rank_number(ranks)] = sum_twice(ranks, c, pool) != DIGRESS_OK;
    dg_pool_free(pool);
}

static sum_case case_of(size_t slots) {
    sum_case c = {.slots = slots};
    ok(dg_allocate(COUNT, sizeof *c.total, &c.total));
    return c;
}

static void a_sum_over_ranks_is_that_of_one(void **state) {
    (void)state;
    static const size_t numbers[] = {1, 2, 3, 6, 8, 9};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        const size_t slots = numbers[k];
        sum_case alone = case_of(slots);
        sum_on_rank(NULL, &alone);
        assert_false(alone.failed[0] || alone.left[0]);
        for (size_t count = 1; count <= 5; count++) {
            sum_case c = case_of(slots);
            run_as_ranks(count, sum_on_rank, &c);
            for (size_t r = 0; r < count; r++) {
                assert_false(c.failed[r] || c.left[r]);
                assert_true(c.norms[r] == alone.norms[0]);
            }
            assert_memory_equal(c.total, alone.total, COUNT * sizeof *c.total);
            free(c.total);
        }
        free(alone.total);
    }
}

/* However many accumulators a rank has, a power of two, it sends them as one. */
static void a_rank_sends_one_sum(void **state) {
    (void)state;
    sum_case two = case_of(2), eight = case_of(8);
    run_as_ranks(2, sum_on_rank, &two);
    run_as_ranks(2, sum_on_rank, &eight);
    for (size_t r = 0; r < 2; r++) {
        assert_int_equal(two.sent[r], eight.sent[r]);
        assert_true(two.sent[r] < (COUNT / 2 + 2 * DG_CHUNK) * sizeof(float));
    }
    free(two.total);
    free(eight.total);
}

/* ---- Whole trainings ---- */

typedef struct training_case {
    problem p;
    const char *run;
    digress_status got[MOST_THREAD_RANKS];
    char text[MOST_THREAD_RANKS][256];
    int (*stop_signal)(void);
} training_case;

static void train_on_rank(dg_ranks *ranks, void *context) {
    training_case *c = context;
    dg_train_options options = c->p.options;
    const size_t r = ranks->rank;
    options.run = c->run;
    options.ranks = ranks;
    options.threads = 1 + r % 2;
    if (r == ranks->count - 1) options.stop_signal = c->stop_signal;
    c->got[r] = dg_train(&c->p.config, &options, 0, NULL);
    snprintf(c->text[r], sizeof c->text[r], "%s", digress_last_error());
}

/* Trains in `run` on so many ranks; 0: alone. */
static void train(training_case *c, const char *run, bool resume, size_t count) {
    static char path[600];
    snprintf(path, sizeof path, "%s", place(run));
    c->run = path;
    c->p.options.resume = resume;
    if (count == 0) {
        c->p.options.run = path;
        ok(dg_train(&c->p.config, &c->p.options, 0, NULL));
        return;
    }
    run_as_ranks(count, train_on_rank, c);
}

static void must_succeed(const training_case *c, size_t count) {
    for (size_t r = 0; r < count; r++)
        if (c->got[r] != DIGRESS_OK) fail_msg("rank %zu: %s", r, c->text[r]);
}

static void same_moments(const dg_training *a, const dg_training *b) {
    const size_t bytes = a->adamw.count * sizeof(float);
    assert_int_equal(a->adamw.count, b->adamw.count);
    assert_memory_equal(a->adamw.m, b->adamw.m, bytes);
    assert_memory_equal(a->adamw.v, b->adamw.v, bytes);
    assert_memory_equal(dg_denoiser_parameters(a->model->denoiser),
                        dg_denoiser_parameters(b->model->denoiser), bytes);
    assert_memory_equal(a->model->ema, b->model->ema, bytes);
    assert_true(a->adamw.step == b->adamw.step && a->epoch == b->epoch);
    assert_true(a->best_nll == b->best_nll && a->validated == b->validated);
    assert_memory_equal(&a->best_score, &b->best_score, sizeof a->best_score);
    assert_true(a->epoch_loss_X == b->epoch_loss_X && a->epoch_loss_E == b->epoch_loss_E);
}

static void assert_same_runs(const char *one, const char *other) {
    static const char *const files[] = {"last", "best", "best-samples"};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        char path[256];
        dg_training a, b;
        snprintf(path, sizeof path, "%s/checkpoints/%s.safetensors", one, files[k]);
        ok(dg_training_load(place(path), &a));
        snprintf(path, sizeof path, "%s/checkpoints/%s.safetensors", other, files[k]);
        ok(dg_training_load(place(path), &b));
        same_moments(&a, &b);
        dg_training_free(&a);
        dg_training_free(&b);
    }
}

/* With graphs that teams work on. */
static training_case case_with(const char *optimizer) {
    training_case c = {.p = small_problem()};
    for (uint32_t k = 0; k < 3; k++)
        append_random(c.p.train, 131 - k, 97 + k);
    ok(dg_config_override(&c.p.config, "train.accumulators=4"));
    ok(dg_config_override(&c.p.config, optimizer));
    return c;
}

static void a_training_on_ranks_is_that_of_one(void **state) {
    (void)state;
    static const char *const optimizers[] = {"train.optimizer=adamw", "train.optimizer=muon"};
    for (size_t k = 0; k < 2; k++) {
        for (size_t count = 0; count <= 5; count += k ? 3 : 1) {
            training_case c = case_with(optimizers[k]);
            char run[64];
            snprintf(run, sizeof run, "of-%zu-%zu", k, count);
            train(&c, run, false, count);
            must_succeed(&c, count);
            if (count > 0) assert_same_runs(k ? "of-1-0" : "of-0-0", run);
            free_problem(&c.p);
        }
    }
}

static _Thread_local int asked;

/* A signal that comes in the middle of the second step or so. */
static int signal_in_time(void) {
    return ++asked > 40 ? 15 : 0;
}

/* Stopped on three ranks by a signal to one of them, gone on with on two, on one, and alone. */
static void a_stop_of_one_rank_stops_all(void **state) {
    (void)state;
    training_case whole = case_with("train.optimizer=muon"), c = case_with("train.optimizer=muon");
    train(&whole, "whole", false, 0);
    c.stop_signal = signal_in_time;
    train(&c, "parts", false, 3);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(c.got[r], DIGRESS_INTERRUPTED);
        assert_non_null(strstr(c.text[r], "stopped by SIGTERM after step"));
    }
    train(&c, "parts", true, 2);
    for (size_t r = 0; r < 2; r++)
        assert_int_equal(c.got[r], DIGRESS_INTERRUPTED);
    c.stop_signal = NULL;
    train(&c, "parts", true, 4);
    must_succeed(&c, 4);
    assert_same_runs("whole", "parts");
    free_problem(&whole.p);
    free_problem(&c.p);
}

/* Rank 0 finds a folder that is not its own: all know it, and nothing hangs. */
static void a_failure_of_one_rank_ends_all(void **state) {
    (void)state;
    training_case c = case_with("train.optimizer=adamw");
    train(&c, "whole", false, 3);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(c.got[r], DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(c.text[r], "exists already"));
    }
    free_problem(&c.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_over_ranks_is_that_of_one),
        cmocka_unit_test(a_rank_sends_one_sum),
        cmocka_unit_test(a_training_on_ranks_is_that_of_one),
        cmocka_unit_test(a_stop_of_one_rank_stops_all),
        cmocka_unit_test(a_failure_of_one_rank_ends_all),
    };
    return cmocka_run_group_tests_name("together", tests, make_folder, remove_folder);
}
