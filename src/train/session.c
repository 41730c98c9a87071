#include "train/session.h"

#include "core/file.h"
#include "core/memory.h"
#include "train/data.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const dg_config *dg_session_config(const dg_session *s) {
    return &s->training.model->config;
}

uint64_t dg_session_epoch(const dg_session *s) {
    return s->training.epoch + (s->training.batch > 0);
}

double dg_session_minutes(const dg_session *s) {
    return s->minutes_before + (dg_clock() - s->started) / 60;
}

int dg_session_stop_signal(const dg_session *s) {
    return s->options->stop_signal ? s->options->stop_signal() : 0;
}

static digress_status load_data(dg_session *s, const dg_config *config) {
    if (s->options->train) {
        s->train = s->options->train;
        s->val = s->options->val;
    } else {
        DG_TRY(dg_training_data(config, &s->data));
        s->train = s->data.train;
        s->val = s->data.val;
    }
    s->graphs = digress_graph_set_count(s->train);
    if (s->graphs == 0) return dg_error(DIGRESS_ERROR_INPUT, "the training set is empty");
    if (s->val && digress_graph_set_count(s->val) == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the validation set is empty");
    if (s->graphs > UINT32_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "a training set holds at most %" PRIu32 " graphs",
                        UINT32_MAX);
    s->batches = (s->graphs - 1) / config->train.batch_size + 1;
    return DIGRESS_OK;
}

static digress_status check_same_network(const dg_denoiser *theirs, const dg_denoiser *ours) {
    const dg_denoiser_dims *a = dg_denoiser_get_dims(theirs), *b = dg_denoiser_get_dims(ours);
    if (a->n_head != b->n_head || a->pooling != b->pooling)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "its model.hidden_dims.n_head or model.pooling is not the config's");
    if (a->n_layers != b->n_layers)
        return dg_error(DIGRESS_ERROR_INPUT, "it has %zu layers, the config %zu", a->n_layers,
                        b->n_layers);
    for (size_t k = 0; k < dg_denoiser_tensor_count(ours); k++) {
        const dg_parameter *x = dg_denoiser_tensor(theirs, k), *y = dg_denoiser_tensor(ours, k);
        if (x->rows != y->rows || x->cols != y->cols)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "its '%s' is [%zu, %zu], the config's [%zu, %zu]: give the dims and "
                            "features that it was trained with",
                            x->name, x->rows, x->cols, y->rows, y->cols);
    }
    return DIGRESS_OK;
}

/* Takes the weights that `path` is best sampled with. */
static digress_status initialize_from(dg_model *model, const char *path) {
    dg_model *other = NULL;
    DG_TRY(dg_model_load(path, &other));
    digress_status status = dg_model_use_ema(other);
    if (status == DIGRESS_OK) status = check_same_network(other->denoiser, model->denoiser);
    if (status == DIGRESS_OK) {
        size_t bytes = dg_denoiser_parameter_count(model->denoiser) * sizeof(float);
        const float *parameters = dg_denoiser_parameters(other->denoiser);
        memcpy(dg_denoiser_parameters(model->denoiser), parameters, bytes);
        if (model->ema) memcpy(model->ema, parameters, bytes);
        status = dg_denoiser_weights_changed(model->denoiser, NULL);
    } else {
        dg_error_prefix(status, "%s", path);
    }
    dg_model_free(other);
    return status;
}

static digress_status start_threads(dg_session *s) {
    dg_model *model = s->training.model;
    size_t threads = s->options->threads ? s->options->threads : model->config.train.threads;
    DG_TRY(dg_pool_create(threads, &s->pool));
    DG_TRY(dg_model_use(model, model->config.train.backend, model->config.train.precision, true));
    if (model->config.train.accumulators == 0)
        model->config.train.accumulators = dg_pool_threads(s->pool);
    DG_TRY(dg_stepper_create(model, s->pool, model->config.train.accumulators, &s->stepper));
    return dg_allocate(s->graphs, sizeof *s->order, &s->order);
}

digress_status dg_session_save(dg_session *s, const char *path) {
    dg_training *training = &s->training;
    DG_TRY(dg_run_log_sync(&s->log, &training->jsonl_bytes, &training->csv_bytes));
    return dg_training_save(training, path);
}

digress_status dg_session_save_last(dg_session *s) {
    DG_TRY(dg_session_save(s, s->run.last));
    s->last_save = dg_clock();
    return DIGRESS_OK;
}

static digress_status write_config(const dg_session *s) {
    char *text = NULL;
    DG_TRY(dg_config_text(dg_session_config(s), &text));
    digress_status status = dg_file_write(s->run.config, text, strlen(text));
    free(text);
    return status;
}

/* Everything that can go wrong with the input has been tried before the first file is written. */
static digress_status write_new_run(dg_session *s) {
    DG_TRY(dg_run_folder_make(&s->run));
    digress_status status = write_config(s);
    if (status == DIGRESS_OK) status = dg_run_log_open(s->run.folder, 0, 0, &s->log);
    if (status == DIGRESS_OK) status = dg_session_save_last(s);
    return status;
}

