/* A run's folder: config.yaml, log.jsonl, log.csv, checkpoints/, samples/; `lock` while it is
 * trained. */
#ifndef DG_TRAIN_RUN_FOLDER_H
#define DG_TRAIN_RUN_FOLDER_H

#include "core/status.h"
#include "train/run_lock.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct dg_run_folder {
    char *folder, *config, *checkpoints, *samples;
    char *last, *best;               /* checkpoints */
    char *best_bound, *best_samples; /* the best of the kind that `best` is not */
    bool made;                       /* the folder was not there before dg_run_folder_lock */
    dg_run_lock lock;
} dg_run_folder;

/* The names alone; nothing is touched. The caller frees with dg_run_folder_free. Errors: INPUT for
 * an empty name. */
digress_status dg_run_folder_name(const char *folder, dg_run_folder *out);
void dg_run_folder_free(dg_run_folder *run);

/* Refuses a place where something is (a lock apart), unless `force` and it is a run with nothing
 * foreign in what is removed, and without the inputs (see dg_folder_holds_no_input). Errors: INPUT.
 */
digress_status dg_run_folder_check(const dg_run_folder *run, bool force, size_t count,
                                   const char *const *inputs);
/* Locks the folder, which is made where there is none; nothing when it is locked already.
 * dg_run_folder_free unlocks. Errors: as dg_run_lock_take. */
digress_status dg_run_folder_lock(dg_run_folder *run);
/* Of a locked folder: makes the folders in it; a run that was there before is removed (but nothing
 * else). */
digress_status dg_run_folder_make(dg_run_folder *run);
/* Removes the run again, and unlocks: for one that failed before it began. */
void dg_run_folder_remove(dg_run_folder *run);

#endif
