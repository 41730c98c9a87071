/* Checkpoints with impossible numbers, weights and logits that are not finite, names and weights
 * without effect: each is reported, and never becomes a graph or a result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <unistd.h>

#include "core/memory_limit.h"
#include "diffusion/transition.h"
#include "eval/distances/gram_kernels.h"
#include "math/finite.h"
#include "model/need.h"
#include "sample/bound.h"
#include "sample/sampler.h"
#include "training.h"

static void assert_says(digress_status status, digress_status expected, const char *text) {
    assert_int_equal(status, expected);
    if (!strstr(digress_last_error(), text))
        fail_msg("'%s' is not in: %s", text, digress_last_error());
}

/* ---- Checkpoints ---- */

static problem p;
static char *run, *last;

static int train_a_little(void **state) {
    if (make_folder(state) != 0) return -1;
    p = small_problem();
    run = strdup(place("run"));
    last = strdup(place("run/checkpoints/last.safetensors"));
    ok(start(&p, run, 1, "train.max_steps=3"));
    return 0;
}

static int clean_up(void **state) {
    free_problem(&p);
    free(run);
    free(last);
    return remove_folder(state);
}

/* The run's checkpoint with other text in its header: the header's length comes first. */
static void tamper(const char *from, const char *to) {
    char *bytes = NULL, *at = NULL;
    size_t size = 0;
    uint64_t header = 0, grown = strlen(to) - strlen(from);
    ok(dg_file_read(last, &bytes, &size));
    memcpy(&header, bytes, sizeof header);
    const char end = bytes[8 + header - 1];
    bytes[8 + header - 1] = '\0';
    at = strstr(bytes + 8, from);
    if (!at) fail_msg("no %s in the checkpoint", from);
    bytes[8 + header - 1] = end;
    char *changed = malloc(size + strlen(to));
    size_t before = (size_t)(at - bytes), after = size - before - strlen(from);
    memcpy(changed, bytes, before);
    memcpy(changed + before, to, strlen(to));
    memcpy(changed + before + strlen(to), at + strlen(from), after);
    header += grown;
    memcpy(changed, &header, sizeof header);
    ok(dg_file_write(last, changed, before + strlen(to) + after));
    free(changed);
    free(bytes);
}

static void counters_have_ranges(void **state) {
    (void)state;
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"\"train.batch\":\"0\"", "\"train.batch\":\"999999999\"", "'train.batch' is 999999999"},
        {"\"train.batch\":\"0\"", "\"train.batch\":\"-1\"", "'train.batch' is '-1'"},
        {"\"train.batch\":\"0\"", "\"train.batch\":\"1\"", "'train.step' is 3: expected 4"},
        {"\"train.epoch\":\"1\"", "\"train.epoch\":\"5000000000\"",
         "'train.epoch' is '5000000000'"},
        {"\"train.epoch\":\"1\"", "\"train.epoch\":\"4294967295\"", "'train.step' is 3"},
        {"\"train.step\":\"3\"", "\"train.step\":\"18446744073709551616\"",
         "'train.step' is '1844"},
        {"\"train.step\":\"3\"", "\"train.step\":\"3x\"", "'train.step' is '3x'"},
        {"\"train.step\":\"3\"", "\"train.step\":\"6\"", "'train.step' is 6: expected 3"},
        {"\"train.ended\":\"0\"", "\"train.ended\":\"3\"", "'train.ended' is '3'"},
        {"\"train.ended\":\"0\"", "\"train.ended\":\"2\"", "'train.ended' is 2 in the middle"},
        {"\"train.validated\":\"3\"", "\"train.validated\":\"4\"", "'train.validated' is 4"},
        {"\"train.jsonl_bytes\":\"", "\"train.jsonl_bytes\":\"99999999999999999", "jsonl_bytes"},
        {"\"train.csv_bytes\":\"", "\"train.csv_bytes\":\"-", "csv_bytes"},
        {"\"train.minutes\":\"", "\"train.minutes\":\"-1", "'train.minutes' is '-1"},
        {"\"train.minutes\":\"", "\"train.minutes\":\"nan", "'train.minutes' is 'nan"},
        {"\"train.minutes\":\"", "\"train.minutes\":\"inf\",\"x\":\"", "'train.minutes' is 'inf'"},
        {"\"train.best_nll\":\"", "\"train.best_nll\":\"-inf\",\"x\":\"", "'train.best_nll'"},
        {"\"train.epoch_loss_X\":\"0", "\"train.epoch_loss_X\":\"-1", "'train.epoch_loss_X'"},
        {"\"train.epoch_loss_E\":\"0", "\"train.epoch_loss_E\":\"inf", "'train.epoch_loss_E'"},
        {"\"train.epoch_seconds\":\"0", "\"train.epoch_seconds\":\"1e300", "'train.epoch_seconds'"},
        {"n_layers: 2", "n_layers: 99999999", "model.n_layers"},
        {"diffusion_steps: 4", "diffusion_steps: 0", "model.diffusion_steps"},
        {"batch_size: 4", "batch_size: -4", "train.batch_size"},
        {"n_epochs: 5", "n_epochs: 18446744073709551615", "train.n_epochs"},
        {"extra_features: cycles", "extra_features: cycle", "model.extra_features"},
    };
    char *sound = NULL;
    size_t size = 0;
    ok(dg_file_read(last, &sound, &size));
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tamper(cases[k].from, cases[k].to);
        digress_status status = go_on(&p, run, 1, NULL);
        assert_says(status, DIGRESS_ERROR_INPUT, cases[k].says);
        assert_non_null(strstr(digress_last_error(), last));
        ok(dg_file_write(last, sound, size));
    }
    free(sound);
    ok(go_on(&p, run, 1, NULL)); /* the sound one goes on */
}

