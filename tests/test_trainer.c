/* Training: runs, resuming bit for bit, stops, logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "graph/graph_set.h"
#include "training.h"

static void check_resuming(problem *p, const char *whole, const char *parts) {
    ok(start(p, whole, 2, "train.n_epochs=3"));
    ok(start(p, parts, 1, "train.max_steps=3"));
    ok(go_on(p, parts, 3, "train.max_steps=7"));
    ok(go_on(p, parts, 2, "train.max_steps=0"));
    dg_training last = last_of(whole);
    assert_int_equal(last.adamw.step, 9);
    assert_int_equal(last.epoch, 3);
    dg_training_free(&last);

    /* A run that ends in the middle of an epoch is validated there; the rest is the same. */
    dg_training a = last_of(whole), b = last_of(parts);
    size_t bytes = dg_denoiser_parameter_count(a.model->denoiser) * sizeof(float);
    assert_memory_equal(dg_denoiser_parameters(a.model->denoiser),
                        dg_denoiser_parameters(b.model->denoiser), bytes);
    assert_memory_equal(a.model->ema, b.model->ema, bytes);
    dg_training_free(&a);
    dg_training_free(&b);
}

static void resumed_equals_uninterrupted(void **state) {
    (void)state;
    problem p = small_problem();
    char whole[300], parts[300];
    snprintf(whole, sizeof whole, "%s/whole", folder);
    snprintf(parts, sizeof parts, "%s/parts", folder);
    check_resuming(&p, whole, parts);
    assert_true(dg_exists(place("whole/samples/epoch-000002.safetensors")));
    assert_true(dg_exists(place("whole/samples/epoch-000002-chain-0.safetensors")));
    char *log = text_of(place("whole"), "log.jsonl");
    assert_non_null(strstr(log, "{\"event\":\"samples\",\"epoch\":2,"));
    assert_non_null(strstr(log, "\"mmd_wavelet\":"));
    assert_null(strstr(log, "\"mmd_wavelet\":null"));
    free(log);
    assert_true(dg_exists(place("whole/checkpoints/best.safetensors")));
    free_problem(&p);
}

static void resumed_equals_uninterrupted_by_muon(void **state) {
    (void)state;
    problem p = small_problem();
    char whole[300], parts[300];
    snprintf(whole, sizeof whole, "%s/muon", folder);
    snprintf(parts, sizeof parts, "%s/muon-parts", folder);
    ok(dg_config_override(&p.config, "train.optimizer=muon"));
    ok(dg_config_override(&p.config, "train.times=spread"));
    ok(dg_config_override(&p.config, "train.distortion=polydec"));
    check_resuming(&p, whole, parts);
    free_problem(&p);
}

static void resumed_equals_uninterrupted_in_the_continuous_mode(void **state) {
    (void)state;
    problem p = small_problem();
    char whole[300], parts[300];
    snprintf(whole, sizeof whole, "%s/continuous", folder);
    snprintf(parts, sizeof parts, "%s/continuous-parts", folder);
    ok(dg_config_override(&p.config, "model={type: continuous, diffusion_steps: 40}"));
    check_resuming(&p, whole, parts);
    dg_training last = last_of(whole);
    assert_string_equal(last.model->noise->operations->name, "continuous");
    assert_true(isfinite(last.best_nll));
    dg_training_free(&last);
    free_problem(&p);
}

static int signal_sent;

static int sent(void) {
    return signal_sent;
}

static digress_status stop_at(void *context, const digress_train_progress *progress) {
    if (progress->step == *(uint64_t *)context) signal_sent = SIGTERM;
    return DIGRESS_OK;
}

static void signal_saves_and_resumes(void **state) {
    (void)state;
    for (uint64_t stop = 1; stop <= 6; stop++) {
        problem p = small_problem();
        char whole[300], parts[300];
        snprintf(whole, sizeof whole, "%s/s%d", folder, (int)stop);
        snprintf(parts, sizeof parts, "%s/s%d-parts", folder, (int)stop);
        ok(start(&p, whole, 1, "train.n_epochs=2"));
        signal_sent = 0;
        p.options.stop_signal = sent;
        p.options.step = stop_at;
        p.options.step_context = &stop;
        assert_int_equal(start(&p, parts, 2, NULL), DIGRESS_INTERRUPTED);
        assert_non_null(strstr(digress_last_error(), "option 'resume'"));
        assert_non_null(strstr(digress_last_error(), "SIGTERM"));
        p.options.step = NULL;
        p.options.stop_signal = NULL;
        ok(go_on(&p, parts, 3, NULL));
        assert_same_training(whole, parts);

        char *left = text_of(whole, "log.jsonl"), *right = text_of(parts, "log.jsonl");
        assert_int_equal(count_of(left, "\"event\":\"step\""), 6);
        assert_int_equal(count_of(left, "\"event\":\"epoch\""), 2);
        assert_int_equal(count_of(left, "\"event\":\"validation\""), 2);
        assert_int_equal(count_of(right, "\"event\":\"step\""), 6);
        assert_int_equal(count_of(right, "\"event\":\"epoch\""), 2);
        assert_int_equal(count_of(right, "\"event\":\"validation\""), 2);
        free(left);
        free(right);
        free_problem(&p);
    }
}

