/* The search for a sampler: what it tries, what it keeps, what it chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "training.h"
#include "tune/search.h"

static dg_trial tried(dg_sampler_kind sampler, size_t steps, size_t good, double ratio) {
    dg_trial trial = {.candidate = {.sampler = sampler, .steps = steps, .eta = 0.1},
                      .score = dg_score_none(),
                      .seconds = 0.25};
    trial.score.count = 10;
    trial.score.vun = dg_share_of(good, 10);
    trial.score.ratio = ratio;
    return trial;
}

static void the_better_one_has_the_better_score_or_fewer_steps(void **state) {
    (void)state;
    const dg_trial order[] = {tried(DG_SAMPLER_FLOW, 50, 3, 2), tried(DG_SAMPLER_FLOW, 20, 3, 2),
                              tried(DG_SAMPLER_FLOW, 99, 3, 1),
                              tried(DG_SAMPLER_RENOISE, 99, 4, 9)};
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < 4; b++)
            assert_true(dg_trial_better(&order[a], &order[b]) == (a > b));
}

/* ---- the file ---- */

static void open_file(bool resume, bool force, dg_trial_file *out) {
    ok(dg_trial_file_open(place("tune.jsonl"), "a model", resume, force, out));
}

static void append_text(const char *text) {
    FILE *file = fopen(place("tune.jsonl"), "a");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void trials_come_back_from_their_file(void **state) {
    (void)state;
    dg_trial_file file, again, refused;
    const dg_trial first = tried(DG_SAMPLER_FLOW, 50, 3, 2.5);
    const dg_trial second = {.candidate = {.sampler = DG_SAMPLER_RENOISE,
                                           .steps = 7,
                                           .distortion = DG_DISTORTION_REVCOS},
                             .score = dg_score_none()};
    open_file(false, false, &file);
    ok(dg_trial_file_add(&file, &first));
    ok(dg_trial_file_add(&file, &second));
    append_text("{\"sampler\":\"fl"); /* killed while it was writing */
    open_file(true, false, &again);
    assert_int_equal(again.count, 2);
    const dg_trial *found = dg_trial_file_find(&again, &first.candidate);
    assert_true(found && found->score.vun.count == 3 && found->score.count == 10);
    assert_float_equal(found->score.vun.share, 0.3, 0);
    assert_float_equal(found->score.ratio, 2.5, 0);
    assert_float_equal(found->seconds, 0.25, 0);
    found = dg_trial_file_find(&again, &second.candidate);
    assert_true(found && isnan(found->score.vun.share) && isnan(found->score.ratio));
    ok(dg_trial_file_add(&again, &first)); /* behind whole lines */
    dg_trial_file_free(&again);
    open_file(true, false, &again);
    assert_int_equal(again.count, 3);

    assert_int_equal(
        dg_trial_file_open(place("tune.jsonl"), "another model", true, false, &refused),
        DIGRESS_ERROR_INPUT);
    dg_trial_file_free(&refused);
    assert_int_equal(dg_trial_file_open(place("tune.jsonl"), "a model", false, false, &refused),
                     DIGRESS_ERROR_INPUT);
    dg_trial_file_free(&refused);
    append_text("{\"sampler\":\"best\",\"steps\":1}\n");
    assert_int_equal(dg_trial_file_open(place("tune.jsonl"), "a model", true, false, &refused),
                     DIGRESS_ERROR_INPUT);
    dg_trial_file_free(&refused);
    dg_trial_file_free(&again);
    open_file(false, true, &again);
    assert_int_equal(again.count, 0);
    dg_trial_file_free(&again);
    dg_trial_file_free(&file);
}

/* ---- the search ---- */

typedef struct searching {
    digress_graph_set *train, *val;
    dg_model *model;
    dg_pool *pool;
    int calls, most_calls; /* of the progress callback; most 0: any number */
} searching;

static searching begin(const char *more) {
    searching s = {.train = random_set(5, 6), .val = random_set(4, 4)};
    dg_config config;
    ok(dg_config_create(&config));
    ok(dg_config_read_text(&config, small_config, "small"));
    if (more) ok(dg_config_read_text(&config, more, "more"));
    ok(dg_model_create(&config, s.train, s.val, "", &s.model));
    ok(dg_pool_create(2, &s.pool));
    dg_config_free(&config);
    return s;
}

static void end(searching *s) {
    dg_pool_free(s->pool);
    dg_model_free(s->model);
    digress_graph_set_free(s->train);
    digress_graph_set_free(s->val);
}

static digress_status count_calls(void *context, size_t done, size_t total) {
    searching *s = context;
    assert_true(done <= total);
    if (s->most_calls == 0 || s->calls++ < s->most_calls) return DIGRESS_OK;
    return dg_error(DIGRESS_INTERRUPTED, "enough");
}

static digress_status search(searching *s, const char *path, dg_trial_file *file, dg_trial *best) {
    const dg_search_options options = {.val = s->val,
                                       .train = s->train,
                                       .rule = DG_RULE_CONNECTED,
                                       .count = 6,
                                       .seed = 3,
                                       .steps = 3,
                                       .most_steps = 10,
                                       .progress = count_calls,
                                       .progress_context = s};
    ok(dg_trial_file_open(place(path), "a model", true, false, file));
    return dg_search(s->model, s->pool, &options, file, best);
}

static void the_best_of_what_was_tried_is_chosen(void **state) {
    (void)state;
    searching s = begin(NULL);
    dg_trial_file file;
    dg_trial best;
    ok(search(&s, "whole.jsonl", &file, &best));
    assert_int_equal(file.count, 3 * 5 + 5 + 6 + 6 + 3 * 2); /* 5 and 10 steps */
    size_t of[3] = {0};
    for (size_t k = 0; k < file.count; k++) {
        assert_false(dg_trial_better(&file.trials[k], &best));
        assert_true(file.trials[k].score.count == 6 && !isnan(file.trials[k].score.vun.share));
        of[file.trials[k].candidate.sampler]++;
    }
    assert_true(of[DG_SAMPLER_POSTERIOR] == 12 && of[DG_SAMPLER_RENOISE] == 7);
    assert_int_equal(s.model->config.sample.sampler, best.candidate.sampler);
    assert_int_equal(s.model->config.sample.steps, best.candidate.steps);
    assert_float_equal(s.model->noise->sampler.eta, best.candidate.eta, 0);
    dg_trial_file_free(&file);
    end(&s);
}

/* However often it is stopped, a search tries the same and chooses the same. */
static void a_stopped_search_goes_on(void **state) {
    (void)state;
    searching s = begin(NULL);
    dg_trial_file whole, parts;
    dg_trial best, again;
    digress_status status = DIGRESS_INTERRUPTED;
    size_t sessions = 0;
    ok(search(&s, "one.jsonl", &whole, &best));
    for (s.most_calls = 40; status == DIGRESS_INTERRUPTED && sessions < 100; sessions++) {
        s.calls = 0;
        status = search(&s, "parts.jsonl", &parts, &again);
        if (status == DIGRESS_INTERRUPTED) dg_trial_file_free(&parts);
    }
    ok(status);
    assert_true(sessions > 2);
    assert_int_equal(parts.count, whole.count);
    for (size_t k = 0; k < whole.count; k++) {
        assert_true(dg_candidate_same(&parts.trials[k].candidate, &whole.trials[k].candidate));
        assert_int_equal(parts.trials[k].score.vun.count, whole.trials[k].score.vun.count);
    }
    assert_true(dg_candidate_same(&best.candidate, &again.candidate));
    dg_trial_file_free(&parts);
    dg_trial_file_free(&whole);
    end(&s);
}

static void a_continuous_model_has_shares_of_noise(void **state) {
    (void)state;
    searching s = begin("model: {type: continuous, diffusion_steps: 40, extra_features: null}");
    dg_trial_file file;
    dg_trial best;
    ok(search(&s, "continuous.jsonl", &file, &best));
    assert_int_equal(file.count, 5 + 4 + 2);
    for (size_t k = 0; k < file.count; k++)
        assert_true(file.trials[k].candidate.sampler == DG_SAMPLER_POSTERIOR &&
                    file.trials[k].candidate.eta <= 1);
    dg_trial_file_free(&file);
    end(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_better_one_has_the_better_score_or_fewer_steps),
        cmocka_unit_test(trials_come_back_from_their_file),
        cmocka_unit_test(the_best_of_what_was_tried_is_chosen),
        cmocka_unit_test(a_stopped_search_goes_on),
        cmocka_unit_test(a_continuous_model_has_shares_of_noise),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
