#include "train/trainer.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "sample/bound.h"
#include "sample/sampler.h"
#include "train/checkpoint.h"
#include "train/data.h"
#include "train/run_folder.h"
#include "train/run_log.h"
#include "train/step.h"
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE_SECONDS = 30, MAX_BLAMED = 16 };

/* The one thing that a signal handler can reach. */
static volatile sig_atomic_t stop_signal;

void dg_train_stop(int signal_number) {
    stop_signal = signal_number;
}

typedef struct trainer {
    const dg_train_options *options;
    dg_run_folder run;
    dg_dataset data;                      /* empty where the options give the sets */
    const digress_graph_set *train, *val; /* val may be NULL */
    dg_training training;
    dg_pool *pool;
    dg_stepper *stepper;
    dg_run_log log;
    size_t graphs, batches; /* of an epoch */
    uint32_t *order;        /* [graphs] the epoch's */
    dg_progress progress;
    double started, last_save, last_note; /* on the clock */
    double minutes_before;                /* used up before this session */
    double step_seconds;                  /* smoothed */
    uint64_t first_step;                  /* of this session */
} trainer;

static const dg_config *config_of(const trainer *t) {
    return &t->training.model->config;
}

static uint64_t minimum(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* ---- Beginning and resuming ---- */

static digress_status load_data(trainer *t, const dg_config *config) {
    if (t->options->train) {
        t->train = t->options->train;
        t->val = t->options->val;
    } else {
        DG_TRY(dg_training_data(config, &t->data));
        t->train = t->data.train;
        t->val = t->data.val;
    }
    t->graphs = digress_graph_set_count(t->train);
    if (t->graphs == 0) return dg_error(DIGRESS_ERROR_INPUT, "the training set is empty");
    if (t->val && digress_graph_set_count(t->val) == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the validation set is empty");
    if (t->graphs > UINT32_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "a training set holds at most %" PRIu32 " graphs",
                        UINT32_MAX);
    t->batches = (t->graphs - 1) / config->train.batch_size + 1;
    return DIGRESS_OK;
}

/* The weights that a model is best sampled with. */
static digress_status take_weights(dg_model *model, const dg_tensor_file *file) {
    dg_model *other = NULL;
    DG_TRY(dg_model_load_file(file, &other));
    const dg_denoiser_dims *theirs = dg_denoiser_get_dims(other->denoiser);
    const dg_denoiser_dims *ours = dg_denoiser_get_dims(model->denoiser);
    bool same = theirs->n_head == ours->n_head && theirs->pooling == ours->pooling;
    const char *prefix = other->ema ? "ema." : "model.";
    dg_model_free(other);
    if (!same)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: its model.hidden_dims.n_head or model.pooling is not the config's",
                        dg_tensor_file_path(file));
    float *parameters = dg_denoiser_parameters(model->denoiser);
    DG_TRY(dg_denoiser_read(model->denoiser, file, prefix, parameters));
    size_t count = dg_denoiser_parameter_count(model->denoiser);
    if (model->ema) memcpy(model->ema, parameters, count * sizeof *parameters);
    dg_denoiser_weights_changed(model->denoiser, NULL);
    return DIGRESS_OK;
}

static digress_status initialize_from(dg_model *model, const char *path) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = take_weights(model, file);
    dg_tensor_file_close(file);
    return status;
}

static digress_status start_threads(trainer *t) {
    dg_model *model = t->training.model;
    size_t threads = t->options->threads ? t->options->threads : model->config.train.threads;
    DG_TRY(dg_pool_create(threads, &t->pool));
    if (model->config.train.accumulators == 0)
        model->config.train.accumulators = dg_pool_threads(t->pool);
    DG_TRY(dg_stepper_create(model, t->pool, model->config.train.accumulators, &t->stepper));
    return dg_allocate(t->graphs, sizeof *t->order, &t->order);
}

static digress_status save(trainer *t, const char *path) {
    dg_training *training = &t->training;
    DG_TRY(dg_run_log_sync(&t->log, &training->jsonl_bytes, &training->csv_bytes));
    return dg_training_save(training, path);
}

static digress_status save_last(trainer *t) {
    DG_TRY(save(t, t->run.last));
    t->last_save = dg_clock();
    return DIGRESS_OK;
}

