/* A pool of worker threads. */
#ifndef DG_CORE_THREADS_H
#define DG_CORE_THREADS_H

#include "core/status.h"
#include <stddef.h>

typedef struct dg_pool dg_pool;

/* What long work asks from time to time, with an error text of its own where it says no. */
typedef digress_watch dg_watch;
/* NULL is allowed: OK. */
digress_status dg_watch_ask(const dg_watch *watch);
/* The watch of whoever calls the library, who has no error texts. Borrowed; NULL is allowed. */
dg_watch dg_watch_of_caller(const digress_watch *watch);

/* How many threads to use by default: one for each processor that this process may run on, up to
 * 128. OpenBLAS, as Linux distributions build it, has room for no more (math/gemm.h). */
size_t dg_default_threads(void);

/* `threads` in all, the caller's own included; 0 means dg_default_threads(). */
digress_status dg_pool_create(size_t threads, dg_pool **out);
/* The same with a watch (borrowed), as dg_pool_watch has it. */
digress_status dg_pool_create_watched(size_t threads, const dg_watch *watch, dg_pool **out);
void dg_pool_free(dg_pool *pool); /* NULL is allowed */
size_t dg_pool_threads(const dg_pool *pool);

/* The other processes that work on the same (distributed/ranks.h), borrowed; NULL, as it is at
 * first: none. */
struct dg_ranks;
void dg_pool_join(dg_pool *pool, struct dg_ranks *ranks);
struct dg_ranks *dg_pool_ranks(const dg_pool *pool);

/* From now on the watch (borrowed) is asked before each job, and by long jobs; NULL: no watch.
 * Returns the one before. Not to be called while the pool runs. */
const dg_watch *dg_pool_watch(dg_pool *pool, const dg_watch *watch);
/* For a job: asks, unless another thread is asking at that moment. NULL is allowed: OK. */
digress_status dg_pool_check(dg_pool *pool);

/* job(context, index, thread) for each index in 0 .. jobs-1, each once, in any order, on any thread
 * (0 .. threads-1; the caller is thread 0 and takes part). Returns when all are done. The first
 * failing job's status and error text are returned; jobs not yet started are then skipped. Not
 * reentrant: a job must not run the pool that runs it. */
typedef digress_status dg_job(void *context, size_t index, size_t thread);
digress_status dg_pool_run(dg_pool *pool, size_t jobs, dg_job *job, void *context);

#endif
