/* Training (DiGress, algorithm 1): run folders, checkpoints, logs, resuming. */
#ifndef DG_TRAIN_TRAINER_H
#define DG_TRAIN_TRAINER_H

#include "core/threads.h"
#include "sample/model.h"

/* What the trainer reports after each step. */
typedef struct dg_train_progress {
    uint64_t epoch, step;
    double loss, loss_X, loss_E, gradient_norm, lr;
    double graphs_per_second, eta_seconds; /* eta < 0: unknown */
} dg_train_progress;

typedef struct dg_train_options {
    const char *run;  /* the run folder */
    bool force;       /* replace an existing run folder */
    bool resume;      /* go on with what is in `run` */
    const char *init; /* a checkpoint to take the weights from; NULL: none */
    size_t threads;   /* 0: config's */
    bool quiet;       /* nothing on the terminal */
    /* Called after every step; a status other than OK ends the training after saving. May be NULL.
     */
    digress_status (*step)(void *context, const dg_train_progress *progress);
    void *step_context;
} dg_train_options;

/* Trains as the config says; a resumed run takes its config from the run folder and lets
 * `overrides` (key=value) change budgets only (n_epochs, max_steps, max_minutes,
 * save_every_minutes, threads, general.*). Returns INTERRUPTED after saving on a
 * signal, NUMERIC on a NaN loss. */
digress_status dg_train(const dg_config *config, const dg_train_options *options,
                        size_t override_count, const char *const *overrides);

/* Asks a running dg_train to save and stop after its step; async-signal-safe. */
void dg_train_stop(int signal_number);

#endif