static void assert_not_loaded(dg_training *training, digress_status expected, const char *text) {
    char *path = strdup(place("damaged.safetensors"));
    dg_training none;
    ok(dg_training_save(training, path));
    assert_says(dg_training_load(path, &none), expected, text);
    assert_non_null(strstr(digress_last_error(), path));
    free(path);
}

static void statistics_have_ranges(void **state) {
    (void)state;
    static const double wrong[] = {1e300, -1, 0.5, 5e9, (double)NAN};
    dg_training training = last_of(run);
    dg_model *model = training.model;
    double *histograms[] = {model->sizes.n_histogram, model->statistics.n_histogram};
    static const char *const names[] = {"'sizes.n_histogram'", "'statistics.n_histogram'"};
    for (size_t h = 0; h < 2; h++)
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            const double kept = histograms[h][3];
            histograms[h][3] = wrong[k];
            assert_not_loaded(&training, DIGRESS_ERROR_INPUT, names[h]);
            histograms[h][3] = kept;
        }
    histograms[0][0] = 1;
    assert_not_loaded(&training, DIGRESS_ERROR_INPUT, "graphs without nodes");
    histograms[0][0] = 0;
    double *share = &model->statistics.node_marginals[0], kept = *share;
    *share = 1e300;
    assert_not_loaded(&training, DIGRESS_ERROR_INPUT, "'statistics.node_marginals'");
    *share = kept / 2;
    assert_not_loaded(&training, DIGRESS_ERROR_INPUT, "sums to");
    *share = kept;
    model->statistics.mean_n = (double)INFINITY;
    assert_not_loaded(&training, DIGRESS_ERROR_INPUT, "'statistics.mean_n'");
    model->statistics.mean_n = 3;
    model->statistics.mean_edges = -1;
    assert_not_loaded(&training, DIGRESS_ERROR_INPUT, "'statistics.mean_edges'");
    dg_training_free(&training);
}

static void weights_of_a_file_are_finite(void **state) {
    (void)state;
    dg_training training = last_of(run);
    dg_model *model = training.model;
    const dg_parameter *third = dg_denoiser_tensor(model->denoiser, 2);
    struct {
        float *values;
        const char *prefix;
    } const kinds[] = {{dg_denoiser_parameters(model->denoiser), "model."},
                       {model->ema, "ema."},
                       {training.adamw.m, "exp_avg."},
                       {training.adamw.v, "exp_avg_sq."},
                       {training.adamw.v_max, "max_exp_avg_sq."}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char name[128];
        float *value = &kinds[k].values[third->offset], kept = *value;
        snprintf(name, sizeof name, "'%s%s'", kinds[k].prefix, third->name);
        *value = k % 2 ? (float)INFINITY : (float)NAN;
        assert_not_loaded(&training, DIGRESS_ERROR_NUMERIC, name);
        *value = kept;
    }
    training.adamw.v[0] = -1;
    assert_not_loaded(&training, DIGRESS_ERROR_INPUT, "'exp_avg_sq....' holds -1");
    dg_training_free(&training);
}

/* ---- Weights and logits ---- */

static dg_model *loaded_model(void) {
    dg_model *model = NULL;
    ok(dg_model_open(last, NULL, NULL, &model));
    return model;
}

/* The model yields neither samples nor a bound; the error contains `text`. */
static void assert_no_figures(dg_model *model, const char *text) {
    const dg_sample_options options = {.count = 3};
    dg_pool *pool = NULL;
    dg_bound bound;
    digress_graph_set *set = NULL;
    ok(dg_pool_create(2, &pool));
    ok(dg_denoiser_weights_changed(model->denoiser, NULL));
    ok(digress_graph_set_create_like(model->classes, &set));
    assert_says(dg_sample(model, pool, &options, set, NULL), DIGRESS_ERROR_NUMERIC, text);
    assert_int_equal(digress_graph_set_count(set), 0);
    assert_says(dg_bound_of(model, pool, p.val, 1, 0, &bound), DIGRESS_ERROR_NUMERIC, text);
    digress_graph_set_free(set);
    dg_pool_free(pool);
}

