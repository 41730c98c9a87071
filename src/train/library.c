/* The public interface to models and training (include/digress), over the internal one. */
#include "digress/model.h"
#include "digress/train.h"

#include "core/file.h"
#include "core/memory.h"
#include "model/predict.h"
#include "sample/bound.h"
#include "sample/sampler.h"
#include "train/choose.h"
#include "train/trainer.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct digress_model {
    dg_model *inner;
};

digress_status digress_model_load(const char *path, digress_model **out) {
    digress_model *model = NULL;
    DG_NEED(path);
    DG_NEED(out);
    DG_TRY(dg_allocate(1, sizeof *model, &model));
    digress_status status = dg_model_open(path, NULL, NULL, &model->inner);
    if (status != DIGRESS_OK) {
        free(model);
        return status;
    }
    *out = model;
    return DIGRESS_OK;
}

void digress_model_free(digress_model *model) {
    if (!model) return;
    dg_model_free(model->inner);
    free(model);
}

digress_status digress_model_save(const digress_model *model, const char *path) {
    DG_NEED(model);
    DG_NEED(path);
    return dg_model_save_weights(model->inner, path);
}

digress_status digress_model_use(digress_model *model, const char *backend, const char *precision) {
    DG_NEED(model);
    return dg_model_use_named(model->inner, backend, precision);
}

digress_status digress_model_set_sampling(digress_model *model, const char *assignment) {
    DG_NEED(model);
    DG_NEED(assignment);
    dg_config *config = &model->inner->config;
    const dg_config before = *config;
    char *text = dg_format("sample.%s", assignment);
    if (!text) return dg_out_of_memory();
    digress_status status = dg_config_override(config, text);
    free(text);
    if (status == DIGRESS_OK) status = dg_model_use_sampler(model->inner);
    if (status != DIGRESS_OK) config->sample = before.sample;
    return status;
}

digress_status digress_model_set_eta(digress_model *model, double eta) {
    DG_NEED(model);
    dg_sampler sampler = model->inner->noise->sampler;
    if (!dg_is_continuous(&model->inner->config) && sampler.kind != DG_SAMPLER_FLOW)
        return eta == 1 ? DIGRESS_OK
                        : dg_error(DIGRESS_ERROR_INPUT,
                                   "eta: a discrete model always draws all of a step's noise");
    sampler.eta = eta;
    return dg_noise_model_set_sampler(model->inner->noise, &sampler);
}

size_t digress_model_parameter_count(const digress_model *model) {
    DG_NEED_OR(0, model);
    return dg_denoiser_parameter_count(model->inner->denoiser);
}

size_t digress_model_diffusion_steps(const digress_model *model) {
    DG_NEED_OR(0, model);
    return model->inner->noise->schedule.T;
}

size_t digress_model_max_nodes(const digress_model *model) {
    DG_NEED_OR(0, model);
    return model->inner->statistics.max_n;
}

const digress_graph_set *digress_model_classes(const digress_model *model) {
    DG_NEED_OR(NULL, model);
    return model->inner->classes;
}

size_t digress_model_target_count(const digress_model *model) {
    DG_NEED_OR(0, model);
    return model->inner->conditions.count;
}

const char *digress_model_target_name(const digress_model *model, size_t target) {
    DG_NEED_OR(NULL, model);
    const dg_conditions *conditions = &model->inner->conditions;
    return target < conditions->count ? conditions->names[target] : NULL;
}

/* ---- Sampling ---- */

static digress_status sample_into(const dg_model *model, const digress_sample_options *options,
                                  const dg_sample_options *inner, digress_graph_set *set) {
    const dg_watch watch = dg_watch_of_caller(&options->watch);
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create_watched(options->threads, &watch, &pool));
    digress_status status = dg_sample(model, pool, inner, set, NULL);
    dg_pool_free(pool);
    return status;
}

/* What ended the sampling is what is returned. */
static digress_status keep_finished(digress_status status, const dg_store *store,
                                    digress_graph_set *finished) {
    for (size_t k = 0; k < digress_graph_set_count(store->set); k++) {
        const size_t place = store->place[k];
        DG_TRY(digress_graph_set_append_set(finished, store->set, 1, &place));
    }
    return status;
}

static digress_status sample_keeping(const dg_model *model, const digress_sample_options *options,
                                     dg_sample_options *inner, digress_graph_set *set) {
    dg_store store;
    if (!options->finished) return sample_into(model, options, inner, set);
    DG_TRY(dg_store_create(model->classes, &store));
    inner->store = &store;
    digress_status status = sample_into(model, options, inner, set);
    if (status != DIGRESS_OK) status = keep_finished(status, &store, options->finished);
    dg_store_free(&store);
    return status;
}

digress_status digress_model_sample(const digress_model *model,
                                    const digress_sample_options *options,
                                    digress_graph_set **out) {
    DG_NEED(model);
    DG_NEED(options);
    DG_NEED(out);
    dg_sample_options inner = {.count = options->count,
                               .first = options->first,
                               .seed = options->seed,
                               .steps = options->steps,
                               .batch = options->batch,
                               .progress = options->progress,
                               .progress_context = options->progress_context,
                               .targets = options->targets,
                               .regressor = options->regressor ? options->regressor->inner : NULL,
                               .regressor_scale = options->regressor_scale,
                               .fixed = options->fixed,
                               .constraints = options->constraints,
                               .interventions = options->interventions};
    double *histogram = NULL;
    digress_graph_set *set = NULL;
    if (options->nodes) DG_TRY(dg_parse_nodes(options->nodes, &histogram, &inner.max_n));
    inner.n_histogram = histogram;
    digress_status status = digress_graph_set_create_like(model->inner->classes, &set);
    if (status == DIGRESS_OK) status = sample_keeping(model->inner, options, &inner, set);
    free(histogram);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(set);
        return status;
    }
    *out = set;
    return DIGRESS_OK;
}

