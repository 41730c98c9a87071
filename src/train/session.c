#include "train/together.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "graph/classes.h"
#include "train/data.h"
#include "train/memory_need.h"
#include "train/targets.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- data ---- */

static digress_status ask_for_stop(void *context) {
    return dg_session_ask_for_stop(context);
}

/* Makes the path independent of the working folder, so that a later session finds it too. */
static digress_status make_absolute(char **path) {
    char *folder = NULL, *absolute = NULL;
    if (!*path || **path == '/') return DIGRESS_OK;
    if (!(folder = getcwd(NULL, 0)))
        return dg_error(DIGRESS_ERROR_IO, "cannot determine the working folder: %s",
                        strerror(errno));
    absolute = dg_path_join(folder, *path);
    free(folder);
    if (!absolute) return dg_out_of_memory();
    free(*path);
    *path = absolute;
    return DIGRESS_OK;
}

static digress_status read_data(dg_session *s, const dg_config *config) {
    const dg_watch stops = {ask_for_stop, s};
    if (!s->options->data)
        return dg_training_data_once(config, s->options->ranks, &stops, &s->data);
    s->data = *s->options->data;
    *s->options->data = (dg_dataset){0};
    return DIGRESS_OK;
}

static digress_status load_data(dg_session *s, const dg_config *config) {
    if (s->options->train) {
        s->train = s->options->train;
        s->val = s->options->val;
    } else {
        DG_TRY(read_data(s, config));
        s->train = s->data.train;
        s->val = s->data.val;
        if (!s->val && !s->options->quiet)
            dg_log("the set has no validation part: there will be no validation bound, and no "
                   "checkpoint that is the best by it");
    }
    s->graphs = digress_graph_set_count(s->train);
    if (s->graphs == 0) return dg_error(DIGRESS_ERROR_INPUT, "the training set is empty");
    if (s->val && digress_graph_set_count(s->val) == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the validation set is empty");
    if (s->graphs > UINT32_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "a training set holds at most %" PRIu32 " graphs",
                        UINT32_MAX);
    s->batches = (s->graphs - 1) / config->train.batch_size + 1;
    if (config->model.task == DG_TASK_REGRESSION) {
        if (s->val && !s->options->quiet)
            dg_log("a regression is not validated: what it learnt is its last checkpoint");
        s->val = NULL;
    }
    return dg_complete_targets(s, config);
}

static digress_status check_same_network(const dg_denoiser *theirs, const dg_denoiser *ours) {
    const dg_denoiser_dims *a = dg_denoiser_get_dims(theirs), *b = dg_denoiser_get_dims(ours);
    if (a->kind != b->kind)
        return dg_error(DIGRESS_ERROR_INPUT, "its model.model is '%s', the config's '%s'",
                        dg_config_choice_name("model.model", a->kind),
                        dg_config_choice_name("model.model", b->kind));
    if (a->n_head != b->n_head || a->pooling != b->pooling || a->symmetric != b->symmetric)
        return dg_error(DIGRESS_ERROR_INPUT, "its model.hidden_dims.n_head, model.pooling or "
                                             "model.symmetric is not the config's");
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

static digress_status copy_weights(const dg_model *from, dg_model *to) {
    DG_TRY(check_same_network(from->denoiser, to->denoiser));
    if (from->noise->diagonal != to->noise->diagonal)
        return dg_error(DIGRESS_ERROR_INPUT, "its model.diagonal is not the config's");
    size_t bytes = dg_denoiser_parameter_count(to->denoiser) * sizeof(float);
    const float *parameters = dg_denoiser_parameters(from->denoiser);
    memcpy(dg_denoiser_parameters(to->denoiser), parameters, bytes);
    if (to->ema) memcpy(to->ema, parameters, bytes);
    return dg_denoiser_weights_changed(to->denoiser, NULL);
}

/* Renumbers the classes of the sets as in a trained model, whose weights know them by number. */
static digress_status adopt_classes(dg_session *s, const dg_config *config,
                                    const digress_graph_set *classes, const char *owner) {
    const char *path = config->dataset.path ? config->dataset.path : "the training set";
    const digress_graph_set **given[] = {&s->train, &s->val};
    digress_graph_set **own[] = {&s->data.train, &s->data.val};
    for (size_t k = 0; k < 2; k++) {
        if (!*given[k] || dg_same_classes(*given[k], classes)) continue;
        digress_status status = dg_classes_require(*given[k], classes, owner);
        if (status != DIGRESS_OK) return dg_error_prefix(status, "%s", path);
        if (!*own[k]) DG_TRY(dg_graph_set_copy(*given[k], classes, own[k]));
        DG_TRY(dg_graph_set_adopt(own[k], classes, owner));
        *given[k] = *own[k];
    }
    return DIGRESS_OK;
}

static digress_status create_model(dg_session *s, const dg_config *config) {
    dg_model *model = NULL;
    DG_TRY(dg_model_create(config, s->train, s->val, s->data.kind ? s->data.kind : "", &model));
    return dg_training_create(model, &s->training);
}

/* With the weights that the model of `path` samples with: the moving average, if it has one. */
static digress_status create_model_from(dg_session *s, const dg_config *config, const char *path) {
    dg_model *other = NULL;
    DG_TRY(dg_model_load(path, &other));
    digress_status status = adopt_classes(s, config, other->classes, path);
    if (status == DIGRESS_OK) status = create_model(s, config);
    if (status == DIGRESS_OK) status = dg_model_use_ema(other);
    if (status == DIGRESS_OK) {
        status = copy_weights(other, s->training.model);
        if (status != DIGRESS_OK) dg_error_prefix(status, "%s", path);
    }
    dg_model_free(other);
    return status;
}

static digress_status check_memory(const dg_session *s) {
    dg_memory_need need;
    DG_TRY(dg_memory_need_of(s->training.model, s->train, s->val, dg_pool_threads(s->pool),
                             dg_rank_count(s->options->ranks), &need));
    return dg_require_memory("this training", (double)dg_training_bytes(&need));
}

static digress_status start_threads(dg_session *s) {
    dg_model *model = s->training.model;
    size_t threads = s->options->threads ? s->options->threads : model->config.train.threads;
    DG_TRY(dg_pool_create(threads, &s->pool));
    dg_pool_join(s->pool, s->options->ranks);
    return dg_model_use(model, model->config.train.backend, model->config.train.precision, true);
}

static digress_status make_stepper(dg_session *s) {
    dg_model *model = s->training.model;
    DG_TRY(check_memory(s));
    DG_TRY(dg_stepper_create(model, s->pool, model->config.train.accumulators, &s->stepper));
    return dg_allocate(s->graphs, sizeof *s->order, &s->order);
}

/* After what each rank has done by itself. */
static digress_status join_ranks(dg_session *s, digress_status status) {
    if (status == DIGRESS_OK) status = start_threads(s);
    DG_TRY(dg_session_agree(s, status));
    DG_TRY(dg_session_count_accumulators(s));
    DG_TRY(dg_session_agree(s, make_stepper(s)));
    return dg_session_divide(s);
}

/* To be called when nothing can go wrong with the input any more: this writes the first file. */
static digress_status write_new_run(dg_session *s) {
    digress_status status = DIGRESS_OK;
    if (dg_is_first_rank(s->options->ranks)) status = dg_run_folder_make(&s->run);
    if (status == DIGRESS_OK) status = dg_session_write_config(s);
    if (status == DIGRESS_OK) status = dg_session_open_log(s);
    DG_TRY(dg_session_agree(s, status));
    return dg_session_save_last(s);
}

static digress_status without_effect(const char *key, const char *place, const char *why,
                                     double wanted, double got) {
    if (got == wanted) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: the %s %s: expected %.15g, got %.15g", key, place,
                    why, wanted, got);
}

/* Refuses a value without effect in a new run; checkpoints that have one still load. */
static digress_status check_unread(const dg_config *config) {
    const char *third = "is of the whole graph, which has no noise";
    DG_TRY(without_effect("model.lambda_train", "second weight",
                          "is for a target of the whole graph, which graphs do not have here", 0,
                          config->model.lambda_train[1]));
    if (config->model.type != DG_MODEL_CONTINUOUS) return DIGRESS_OK;
    DG_TRY(without_effect("model.normalize_factors", "third number", third, 1,
                          config->model.normalize_factors[2]));
    return without_effect("model.norm_biases", "third number", third, 0,
                          config->model.norm_biases[2]);
}

static digress_status check_best_by(const dg_config *config) {
    if (config->train.best_by != DG_BEST_BY_SAMPLES || config->general.sample_every_val > 0)
        return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "train.best_by: samples, but none are drawn: give general.sample_every_val=1");
}