static digress_status write_config(const trainer *t) {
    char *text = NULL;
    DG_TRY(dg_config_text(config_of(t), &text));
    digress_status status = dg_file_write(t->run.config, text, strlen(text));
    free(text);
    return status;
}

/* Everything that can go wrong with the input has been tried before the first file is written. */
static digress_status write_new_run(trainer *t) {
    DG_TRY(dg_run_folder_make(&t->run));
    digress_status status = write_config(t);
    if (status == DIGRESS_OK) status = dg_run_log_open(t->run.folder, 0, 0, &t->log);
    if (status == DIGRESS_OK) status = save_last(t);
    return status;
}

static digress_status begin(trainer *t, const dg_config *config) {
    dg_model *model = NULL;
    DG_TRY(dg_config_check(config));
    DG_TRY(dg_run_folder_check(&t->run, t->options->force));
    DG_TRY(load_data(t, config));
    DG_TRY(dg_model_create(config, t->train, t->val, t->data.kind ? t->data.kind : "", &model));
    DG_TRY(dg_training_create(model, &t->training));
    if (t->options->init) DG_TRY(initialize_from(model, t->options->init));
    DG_TRY(start_threads(t));
    digress_status status = write_new_run(t);
    if (status != DIGRESS_OK) dg_run_folder_remove(&t->run);
    return status;
}

static digress_status allow_override(const char *assignment) {
    static const char *const allowed[] = {
        "general.",         "dataset.path=",      "train.n_epochs=",
        "train.max_steps=", "train.max_minutes=", "train.save_every_minutes=",
        "train.threads="};
    for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++)
        if (strncmp(assignment, allowed[k], strlen(allowed[k])) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: a resumed run can change only train.n_epochs, max_steps, max_minutes, "
                    "save_every_minutes, threads, dataset.path and general.*; start a new run "
                    "from its weights with --init",
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

static digress_status check_same_data(const trainer *t) {
    dg_statistics statistics;
    DG_TRY(dg_statistics_of(t->train, &statistics));
    bool same = same_statistics(&statistics, &t->training.model->statistics);
    dg_statistics_free(&statistics);
    if (same) return DIGRESS_OK;
    const char *path = config_of(t)->dataset.path;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: not the training set that the run began with; give dataset.path=... where "
                    "that one has moved to",
                    path ? path : t->run.folder);
}

/* The checkpoint's config is what counts; says so where the file says something else. */
static digress_status check_config_file(const trainer *t) {
    char *ours = NULL, *file = NULL;
    size_t size = 0;
    if (t->options->quiet || !dg_exists(t->run.config)) return DIGRESS_OK;
    DG_TRY(dg_config_text(config_of(t), &ours));
    digress_status status = dg_file_read(t->run.config, &file, &size);
    if (status == DIGRESS_OK && strcmp(ours, file) != 0)
        dg_warn("%s is not what the checkpoint was trained with, and is not read: change budgets "
                "with key=value",
                t->run.config);
    free(ours);
    free(file);
    return status;
}

static digress_status resume(trainer *t, size_t override_count, const char *const *overrides) {
    if (!dg_exists(t->run.last))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: no run to resume: %s is missing", t->run.folder,
                        t->run.last);
    DG_TRY(dg_training_load(t->run.last, &t->training));
    DG_TRY(check_config_file(t));
    dg_config *config = &t->training.model->config;
    for (size_t k = 0; k < override_count; k++) {
        DG_TRY(allow_override(overrides[k]));
        DG_TRY(dg_config_override(config, overrides[k]));
    }
    DG_TRY(dg_config_check(config));
    DG_TRY(load_data(t, config));
    DG_TRY(check_same_data(t));
    DG_TRY(start_threads(t));
    DG_TRY(dg_run_log_open(t->run.folder, t->training.jsonl_bytes, t->training.csv_bytes, &t->log));
    return override_count ? write_config(t) : DIGRESS_OK;
}

static void release(trainer *t) {
    dg_stepper_free(t->stepper);
    dg_pool_free(t->pool);
    dg_training_free(&t->training);
    dg_run_log_close(&t->log);
    dg_run_folder_free(&t->run);
    dg_dataset_free(&t->data);
    free(t->order);
}

