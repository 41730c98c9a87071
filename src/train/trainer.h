/* Training (DiGress, algorithm 1): run folders, checkpoints, logs, resuming. */
#ifndef DG_TRAIN_TRAINER_H
#define DG_TRAIN_TRAINER_H

#include "core/threads.h"
#include "digress/train.h"
#include "distributed/ranks.h"
#include "graph/dataset.h"
#include "model/model.h"

/* What was drawn at one sampling. */
typedef struct dg_drawn {
    const char *run;
    const char *stem; /* RUN/samples/epoch-000010 */
    const digress_graph_set *samples;
    size_t chains;
    digress_graph_set *const *chain; /* [chains], frames */
} dg_drawn;

typedef struct dg_train_options {
    const char *run;    /* the run folder */
    bool force;         /* replace an existing run */
    const char *config; /* the file of the config, which must not be replaced; may be NULL */
    bool resume;        /* continue the run in `run` */
    const char *init; /* a checkpoint or a run to take the weights from (the moving average's, where
                         there is one), for a network of the same dims; NULL: none */
    size_t threads;   /* 0: as many as the config says */
    bool quiet;       /* nothing on the terminal */
    /* Trained on instead of the config's dataset; NULL: the config's. `val` may be NULL: no
     * validation. Borrowed. */
    const digress_graph_set *train, *val;
    dg_dataset *data; /* the config's dataset, if it has been read already: it is moved out of here;
                         NULL: it is still to be read */
    /* Called after every step; a status other than OK ends the training after saving. May be NULL.
     */
    digress_status (*step)(void *context, const digress_train_progress *progress);
    void *step_context;
    /* Called after each sampling, with the config's general.pictures; may be NULL. */
    digress_status (*draw)(void *context, const dg_drawn *drawn);
    void *draw_context;
    /* Asked between steps: a signal that asks to save and stop, or 0. May be NULL. */
    int (*stop_signal)(void);
    /* Those that train together, each with the same options but for `quiet`; NULL: alone. They have
     * neither `step` nor `watch`. */
    dg_ranks *ranks;
    const dg_watch *watch; /* asked in the middle of steps, too: what it says is to save and stop */
} dg_train_options;

/* The run folder that a config has by default: runs/NAME-SEED. The caller frees it. NULL when out
 * of memory. */
char *dg_default_run(const dg_config *config);

/* Trains as the config says. A resumed run takes its config from its last checkpoint (`config` is
 * not read and may be NULL) and lets `overrides` (key=value) change only budgets, reports, sampling
 * and how it is computed: train.n_epochs, max_steps, max_minutes, save_every_minutes, threads,
 * backend, precision, dataset.path, general.* and sample.*. A new run takes no overrides. Returns
 * INTERRUPTED after saving on a signal, NUMERIC on a loss that is not a number. */
digress_status dg_train(const dg_config *config, const dg_train_options *options,
                        size_t override_count, const char *const *overrides);

#endif
