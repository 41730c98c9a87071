/* Training a model. */
#ifndef DIGRESS_TRAIN_H
#define DIGRESS_TRAIN_H

#include "digress/graph.h"
#include "digress/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One training step, as it is reported. */
typedef struct digress_train_progress {
    uint64_t epoch, step;        /* the epoch's number, from 1; steps taken so far */
    double loss, loss_X, loss_E; /* loss_X + lambda_E loss_E; mean cross entropy (nats) per node and
                                    per pair; for a continuous model the mean squared error */
    double gradient_norm;        /* L2, before clipping */
    double learning_rate;
    double graphs_per_second;
    double seconds_left; /* until the first budget is used up, at the pace so far; < 0: unknown */
} digress_train_progress;

typedef struct digress_train_options {
    const char *run;                /* the run's folder; required */
    const char *config;             /* a YAML file; NULL: all defaults. Ignored when resuming */
    const char *const *assignments; /* [assignment_count] "key=value", on top of the config. When
                                       resuming, only some may change: budgets, reports, sampling,
                                       threads, backend, precision, dataset.path */
    size_t assignment_count;
    const digress_graph_set *train; /* the training set, borrowed; NULL: as the config says */
    const digress_graph_set *val;   /* the validation set, borrowed; NULL: none */
    bool resume;                    /* continue the run in the folder, bit for bit */
    bool force;                     /* replace a run in the folder, but nothing else */
    const char *init;               /* a checkpoint or a run to take the weights from; NULL: none */
    size_t threads;                 /* 0: as many as the config says */
    bool verbose;                   /* report progress on stderr */
    /* Called on the calling thread after every step; may be NULL. A status other than OK
     * (DIGRESS_INTERRUPTED, say) ends the training, after saving, and is returned. */
    digress_status (*step)(void *context, const digress_train_progress *progress);
    void *step_context;
    digress_watch watch; /* what it says ends the training, after saving */
    bool choose; /* sizes of the network, steps, batch and budgets that fit `train`, under what
                    `config` and `assignments` say; needs `train`. Ignored when resuming */
} digress_train_options;

/* Trains until a budget of the config is used up (DiGress, Vignac et al. 2023, algorithm 1). The
 * folder then holds config.yaml, log.jsonl, log.csv, samples/, and in checkpoints/ last.safetensors
 * and best.safetensors: the lowest bound on the validation set, if there is one, or, with
 * train.best_by=samples, the best samples. The keys are listed by `digress help train`. Errors:
 * INPUT (config, sets, folder, a run that another process is training, a damaged checkpoint), IO,
 * NUMERIC (a loss, a weight or a logit that is not a number; the last good checkpoint stays). */
digress_status digress_train(const digress_train_options *options);

#ifdef __cplusplus
}
#endif

#endif
