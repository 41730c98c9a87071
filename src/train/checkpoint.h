/* A training under way and its checkpoint: a model's file (model/model.h) with the optimizer's
 * moments and the training's counters in it. Random numbers are counter-based, so nothing else is
 * needed to go on bit for bit. */
#ifndef DG_TRAIN_CHECKPOINT_H
#define DG_TRAIN_CHECKPOINT_H

#include "model/model.h"
#include "train/adamw.h"
#include "train/muon.h"
#include "train/slices.h"

/* How much of the work at the end of an epoch is done. Each part is done once, even if the training
 * is stopped in between. */
enum { DG_EPOCH_RUNS, DG_EPOCH_REPORTED, DG_EPOCH_VALIDATED };

/* What is remembered of the best samples so far (eval/score.h). */
typedef struct dg_best_score {
    uint64_t count;    /* of samples; 0: none were drawn yet */
    double vun, ratio; /* -1: undefined */
} dg_best_score;

typedef struct dg_training {
    dg_model *model;
    dg_adamw adamw;        /* adamw.step: steps taken */
    dg_muon *muon;         /* for the hidden matrices; NULL: AdamW updates them too */
    uint64_t epoch, batch; /* the next batch of the epoch; the number of its batches if only its end
                              is left to do */
    uint64_t ended;        /* DG_EPOCH_... */
    uint64_t validated;    /* steps taken at the last validation */
    uint64_t jsonl_bytes, csv_bytes; /* lengths of the logs */
    double minutes;                  /* used up */
    double best_nll;                 /* infinity before the first validation */
    dg_best_score best_score;
    double epoch_loss_X, epoch_loss_E, epoch_seconds; /* sums over the epoch so far */
} dg_training;

/* A new training of `model`, which it owns from now on, even if this fails. */
digress_status dg_training_create(dg_model *model, dg_training *out);
void dg_training_free(dg_training *training);

/* From now on this rank updates its slice of the parameters alone, and keeps the moments of that.
 */
digress_status dg_training_cut(dg_training *training, const dg_slices *slices);
/* The whole training, on rank 0, from the slices of all ranks; dg_training_release frees what was
 * copied. The other ranks send theirs, and get their own training back. */
digress_status dg_training_collect(const dg_training *training, const dg_slices *slices,
                                   dg_training *whole);
void dg_training_release(const dg_training *training, dg_training *whole);

/* Writes the whole file or nothing. */
digress_status dg_training_save(const dg_training *training, const char *path);
/* Errors: INPUT (not a checkpoint, one without the state of a training, or a number out of its
 * range), NUMERIC (weights or moments that are not finite), IO. */
digress_status dg_training_load(const char *path, dg_training *out);

#endif
