#include "train/together.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define MMD_VALUE(number, name)                                                                    \
    { "mmd_" #name, score->mmd[number] }

enum { NOTE_SECONDS = 30 }; /* between two progress lines if stderr is not a terminal */

static uint64_t minimum(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Rank 0 writes for all. */
static digress_status write_record(dg_session *s, const char *event, size_t count,
                                   const dg_log_value *values) {
    const bool writes = dg_is_first_rank(s->options->ranks);
    return dg_session_agree(s,
                            writes ? dg_run_log_write(&s->log, event, count, values) : DIGRESS_OK);
}

void dg_report_start(const dg_session *s) {
    if (s->options->quiet) return;
    const dg_model *model = s->training.model;
    char ranks[32] = "";
    if (dg_rank_count(s->options->ranks) > 1)
        snprintf(ranks, sizeof ranks, " on each of %zu ranks", dg_rank_count(s->options->ranks));
    dg_log("%s %s: %zu parameters, %zu training graphs, %zu steps an epoch, %zu threads%s",
           s->options->resume ? "resuming" : "training", s->run.folder,
           dg_denoiser_parameter_count(model->denoiser), s->graphs, s->batches,
           dg_pool_threads(s->pool), ranks);
}

void dg_report_end(const dg_session *s) {
    const dg_ranks *ranks = s->options->ranks;
    const uint64_t taken = s->training.adamw.step - s->first_step;
    if (s->options->quiet || dg_rank_count(ranks) == 1 || taken == 0) return;
    dg_log(
        "of %zu ranks, the first has sent %.3g MB a step; %.0f %% of the time went into sending, "
        "receiving and waiting for the others",
        ranks->count, (double)ranks->sent / 1e6 / (double)taken,
        100 * ranks->seconds / (dg_clock() - s->started));
}

double dg_seconds_left(const dg_session *s) {
    const dg_config *config = dg_session_config(s);
    uint64_t step = s->training.adamw.step, taken = step - s->first_step;
    if (taken == 0) return -1;
    double pace = (dg_clock() - s->started) / (double)taken;
    uint64_t left = (config->train.n_epochs - s->training.epoch) * s->batches - s->training.batch;
    if (config->train.max_steps) left = minimum(left, config->train.max_steps - step);
    double seconds = pace * (double)left;
    if (config->train.max_minutes <= 0) return seconds;
    return fmax(0, fmin(seconds, 60 * (config->train.max_minutes - dg_session_minutes(s))));
}

static int digits(uint64_t number) {
    return snprintf(NULL, 0, "%" PRIu64, number);
}

/* On a terminal a line that is redrawn in place, elsewhere a line now and then. */
static void show_progress(dg_session *s, const digress_train_progress *now) {
    char left[32], line[160];
    const uint64_t epochs = dg_session_config(s)->train.n_epochs;
    if (s->options->quiet) return;
    if (!s->progress.active && dg_clock() - s->last_note < NOTE_SECONDS) return;
    s->last_note = dg_clock();
    dg_duration_text(now->seconds_left, left, sizeof left);
    snprintf(line, sizeof line,
             "epoch %*" PRIu64 "/%" PRIu64 ", step %*" PRIu64
             ", loss %8.4f, %8.1f graphs/s, %7s left",
             digits(epochs), now->epoch, epochs, digits(epochs * s->batches), now->step, now->loss,
             now->graphs_per_second, left);
    if (s->progress.active)
        dg_progress_show(&s->progress, "%s", line);
    else
        dg_log("%s", line);
}

static digress_status log_step(dg_session *s, const digress_train_progress *now) {
    const dg_log_value values[] = {
        {"epoch", (double)now->epoch},
        {"step", (double)now->step},
        {"minutes", dg_session_minutes(s)},
        {"lr", now->learning_rate},
        {"loss", now->loss},
        {"loss_X", now->loss_X},
        {"loss_E", now->loss_E},
        {"gradient_norm", now->gradient_norm},
        {"graphs_per_second", now->graphs_per_second},
    };
    return write_record(s, "step", sizeof values / sizeof *values, values);
}

digress_status dg_report_epoch(dg_session *s) {
    const dg_training *training = &s->training;
    double batches = (double)s->batches;
    double loss_X = training->epoch_loss_X / batches, loss_E = training->epoch_loss_E / batches;
    const dg_log_value values[] = {
        {"epoch", (double)dg_session_epoch(s)},
        {"step", (double)training->adamw.step},
        {"minutes", dg_session_minutes(s)},
        {"loss", loss_X + dg_session_config(s)->model.lambda_train[0] * loss_E},
        {"loss_X", loss_X},
        {"loss_E", loss_E},
        {"graphs_per_second", (double)s->graphs / training->epoch_seconds},
    };
    return write_record(s, "epoch", sizeof values / sizeof *values, values);
}

static digress_status log_bound(dg_session *s, const dg_bound *bound) {
    const dg_log_value values[] = {
        {"epoch", (double)dg_session_epoch(s)},
        {"step", (double)s->training.adamw.step},
        {"minutes", dg_session_minutes(s)},
        {"nll", bound->nll},
        {"nll_exact", bound->nll_exact},
        {"without_pn", bound->without_pn},
        {"without_pn_exact", bound->without_pn_exact},
        {"log_pn", bound->log_pn},
        {"kl_prior", bound->kl_prior},
        {"kl_prior_exact", bound->kl_prior_exact},
        {"kl_X", bound->kl_X},
        {"kl_E", bound->kl_E},
        {"kl_X_exact", bound->kl_X_exact},
        {"kl_E_exact", bound->kl_E_exact},
        {"reconstruction", bound->reconstruction},
        {"reconstruction_exact", bound->reconstruction_exact},
    };
    return write_record(s, "validation", sizeof values / sizeof *values, values);
}

digress_status dg_report_bound(dg_session *s, const dg_bound *bound, bool best) {
    if (!s->options->quiet)
        dg_log("epoch %" PRIu64 ", step %" PRIu64 ": validation bound %.4f nats a graph%s",
               dg_session_epoch(s), s->training.adamw.step, bound->nll,
               best ? ", the best so far" : "");
    return log_bound(s, bound);
}

static void tell_mmds(const dg_session *s, const dg_score *score) {
    char text[64 * DG_DESCRIPTOR_COUNT];
    size_t length = 0;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s %.3g", d ? ", " : "",
                                   dg_descriptor_name(d), score->mmd[d]);
    dg_log("epoch %" PRIu64 ": squared MMD of samples to the %s set: %s", dg_session_epoch(s),
           s->val ? "validation" : "training", text);
}

static void tell_molecules(const dg_session *s, const dg_score *score) {
    if (isnan(score->validity.share)) return;
    dg_log("epoch %" PRIu64 ": %.1f %% of the samples are valid molecules, %.1f %% with partial "
           "charges; %.1f %% of those differ",
           dg_session_epoch(s), 100 * score->validity.share, 100 * score->relaxed_validity.share,
           100 * score->uniqueness.share);
}

/* "valid, unique, novel 35.0 % [28.1, 42.4], ratio 3.2" */
static void tell_score(const dg_session *s, const dg_score *score, bool best) {
    char vun[96] = "", ratio[48] = "";
    if (!isnan(score->vun.share))
        snprintf(vun, sizeof vun, "valid, unique%s %.1f %% [%.1f, %.1f]",
                 isnan(score->validity.share) ? ", novel" : "", 100 * score->vun.share,
                 100 * score->vun.low, 100 * score->vun.high);
    if (!isnan(score->ratio)) snprintf(ratio, sizeof ratio, "ratio to train %.3g", score->ratio);
    if (!*vun && !*ratio) return;
    dg_log("epoch %" PRIu64 ": samples: %s%s%s%s", dg_session_epoch(s), vun,
           *vun && *ratio ? ", " : "", ratio, best ? ", the best so far" : "");
}

digress_status dg_report_samples(dg_session *s, const dg_score *score, bool best) {
    if (!s->options->quiet) {
        tell_mmds(s, score);
        tell_molecules(s, score);
        tell_score(s, score, best);
    }
    const dg_log_value values[] = {
        {"epoch", (double)dg_session_epoch(s)},
        {"step", (double)s->training.adamw.step},
        {"minutes", dg_session_minutes(s)},
        DG_DESCRIPTOR_ROWS(MMD_VALUE, DG_COMMA),
        {"validity", score->validity.share},
        {"relaxed_validity", score->relaxed_validity.share},
        {"uniqueness", score->uniqueness.share},
        {"vun", score->vun.share},
        {"ratio", score->ratio},
    };
    return write_record(s, "samples", sizeof values / sizeof *values, values);
}

digress_status dg_report_step(dg_session *s, const digress_train_progress *now) {
    if (now->step % dg_session_config(s)->general.log_every_steps == 0) DG_TRY(log_step(s, now));
    show_progress(s, now);
    return DIGRESS_OK;
}
