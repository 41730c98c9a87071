#include "model/parts.h"
#include "model/regression.h"

#include "core/file.h"
#include "core/log.h"
#include "diffusion/categorical.h"
#include "diffusion/gaussian.h"
#include <stdlib.h>
#include <string.h>

/* ---- from the config ---- */

static digress_status copy_config(const dg_config *config, dg_config *out) {
    char *text = NULL;
    DG_TRY(dg_config_text(config, &text));
    digress_status status = dg_config_create(out);
    if (status == DIGRESS_OK) status = dg_config_read_text(out, text, "config");
    free(text);
    return status;
}

bool dg_is_continuous(const dg_config *config) {
    return config->model.type == DG_MODEL_CONTINUOUS;
}

/* The molecular features, if the graphs are molecules. They need classes, so a continuous model has
 * none. */
static dg_molecular_kind molecular_kind(const dg_model *model, dg_alphabet *alphabet) {
    if (dg_is_continuous(&model->config) || !dg_alphabet_of(model->classes, alphabet))
        return DG_MOLECULAR_NONE;
    return model->config.model.molecular_features;
}

static dg_features features_of(const dg_model *model) {
    const dg_config *config = &model->config;
    dg_alphabet alphabet;
    const dg_molecular_kind molecular = molecular_kind(model, &alphabet);
    dg_features features = {.kind = config->model.extra_features,
                            .published_cycles = config->model.cycles == DG_CYCLES_PUBLISHED,
                            .rrwp_steps = config->model.rrwp_steps,
                            .max_n = model->statistics.max_n};
    if (molecular != DG_MOLECULAR_NONE)
        dg_molecular_of(molecular, &alphabet, config->model.max_weight, &features.molecular);
    return features;
}

static digress_status create_gaussian(dg_model *model) {
    const dg_config *config = &model->config;
    const double *values = config->model.normalize_factors, *biases = config->model.norm_biases;
    return dg_gaussian_create(config->model.diffusion_noise_schedule, config->model.diffusion_steps,
                              config->model.prediction, (dg_scaling){values[0], biases[0]},
                              (dg_scaling){values[1], biases[1]}, &model->statistics,
                              &model->noise);
}

static digress_status create_categorical(dg_model *model) {
    const dg_config *config = &model->config;
    const dg_features features = features_of(model);
    return dg_categorical_create(config->model.diffusion_noise_schedule,
                                 config->model.diffusion_steps, config->model.transition,
                                 config->model.absorbing, &features, &model->statistics,
                                 &model->noise);
}

digress_status dg_model_use_sampler(dg_model *model) {
    const dg_config *config = &model->config;
    const bool continuous = dg_is_continuous(config);
    if (!continuous && config->model.eta != 1)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.eta: it belongs to model.type continuous; of a discrete model it "
                        "must be 1");
    if (continuous && config->sample.eta != 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "sample.eta: it belongs to discrete models; a continuous model's own is "
                        "model.eta");
    const dg_sampler sampler = {.kind = config->sample.sampler,
                                .eta = continuous ? config->model.eta : config->sample.eta,
                                .omega = config->sample.omega};
    return dg_noise_model_set_sampler(model->noise, &sampler);
}

digress_status dg_model_create_noise(dg_model *model) {
    const dg_config *config = &model->config;
    DG_TRY(dg_is_continuous(config) ? create_gaussian(model) : create_categorical(model));
    if (dg_is_regression(model) && model->conditions.count > model->noise->in_X)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.targets: a regression of these graphs predicts at most %zu at a "
                        "time, the number of its inputs for a node",
                        model->noise->in_X);
    DG_TRY(
        dg_noise_model_set_inputs(model->noise, config->model.time_input, config->model.diagonal));
    DG_TRY(dg_noise_model_set_targets(model->noise,
                                      dg_is_regression(model) ? 0 : model->conditions.count));
    if (dg_is_regression(model) && dg_is_continuous(config))
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "model.task: a regression is of noisy classes: it needs model.type: discrete");
    return dg_model_use_sampler(model);
}

dg_denoiser_dims dg_model_dims(const dg_model *model) {
    const dg_config *config = &model->config;
    const dg_noise_model *noise = model->noise;
    return (dg_denoiser_dims){
        .kind = config->model.model,
        .n_layers = config->model.n_layers,
        .in_X = noise->in_X,
        .in_E = noise->in_E,
        .in_y = noise->in_y,
        .dense_E = noise->in_E - noise->out_E,
        .mlp_X = config->model.hidden_mlp_dims.X,
        .mlp_E = config->model.hidden_mlp_dims.E,
        .mlp_y = config->model.hidden_mlp_dims.y,
        .dx = config->model.hidden_dims.dx,
        .de = config->model.hidden_dims.de,
        .dy = config->model.hidden_dims.dy,
        .n_head = config->model.hidden_dims.n_head,
        .dim_ffX = config->model.hidden_dims.dim_ffX,
        .dim_ffE = config->model.hidden_dims.dim_ffE,
        .dim_ffy = config->model.hidden_dims.dim_ffy,
        .out_X = dg_is_regression(model) ? model->conditions.count : noise->out_X,
        .out_E = noise->out_E,
        .pooling = config->model.pooling,
        .symmetric = config->model.symmetric,
    };
}

digress_status dg_model_allocate_ema(dg_model *model) {
    return dg_allocate(dg_denoiser_parameter_count(model->denoiser), sizeof *model->ema,
                       &model->ema);
}