/* ---- What the network says ---- */

static digress_status check_noisy(const dg_model *model, const digress_graph_set *noisy,
                                  size_t index, double t) {
    const size_t nodes = digress_graph_set_node_classes(model->classes);
    const size_t edges = digress_graph_set_edge_classes(model->classes);
    if (index >= digress_graph_set_count(noisy) || index > UINT32_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "graph %zu: the set has %zu, counted from 0", index,
                        digress_graph_set_count(noisy));
    if (digress_graph_set_node_classes(noisy) > nodes ||
        digress_graph_set_edge_classes(noisy) > edges)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the graphs have %zu node and %zu edge classes, the model %zu and %zu",
                        digress_graph_set_node_classes(noisy),
                        digress_graph_set_edge_classes(noisy), nodes, edges);
    if (!(t >= 0 && t <= (double)model->noise->schedule.T))
        return dg_error(DIGRESS_ERROR_INPUT, "step %g: expected 0 to %zu", t,
                        model->noise->schedule.T);
    if (!dg_is_continuous(&model->config)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "a continuous model's noisy states are no graphs");
}

static digress_status predict_into(dg_predictor *predictor, const digress_graph_set *noisy,
                                   uint32_t index, double t, dg_arena *arena, float *X_logits,
                                   float *E_logits) {
    static const dg_team alone = {NULL, 1};
    const dg_noise_model *noise = predictor->model->noise;
    const size_t n = digress_graph_set_get(noisy, index).n;
    float *X = NULL, *E = NULL;
    dg_state *state = NULL;
    DG_TRY(noise->operations->encode(noise, arena, noisy, 1, &index, &state));
    DG_TRY(dg_predict(predictor, &alone, state, &t, &X, &E));
    memcpy(X_logits, X, n * noise->out_X * sizeof *X_logits);
    memcpy(E_logits, E, n * n * noise->out_E * sizeof *E_logits);
    return DIGRESS_OK;
}

digress_status digress_model_predict(const digress_model *model, const digress_graph_set *noisy,
                                     size_t index, double t, float *X_logits, float *E_logits) {
    dg_pool *pool = NULL;
    dg_predictor *predictors = NULL;
    dg_arena *arena = NULL;
    DG_NEED(model);
    DG_NEED(noisy);
    DG_NEED(X_logits);
    DG_NEED(E_logits);
    DG_TRY(check_noisy(model->inner, noisy, index, t));
    DG_TRY(dg_pool_create(1, &pool));
    digress_status status = dg_predictors_create(model->inner, pool, &predictors);
    if (status == DIGRESS_OK) status = dg_arena_create(&arena);
    if (status == DIGRESS_OK)
        status = predict_into(predictors, noisy, (uint32_t)index, t, arena, X_logits, E_logits);
    dg_arena_free(arena);
    dg_predictors_free(predictors, pool);
    dg_pool_free(pool);
    return status;
}

/* ---- The bound ---- */

digress_status digress_model_bound(const digress_model *model, const digress_graph_set *set,
                                   size_t repeats, uint64_t seed, size_t threads,
                                   const digress_watch *watch, digress_bound *out) {
    const dg_watch asked = dg_watch_of_caller(watch);
    dg_pool *pool = NULL;
    DG_NEED(model);
    DG_NEED(set);
    DG_NEED(out);
    DG_TRY(dg_pool_create_watched(threads, &asked, &pool));
    digress_status status = dg_bound_of(model->inner, pool, set, repeats, seed, out);
    dg_pool_free(pool);
    return status;
}

/* ---- Training ---- */

static digress_status call_back(void *context, const digress_train_progress *progress) {
    const digress_train_options *options = context;
    digress_status status = options->step(options->step_context, progress);
    if (status == DIGRESS_OK) return DIGRESS_OK;
    return dg_error(status, "the callback stopped the training after step %" PRIu64,
                    progress->step);
}

static digress_status read_config(const digress_train_options *options, dg_config *config) {
    if (options->choose) DG_TRY(dg_choose_config(options->train, config));
    if (options->config) DG_TRY(dg_config_read(config, options->config));
    for (size_t k = 0; k < options->assignment_count; k++)
        DG_TRY(dg_config_override(config, options->assignments[k]));
    return DIGRESS_OK;
}

static digress_status check_options(const digress_train_options *options) {
    DG_NEED(options->run);
    if (options->choose && !options->resume) DG_NEED(options->train);
    if (options->assignment_count > 0) DG_NEED(options->assignments);
    for (size_t k = 0; k < options->assignment_count; k++)
        DG_NEED(options->assignments[k]);
    return DIGRESS_OK;
}

digress_status digress_train(const digress_train_options *options) {
    DG_NEED(options);
    DG_TRY(check_options(options));
    dg_train_options inner = {.run = options->run,
                              .force = options->force,
                              .config = options->config,
                              .resume = options->resume,
                              .init = options->init,
                              .threads = options->threads,
                              .quiet = !options->verbose,
                              .train = options->train,
                              .val = options->val,
                              .step = options->step ? call_back : NULL};
    const dg_watch watch = dg_watch_of_caller(&options->watch);
    digress_train_options shown = *options;
    inner.watch = &watch;
    inner.step_context = &shown;
    if (options->resume)
        return dg_train(NULL, &inner, options->assignment_count, options->assignments);
    dg_config config;
    DG_TRY(dg_config_create(&config));
    digress_status status = read_config(options, &config);
    if (status == DIGRESS_OK) status = dg_train(&config, &inner, 0, NULL);
    dg_config_free(&config);
    return status;
}