/* ---- Reports ---- */

static double elapsed_minutes(const trainer *t) {
    return t->minutes_before + (dg_clock() - t->started) / 60;
}

/* What is left until the first budget is used up, by this session's pace so far. */
static double eta_seconds(const trainer *t) {
    const dg_config *config = config_of(t);
    uint64_t step = t->training.adamw.step, taken = step - t->first_step;
    if (taken == 0) return -1;
    double pace = (dg_clock() - t->started) / (double)taken;
    uint64_t left = (config->train.n_epochs - t->training.epoch) * t->batches - t->training.batch;
    if (config->train.max_steps) left = minimum(left, config->train.max_steps - step);
    double seconds = pace * (double)left;
    if (config->train.max_minutes <= 0) return seconds;
    return fmax(0, fmin(seconds, 60 * (config->train.max_minutes - elapsed_minutes(t))));
}

static void duration_text(double seconds, char *text, size_t size) {
    if (seconds >= 5400)
        snprintf(text, size, "%.1f h", seconds / 3600);
    else if (seconds >= 90)
        snprintf(text, size, "%.0f min", seconds / 60);
    else
        snprintf(text, size, "%.0f s", seconds);
}

/* On a terminal a line redrawn in place, elsewhere a line now and then. */
static void show_progress(trainer *t, const dg_train_progress *now) {
    char left[32], line[160];
    if (t->options->quiet) return;
    if (!t->progress.active && dg_clock() - t->last_note < NOTE_SECONDS) return;
    t->last_note = dg_clock();
    duration_text(now->eta_seconds, left, sizeof left);
    snprintf(line, sizeof line,
             "epoch %" PRIu64 "/%" PRIu64 ", step %" PRIu64 ", loss %.4f, %.4g graphs/s, %s left",
             now->epoch, config_of(t)->train.n_epochs, now->step, now->loss, now->graphs_per_second,
             left);
    if (t->progress.active)
        dg_progress_show(&t->progress, "%s", line);
    else
        dg_log("%s", line);
}

static digress_status log_step(trainer *t, const dg_train_progress *now) {
    const dg_log_value values[] = {
        {"epoch", (double)now->epoch},
        {"step", (double)now->step},
        {"minutes", elapsed_minutes(t)},
        {"lr", now->lr},
        {"loss", now->loss},
        {"loss_X", now->loss_X},
        {"loss_E", now->loss_E},
        {"gradient_norm", now->gradient_norm},
        {"graphs_per_second", now->graphs_per_second},
    };
    return dg_run_log_write(&t->log, "step", sizeof values / sizeof *values, values);
}

static digress_status log_epoch(trainer *t) {
    const dg_training *training = &t->training;
    double batches = (double)t->batches;
    double loss_X = training->epoch_loss_X / batches, loss_E = training->epoch_loss_E / batches;
    const dg_log_value values[] = {
        {"epoch", (double)training->epoch + 1},
        {"step", (double)training->adamw.step},
        {"minutes", elapsed_minutes(t)},
        {"loss", loss_X + config_of(t)->model.lambda_train[0] * loss_E},
        {"loss_X", loss_X},
        {"loss_E", loss_E},
        {"graphs_per_second", (double)t->graphs / training->epoch_seconds},
    };
    return dg_run_log_write(&t->log, "epoch", sizeof values / sizeof *values, values);
}

static digress_status log_bound(trainer *t, const dg_bound *bound) {
    const dg_log_value values[] = {
        {"epoch", (double)t->training.epoch + 1},
        {"step", (double)t->training.adamw.step},
        {"minutes", elapsed_minutes(t)},
        {"nll", bound->nll},
        {"nll_exact", bound->nll_exact},
        {"without_pn", bound->without_pn},
        {"without_pn_exact", bound->without_pn_exact},
        {"log_pn", bound->log_pn},
        {"kl_prior", bound->kl_prior},
        {"kl_X", bound->kl_X},
        {"kl_E", bound->kl_E},
        {"kl_X_exact", bound->kl_X_exact},
        {"kl_E_exact", bound->kl_E_exact},
        {"reconstruction", bound->reconstruction},
    };
    return dg_run_log_write(&t->log, "validation", sizeof values / sizeof *values, values);
}

