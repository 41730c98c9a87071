/* Loops whose items cost something each, as in evaluation: divided among the ranks of a pool, and
 * within a rank among its threads. A process alone runs them as dg_pool_run does. */
#ifndef DG_DISTRIBUTED_DIVIDED_H
#define DG_DISTRIBUTED_DIVIDED_H

#include "core/log.h"
#include "core/threads.h"
#include "distributed/ranks.h"

/* What an item's job has left, on its way to the other ranks. One and the same dg_carry packs it
 * and takes it out again: it names the bytes, in order. */
typedef struct dg_parcel dg_parcel;
typedef digress_status dg_carry(void *context, size_t index, dg_parcel *parcel);

digress_status dg_parcel_bytes(dg_parcel *parcel, void *bytes, size_t size);
/* *(void **)array, of *count elements of `size` bytes, which the receiver allocates, and owns as
 * the job's rank does its own. NULL stays NULL. */
digress_status dg_parcel_array(dg_parcel *parcel, void *array, size_t *count, size_t size);
/* A string, or NULL; the same. */
digress_status dg_parcel_text(dg_parcel *parcel, char **text);

/* What all ranks are to have alike: INPUT, unless they do. NULL is allowed. */
digress_status dg_parcel_compare(dg_parcel *parcel, const char *text);

typedef struct dg_divided {
    size_t count; /* of items, the same on all ranks */
    dg_job *job;
    dg_carry *carry;
    void *context;
    dg_progress *progress; /* may be NULL */
    const char *label;     /* of the progress bar */
} dg_divided;

/* job(context, index, thread) for each index, on one of the ranks: they go round. Then all ranks
 * have what it has left. A failure of one is the failure of all. */
digress_status dg_run_divided(dg_pool *pool, const dg_divided *loop);

#endif