/* ---- a new model ---- */

/* Replaces a model.max_weight of 0 by its value, so that the checkpoint says what the model's
 * features are divided by. */
static void resolve_max_weight(dg_model *model, const digress_graph_set *train) {
    dg_alphabet alphabet;
    const dg_molecular_kind kind = molecular_kind(model, &alphabet);
    if (kind != DG_MOLECULAR_NONE && !(model->config.model.max_weight > 0))
        model->config.model.max_weight = dg_heaviest(kind, &alphabet, train);
}

/* Extra features need classes. Dropping them here lets a config of the continuous mode differ in
 * one line from one of the discrete mode. */
static void drop_features(dg_config *config) {
    const dg_feature_kind kind = config->model.extra_features;
    if (!dg_is_continuous(config) || kind == DG_FEATURES_NONE) return;
    dg_log("model.extra_features: a continuous model has none, '%s' is not computed",
           dg_config_choice_name("model.extra_features", kind));
    config->model.extra_features = DG_FEATURES_NONE;
}

static digress_status fill_new(dg_model *model, const dg_config *config,
                               const digress_graph_set *train, const digress_graph_set *val,
                               const char *kind) {
    DG_TRY(copy_config(config, &model->config));
    drop_features(&model->config);
    DG_TRY(dg_statistics_of(train, &model->statistics));
    DG_TRY(dg_statistics_of(train, &model->sizes));
    if (val) DG_TRY(dg_statistics_add_sizes(&model->sizes, val));
    DG_TRY(digress_graph_set_create_like(train, &model->classes));
    model->kind = dg_format("%s", kind ? kind : "");
    if (!model->kind) return dg_out_of_memory();
    resolve_max_weight(model, train);
    DG_TRY(dg_conditions_of(config->model.targets, train, model->statistics.max_n,
                            &model->conditions));
    DG_TRY(dg_model_create_noise(model));
    const dg_denoiser_dims dims = dg_model_dims(model);
    DG_TRY(dg_denoiser_create(&dims, config->train.seed, &model->denoiser));
    if (!(config->train.ema_decay > 0)) return DIGRESS_OK;
    DG_TRY(dg_model_allocate_ema(model));
    memcpy(model->ema, dg_denoiser_parameters(model->denoiser),
           dg_denoiser_parameter_count(model->denoiser) * sizeof *model->ema);
    return DIGRESS_OK;
}

digress_status dg_model_create(const dg_config *config, const digress_graph_set *train,
                               const digress_graph_set *val, const char *kind, dg_model **out) {
    dg_model *model = NULL;
    DG_TRY(dg_allocate(1, sizeof *model, &model));
    digress_status status = fill_new(model, config, train, val, kind);
    if (status != DIGRESS_OK) {
        dg_model_free(model);
        return status;
    }
    *out = model;
    return DIGRESS_OK;
}

void dg_model_free(dg_model *model) {
    if (!model) return;
    dg_config_free(&model->config);
    dg_statistics_free(&model->statistics);
    dg_statistics_free(&model->sizes);
    dg_conditions_free(&model->conditions);
    digress_graph_set_free(model->classes);
    free(model->kind);
    dg_denoiser_free(model->denoiser);
    dg_noise_model_free(model->noise);
    free(model->ema);
    free(model);
}

static dg_backend backend_of(dg_backend_choice choice) {
    if (choice == DG_USE_FASTEST) return DG_BACKENDS;
    return choice == DG_USE_ONEDNN ? DG_BACKEND_ONEDNN : DG_BACKEND_NATIVE;
}

digress_status dg_model_use(dg_model *model, dg_backend_choice backend, dg_precision precision,
                            bool backward) {
    dg_backend by;
    dg_precision in;
    dg_engine_choose(backend_of(backend), precision, &by, &in);
    return dg_denoiser_use(model->denoiser, by, in, backward);
}

digress_status dg_model_use_named(dg_model *model, const char *backend, const char *precision) {
    unsigned by = DG_USE_FASTEST, in = DG_PRECISION_F32;
    if (backend) DG_TRY(dg_config_choice("train.backend", backend, &by));
    if (precision) DG_TRY(dg_config_choice("train.precision", precision, &in));
    return dg_model_use(model, (dg_backend_choice)by, (dg_precision)in, dg_is_regression(model));
}

digress_status dg_model_use_ema(dg_model *model) {
    if (!model->ema) return DIGRESS_OK;
    memcpy(dg_denoiser_parameters(model->denoiser), model->ema,
           dg_denoiser_parameter_count(model->denoiser) * sizeof *model->ema);
    return dg_denoiser_weights_changed(model->denoiser, NULL);
}

digress_status dg_model_exchange_ema(dg_model *model, dg_pool *pool) {
    if (!model->ema) return DIGRESS_OK;
    float *parameters = dg_denoiser_parameters(model->denoiser);
    size_t count = dg_denoiser_parameter_count(model->denoiser);
    for (size_t k = 0; k < count; k++) {
        float parameter = parameters[k];
        parameters[k] = model->ema[k];
        model->ema[k] = parameter;
    }
    model->exchanged = !model->exchanged;
    return dg_denoiser_weights_changed(model->denoiser, pool);
}

digress_status dg_model_check_weights(const dg_model *model) {
    DG_TRY(dg_denoiser_check_finite(model->denoiser, dg_denoiser_parameters(model->denoiser)));
    return model->ema ? dg_denoiser_check_finite(model->denoiser, model->ema) : DIGRESS_OK;
}