static digress_status check_folder(const dg_session *s, const dg_config *config) {
    const char *const inputs[] = {s->options->config, s->options->init,
                                  s->options->train ? NULL : config->dataset.path};
    return dg_run_folder_check(&s->run, s->options->force, 3, inputs);
}

/* If it is there: what else trains in it is to know at once. */
static digress_status reserve_folder(dg_session *s, const dg_config *config) {
    DG_TRY(dg_config_check(config));
    DG_TRY(check_unread(config));
    DG_TRY(check_best_by(config));
    if (!dg_is_first_rank(s->options->ranks)) return DIGRESS_OK;
    DG_TRY(check_folder(s, config));
    return dg_exists(s->run.folder) ? dg_run_folder_lock(&s->run) : DIGRESS_OK;
}

/* Another process may have made it in the meantime. */
static digress_status take_folder(dg_session *s, const dg_config *config) {
    if (!dg_is_first_rank(s->options->ranks)) return DIGRESS_OK;
    DG_TRY(dg_run_folder_lock(&s->run));
    return check_folder(s, config);
}

static digress_status prepare(dg_session *s, const dg_config *config) {
    const char *init = s->options->init;
    DG_TRY(load_data(s, config));
    DG_TRY(init ? create_model_from(s, config, init) : create_model(s, config));
    if (s->options->train) return DIGRESS_OK;
    return make_absolute(&s->training.model->config.dataset.path);
}

