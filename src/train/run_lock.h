/* The lock of a run's folder: one process at a time trains in it. It is the system's (flock), so
 * that a process which dies leaves none; the file `lock` says who holds it, for messages. */
#ifndef DG_TRAIN_RUN_LOCK_H
#define DG_TRAIN_RUN_LOCK_H

#include "core/status.h"

typedef struct dg_run_lock {
    int descriptor;
    char *path; /* NULL: nothing is locked */
} dg_run_lock;

/* Locks the folder, which must be there. A file system without locks is a warning, no error.
 * Errors: INPUT with the holder's process and host, IO. */
digress_status dg_run_lock_take(const char *folder, dg_run_lock *out);
/* Removes the file and unlocks. Nothing when nothing is locked. */
void dg_run_lock_release(dg_run_lock *lock);

#endif