/* ---- Validation and samples, with the moving average's weights where there is one ---- */

static void swap_weights(dg_model *model, dg_pool *pool) {
    if (!model->ema) return;
    float *parameters = dg_denoiser_parameters(model->denoiser);
    size_t count = dg_denoiser_parameter_count(model->denoiser);
    for (size_t k = 0; k < count; k++) {
        float parameter = parameters[k];
        parameters[k] = model->ema[k];
        model->ema[k] = parameter;
    }
    dg_denoiser_weights_changed(model->denoiser, pool);
}

static digress_status validate(trainer *t) {
    dg_training *training = &t->training;
    training->validated = training->adamw.step;
    if (!t->val) return DIGRESS_OK;
    dg_bound bound;
    swap_weights(training->model, t->pool);
    digress_status status =
        dg_bound_of(training->model, t->pool, t->val, 1, config_of(t)->train.seed, &bound);
    swap_weights(training->model, t->pool);
    DG_TRY(status);
    DG_TRY(log_bound(t, &bound));
    bool best = bound.nll < training->best_nll;
    if (!t->options->quiet)
        dg_log("epoch %" PRIu64 ", step %" PRIu64 ": validation bound %.4f nats a graph%s",
               training->epoch + 1, training->adamw.step, bound.nll,
               best ? ", the best so far" : "");
    if (!best) return DIGRESS_OK;
    training->best_nll = bound.nll;
    return save(t, t->run.best);
}

static digress_status sample_progress(void *context, size_t done, size_t total) {
    trainer *t = context;
    if (!t->options->quiet) dg_progress_bar(&t->progress, "sampling", done, total);
    return stop_signal ? dg_error(DIGRESS_INTERRUPTED, "stopped") : DIGRESS_OK;
}

/* samples/epoch-000010.safetensors, samples/epoch-000010-chain-0.safetensors */
static digress_status write_samples(const trainer *t, const digress_graph_set *set,
                                    const char *suffix) {
    char *path = dg_format("%s/epoch-%06" PRIu64 "%s.safetensors", t->run.samples,
                           t->training.epoch + 1, suffix);
    if (!path) return dg_error(DIGRESS_ERROR_MEMORY, "out of memory");
    digress_status status =
        digress_graph_set_write(set, path, DIGRESS_FORMAT_SAFETENSORS, true, NULL);
    free(path);
    return status;
}

static digress_status draw_samples(trainer *t, digress_graph_set *set, size_t chains,
                                   digress_graph_set **chain) {
    const dg_config *config = config_of(t);
    const dg_sample_options options = {.count = config->general.samples_to_generate,
                                       .seed = config->train.seed,
                                       .chains = chains,
                                       .chain_frames = config->general.number_chain_steps,
                                       .progress = sample_progress,
                                       .progress_context = t};
    if (!t->options->quiet) dg_progress_begin(&t->progress); /* a bar with a clock of its own */
    swap_weights(t->training.model, t->pool);
    digress_status status = dg_sample(t->training.model, t->pool, &options, set, chain);
    swap_weights(t->training.model, t->pool);
    if (status == DIGRESS_INTERRUPTED) return DIGRESS_OK; /* the main loop sees the signal too */
    DG_TRY(status);
    for (size_t k = 0; k < chains; k++) {
        char suffix[32];
        snprintf(suffix, sizeof suffix, "-chain-%zu", k);
        DG_TRY(write_samples(t, chain[k], suffix));
    }
    return write_samples(t, set, "");
}

static digress_status sample(trainer *t) {
    const dg_config *config = config_of(t);
    const digress_graph_set *classes = t->training.model->classes;
    size_t chains =
        (size_t)minimum(config->general.chains_to_save, config->general.samples_to_generate);
    digress_graph_set *set = NULL, **chain = NULL;
    DG_TRY(dg_allocate(chains, sizeof *chain, (void *)&chain));
    digress_status status = digress_graph_set_create_like(classes, &set);
    for (size_t k = 0; k < chains && status == DIGRESS_OK; k++)
        status = digress_graph_set_create_like(classes, &chain[k]);
    if (status == DIGRESS_OK) status = draw_samples(t, set, chains, chain);
    for (size_t k = 0; k < chains; k++)
        digress_graph_set_free(chain[k]);
    free(chain);
    digress_graph_set_free(set);
    return status;
}