/* The same training in both precisions: the bounds differ, but by less than between seeds. */
static void with_features(const char *features) {
    static const char *const sets[] = {"v3",
                                       "v4"}; /* what a processor lacks is taken for the next */
    char *runs[2];
    for (size_t k = 0; k < 2; k++) {
        problem p = small_problem();
        setenv("DIGRESS_ISA", sets[k], 1);
        runs[k] = strdup(place(sets[k]));
        p.options.force = true;
        ok(dg_config_override(&p.config, "train.clip_grad=0.1"));
        ok(dg_config_override(&p.config, "model.hidden_dims.dx=20")); /* a rest beyond 16 lanes */
        ok(start(&p, runs[k], 1, features));
        free_problem(&p);
    }
    unsetenv("DIGRESS_ISA");
    assert_same_training(runs[0], runs[1]);
    free(runs[0]);
    free(runs[1]);
}

/* Sums have the same order and every product is fused with its sum, however wide the vectors are.
 * (x86-64-v2 cannot fuse; eigenvalues are LAPACK's.) */
static void instruction_sets_train_the_same_bits(void **state) {
    (void)state;
    with_features("model.extra_features=none");
    with_features("model.extra_features=cycles");
    with_features("model.extra_features=rrwp");
}

static void bf16_reaches_the_same_bound(void **state) {
    (void)state;
    if (dg_engine_lacks(DG_BACKEND_ONEDNN, DG_PRECISION_BF16)) skip();
    double bound[3];
    const char *const runs[] = {"f32", "seed", "bf16"};
    const char *const keys[] = {NULL, "train.seed=1", "train.precision=bf16"};
    for (size_t k = 0; k < 3; k++) {
        problem p = small_problem();
        ok(dg_config_override(&p.config, "train.n_epochs=40"));
        ok(start(&p, place(runs[k]), 1, keys[k]));
        dg_training training = last_of(place(runs[k]));
        bound[k] = training.best_nll;
        dg_training_free(&training);
        free_problem(&p);
    }
    assert_true(bound[2] != bound[0]);
    assert_true(fabs(bound[2] - bound[0]) < 0.01 * bound[0]);
    assert_true(fabs(bound[2] - bound[0]) < fabs(bound[1] - bound[0]));
}

static void last_validation_belongs_to_the_last_epoch(void **state) {
    (void)state;
    problem p = small_problem();
    ok(dg_config_override(&p.config, "general.check_val_every_n_epochs=9"));
    ok(start(&p, place("ends"), 1, "train.n_epochs=2"));
    char *log = text_of(place("ends"), "log.jsonl");
    assert_non_null(strstr(log, "{\"event\":\"validation\",\"epoch\":2,"));
    free(log);
    free_problem(&p);
}

