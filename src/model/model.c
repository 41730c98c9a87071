#include "model/parts.h"

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
    return strcmp(config->model.type, "continuous") == 0;
}

/* Where `name` (NULL: the first) stands among the names of a key. A name that the schema has and
 * that is not among them must never stand for another. */
static digress_status place_of(const char *key, const char *name, size_t count,
                               const char *const *names, size_t *out) {
    for (size_t k = 0; k < count; k++) {
        if (strcmp(names[k], name ? name : names[0]) != 0) continue;
        *out = k;
        return DIGRESS_OK;
    }
    return dg_error(DIGRESS_ERROR_INPUT, "%s: there is no '%s'", key, name);
}

/* What features there are of the molecules, when the graphs are some. They are of classes. */
static digress_status molecular_kind(const dg_model *model, dg_alphabet *alphabet,
                                     dg_molecular_kind *out) {
    static const char *const names[] = {"none", "corrected", "published"};
    size_t place = DG_MOLECULAR_NONE;
    if (!dg_is_continuous(&model->config) && dg_alphabet_of(model->classes, alphabet))
        DG_TRY(place_of("model.molecular_features", model->config.model.molecular_features, 3,
                        names, &place));
    *out = (dg_molecular_kind)place;
    return DIGRESS_OK;
}

static digress_status create_features(const dg_model *model, dg_features *out) {
    static const char *const names[] = {"none", "cycles", "eigenvalues", "all", "rrwp"};
    static const char *const cycles[] = {"corrected", "published"};
    const dg_config *config = &model->config;
    dg_alphabet alphabet;
    dg_molecular_kind molecular;
    size_t kind = 0, published = 0;
    DG_TRY(place_of("model.extra_features", config->model.extra_features, 5, names, &kind));
    DG_TRY(place_of("model.cycles", config->model.cycles, 2, cycles, &published));
    DG_TRY(molecular_kind(model, &alphabet, &molecular));
    *out = (dg_features){.kind = (dg_feature_kind)kind,
                         .published_cycles = published == 1,
                         .rrwp_steps = config->model.rrwp_steps,
                         .max_n = model->statistics.max_n};
    if (molecular != DG_MOLECULAR_NONE)
        dg_molecular_of(molecular, &alphabet, config->model.max_weight, &out->molecular);
    return DIGRESS_OK;
}

static digress_status create_gaussian(dg_model *model, dg_schedule_kind schedule) {
    const dg_config *config = &model->config;
    const double *values = config->model.normalize_factors, *biases = config->model.norm_biases;
    dg_prediction prediction;
    DG_TRY(dg_prediction_parse(config->model.prediction, &prediction));
    return dg_gaussian_create(
        schedule, config->model.diffusion_steps, prediction, (dg_scaling){values[0], biases[0]},
        (dg_scaling){values[1], biases[1]}, &model->statistics, &model->noise);
}

static digress_status create_categorical(dg_model *model, dg_schedule_kind schedule) {
    const dg_config *config = &model->config;
    dg_transition_kind transition;
    dg_features features;
    DG_TRY(dg_transition_parse(config->model.transition, &transition));
    DG_TRY(create_features(model, &features));
    return dg_categorical_create(schedule, config->model.diffusion_steps, transition,
                                 config->model.absorbing, &features, &model->statistics,
                                 &model->noise);
}

digress_status dg_model_create_noise(dg_model *model) {
    const dg_config *config = &model->config;
    dg_schedule_kind schedule;
    DG_TRY(dg_schedule_parse(config->model.diffusion_noise_schedule, &schedule));
    DG_TRY(dg_is_continuous(config) ? create_gaussian(model, schedule)
                                 : create_categorical(model, schedule));
    if (!dg_is_continuous(config) && config->model.eta != 1)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.eta: it belongs to model.type continuous; of a model of classes it "
                        "must be 1");
    const dg_sampler sampler = {.eta = dg_is_continuous(config) ? config->model.eta : 0};
    return dg_noise_model_set_sampler(model->noise, &sampler);
}

digress_status dg_model_dims(const dg_model *model, dg_denoiser_dims *out) {
    static const char *const poolings[] = {"fixed", "main"};
    const dg_config *config = &model->config;
    const dg_noise_model *noise = model->noise;
    size_t pooling = 0;
    DG_TRY(place_of("model.pooling", config->model.pooling, 2, poolings, &pooling));
    *out = (dg_denoiser_dims){
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
        .out_X = noise->out_X,
        .out_E = noise->out_E,
        .pooling = pooling == 1 ? DG_POOLING_MAIN : DG_POOLING_FIXED,
    };
    return DIGRESS_OK;
}

digress_status dg_model_allocate_ema(dg_model *model) {
    return dg_allocate(dg_denoiser_parameter_count(model->denoiser), sizeof *model->ema,
                       &model->ema);
}

/* ---- a new model ---- */

/* The checkpoint's config says what the features of this model are divided by. */
static digress_status resolve_max_weight(dg_model *model, const digress_graph_set *train) {
    dg_alphabet alphabet;
    dg_molecular_kind kind;
    DG_TRY(molecular_kind(model, &alphabet, &kind));
    if (kind != DG_MOLECULAR_NONE && !(model->config.model.max_weight > 0))
        model->config.model.max_weight = dg_heaviest(kind, &alphabet, train);
    return DIGRESS_OK;
}

/* Extra features are of classes; so a config of the continuous mode differs in one line from one of
 * the discrete mode. */
static digress_status drop_features(dg_config *config) {
    const char *features = config->model.extra_features;
    if (!dg_is_continuous(config) || !features || strcmp(features, "none") == 0) return DIGRESS_OK;
    dg_log("model.extra_features: a continuous model has none, '%s' is not computed", features);
    return dg_config_override(config, "model.extra_features=none");
}

static digress_status fill_new(dg_model *model, const dg_config *config,
                               const digress_graph_set *train, const digress_graph_set *val,
                               const char *kind) {
    DG_TRY(copy_config(config, &model->config));
    DG_TRY(drop_features(&model->config));
    DG_TRY(dg_statistics_of(train, &model->statistics));
    DG_TRY(dg_statistics_of(train, &model->sizes));
    if (val) DG_TRY(dg_statistics_add_sizes(&model->sizes, val));
    DG_TRY(digress_graph_set_create_like(train, &model->classes));
    model->kind = dg_format("%s", kind ? kind : "");
    if (!model->kind) return dg_out_of_memory();
    DG_TRY(resolve_max_weight(model, train));
    DG_TRY(dg_model_create_noise(model));
    dg_denoiser_dims dims;
    DG_TRY(dg_model_dims(model, &dims));
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
    digress_graph_set_free(model->classes);
    free(model->kind);
    dg_denoiser_free(model->denoiser);
    dg_noise_model_free(model->noise);
    free(model->ema);
    free(model);
}

digress_status dg_model_use(dg_model *model, const char *backend, const char *precision,
                            bool backward) {
    dg_backend by;
    dg_precision in;
    DG_TRY(dg_engine_choose(backend, precision, &by, &in));
    return dg_denoiser_use(model->denoiser, by, in, backward);
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