/* ---- The loop ---- */

static void shuffle_epoch(trainer *t) {
    for (size_t k = 0; k < t->graphs; k++)
        t->order[k] = (uint32_t)k;
    dg_stream stream = {.key = {.seed = config_of(t)->train.seed,
                                .purpose = DG_RNG_SHUFFLE,
                                .step = (uint32_t)t->training.epoch}};
    dg_stream_shuffle(&stream, t->graphs, t->order);
}

/* A cosine ends with the last epoch: max_steps and max_minutes cut a run short without changing
 * its steps, so that it can be gone on with. */
static double learning_rate(const trainer *t) {
    const dg_config *config = config_of(t);
    uint64_t total = config->train.n_epochs * t->batches;
    dg_lr_kind kind =
        strcmp(config->train.lr_schedule, "cosine") == 0 ? DG_LR_COSINE : DG_LR_CONSTANT;
    return dg_learning_rate(kind, config->train.lr, config->train.warmup_steps, total,
                            t->training.adamw.step);
}

/* The parameters are still those of the step before. */
static digress_status diagnose(const trainer *t, const dg_batch *batch,
                               const dg_batch_result *result, double lr) {
    char graphs[MAX_BLAMED * 12 + 8] = "";
    size_t length = 0;
    for (size_t k = 0; k < batch->count && k < MAX_BLAMED; k++)
        length += (size_t)snprintf(graphs + length, sizeof graphs - length, "%s%" PRIu32,
                                   k ? " " : "", batch->index[k]);
    return dg_error(DIGRESS_ERROR_NUMERIC,
                    "training diverged at step %" PRIu64 " (epoch %" PRIu64
                    ", lr %g): loss %g (nodes %g, pairs %g), gradient norm %g, on training graphs "
                    "%s%s; the last good checkpoint is %s: go on from it with --init and a lower "
                    "train.lr or with train.clip_grad",
                    t->training.adamw.step, t->training.epoch + 1, lr, result->loss, result->loss_X,
                    result->loss_E, result->gradient_norm, graphs,
                    batch->count > MAX_BLAMED ? " ..." : "", t->run.last);
}

static digress_status report_step(trainer *t, const dg_batch_result *result, size_t count,
                                  double lr, double seconds) {
    dg_training *training = &t->training;
    t->step_seconds = t->step_seconds > 0 ? 0.9 * t->step_seconds + 0.1 * seconds : seconds;
    training->minutes = elapsed_minutes(t);
    const dg_train_progress now = {.epoch = training->epoch + 1,
                                   .step = training->adamw.step,
                                   .loss = result->loss,
                                   .loss_X = result->loss_X,
                                   .loss_E = result->loss_E,
                                   .gradient_norm = result->gradient_norm,
                                   .lr = lr,
                                   .graphs_per_second = (double)count / t->step_seconds,
                                   .eta_seconds = eta_seconds(t)};
    if (training->adamw.step % config_of(t)->general.log_every_steps == 0)
        DG_TRY(log_step(t, &now));
    show_progress(t, &now);
    return t->options->step ? t->options->step(t->options->step_context, &now) : DIGRESS_OK;
}

static digress_status run_step(trainer *t, bool *stopped) {
    dg_training *training = &t->training;
    dg_model *model = training->model;
    const dg_config *config = config_of(t);
    if (training->batch == 0 || training->adamw.step == t->first_step) shuffle_epoch(t);
    size_t first = (size_t)(training->batch * config->train.batch_size);
    const dg_batch batch = {
        .set = t->train,
        .count = (size_t)minimum(config->train.batch_size, t->graphs - first),
        .index = t->order + first,
        .step = (uint32_t)training->adamw.step,
    };
    double begun = dg_clock(), lr = learning_rate(t);
    dg_batch_result result;
    DG_TRY(dg_stepper_run(t->stepper, &batch, &result));
    if (!isfinite(result.loss) || !isfinite(result.gradient_norm))
        return diagnose(t, &batch, &result, lr);
    DG_TRY(dg_adamw_step(&training->adamw, t->pool, lr,
                         dg_clip_scale(result.gradient_norm, config->train.clip_grad),
                         dg_stepper_gradient(t->stepper), dg_denoiser_parameters(model->denoiser),
                         config->train.ema_decay, model->ema));
    dg_denoiser_weights_changed(model->denoiser, t->pool);
    double seconds = dg_clock() - begun;
    training->batch++;
    training->epoch_loss_X += result.loss_X;
    training->epoch_loss_E += result.loss_E;
    training->epoch_seconds += seconds;
    digress_status status = report_step(t, &result, batch.count, lr, seconds);
    *stopped = status != DIGRESS_OK;
    return status;
}

