#include "train/trainer.h"

#include "core/file.h"
#include "core/log.h"
#include "model/regression.h"
#include "train/together.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BLAMED = 16 }; /* how many graphs are named when a training diverges */

static void shuffle_epoch(dg_session *s) {
    for (size_t k = 0; k < s->graphs; k++)
        s->order[k] = (uint32_t)k;
    dg_stream stream = {.key = {.seed = dg_session_config(s)->train.seed,
                                .purpose = DG_RNG_SHUFFLE,
                                .step = (uint32_t)s->training.epoch}};
    dg_stream_shuffle(&stream, s->graphs, s->order);
}

/* A cosine always ends with the last epoch: max_steps and max_minutes cut a run short without
 * changing its learning rates, so that it can be continued. */
static double learning_rate(const dg_session *s) {
    const dg_config *config = dg_session_config(s);
    uint64_t total = config->train.n_epochs * s->batches;
    return dg_learning_rate(config->train.lr_schedule, config->train.lr, config->train.warmup_steps,
                            total, s->training.adamw.step);
}

/* To be called while the parameters are still those of the step before. */
static digress_status diagnose(const dg_session *s, const dg_batch *batch,
                               const dg_batch_result *result, double lr) {
    char graphs[MAX_BLAMED * 12 + 8] = "";
    size_t length = 0;
    for (size_t k = 0; k < batch->count && k < MAX_BLAMED; k++)
        length += (size_t)snprintf(graphs + length, sizeof graphs - length, "%s%" PRIu32,
                                   k ? " " : "", batch->index[k]);
    return dg_error(
        DIGRESS_ERROR_NUMERIC,
        "training diverged at step %" PRIu64 " (epoch %" PRIu64
        ", lr %g): loss %g (nodes %g, pairs %g), gradient norm %g, on training graphs "
        "%s%s; the last good checkpoint is %s: go on from it with the option 'init' and a lower "
        "train.lr or with train.clip_grad",
        s->training.adamw.step, s->training.epoch + 1, lr, result->loss, result->loss_X,
        result->loss_E, result->gradient_norm, graphs, batch->count > MAX_BLAMED ? " ..." : "",
        s->run.last);
}

static digress_status report(dg_session *s, const dg_batch_result *result, size_t count, double lr,
                             double seconds) {
    dg_training *training = &s->training;
    s->step_seconds = s->step_seconds > 0 ? 0.9 * s->step_seconds + 0.1 * seconds : seconds;
    const digress_train_progress now = {.epoch = dg_session_epoch(s),
                                        .step = training->adamw.step,
                                        .loss = result->loss,
                                        .loss_X = result->loss_X,
                                        .loss_E = result->loss_E,
                                        .gradient_norm = result->gradient_norm,
                                        .learning_rate = lr,
                                        .graphs_per_second = (double)count / s->step_seconds,
                                        .seconds_left = dg_seconds_left(s)};
    digress_status status = dg_report_step(s, &now);
    if (status != DIGRESS_OK) s->unlogged = now;
    if (status != DIGRESS_OK || !s->options->step) return status;
    return s->options->step(s->options->step_context, &now);
}

static digress_status update_weights(dg_session *s, double lr, double scale) {
    dg_training *training = &s->training;
    dg_model *model = training->model;
    const dg_slices *slices = dg_stepper_slices(s->stepper);
    const size_t first = dg_slices_own(slices).first;
    float *gradient = dg_stepper_gradient(s->stepper);
    float *all = dg_denoiser_parameters(model->denoiser), *parameters = all + first;
    float *average = model->ema ? model->ema + first : NULL;
    const dg_muon_step step = {lr, model->config.train.weight_decay, scale};
    if (training->muon)
        DG_TRY(
            dg_muon_run(training->muon, s->pool, &step, gradient, training->adamw.m, parameters));
    DG_TRY(dg_adamw_step(&training->adamw, s->pool, lr, scale, gradient, parameters,
                         model->config.train.ema_decay, average));
    return dg_slices_share_out(slices, all);
}

static digress_status run_step(dg_session *s, bool *stopped) {
    dg_training *training = &s->training;
    dg_model *model = training->model;
    const dg_config *config = dg_session_config(s);
    if (training->batch == 0 || training->adamw.step == s->first_step) shuffle_epoch(s);
    size_t first = (size_t)(training->batch * config->train.batch_size), left = s->graphs - first;
    const dg_batch batch = {
        .set = s->train,
        .count = left < config->train.batch_size ? left : (size_t)config->train.batch_size,
        .index = s->order + first,
        .step = (uint32_t)training->adamw.step,
    };
    double begun = dg_clock(), lr = learning_rate(s);
    dg_batch_result result;
    dg_session_watch(s, true);
    digress_status status = dg_stepper_run(s->stepper, &batch, &result);
    dg_session_watch(s, false);
    DG_TRY(status);
    if (!isfinite(result.loss) || !isfinite(result.gradient_norm))
        return dg_session_agree(s, diagnose(s, &batch, &result, lr));
    DG_TRY(update_weights(s, lr, dg_clip_scale(result.gradient_norm, config->train.clip_grad)));
    DG_TRY(dg_denoiser_weights_changed(model->denoiser, s->pool));
    double seconds = dg_clock() - begun;
    s->unsaved = true;
    training->batch++;
    training->epoch_loss_X += result.loss_X;
    training->epoch_loss_E += result.loss_E;
    training->epoch_seconds += seconds;
    status = report(s, &result, batch.count, lr, seconds);
    *stopped = status != DIGRESS_OK;
    return status;
}

