#include "cli/info.h"
#include "cli/info_json.h"

#include "core/file.h"
#include "core/json.h"
#include "core/log.h"
#include "core/number.h"
#include "core/safetensors.h"
#include "model/model.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dg_is_checkpoint(const char *path) {
    dg_tensor_file *file = NULL;
    if (dg_is_folder(path) || dg_tensor_file_open(path, &file) != DIGRESS_OK) return false;
    bool found = dg_tensor_file_metadata(file, "digress.format") != NULL;
    dg_tensor_file_close(file);
    return found;
}

/* "flow, 50 steps, polydec, eta 10, omega 0.05" */
static void print_sampling(const dg_config *config) {
    const bool flows = config->sample.sampler == DG_SAMPLER_FLOW;
    const double eta = dg_is_continuous(config) ? config->model.eta : config->sample.eta;
    printf("sampling      %s, %" PRIu64 " steps",
           dg_config_choice_name("sample.sampler", (unsigned)config->sample.sampler),
           config->sample.steps ? config->sample.steps : config->model.diffusion_steps);
    if (config->sample.distortion != DG_DISTORTION_IDENTITY)
        printf(", %s",
               dg_config_choice_name("sample.distortion", (unsigned)config->sample.distortion));
    if (flows || dg_is_continuous(config) || eta != 0) printf(", eta %g", eta);
    if (flows) printf(", omega %g", config->sample.omega);
    printf("\n");
}

void dg_print_config(const dg_config *config) {
    const bool continuous = config->model.type == DG_MODEL_CONTINUOUS;
    const bool walks = config->model.extra_features == DG_FEATURES_RRWP;
    printf("model         %s, %" PRIu64 " layers, dx %" PRIu64 ", de %" PRIu64 ", dy %" PRIu64
           ", features %s",
           dg_config_choice_name("model.type", config->model.type), config->model.n_layers,
           config->model.hidden_dims.dx, config->model.hidden_dims.de, config->model.hidden_dims.dy,
           dg_config_choice_name("model.extra_features", config->model.extra_features));
    if (walks) printf(" of %" PRIu64 " steps", config->model.rrwp_steps);
    if (config->model.symmetric) printf(", symmetric");
    printf("\ndiffusion     %" PRIu64 " steps, %s schedule, %s %s\n", config->model.diffusion_steps,
           dg_config_choice_name("model.diffusion_noise_schedule",
                                 config->model.diffusion_noise_schedule),
           continuous ? dg_config_choice_name("model.prediction", config->model.prediction)
                      : dg_config_choice_name("model.transition", config->model.transition),
           continuous ? "predicted" : "transition");
    print_sampling(config);
    printf("training      batch size %" PRIu64 ", %slr %g, seed %" PRIu64 "\n",
           config->train.batch_size, config->train.optimizer == DG_OPTIMIZER_MUON ? "muon, " : "",
           config->train.lr, config->train.seed);
}

/* How far its training has come; for a model without that state nothing is printed. */
static void print_progress(const dg_tensor_file *file) {
    const char *step = dg_tensor_file_metadata(file, "train.step");
    const char *epoch = dg_tensor_file_metadata(file, "train.epoch");
    const char *text = dg_tensor_file_metadata(file, "train.best_nll");
    const double bound = text ? dg_number_of(text, NULL) : NAN;
    if (step && epoch) dg_print(stdout, "trained       %s steps, %s whole epochs\n", step, epoch);
    if (isfinite(bound)) printf("best bound    %.4f nats a graph (validation)\n", bound);
}

static void print_model(const char *path, const dg_tensor_file *file, const dg_model *model) {
    const dg_statistics *statistics = &model->statistics;
    dg_print(stdout, "%s: checkpoint of '%s'%s%s\n", path, model->config.general.name,
             model->kind[0] ? ", kind " : "", model->kind);
    dg_print_config(&model->config);
    printf("parameters    %zu%s\n", dg_denoiser_parameter_count(model->denoiser),
           model->ema ? ", and their moving average" : "");
    print_progress(file);
    printf("training set  n up to %zu, mean n %.2f, mean edges %.2f\n", statistics->max_n,
           statistics->mean_n, statistics->mean_edges);
    for (size_t k = 0; k < model->conditions.count; k++)
        dg_print(stdout, "target %s: mean %.6g, deviation %.6g\n", model->conditions.names[k],
                 model->conditions.mean[k], model->conditions.deviation[k]);
    dg_print_classes("node classes", statistics->node_classes, statistics->node_marginals,
                     model->classes, digress_graph_set_node_name);
    dg_print_classes("edge classes", statistics->edge_classes, statistics->edge_marginals,
                     model->classes, digress_graph_set_edge_name);
}

/* A number from the metadata of a checkpoint, or null. */
static json_t *metadata_number(const dg_tensor_file *file, const char *key) {
    const char *text = dg_tensor_file_metadata(file, key);
    char *end = NULL;
    const double value = text ? dg_number_of(text, &end) : NAN;
    if (!text || *end || !isfinite(value)) return json_null();
    return floor(value) == value ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *model_json(const char *path, const dg_tensor_file *file, const dg_model *model) {
    const dg_statistics *statistics = &model->statistics;
    json_t *object = json_object();
    dg_json_put(&object, "what", json_string("checkpoint"));
    dg_json_put(&object, "path", dg_json_string(path));
    dg_json_put(&object, "name", dg_json_string(model->config.general.name));
    dg_json_put(&object, "kind", model->kind[0] ? dg_json_string(model->kind) : json_null());
    dg_json_put(&object, "config", dg_info_config_json(&model->config));
    dg_json_put(&object, "parameters", dg_info_count(dg_denoiser_parameter_count(model->denoiser)));
    dg_json_put(&object, "averaged", json_boolean(model->ema != NULL));
    dg_json_put(&object, "step", metadata_number(file, "train.step"));
    dg_json_put(&object, "epoch", metadata_number(file, "train.epoch"));
    dg_json_put(&object, "best_bound", metadata_number(file, "train.best_nll"));
    dg_json_put(&object, "n_max", dg_info_count(statistics->max_n));
    dg_json_put(&object, "n_mean", dg_info_number(statistics->mean_n));
    dg_json_put(&object, "edges_mean", dg_info_number(statistics->mean_edges));
    dg_json_put(&object, "node_classes",
                dg_info_classes_json(statistics->node_classes, statistics->node_marginals,
                                     model->classes, digress_graph_set_node_name));
    dg_json_put(&object, "edge_classes",
                dg_info_classes_json(statistics->edge_classes, statistics->edge_marginals,
                                     model->classes, digress_graph_set_edge_name));
    return object;
}

static digress_status load_and_tell(const char *path, const dg_tensor_file *file, json_t **json) {
    dg_model *model = NULL;
    DG_TRY(dg_model_load_file(file, &model));
    if (json)
        *json = model_json(path, file, model);
    else
        print_model(path, file, model);
    dg_model_free(model);
    return DIGRESS_OK;
}

digress_status dg_info_checkpoint(const char *path, json_t **json) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = load_and_tell(path, file, json);
    dg_tensor_file_close(file);
    return status;
}