static digress_status end_epoch(trainer *t) {
    dg_training *training = &t->training;
    const dg_config *config = config_of(t);
    DG_TRY(log_epoch(t));
    uint64_t done = training->epoch + 1, every = config->general.check_val_every_n_epochs;
    if (done % every == 0) {
        DG_TRY(validate(t));
        uint64_t sampling = config->general.sample_every_val;
        if (sampling && done / every % sampling == 0) DG_TRY(sample(t));
    }
    training->epoch = done;
    training->batch = 0;
    training->epoch_loss_X = training->epoch_loss_E = training->epoch_seconds = 0;
    return DIGRESS_OK;
}

static bool budget_left(const trainer *t) {
    const dg_config *config = config_of(t);
    return t->training.epoch < config->train.n_epochs &&
           (!config->train.max_steps || t->training.adamw.step < config->train.max_steps) &&
           (config->train.max_minutes <= 0 || elapsed_minutes(t) < config->train.max_minutes);
}

static digress_status finish(trainer *t) {
    dg_training *training = &t->training;
    if (training->validated != training->adamw.step) DG_TRY(validate(t));
    training->minutes = elapsed_minutes(t);
    return save_last(t);
}

static digress_status save_interrupted(trainer *t) {
    const char *name = stop_signal == SIGTERM ? "SIGTERM" : "SIGINT";
    t->training.minutes = elapsed_minutes(t);
    DG_TRY(save_last(t));
    return dg_error(DIGRESS_INTERRUPTED,
                    "stopped by %s after step %" PRIu64
                    " and saved; go on with: digress train --resume %s",
                    name, t->training.adamw.step, t->run.folder);
}

static digress_status run(trainer *t) {
    double save_seconds = 60 * config_of(t)->train.save_every_minutes;
    for (;;) {
        bool stopped = false;
        if (stop_signal) return save_interrupted(t);
        if (t->training.batch == t->batches) {
            DG_TRY(end_epoch(t));
            continue;
        }
        if (!budget_left(t)) return finish(t);
        digress_status status = run_step(t, &stopped);
        if (stopped) DG_TRY(save_last(t));
        DG_TRY(status);
        if (dg_clock() - t->last_save >= save_seconds) DG_TRY(save_last(t));
    }
}

static void greet(const trainer *t) {
    if (t->options->quiet) return;
    const dg_model *model = t->training.model;
    dg_log("%s %s: %zu parameters, %zu training graphs, %zu steps an epoch, %zu threads",
           t->options->resume ? "resuming" : "training", t->run.folder,
           dg_denoiser_parameter_count(model->denoiser), t->graphs, t->batches,
           dg_pool_threads(t->pool));
}

char *dg_default_run(const dg_config *config) {
    return dg_format("runs/%s-%" PRIu64, config->general.name, config->train.seed);
}

digress_status dg_train(const dg_config *config, const dg_train_options *options,
                        size_t override_count, const char *const *overrides) {
    trainer t = {.options = options};
    stop_signal = 0;
    DG_TRY(dg_run_folder_name(options->run, &t.run));
    t.last_save = t.started = dg_clock();
    digress_status status =
        options->resume ? resume(&t, override_count, overrides) : begin(&t, config);
    if (status == DIGRESS_OK) {
        t.minutes_before = t.training.minutes;
        t.first_step = t.training.adamw.step;
        t.last_note = t.started;
        greet(&t);
        if (!options->quiet) dg_progress_begin(&t.progress);
        status = run(&t);
        if (!options->quiet) dg_progress_end(&t.progress);
    }
    release(&t);
    return status;
}