static digress_status begin(dg_session *s, const dg_config *config) {
    DG_TRY(dg_session_agree(s, reserve_folder(s, config)));
    DG_TRY(join_ranks(s, prepare(s, config)));
    DG_TRY(dg_session_agree(s, take_folder(s, config)));
    digress_status status = write_new_run(s);
    if (status != DIGRESS_OK && dg_is_first_rank(s->options->ranks)) dg_run_folder_remove(&s->run);
    return status;
}

static digress_status allow_override(const char *assignment) {
    static const char *const allowed[] = {"general.",
                                          "sample.",
                                          "dataset.path=",
                                          "train.n_epochs=",
                                          "train.max_steps=",
                                          "train.max_minutes=",
                                          "train.save_every_minutes=",
                                          "train.threads=",
                                          "train.backend=",
                                          "train.precision="};
    for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++)
        if (strncmp(assignment, allowed[k], strlen(allowed[k])) == 0) return DIGRESS_OK;
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "%s: a resumed run can change only train.n_epochs, max_steps, max_minutes, "
        "save_every_minutes, threads, backend, precision, dataset.path, general.* and sample.*; "
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
                    "%s: not the training set that the run began with; if that one has moved, give "
                    "dataset.path=...",
                    path ? path : s->run.folder);
}

/* The text of a config file with all keys: those that it lacks have their defaults, as in a file of
 * an earlier version. NULL: it cannot be read. */