static void weights_and_logits_are_told_apart(void **state) {
    (void)state;
    dg_model *model = loaded_model();
    const dg_parameter *bias = dg_denoiser_find(model->denoiser, "mlp_out_E.2.bias");
    const dg_parameter *weight = dg_denoiser_find(model->denoiser, "mlp_out_E.2.weight");
    float *parameters = dg_denoiser_parameters(model->denoiser);
    parameters[bias->offset] = (float)NAN;
    assert_no_figures(model, "'mlp_out_E.2.bias'");
    parameters[bias->offset] = 0;
    for (size_t k = 0; k < weight->count; k++)
        parameters[weight->offset + k] = 3e38f;
    for (size_t k = 0; k < dg_denoiser_find(model->denoiser, "mlp_out_E.0.bias")->count; k++)
        parameters[dg_denoiser_find(model->denoiser, "mlp_out_E.0.bias")->offset + k] = 1e3f;
    assert_no_figures(model, "logits are not all finite numbers, though its weights are");
    dg_model_free(model);
}

/* A NaN before a ReLU is a NaN after it. */
static void no_layer_hides_a_nan(void **state) {
    (void)state;
    dg_model *model = loaded_model();
    float *parameters = dg_denoiser_parameters(model->denoiser);
    for (size_t k = 0; k < dg_denoiser_parameter_count(model->denoiser); k++)
        parameters[k] = 1e30f;
    assert_no_figures(model, "logits are not all finite numbers, though its weights are");
    dg_model_free(model);
}

static void finite_is_seen_everywhere(void **state) {
    (void)state;
    float values[67] = {0};
    const float wrong[] = {(float)NAN, -(float)NAN, (float)INFINITY, -(float)INFINITY};
    assert_true(dg_all_finite(0, values));
    for (size_t k = 0; k < 67; k++)
        for (size_t w = 0; w < 4; w++) {
            values[k] = wrong[w];
            assert_false(dg_all_finite(67, values));
            values[k] = k % 2 ? 3.4e38f : -1e-45f;
        }
    assert_true(dg_all_finite(67, values));
}

/* The kernels of the metrics: a NaN cannot be converted to an integer, and only an empty histogram
 * has no unit of mass. */
static void a_nan_stays_one_in_the_kernels(void **state) {
    (void)state;
    const dg_gram_kernels *kernels = DG_ISA_SELECT(dg_gram_kernels_table);
    double distances[8] = {0, 1, 2, (double)INFINITY, 4, 5, 6, 7};
    const double weights[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    float out[8];
    assert_true(isfinite(kernels->unlikeness(8, 0.5, distances, weights, out)));
    assert_true(out[0] == 0 && out[3] == 1);
    distances[2] = (double)NAN;
    assert_true(isnan(kernels->unlikeness(8, 0.5, distances, weights, out)));
    assert_true(isnan(out[2]) && !isnan(out[1]));

    static int32_t work[DG_GRAM_WORK * DG_GRAM_LANES];
    const double empty[DG_GRAM_LANES * DG_GRAM_GROUP] = {0}, masses[DG_GRAM_GROUP] = {0};
    const uint32_t lengths[DG_GRAM_GROUP] = {1, 1, 1, 1};
    const dg_gram_histograms nothing = {empty, lengths, masses};
    double cost[DG_GRAM_GROUP] = {1, 1, 1, 1};
    kernels->emd(DG_GRAM_LANES, 1, nothing, DG_GRAM_GROUP, nothing, false, work, cost);
    for (size_t k = 0; k < DG_GRAM_GROUP; k++)
        assert_true(cost[k] == 0);
}

/* Under absorbing noise, a class that was not absorbed is the clean one, even if its p is 0. */
static void no_uniform_draw_hides_anything(void **state) {
    (void)state;
    dg_transition transition;
    const double zero[] = {0.25, 0.75, 0}, nan[] = {(double)NAN, (double)NAN, (double)NAN};
    double out[3];
    ok(dg_transition_create(DG_TRANSITION_ABSORBING, 3, NULL, 0, &transition));
    dg_prob_s(&transition, (dg_jump){0.5, 0.8, 0.4}, 2, zero, out);
    assert_true(out[0] == 0 && out[1] == 0 && out[2] == 1);
    dg_prob_s(&transition, (dg_jump){0.5, 0.8, 0.4}, 0, nan, out);
    for (size_t k = 0; k < 3; k++)
        assert_true(isnan(out[k]));
    dg_transition_free(&transition);
}

/* The next step does not start from one that overflowed. */
static void weights_that_are_not_finite_are_not_saved(void **state) {
    (void)state;
    problem q = small_problem();
    ok(dg_config_override(&q.config, "train.save_every_minutes=0"));
    ok(dg_config_override(&q.config, "train.max_steps=1"));
    ok(dg_config_override(&q.config, "train.clip_grad=0"));
    char *wild = strdup(place("wild"));
    assert_int_equal(start(&q, wild, 1, "train.lr=1e60"), DIGRESS_ERROR_NUMERIC);
    dg_training kept = last_of(wild);
    assert_int_equal(kept.adamw.step, 0);
    dg_training_free(&kept);
    free(wild);
    free_problem(&q);
}

/* ---- Numbers without effect ---- */

/* A number that nothing reads may have one value only. */
static void a_weight_of_nothing_is_refused(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"model.lambda_train=[5, 2]", "model.lambda_train: the second weight"},
        {"model={type: continuous, norm_biases: [0, 0, 1]}", "model.norm_biases: the third number"},
        {"model={type: continuous, normalize_factors: [2, 1, 3]}",
         "model.normalize_factors: the third number"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        problem q = small_problem();
        assert_says(start(&q, place("weighed"), 1, cases[k][0]), DIGRESS_ERROR_INPUT, cases[k][1]);
        assert_false(dg_exists(place("weighed")));
        free_problem(&q);
    }
    problem q = small_problem();
    ok(dg_config_override(&q.config, "train.max_steps=1"));
    ok(start(&q, place("weighed"), 1, "model.lambda_train=[5, 0]"));
    free_problem(&q);
}