/* If a part is interrupted, the session that continues does it again, but not those before it. */
static digress_status end_epoch(dg_session *s) {
    dg_training *training = &s->training;
    const dg_config *config = dg_session_config(s);
    uint64_t done = training->epoch + 1, every = config->general.check_val_every_n_epochs;
    uint64_t sampling = config->general.sample_every_val;
    s->unsaved = true;
    if (training->ended == DG_EPOCH_RUNS) {
        DG_TRY(dg_report_epoch(s));
        training->ended = DG_EPOCH_REPORTED;
    }
    if (training->ended == DG_EPOCH_REPORTED) {
        if (done % every == 0) DG_TRY(dg_validate(s));
        training->ended = DG_EPOCH_VALIDATED;
        s->unsaved = true;
    }
    if (sampling && !dg_is_regression(training->model) && done % every == 0 &&
        done / every % sampling == 0)
        DG_TRY(dg_draw_samples(s));
    s->unsaved = true;
    training->ended = DG_EPOCH_RUNS;
    training->epoch = done;
    training->batch = 0;
    training->epoch_loss_X = training->epoch_loss_E = training->epoch_seconds = 0;
    return DIGRESS_OK;
}

static bool budget_left(const dg_session *s, bool time_is_up) {
    const dg_config *config = dg_session_config(s);
    return s->training.epoch < config->train.n_epochs &&
           (!config->train.max_steps || s->training.adamw.step < config->train.max_steps) &&
           !time_is_up;
}

static digress_status finish(dg_session *s) {
    if (s->training.validated != s->training.adamw.step) DG_TRY(dg_validate(s));
    return dg_session_save_last(s);
}

static digress_status save_interrupted(dg_session *s, digress_status status) {
    DG_TRY(dg_session_save_last(s));
    return dg_error(
        status, "stopped%s%s after step %" PRIu64 " and saved; go on with the option 'resume' %s",
        s->signal ? " by " : "", s->signal ? dg_session_signal_name(s->signal) : "",
        s->training.adamw.step, s->run.folder);
}

/* A step that was taken is not undone: before it is saved, its record is written again. */
static digress_status log_again(dg_session *s) {
    if (s->unlogged.step > 0) DG_TRY(dg_report_step(s, &s->unlogged));
    s->unlogged.step = 0;
    return DIGRESS_OK;
}

/* Perhaps only the log could not be written, or the disk was full for a moment only. */
static digress_status save_despite(dg_session *s, digress_status status) {
    char *reason = dg_format("%s", digress_last_error());
    if (!reason) return dg_out_of_memory();
    const bool lost = log_again(s) != DIGRESS_OK;
    const bool saved = dg_session_save_last(s) == DIGRESS_OK;
    status = dg_error(status,
                      "%s; the last checkpoint is of step %" PRIu64
                      "%s; make room, then go on with: the option 'resume' %s",
                      reason, s->saved_step, lost && saved ? ", which the log lacks" : "",
                      s->run.folder);
    free(reason);
    return status;
}

/* Takes a step, or ends an epoch or the training. */
static digress_status advance(dg_session *s, bool *done) {
    bool stopped = false;
    if (s->training.batch == s->batches) return end_epoch(s);
    if (!budget_left(s, s->time_is_up)) {
        *done = true;
        return finish(s);
    }
    digress_status status = run_step(s, &stopped);
    if (stopped && status != DIGRESS_ERROR_IO) {
        DG_TRY(log_again(s));
        DG_TRY(dg_session_save_last(s));
    }
    DG_TRY(status);
    return dg_session_save_due(s);
}

static digress_status run(dg_session *s) {
    for (bool done = false; !done;) {
        digress_status status = dg_session_listen(s);
        if (status == DIGRESS_OK) {
            status = advance(s, &done);
            if (status == DIGRESS_INTERRUPTED) DG_TRY(dg_session_hear(s)); /* of what signal */
        }
        if (s->stopped || (status == DIGRESS_INTERRUPTED && s->signal))
            return save_interrupted(s, status);
        if (status == DIGRESS_ERROR_IO) return save_despite(s, status);
        DG_TRY(status);
    }
    return DIGRESS_OK;
}

static digress_status run_opened(dg_session *s) {
    bool quiet = s->options->quiet;
    dg_report_start(s);
    if (!quiet && !budget_left(s, dg_session_time_is_up(s)))
        dg_log("nothing is left to train: raise train.n_epochs, max_steps or max_minutes");
    if (!quiet) dg_progress_begin(&s->progress);
    digress_status status = run(s);
    if (!quiet) dg_progress_end(&s->progress);
    dg_report_end(s);
    return status;
}

digress_status dg_train(const dg_config *config, const dg_train_options *options,
                        size_t override_count, const char *const *overrides) {
    dg_session s = {.options = options};
    digress_status status = dg_session_open(&s, config, override_count, overrides);
    if (status == DIGRESS_INTERRUPTED)
        dg_error(status, "%s before the training began: nothing has changed", digress_last_error());
    if (status == DIGRESS_OK) status = run_opened(&s);
    dg_session_close(&s);
    return status;
}