static char *whole_text(const char *path) {
    dg_config config;
    char *text = NULL;
    if (dg_config_create(&config) != DIGRESS_OK) return NULL;
    if (dg_config_read(&config, path) != DIGRESS_OK || dg_config_text(&config, &text) != DIGRESS_OK)
        text = NULL;
    dg_config_free(&config);
    return text;
}

/* The checkpoint's config is the one that counts: warns if config.yaml differs from it. */
static digress_status check_config_file(const dg_session *s) {
    char *ours = NULL;
    if (s->options->quiet || !dg_exists(s->run.config)) return DIGRESS_OK;
    DG_TRY(dg_config_text(dg_session_config(s), &ours));
    char *file = whole_text(s->run.config);
    if (!file || strcmp(ours, file) != 0)
        dg_warn(
            "%s differs from what the checkpoint was trained with, and is ignored: change budgets "
            "with key=value",
            s->run.config);
    free(ours);
    free(file);
    return DIGRESS_OK;
}

/* If the counters and the training set do not fit together, the checkpoint is damaged. */
static digress_status check_counters(const dg_session *s) {
    const dg_training *training = &s->training;
    if (training->batch > s->batches)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: 'train.batch' is %" PRIu64 ": expected at most %zu, the batches of an "
                        "epoch",
                        s->run.last, training->batch, s->batches);
    uint64_t step = training->epoch * s->batches + training->batch;
    if (training->adamw.step != step)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: 'train.step' is %" PRIu64 ": expected %" PRIu64 ", by 'train.epoch' "
                        "and 'train.batch'",
                        s->run.last, training->adamw.step, step);
    if (training->ended == DG_EPOCH_RUNS || training->batch == s->batches) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: 'train.ended' is %" PRIu64 " in the middle of an epoch: expected 0",
                    s->run.last, training->ended);
}

static digress_status reserve_run(dg_session *s) {
    if (!dg_exists(s->run.last))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: no run to resume: %s is missing", s->run.folder,
                        s->run.last);
    return dg_is_first_rank(s->options->ranks) ? dg_run_folder_lock(&s->run) : DIGRESS_OK;
}

static digress_status reopen(dg_session *s, size_t override_count, const char *const *overrides) {
    DG_TRY(dg_training_load(s->run.last, &s->training));
    s->minutes_before = s->training.minutes;
    s->first_step = s->saved_step = s->training.adamw.step;
    DG_TRY(check_config_file(s));
    dg_config *config = &s->training.model->config;
    for (size_t k = 0; k < override_count; k++) {
        DG_TRY(allow_override(overrides[k]));
        DG_TRY(dg_config_override(config, overrides[k]));
    }
    DG_TRY(dg_config_check(config));
    DG_TRY(dg_model_use_sampler(s->training.model));
    if (override_count > 0 && !s->options->train) return make_absolute(&config->dataset.path);
    return DIGRESS_OK;
}

/* What a resumed run was begun with, as far as its config says where that is. */
static digress_status load_data_again(dg_session *s) {
    const dg_config *config = dg_session_config(s);
    DG_TRY(load_data(s, config));
    DG_TRY(adopt_classes(s, config, s->training.model->classes, "the run"));
    DG_TRY(check_same_data(s));
    return check_counters(s);
}

static digress_status resume(dg_session *s, size_t override_count, const char *const *overrides) {
    DG_TRY(dg_session_agree(s, reserve_run(s)));
    DG_TRY(dg_session_agree(s, reopen(s, override_count, overrides)));
    DG_TRY(join_ranks(s, load_data_again(s)));
    DG_TRY(dg_session_agree(s, dg_session_open_log(s)));
    if (override_count == 0) return DIGRESS_OK;
    DG_TRY(dg_session_save_last(s)); /* so that the checkpoint and config.yaml agree */
    return dg_session_agree(s, dg_session_write_config(s));
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
