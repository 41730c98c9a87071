/* The public interface to models and training (include/digress), over the internal one. */
#include "digress/model.h"
#include "digress/train.h"

#include "core/file.h"
#include "core/memory.h"
#include "sample/bound.h"
#include "sample/sampler.h"
#include "train/trainer.h"
#include <inttypes.h>
#include <stdlib.h>

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
                                   "eta: a model of classes always draws all of a step's noise");
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

static digress_status sample_into(const dg_model *model, size_t threads,
                                  const dg_sample_options *options, digress_graph_set *set) {
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(threads, &pool));
    digress_status status = dg_sample(model, pool, options, set, NULL);
    dg_pool_free(pool);
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
    if (status == DIGRESS_OK) status = sample_into(model->inner, options->threads, &inner, set);
    free(histogram);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(set);
        return status;
    }
    *out = set;
    return DIGRESS_OK;
}

/* ---- The bound ---- */

digress_status digress_model_bound(const digress_model *model, const digress_graph_set *set,
                                   size_t repeats, uint64_t seed, size_t threads,
                                   digress_bound *out) {
    dg_pool *pool = NULL;
    DG_NEED(model);
    DG_NEED(set);
    DG_NEED(out);
    DG_TRY(dg_pool_create(threads, &pool));
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
    if (options->config) DG_TRY(dg_config_read(config, options->config));
    for (size_t k = 0; k < options->assignment_count; k++)
        DG_TRY(dg_config_override(config, options->assignments[k]));
    return DIGRESS_OK;
}

static digress_status check_options(const digress_train_options *options) {
    DG_NEED(options->run);
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
    digress_train_options shown = *options;
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