/* ---- Memory and places ---- */

static void memory_is_estimated_before_it_is_taken(void **state) {
    (void)state;
    dg_model *model = loaded_model();
    dg_pool *pool = NULL;
    digress_graph_set *set = NULL;
    double *sizes = NULL;
    size_t need = 0, estimate = 0, largest = DIGRESS_MAX_NODES;
    ok(dg_pack_need(model, 512, 1, false, &need));
    ok(dg_pack_need(model, 1024, 1, false, &estimate));
    assert_true(estimate > 3.5 * (double)need && estimate < 4.0 * (double)need);
    model->noise->pair_bytes = dg_memory_limit() / largest / largest + 1; /* as of a wide network */
    ok(dg_allocate(largest + 1, sizeof *sizes, &sizes));
    sizes[largest] = 1;
    ok(dg_pool_create(1, &pool));
    ok(digress_graph_set_create_like(model->classes, &set));
    const dg_sample_options options = {.count = 1, .n_histogram = sizes, .max_n = largest};
    assert_says(dg_sample(model, pool, &options, set, NULL), DIGRESS_ERROR_INPUT,
                "a graph of 32768 nodes takes about");
    free(sizes);
    digress_graph_set_free(set);
    dg_pool_free(pool);
    dg_model_free(model);
}

static void a_run_goes_on_from_any_folder(void **state) {
    (void)state;
    problem q = small_problem();
    char *before = getcwd(NULL, 0), *elsewhere = strdup(place("elsewhere"));
    q.options.train = q.options.val = NULL;
    ok(digress_graph_set_write(q.train, place("graphs.safetensors"), DIGRESS_FORMAT_SAFETENSORS,
                               false, NULL));
    ok(dg_make_folders(elsewhere));
    assert_int_equal(chdir(folder), 0);
    ok(dg_config_override(&q.config, "train.max_steps=1"));
    digress_status first = start(&q, "run-here", 1, "dataset.path=graphs.safetensors");
    assert_int_equal(chdir(elsewhere), 0);
    digress_status second = go_on(&q, "../run-here", 1, "train.max_steps=2");
    assert_int_equal(chdir(before), 0);
    ok(first);
    ok(second);
    dg_training moved = last_of(place("run-here"));
    assert_int_equal(moved.adamw.step, 2);
    dg_training_free(&moved);
    free(before);
    free(elsewhere);
    free_problem(&q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_have_ranges),
        cmocka_unit_test(weights_of_a_file_are_finite),
        cmocka_unit_test(weights_and_logits_are_told_apart),
        cmocka_unit_test(no_layer_hides_a_nan),
        cmocka_unit_test(memory_is_estimated_before_it_is_taken),
        cmocka_unit_test(counters_have_ranges),
        cmocka_unit_test(finite_is_seen_everywhere),
        cmocka_unit_test(a_nan_stays_one_in_the_kernels),
        cmocka_unit_test(no_uniform_draw_hides_anything),
        cmocka_unit_test(weights_that_are_not_finite_are_not_saved),
        cmocka_unit_test(a_weight_of_nothing_is_refused),
        cmocka_unit_test(a_run_goes_on_from_any_folder),
    };
    return cmocka_run_group_tests(tests, train_a_little, clean_up);
}
