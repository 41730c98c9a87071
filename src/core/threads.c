#define _GNU_SOURCE
#include "core/threads.h"

#include "core/memory.h"
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct dg_pool {
    pthread_t *workers; /* [threads - 1] */
    size_t threads, started;
    pthread_mutex_t mutex;
    pthread_cond_t begin, end;
    dg_job *job;
    void *context;
    size_t jobs, next, active, generation;
    bool stop;
    digress_status status;
    char *error;
    const dg_watch *watch;
    pthread_mutex_t asking;
    struct dg_ranks *ranks;
};

typedef struct worker_start {
    dg_pool *pool;
    size_t thread;
} worker_start;

size_t dg_default_threads(void) {
    enum { MOST = 128 };
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    const int count = CPU_COUNT(&set);
    if (count < 1) return 1;
    return count < MOST ? (size_t)count : MOST;
}

/* Called with the mutex held; returns with it held. */
static void run_jobs(dg_pool *pool, size_t thread) {
    while (pool->next < pool->jobs && pool->status == DIGRESS_OK) {
        size_t index = pool->next++;
        pthread_mutex_unlock(&pool->mutex);
        digress_status status = dg_pool_check(pool);
        if (status == DIGRESS_OK) status = pool->job(pool->context, index, thread);
        pthread_mutex_lock(&pool->mutex);
        if (status == DIGRESS_OK || pool->status != DIGRESS_OK) continue;
        pool->status = status;
        free(pool->error);
        pool->error = strdup(digress_last_error());
    }
}

static void *worker_main(void *argument) {
    worker_start start = *(worker_start *)argument;
    free(argument);
    dg_pool *pool = start.pool;
    size_t seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->stop && pool->generation == seen)
            pthread_cond_wait(&pool->begin, &pool->mutex);
        if (pool->stop) break;
        seen = pool->generation;
        run_jobs(pool, start.thread);
        if (--pool->active == 0) pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static digress_status start_worker(dg_pool *pool, size_t thread) {
    worker_start *start = malloc(sizeof *start);
    if (!start) return dg_out_of_memory();
    *start = (worker_start){pool, thread};
    if (pthread_create(&pool->workers[pool->started], NULL, worker_main, start) != 0) {
        free(start);
        return dg_error(DIGRESS_ERROR_INPUT,
                        "could not start thread %zu: out of memory or of threads; use fewer "
                        "threads",
                        thread + 1);
    }
    pool->started++;
    return DIGRESS_OK;
}

digress_status dg_pool_create(size_t threads, dg_pool **out) {
    if (threads == 0) threads = dg_default_threads();
    dg_pool *pool = NULL;
    DG_TRY(dg_allocate(1, sizeof *pool, &pool));
    pool->threads = threads;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_mutex_init(&pool->asking, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    digress_status status = dg_allocate(threads, sizeof *pool->workers, &pool->workers);
    for (size_t k = 1; k < threads && status == DIGRESS_OK; k++)
        status = start_worker(pool, k);
    if (status != DIGRESS_OK) {
        dg_pool_free(pool);
        return status;
    }
    *out = pool;
    return DIGRESS_OK;
}

void dg_pool_free(dg_pool *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->mutex);
    pool->stop = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t k = 0; k < pool->started; k++)
        pthread_join(pool->workers[k], NULL);
    pthread_cond_destroy(&pool->end);
    pthread_cond_destroy(&pool->begin);
    pthread_mutex_destroy(&pool->asking);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->workers);
    free(pool->error);
    free(pool);
}

size_t dg_pool_threads(const dg_pool *pool) {
    return pool->threads;
}

void dg_pool_join(dg_pool *pool, struct dg_ranks *ranks) {
    pool->ranks = ranks;
}

struct dg_ranks *dg_pool_ranks(const dg_pool *pool) {
    return pool->ranks;
}

digress_status dg_watch_ask(const dg_watch *watch) {
    return watch ? watch->ask(watch->context) : DIGRESS_OK;
}

static digress_status ask_caller(void *context) {
    const digress_watch *watch = context;
    digress_status status = watch && watch->ask ? watch->ask(watch->context) : DIGRESS_OK;
    return status == DIGRESS_OK ? status : dg_error(status, "stopped, as was asked for");
}

dg_watch dg_watch_of_caller(const digress_watch *watch) {
    union {
        const digress_watch *borrowed;
        void *context;
    } of = {watch};
    return (dg_watch){ask_caller, of.context};
}

digress_status dg_pool_create_watched(size_t threads, const dg_watch *watch, dg_pool **out) {
    DG_TRY(dg_pool_create(threads, out));
    dg_pool_watch(*out, watch);
    return DIGRESS_OK;
}

const dg_watch *dg_pool_watch(dg_pool *pool, const dg_watch *watch) {
    const dg_watch *before = pool->watch;
    pool->watch = watch;
    return before;
}

digress_status dg_pool_check(dg_pool *pool) {
    if (!pool || !pool->watch || pthread_mutex_trylock(&pool->asking) != 0) return DIGRESS_OK;
    digress_status status = dg_watch_ask(pool->watch);
    pthread_mutex_unlock(&pool->asking);
    return status;
}

digress_status dg_pool_run(dg_pool *pool, size_t jobs, dg_job *job, void *context) {
    pthread_mutex_lock(&pool->mutex);
    pool->job = job;
    pool->context = context;
    pool->jobs = jobs;
    pool->next = 0;
    pool->status = DIGRESS_OK;
    pool->active = pool->started;
    pool->generation++;
    pthread_cond_broadcast(&pool->begin);
    run_jobs(pool, 0);
    while (pool->active > 0)
        pthread_cond_wait(&pool->end, &pool->mutex);
    digress_status status = pool->status;
    pthread_mutex_unlock(&pool->mutex);
    if (status != DIGRESS_OK)
        return pool->error ? dg_error(status, "%s", pool->error) : dg_out_of_memory();
    return DIGRESS_OK;
}
