/* The lock of a run's folder, in which one process at a time trains. The system holds it (flock),
 * so that a process that dies leaves no lock behind; the file `lock` says who holds it, for
 * messages. */
#ifndef DG_TRAIN_RUN_LOCK_H
#define DG_TRAIN_RUN_LOCK_H

#include "core/status.h"

typedef struct dg_run_lock {
    int descriptor;
    char *path; /* NULL: nothing is locked */
} dg_run_lock;

/* Locks the folder, which must be there. On a file system without locks it only warns. Errors:
 * INPUT with the holder's process and host, IO. */
digress_status dg_run_lock_take(const char *folder, dg_run_lock *out);
/* Removes the file and unlocks. Does nothing if nothing is locked. */
void dg_run_lock_release(dg_run_lock *lock);

#endif
