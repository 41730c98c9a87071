/* Training (DiGress, algorithm 1): run folders, checkpoints, logs, resuming. */
#ifndef DG_TRAIN_TRAINER_H
#define DG_TRAIN_TRAINER_H

#include "core/threads.h"
#include "digress/train.h"
#include "graph/dataset.h"
#include "model/model.h"

typedef struct dg_train_options {
    const char *run;    /* the run folder */
    bool force;         /* replace an existing run */
    const char *config; /* the file that it comes from, which is not to be replaced; may be NULL */
    bool resume;        /* go on with what is in `run` */
    const char *init; /* a checkpoint or a run to take the weights from (the moving average's, where
                         there is one), for a network of the same dims; NULL: none */
    size_t threads;   /* 0: config's */
    bool quiet;       /* nothing on the terminal */
    /* Trained on in place of what the config's dataset says; NULL: the config's. `val` may be NULL:
     * no validation. Borrowed. */
    const digress_graph_set *train, *val;
    dg_dataset *data; /* what the config's dataset says, where it has been read already: taken over,
                         and empty then; NULL: it is read */
    /* Called after every step; a status other than OK ends the training after saving. May be NULL.
     */
    digress_status (*step)(void *context, const digress_train_progress *progress);
    void *step_context;
    /* Asked between steps: the signal to save and stop for, or 0. May be NULL. */
    int (*stop_signal)(void);
    const dg_watch *watch; /* asked in the middle of steps, too: what it says is to save and stop */
} dg_train_options;

/* The run folder that a config has by default: runs/NAME-SEED. The caller frees it. NULL when out
 * of memory. */
char *dg_default_run(const dg_config *config);

/* Trains as the config says. A resumed run takes its config from its last checkpoint (`config` is
 * not looked at, may be NULL) and lets `overrides` (key=value) change budgets and reports only:
 * n_epochs, max_steps, max_minutes, save_every_minutes, threads, general.*, dataset.path. A new run
 * takes no overrides. Returns INTERRUPTED after saving on a signal, NUMERIC on a loss that is no
 * number. */
digress_status dg_train(const dg_config *config, const dg_train_options *options,
                        size_t override_count, const char *const *overrides);

#endif
