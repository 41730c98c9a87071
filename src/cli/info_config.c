#include "cli/info.h"

#include "core/log.h"
#include "core/threads.h"
#include "train/data.h"
#include "train/memory_need.h"
#include <stdio.h>
#include <string.h>

bool dg_is_config(const char *path) {
    const char *ending = strrchr(path, '.');
    return ending && (strcmp(ending, ".yaml") == 0 || strcmp(ending, ".yml") == 0);
}

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

static digress_status describe(const char *path, const dg_config *config, dg_model *model,
                               const dg_dataset *data) {
    const size_t threads = config->train.threads ? config->train.threads : dg_default_threads();
    dg_memory_need need;
    DG_TRY(dg_model_use(model, config->train.backend, config->train.precision, true));
    DG_TRY(dg_memory_need_of(model, data->train, data->val, threads, &need));
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

static digress_status describe_config(const char *path, const dg_config *config) {
    dg_dataset data = {0};
    dg_model *model = NULL;
    digress_status status = dg_training_data(config, NULL, &data);
    if (status == DIGRESS_OK)
        status = dg_model_create(config, data.train, data.val, data.kind, &model);
    if (status == DIGRESS_OK) status = describe(path, config, model, &data);
    dg_model_free(model);
    dg_dataset_free(&data);
    return status;
}

digress_status dg_info_config(const char *path, size_t count, const char *const *overrides) {
    dg_config config = {0};
    DG_TRY(dg_config_create(&config));
    digress_status status = dg_config_read_all(&config, path, count, overrides);
    if (status == DIGRESS_OK) status = describe_config(path, &config);
    dg_config_free(&config);
    return status;
}