static digress_status begin(dg_session *s, const dg_config *config) {
    dg_model *model = NULL;
    DG_TRY(dg_config_check(config));
    DG_TRY(dg_run_folder_check(&s->run, s->options->force));
    DG_TRY(load_data(s, config));
    DG_TRY(dg_model_create(config, s->train, s->val, s->data.kind ? s->data.kind : "", &model));
    DG_TRY(dg_training_create(model, &s->training));
    if (s->options->init) DG_TRY(initialize_from(model, s->options->init));
    DG_TRY(start_threads(s));
    digress_status status = write_new_run(s);
    if (status != DIGRESS_OK) dg_run_folder_remove(&s->run);
    return status;
}

static digress_status allow_override(const char *assignment) {
    static const char *const allowed[] = {
        "general.",         "dataset.path=",      "train.n_epochs=",
        "train.max_steps=", "train.max_minutes=", "train.save_every_minutes=",
        "train.threads=",   "train.backend=",     "train.precision="};
    for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++)
        if (strncmp(assignment, allowed[k], strlen(allowed[k])) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: a resumed run can change only train.n_epochs, max_steps, max_minutes, "
                    "save_every_minutes, threads, backend, precision, dataset.path and general.*; "
                    "start a new run "
                    "from its weights with the option 'init'",
                    assignment);
}

static bool same_values(size_t count, const double *a, const double *b) {
    for (size_t k = 0; k < count; k++)
        if (!(fabs(a[k] - b[k]) <= 1e-6 * fabs(b[k]))) return false;
    return true;
}

static bool same_statistics(const dg_statistics *a, const dg_statistics *b) {
    return a->graphs == b->graphs && a->max_n == b->max_n && a->node_classes == b->node_classes &&
           a->edge_classes == b->edge_classes &&
           same_values(a->max_n + 1, a->n_histogram, b->n_histogram) &&
           same_values(a->node_classes, a->node_marginals, b->node_marginals) &&
           same_values(a->edge_classes, a->edge_marginals, b->edge_marginals);
}

static digress_status check_same_data(const dg_session *s) {
    dg_statistics statistics;
    DG_TRY(dg_statistics_of(s->train, &statistics));
    bool same = same_statistics(&statistics, &s->training.model->statistics);
    dg_statistics_free(&statistics);
    if (same) return DIGRESS_OK;
    const char *path = dg_session_config(s)->dataset.path;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: not the training set that the run began with; give dataset.path=... where "
                    "that one has moved to",
                    path ? path : s->run.folder);
}

/* The checkpoint's config is what counts; says so where the file says something else. */
static digress_status check_config_file(const dg_session *s) {
    char *ours = NULL, *file = NULL;
    size_t size = 0;
    if (s->options->quiet || !dg_exists(s->run.config)) return DIGRESS_OK;
    DG_TRY(dg_config_text(dg_session_config(s), &ours));
    digress_status status = dg_file_read(s->run.config, &file, &size);
    if (status == DIGRESS_OK && strcmp(ours, file) != 0)
        dg_warn("%s is not what the checkpoint was trained with, and is not read: change budgets "
                "with key=value",
                s->run.config);
    free(ours);
    free(file);
    return status;
}

static digress_status resume(dg_session *s, size_t override_count, const char *const *overrides) {
    if (!dg_exists(s->run.last))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: no run to resume: %s is missing", s->run.folder,
                        s->run.last);
    DG_TRY(dg_training_load(s->run.last, &s->training));
    s->minutes_before = s->training.minutes;
    s->first_step = s->training.adamw.step;
    DG_TRY(check_config_file(s));
    dg_config *config = &s->training.model->config;
    for (size_t k = 0; k < override_count; k++) {
        DG_TRY(allow_override(overrides[k]));
        DG_TRY(dg_config_override(config, overrides[k]));
    }
    DG_TRY(dg_config_check(config));
    DG_TRY(load_data(s, config));
    DG_TRY(check_same_data(s));
    DG_TRY(start_threads(s));
    DG_TRY(dg_run_log_open(s->run.folder, s->training.jsonl_bytes, s->training.csv_bytes, &s->log));
    if (override_count == 0) return DIGRESS_OK;
    DG_TRY(dg_session_save_last(s)); /* so that it and config.yaml agree */
    return write_config(s);
}

digress_status dg_session_open(dg_session *s, const dg_config *config, size_t override_count,
                               const char *const *overrides) {
    DG_TRY(dg_run_folder_name(s->options->run, &s->run));
    s->last_note = s->last_save = s->started = dg_clock();
    return s->options->resume ? resume(s, override_count, overrides) : begin(s, config);
}

void dg_session_close(dg_session *s) {
    dg_stepper_free(s->stepper);
    dg_pool_free(s->pool);
    dg_training_free(&s->training);
    dg_run_log_close(&s->log);
    dg_run_folder_free(&s->run);
    dg_dataset_free(&s->data);
    free(s->order);
}

char *dg_default_run(const dg_config *config) {
    return dg_format("runs/%s-%" PRIu64, config->general.name, config->train.seed);
}
