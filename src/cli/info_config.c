#include "cli/info.h"
#include "cli/info_json.h"

#include "core/log.h"
#include "core/threads.h"
#include "train/data.h"
#include "train/memory_need.h"
#include <stdio.h>

static double megabytes(size_t bytes) {
    return (double)bytes / (1 << 20);
}

static void print_need(const dg_memory_need *need) {
    const size_t packs = need->train_packs * need->train_pack;
    printf("to train      about %.0f MB: weights %.0f, gradients and optimizer %.0f, graphs under "
           "way %.0f (%zu threads), sets %.0f, program %.0f\n",
           megabytes(dg_training_bytes(need)), megabytes(need->parameters),
           megabytes(need->optimizer), megabytes(packs), need->threads, megabytes(need->sets),
           megabytes(need->program));
    printf("to sample     less than %.0f MB for graphs as large as the largest\n",
           megabytes(dg_sampling_bytes(need)));
}

static json_t *need_json(const char *path, const dg_config *config, const dg_model *model,
                         const dg_dataset *data, const dg_memory_need *need) {
    json_t *object = json_object();
    dg_json_put(&object, "what", json_string("config"));
    dg_json_put(&object, "path", dg_json_string(path));
    dg_json_put(&object, "name", dg_json_string(config->general.name));
    dg_json_put(&object, "config", dg_info_config_json(config));
    dg_json_put(&object, "backend",
                json_string(dg_backend_name(dg_denoiser_backend(model->denoiser))));
    dg_json_put(&object, "precision",
                json_string(dg_precision_name(dg_denoiser_precision(model->denoiser))));
    dg_json_put(&object, "parameters", dg_info_count(dg_denoiser_parameter_count(model->denoiser)));
    dg_json_put(&object, "graphs", dg_info_count(digress_graph_set_count(data->train)));
    dg_json_put(&object, "n_max", dg_info_count(model->statistics.max_n));
    dg_json_put(&object, "threads", dg_info_count(need->threads));
    dg_json_put(&object, "bytes_to_train", dg_info_count(dg_training_bytes(need)));
    dg_json_put(&object, "bytes_to_sample", dg_info_count(dg_sampling_bytes(need)));
    return object;
}

static digress_status describe(const char *path, const dg_config *config, dg_model *model,
                               const dg_dataset *data, json_t **json) {
    const size_t threads = config->train.threads ? config->train.threads : dg_default_threads();
    dg_memory_need need;
    DG_TRY(dg_model_use(model, config->train.backend, config->train.precision, true));
    DG_TRY(dg_memory_need_of(model, data->train, data->val, threads, 1, &need));
    if (json) {
        *json = need_json(path, config, model, data, &need);
        return DIGRESS_OK;
    }
    dg_print(stdout, "%s: config '%s'\n", path, config->general.name);
    dg_print_config(config);
    printf("products      %s, %s\n", dg_backend_name(dg_denoiser_backend(model->denoiser)),
           dg_precision_name(dg_denoiser_precision(model->denoiser)));
    printf("parameters    %zu\n", dg_denoiser_parameter_count(model->denoiser));
    printf("training set  %zu graphs, n up to %zu\n", digress_graph_set_count(data->train),
           model->statistics.max_n);
    print_need(&need);
    return DIGRESS_OK;
}

static digress_status describe_config(const char *path, const dg_config *config, json_t **json) {
    dg_dataset data = {0};
    dg_model *model = NULL;
    digress_status status = dg_training_data(config, NULL, &data);
    if (status == DIGRESS_OK)
        status = dg_model_create(config, data.train, data.val, data.kind, &model);
    if (status == DIGRESS_OK) status = describe(path, config, model, &data, json);
    dg_model_free(model);
    dg_dataset_free(&data);
    return status;
}

digress_status dg_info_config(const char *path, size_t count, const char *const *overrides,
                              json_t **json) {
    dg_config config = {0};
    DG_TRY(dg_config_create(&config));
    digress_status status = dg_config_read_all(&config, path, count, overrides);
    if (status == DIGRESS_OK) status = describe_config(path, &config, json);
    dg_config_free(&config);
    return status;
}