static void append_text(const char *path, const char *text) {
    FILE *stream = fopen(path, "a");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static void resuming_cuts_the_log(void **state) {
    (void)state;
    problem p = small_problem();
    char *run = strdup(place("cut"));
    ok(start(&p, run, 1, "train.max_steps=2"));
    append_text(place("cut/log.jsonl"), "{\"event\":\"step\",\"step\":3}\n{\"ev");
    append_text(place("cut/log.csv"), "step,0,3");
    ok(go_on(&p, run, 1, "train.max_steps=3"));
    char *jsonl = text_of(run, "log.jsonl"), *csv = text_of(run, "log.csv");
    assert_int_equal(count_of(jsonl, "\"event\":\"step\""), 3);
    assert_int_equal(count_of(jsonl, "\"step\":3,"), 3); /* step, epoch, validation */
    assert_int_equal(count_of(csv, "event,epoch,step"), 1);
    assert_int_equal(count_of(csv, "\nstep,"), 3);
    free(jsonl);
    free(csv);
    free(run);
    free_problem(&p);
}

static void divergence_keeps_the_last_good_checkpoint(void **state) {
    (void)state;
    problem p = small_problem();
    char *run = strdup(place("nan"));
    assert_int_equal(start(&p, run, 1, "train.lr=1e38"), DIGRESS_ERROR_NUMERIC);
    assert_non_null(strstr(digress_last_error(), "step"));
    assert_non_null(strstr(digress_last_error(), "graphs"));
    dg_training last = last_of(run);
    const float *parameters = dg_denoiser_parameters(last.model->denoiser);
    for (size_t k = 0; k < dg_denoiser_parameter_count(last.model->denoiser); k++)
        assert_true(isfinite(parameters[k]));
    dg_training_free(&last);
    free(run);
    free_problem(&p);
}

static digress_status stop_at_once(void *context, const digress_train_progress *progress) {
    (void)context;
    (void)progress;
    return dg_error(DIGRESS_INTERRUPTED, "enough");
}

static void init_takes_the_average(void **state) {
    (void)state;
    problem p = small_problem();
    ok(start(&p, place("teacher"), 1, "train.max_steps=4"));
    char *checkpoint = strdup(place("teacher/checkpoints/last.safetensors"));
    p.options.init = checkpoint;
    ok(dg_config_override(&p.config, "train.max_steps=1"));
    assert_int_equal(start(&p, place("pupil"), 1, "train.lr=0"), DIGRESS_OK);
    dg_training teacher = last_of(place("teacher")), pupil = last_of(place("pupil"));
    size_t bytes = dg_denoiser_parameter_count(teacher.model->denoiser) * sizeof(float);
    assert_memory_equal(dg_denoiser_parameters(pupil.model->denoiser), teacher.model->ema, bytes);
    assert_memory_equal(pupil.model->ema, teacher.model->ema, bytes);
    dg_training_free(&teacher);
    dg_training_free(&pupil);

    char *run = strdup(place("teacher"));
    p.options.init = run;
    ok(start(&p, place("pupil-of-run"), 1, NULL));
    assert_int_equal(start(&p, place("other"), 1, "model.hidden_dims.dx=16"), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "mlp_in_X.2.weight"));
    assert_false(dg_exists(place("other")));
    assert_int_equal(start(&p, place("other"), 1, "model.n_layers=3"), DIGRESS_ERROR_INPUT);
    free(run);
    free(checkpoint);
    free_problem(&p);
}

static void name_nodes(digress_graph_set *set, const char *names) {
    for (size_t k = 0; k < 3; k++) {
        char name[2] = {names[k], 0};
        ok(digress_graph_set_name_node(set, k, name));
    }
}

static void assert_nodes_of_last(const char *run, const char *names) {
    dg_training last = last_of(run);
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(digress_graph_set_node_name(last.model->classes, k)[0], names[k]);
    dg_training_free(&last);
}

static void init_matches_classes_by_name(void **state) {
    (void)state;
    problem p = small_problem(), q = small_problem();
    name_nodes(p.train, "PQR");
    ok(start(&p, place("named"), 1, "train.max_steps=2"));
    char *run = strdup(place("named"));
    q.options.init = run;
    name_nodes(q.train, "RPQ");
    name_nodes(q.val, "QPR");
    ok(start(&q, place("mapped"), 1, "train.max_steps=1"));
    assert_nodes_of_last(place("mapped"), "PQR");
    name_nodes(q.train, "RPS");
    assert_int_equal(start(&q, place("unknown"), 1, NULL), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "node class S, which "));
    assert_false(dg_exists(place("unknown")));
    free(run);
    free_problem(&p);
    free_problem(&q);
}

/* The same training graphs, their classes in another order: the run is the same, bit for bit. */
static void resuming_matches_classes_by_name(void **state) {
    (void)state;
    const uint8_t map[DIGRESS_MAX_CLASSES] = {2, 0, 1};
    problem p = small_problem(), q = small_problem();
    name_nodes(p.train, "PQR");
    ok(start(&p, place("by-name"), 1, "train.max_steps=4"));
    ok(start(&p, place("halves"), 1, "train.max_steps=2"));
    dg_graph_set_recode(q.train, map, NULL);
    name_nodes(q.train, "QRP");
    ok(go_on(&q, place("halves"), 1, "train.max_steps=4"));
    dg_training whole = last_of(place("by-name")), halves = last_of(place("halves"));
    size_t bytes = dg_denoiser_parameter_count(whole.model->denoiser) * sizeof(float);
    assert_memory_equal(dg_denoiser_parameters(whole.model->denoiser),
                        dg_denoiser_parameters(halves.model->denoiser), bytes);
    dg_training_free(&whole);
    dg_training_free(&halves);
    name_nodes(q.train, "QRS");
    assert_int_equal(go_on(&q, place("halves"), 1, "train.max_steps=5"), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "node class S, which the run lacks"));
    free_problem(&p);
    free_problem(&q);
}

static void callback_ends_the_training(void **state) {
    (void)state;
    problem p = small_problem();
    p.options.step = stop_at_once;
    assert_int_equal(start(&p, place("callback"), 1, NULL), DIGRESS_INTERRUPTED);
    assert_string_equal(digress_last_error(), "enough");
    dg_training last = last_of(place("callback"));
    assert_int_equal(last.adamw.step, 1);
    dg_training_free(&last);
    free_problem(&p);
}

