/* A training under way, shared by the files that make up the trainer: session.c opens, saves and
 * closes it, report.c tells of it, trial.c tries its model out, and trainer.c runs it. */
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
    dg_dataset data;                      /* empty where the options give the sets */
    const digress_graph_set *train, *val; /* val may be NULL */
    dg_training training;
    dg_pool *pool;
    dg_stepper *stepper;
    dg_run_log log;
    digress_train_progress unlogged; /* a step whose record could not be written; step 0: none */
    size_t graphs, batches;          /* of an epoch */
    uint32_t *order;                 /* [graphs] the epoch's */
    dg_progress progress;
    double started, last_save, last_note; /* on the clock */
    double minutes_before;                /* used up before this session */
    double step_seconds;                  /* smoothed */
    uint64_t first_step;                  /* of this session */
    uint64_t saved_step;                  /* of the last checkpoint */
    bool unsaved;                         /* something has changed since */
    dg_watch watch;
    bool stopped; /* options->watch said so */
} dg_session;

/* ---- session.c ---- */

/* Begins a new run, or opens one to go on with, as s->options and the arguments of dg_train say.
 * Failing or not, *s is to be closed. */
digress_status dg_session_open(dg_session *s, const dg_config *config, size_t override_count,
                               const char *const *overrides);
void dg_session_close(dg_session *s);

/* Writes a checkpoint to `path`, or to the run's last.safetensors. */
digress_status dg_session_save(dg_session *s, const char *path);
digress_status dg_session_save_last(dg_session *s);
/* The latter, if train.save_every_minutes are over and something has changed. */
digress_status dg_session_save_due(dg_session *s);

/* What runs on the pool while this is on ends with INTERRUPTED when a signal asks for it, and saves
 * what is due: to be on only while nothing changes the training, which then goes on from there. */
void dg_session_watch(dg_session *s, bool on);

const dg_config *dg_session_config(const dg_session *s);
uint64_t dg_session_epoch(const dg_session *s); /* of the last step taken, from 1; 0: none yet */
double dg_session_minutes(const dg_session *s); /* used up, earlier sessions included */
int dg_session_stop_signal(const dg_session *s);
/* INTERRUPTED for a signal, or what options->watch says. */
digress_status dg_session_ask_for_stop(dg_session *s);
const char *dg_session_signal_name(int signal_number);

/* ---- report.c: the log, and the terminal unless options->quiet ---- */

void dg_report_start(const dg_session *s);
digress_status dg_report_step(dg_session *s, const digress_train_progress *now);
digress_status dg_report_epoch(dg_session *s);
digress_status dg_report_bound(dg_session *s, const dg_bound *bound, bool best);
/* Of the samples just drawn, against the validation set (without one: the training set). */
digress_status dg_report_samples(dg_session *s, const dg_score *score, bool best);
/* What is left until the first budget is used up, by this session's pace so far; < 0: unknown. */
double dg_seconds_left(const dg_session *s);

/* ---- trial.c: with the moving average's weights where there is one ---- */

/* The bound on the validation set; a checkpoint `best` where it is the lowest so far. */
digress_status dg_validate(dg_session *s);
/* Samples and chains into the run's samples/. */
digress_status dg_draw_samples(dg_session *s);

#endif
