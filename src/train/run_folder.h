/* A run's folder: config.yaml, log.jsonl, log.csv, checkpoints/, samples/; `lock` while a process
 * trains in it. */
#ifndef DG_TRAIN_RUN_FOLDER_H
#define DG_TRAIN_RUN_FOLDER_H

#include "core/status.h"
#include "train/run_lock.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct dg_run_folder {
    char *folder, *config, *checkpoints, *samples;
    char *last, *best;               /* checkpoints */
    char *best_bound, *best_samples; /* the best by the criterion that `best` is not chosen by */
    bool made;                       /* the folder was not there before dg_run_folder_lock */
    dg_run_lock lock;
} dg_run_folder;

/* Fills in the names only; nothing on the disk is touched. The caller frees with
 * dg_run_folder_free. Errors: INPUT for an empty name. */
digress_status dg_run_folder_name(const char *folder, dg_run_folder *out);
void dg_run_folder_free(dg_run_folder *run);

/* Refuses a folder that holds anything but a lock, unless with `force` it is a run in which nothing
 * foreign, and none of the inputs (dg_folder_holds_no_input), would be removed. Errors: INPUT. */
digress_status dg_run_folder_check(const dg_run_folder *run, bool force, size_t count,
                                   const char *const *inputs);
/* Creates the folder if need be, and locks it; does nothing if it is locked already.
 * dg_run_folder_free unlocks. Errors: as dg_run_lock_take. */
digress_status dg_run_folder_lock(dg_run_folder *run);
/* In a locked folder, removes an earlier run (but nothing else) and creates the folders of the new
 * one. */
digress_status dg_run_folder_make(dg_run_folder *run);
/* Removes and unlocks a run that failed before it began. */
void dg_run_folder_remove(dg_run_folder *run);

#endif