/* From here on no file can grow beyond a few bytes, as on a full disk. */
static digress_status fill_disk(void *context, const digress_train_progress *progress) {
    const struct rlimit *limit = context;
    if (progress->step == 2) assert_int_equal(setrlimit(RLIMIT_FSIZE, limit), 0);
    return DIGRESS_OK;
}

static void full_disk_leaves_the_old_checkpoint(void **state) {
    (void)state;
    problem p = small_problem();
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    p.options.step = fill_disk;
    p.options.step_context = &limit;
    digress_status status = start(&p, place("full"), 1, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, DIGRESS_ERROR_IO);
    dg_training last = last_of(place("full"));
    assert_int_equal(last.adamw.step, 0);
    dg_training_free(&last);
    p.options.step = NULL;
    ok(go_on(&p, place("full"), 1, NULL));
    free_problem(&p);
}

static void refuses_what_it_cannot_use(void **state) {
    (void)state;
    problem p = small_problem();
    ok(start(&p, place("taken"), 1, "train.max_steps=1"));
    assert_int_equal(start(&p, place("taken"), 1, NULL), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "option 'force'"));
    append_text(place("taken/notes.txt"), "mine\n");
    p.options.force = true;
    ok(start(&p, place("taken"), 1, NULL));
    assert_true(dg_exists(place("taken/notes.txt")));
    p.options.force = false;

    assert_int_equal(go_on(&p, place("taken"), 1, "train.lr=1"), DIGRESS_ERROR_INPUT);
    assert_int_equal(go_on(&p, place("nowhere"), 1, NULL), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "no run to resume"));

    digress_graph_set *other = random_set(3, 9), *empty = random_set(3, 0);
    p.options.train = other;
    assert_int_equal(go_on(&p, place("taken"), 1, NULL), DIGRESS_ERROR_INPUT);
    p.options.train = empty;
    assert_int_equal(start(&p, place("empty"), 1, NULL), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "empty"));
    p.options.train = p.train;
    p.options.val = empty;
    assert_int_equal(start(&p, place("empty"), 1, NULL), DIGRESS_ERROR_INPUT);
    assert_false(dg_exists(place("empty")));
    digress_graph_set_free(other);
    digress_graph_set_free(empty);
    free_problem(&p);
}

static void trains_on_single_nodes(void **state) {
    (void)state;
    problem p = small_problem();
    digress_graph_set *single = random_set(1, 1);
    for (uint32_t k = 1; k < 6; k++)
        append_random(single, 1, k);
    p.options.train = p.options.val = single;
    ok(start(&p, place("single"), 2, "train.n_epochs=2"));
    dg_training last = last_of(place("single"));
    assert_int_equal(last.adamw.step, 4);
    assert_true(isfinite(last.best_nll));
    dg_training_free(&last);
    digress_graph_set_free(single);
    free_problem(&p);
}

static void trains_on_a_generated_set(void **state) {
    (void)state;
    problem p = small_problem();
    p.options.train = p.options.val = NULL;
    ok(dg_config_override(&p.config, "dataset.generate.kind=community"));
    ok(dg_config_override(&p.config, "dataset.generate.graphs=12"));
    ok(start(&p, place("generated"), 1, "train.max_steps=1"));
    dg_training last = last_of(place("generated"));
    assert_string_equal(last.model->kind, "community");
    dg_training_free(&last);
    free_problem(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resumed_equals_uninterrupted),
        cmocka_unit_test(resumed_equals_uninterrupted_by_muon),
        cmocka_unit_test(resumed_equals_uninterrupted_in_the_continuous_mode),
        cmocka_unit_test(signal_saves_and_resumes),
        cmocka_unit_test(instruction_sets_train_the_same_bits),
        cmocka_unit_test(bf16_reaches_the_same_bound),
        cmocka_unit_test(last_validation_belongs_to_the_last_epoch),
        cmocka_unit_test(resuming_cuts_the_log),
        cmocka_unit_test(divergence_keeps_the_last_good_checkpoint),
        cmocka_unit_test(init_takes_the_average),
        cmocka_unit_test(init_matches_classes_by_name),
        cmocka_unit_test(resuming_matches_classes_by_name),
        cmocka_unit_test(callback_ends_the_training),
        cmocka_unit_test(full_disk_leaves_the_old_checkpoint),
        cmocka_unit_test(refuses_what_it_cannot_use),
        cmocka_unit_test(trains_on_single_nodes),
        cmocka_unit_test(trains_on_a_generated_set),
    };
    return cmocka_run_group_tests_name("trainer", tests, make_folder, remove_folder);
}
