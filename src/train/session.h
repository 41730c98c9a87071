/* A training under way, shared by the files that make up the trainer: session.c opens and closes
 * it, progress.c says how far it is, save.c writes its files, together.c keeps several ranks
 * together, report.c reports on it, trial.c tries out its model, and trainer.c runs it. */
#ifndef DG_TRAIN_SESSION_H
#define DG_TRAIN_SESSION_H

#include "core/log.h"
#include "eval/score.h"
#include "graph/dataset.h"
#include "sample/bound.h"
#include "train/checkpoint.h"
#include "train/run_folder.h"
#include "train/run_log.h"
#include "train/step.h"
#include "train/trainer.h"

typedef struct dg_session {
    const dg_train_options *options;
    dg_run_folder run;
    dg_dataset data;                      /* empty if the options give the sets */
    const digress_graph_set *train, *val; /* val may be NULL */
    dg_training training;
    dg_pool *pool;
    dg_stepper *stepper;
    dg_run_log log;
    digress_train_progress unlogged; /* a step whose record could not be written; step 0: none */
    size_t graphs, batches;          /* of an epoch */
    uint32_t *order;                 /* [graphs] the order of this epoch */
    dg_progress progress;
    double started, last_save, last_note; /* by dg_clock */
    double minutes_before;                /* used up before this session */
    double step_seconds;                  /* smoothed */
    uint64_t first_step;                  /* of this session */
    uint64_t saved_step;                  /* of the last checkpoint */
    bool unsaved;                         /* something has changed since the last checkpoint */
    dg_watch watch;
    bool stopped;                 /* options->watch said so */
    int signal;                   /* that asked any rank for a stop; 0: none */
    bool save_is_due, time_is_up; /* when ranks last told each other */
} dg_session;

/* ---- session.c ---- */

/* Begins a new run, or opens an existing one, as s->options and the arguments of dg_train say. *s
 * is to be closed even if this fails. */
digress_status dg_session_open(dg_session *s, const dg_config *config, size_t override_count,
                               const char *const *overrides);
void dg_session_close(dg_session *s);

/* ---- save.c ---- */

/* Writes a checkpoint to `path`, or to the run's last.safetensors. */
digress_status dg_session_save(dg_session *s, const char *path);
digress_status dg_session_save_last(dg_session *s);
/* Writes last.safetensors if train.save_every_minutes have passed and something has changed. */
digress_status dg_session_save_due(dg_session *s);
/* Writes config.yaml; opens the logs, cut to the lengths that the training says. */
digress_status dg_session_write_config(const dg_session *s);
digress_status dg_session_open_log(dg_session *s);
/* While the watch is on, work on the pool ends with INTERRUPTED when a signal asks for a stop, and
 * checkpoints are saved when they are due. To be on only while the state of the training does not
 * change. */
void dg_session_watch(dg_session *s, bool on);

/* ---- progress.c ---- */

const dg_config *dg_session_config(const dg_session *s);
uint64_t dg_session_epoch(const dg_session *s);   /* of the last step taken, from 1; 0: none yet */
double dg_session_minutes(const dg_session *s);   /* spent, earlier sessions included */
bool dg_session_save_is_due(const dg_session *s); /* if anything has changed */
bool dg_session_time_is_up(const dg_session *s);  /* train.max_minutes */
/* INTERRUPTED for a signal, or what options->watch says; both of this rank. */
digress_status dg_session_ask_for_stop(dg_session *s);
const char *dg_session_signal_name(int signal_number);

/* ---- report.c: into the log, and on the terminal unless options->quiet ---- */

void dg_report_start(const dg_session *s);
digress_status dg_report_step(dg_session *s, const digress_train_progress *now);
digress_status dg_report_epoch(dg_session *s);
digress_status dg_report_bound(dg_session *s, const dg_bound *bound, bool best);
/* Compares the samples just drawn with the validation set (without one, the training set). */
digress_status dg_report_samples(dg_session *s, const dg_score *score, bool best);
/* Seconds until the first budget is used up, at the pace of this session so far; < 0: unknown. */
double dg_seconds_left(const dg_session *s);

/* ---- trial.c: with the moving average of the weights, if there is one ---- */

/* Computes the bound on the validation set, and saves a checkpoint if it is the lowest so far. */
digress_status dg_validate(dg_session *s);
/* Draws samples and chains into the run's samples/, and scores them. */
digress_status dg_draw_samples(dg_session *s);

#endif
