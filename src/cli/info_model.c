#include "cli/info.h"

#include "core/file.h"
#include "core/json.h"
#include "core/log.h"
#include "core/number.h"
#include "core/safetensors.h"
#include "sample/model.h"
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dg_is_run(const char *path) {
    return dg_exists_in(path, "config.yaml") && dg_exists_in(path, "log.jsonl");
}

bool dg_is_checkpoint(const char *path) {
    dg_tensor_file *file = NULL;
    if (dg_is_folder(path) || dg_tensor_file_open(path, &file) != DIGRESS_OK) return false;
    bool found = dg_tensor_file_metadata(file, "digress.format") != NULL;
    dg_tensor_file_close(file);
    return found;
}

void dg_print_config(const dg_config *config) {
    printf("model         %s, %" PRIu64 " layers, dx %" PRIu64 ", de %" PRIu64 ", dy %" PRIu64
           ", features %s\n",
           config->model.type, config->model.n_layers, config->model.hidden_dims.dx,
           config->model.hidden_dims.de, config->model.hidden_dims.dy,
           config->model.extra_features ? config->model.extra_features : "none");
    bool continuous = strcmp(config->model.type, "continuous") == 0;
    printf("diffusion     %" PRIu64 " steps, %s schedule, %s %s\n", config->model.diffusion_steps,
           config->model.diffusion_noise_schedule,
           continuous ? config->model.prediction : config->model.transition,
           continuous ? "predicted" : "transition");
    printf("training      batch size %" PRIu64 ", lr %g, seed %" PRIu64 "\n",
           config->train.batch_size, config->train.lr, config->train.seed);
}

/* Where its training stood; a model without that state prints nothing. */
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
    dg_print_classes("node classes", statistics->node_classes, statistics->node_marginals,
                     model->classes, digress_graph_set_node_name);
    dg_print_classes("edge classes", statistics->edge_classes, statistics->edge_marginals,
                     model->classes, digress_graph_set_edge_name);
}

static digress_status load_and_print(const char *path, const dg_tensor_file *file) {
    dg_model *model = NULL;
    DG_TRY(dg_model_load_file(file, &model));
    print_model(path, file, model);
    dg_model_free(model);
    return DIGRESS_OK;
}

digress_status dg_info_checkpoint(const char *path) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = load_and_print(path, file);
    dg_tensor_file_close(file);
    return status;
}

/* The last whole line of a text, without its newline; cut off there in place. */
static const char *last_line(char *text, size_t size) {
    while (size > 0 && text[size - 1] != '\n') /* a line half-written */
        size--;
    if (size == 0) return NULL;
    text[size - 1] = '\0';
    const char *newline = strrchr(text, '\n');
    return newline ? newline + 1 : text;
}

static digress_status print_entry(const char *line) {
    json_t *entry = NULL, *value = NULL;
    const char *key = NULL;
    DG_TRY(dg_json_parse("log.jsonl's last entry", line, strlen(line), &entry));
    printf("last entry   ");
    json_object_foreach(entry, key, value) {
        if (json_is_string(value)) dg_print(stdout, " %s", json_string_value(value));
        if (json_is_number(value)) dg_print(stdout, ", %s %.6g", key, json_number_value(value));
    }
    printf("\n");
    json_decref(entry);
    return DIGRESS_OK;
}

static digress_status print_log(const char *folder) {
    char *path = dg_path_join(folder, "log.jsonl"), *text = NULL;
    size_t size = 0;
    digress_status status = path ? dg_file_read(path, &text, &size) : dg_out_of_memory();
    free(path);
    DG_TRY(status);
    const char *line = last_line(text, size);
    if (line)
        status = print_entry(line);
    else
        printf("log           empty: nothing has been trained yet\n");
    free(text);
    return status;
}

static digress_status print_checkpoint(const char *folder, const char *name) {
    char *path = dg_format("%s/checkpoints/%s.safetensors", folder, name);
    if (!path) return dg_out_of_memory();
    dg_tensor_file *file = NULL;
    digress_status status = DIGRESS_OK;
    if (dg_exists(path)) status = dg_tensor_file_open(path, &file);
    if (file) {
        const char *step = dg_tensor_file_metadata(file, "train.step");
        dg_print(stdout, "checkpoint    %s, after step %s\n", path, step ? step : "?");
    }
    dg_tensor_file_close(file);
    free(path);
    return status;
}

static digress_status print_run_config(const char *folder) {
    char *path = dg_path_join(folder, "config.yaml");
    if (!path) return dg_out_of_memory();
    dg_config config = {0};
    digress_status status = dg_config_create(&config);
    if (status == DIGRESS_OK) status = dg_config_read(&config, path);
    if (status == DIGRESS_OK) {
        dg_print(stdout, "%s: run of '%s'\n", folder, config.general.name);
        dg_print_config(&config);
    }
    dg_config_free(&config);
    free(path);
    return status;
}

digress_status dg_info_run(const char *path) {
    DG_TRY(print_run_config(path));
    DG_TRY(print_log(path));
    DG_TRY(print_checkpoint(path, "last"));
    return print_checkpoint(path, "best");
}
