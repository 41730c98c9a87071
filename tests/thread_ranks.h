/* Ranks that are threads of this process, and a wire that copies. Include after cmocka.h. */
#ifndef DG_TESTS_THREAD_RANKS_H
#define DG_TESTS_THREAD_RANKS_H

#include "distributed/ranks.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREAD_RANKS = 8, RANKS_OF_MACHINE = 2 };

typedef struct thread_wire {
    size_t count;
    pthread_barrier_t barrier;
    const char *from[MOST_THREAD_RANKS];
    const dg_part *send[MOST_THREAD_RANKS];
    void (*job)(dg_ranks *ranks, void *context);
    void *context;
} thread_wire;

typedef struct thread_rank {
    thread_wire *wire;
    size_t rank;
    pthread_t thread;
} thread_rank;

static inline digress_status copy_parts(void *context, const void *from, const dg_part *send,
                                        void *to, const dg_part *receive) {
    const thread_rank *mine = context;
    thread_wire *wire = mine->wire;
    wire->from[mine->rank] = from;
    wire->send[mine->rank] = send;
    pthread_barrier_wait(&wire->barrier);
    digress_status status = DIGRESS_OK;
    for (size_t r = 0; r < wire->count; r++) {
        if (r == mine->rank) continue;
        const dg_part part = wire->send[r][mine->rank];
        if (part.size != receive[r].size)
            status = dg_error(DIGRESS_ERROR_INTERNAL, "rank %zu sends %zu bytes, expected %zu", r,
                              part.size, receive[r].size);
        else if (part.size > 0)
            memcpy((char *)to + receive[r].first, wire->from[r] + part.first, part.size);
    }
    pthread_barrier_wait(&wire->barrier);
    return status;
}

static inline void *run_thread_rank(void *argument) {
    thread_rank *mine = argument;
    const dg_wire wire = {copy_parts, mine};
    dg_ranks ranks;
    if (dg_ranks_create(mine->rank, mine->wire->count, &wire, &ranks) != DIGRESS_OK) abort();
    ranks.machine = mine->rank / RANKS_OF_MACHINE * RANKS_OF_MACHINE;
    ranks.neighbours = mine->wire->count - ranks.machine < RANKS_OF_MACHINE ? 1 : RANKS_OF_MACHINE;
    mine->wire->job(&ranks, mine->wire->context);
    dg_ranks_free(&ranks);
    return NULL;
}

/* job(ranks, context) on each of `count` ranks. */
static inline void run_as_ranks(size_t count, void (*job)(dg_ranks *ranks, void *context),
                                void *context) {
    thread_wire wire = {.count = count, .job = job, .context = context};
    thread_rank ranks[MOST_THREAD_RANKS];
    pthread_barrier_init(&wire.barrier, NULL, (unsigned)count);
    for (size_t r = 0; r < count; r++) {
        ranks[r] = (thread_rank){.wire = &wire, .rank = r};
        pthread_create(&ranks[r].thread, NULL, run_thread_rank, &ranks[r]);
    }
    for (size_t r = 0; r < count; r++)
        pthread_join(ranks[r].thread, NULL);
    pthread_barrier_destroy(&wire.barrier);
}

#endif
