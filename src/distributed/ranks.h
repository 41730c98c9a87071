/* Processes that work on one command together, on one machine or on several: ranks 0 .. count-1, in
 * MPI's words. A rank is to the others what a thread is to its pool, only farther away.
 *
 * Each function here is called by all ranks, in the same order, by one thread of each. NULL is a
 * process alone, rank 0 of 1: then nothing is sent, and every function returns at once. */
#ifndef DG_DISTRIBUTED_RANKS_H
#define DG_DISTRIBUTED_RANKS_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a buffer, or items of a list. */
typedef struct dg_part {
    size_t first, size;
} dg_part;

/* What carries bytes from rank to rank (mpi.c): sends from + send[r] to each other rank r, and
 * receives to + receive[r] from it. A rank's part for itself is left alone. */
typedef struct dg_wire {
    digress_status (*exchange)(void *context, const void *from, const dg_part *send, void *to,
                               const dg_part *receive);
    void *context;
} dg_wire;

typedef struct dg_ranks {
    size_t rank, count;
    size_t machine, neighbours; /* the first rank on this one's machine, and how many are there */
    dg_wire wire;
    bool told;                /* of the last failure all ranks know: one of them is to say it */
    uint64_t failures;        /* that they have agreed on */
    uint64_t exchanges, sent; /* so far; bytes, by this rank */
    double seconds;           /* spent sending and receiving, and waiting for the others */
    dg_part *send, *receive;  /* [count] */
    uint32_t *words;          /* [count] */
    struct dg_common *common; /* what dg_ranks_have_in_common gave */
} dg_ranks;

/* Each rank is on a machine of its own until it is said otherwise. The caller frees with
 * dg_ranks_free. */
digress_status dg_ranks_create(size_t rank, size_t count, const dg_wire *wire, dg_ranks *out);
void dg_ranks_free(dg_ranks *ranks);

size_t dg_rank_count(const dg_ranks *ranks);
size_t dg_rank_number(const dg_ranks *ranks);
/* Rank 0 is the one that writes and speaks. */
bool dg_is_first_rank(const dg_ranks *ranks);
/* The first on its machine is the one that reads what all ranks there have in common. */
bool dg_is_first_on_machine(const dg_ranks *ranks);
/* What of `items` is the share of `rank`: all shares are of nearly the same size, in order. */
dg_part dg_rank_share(const dg_ranks *ranks, size_t items, size_t rank);

/* The failure of any rank becomes the failure of all, with its text: where one rank alone may fail,
 * this comes before anything is sent again. */
digress_status dg_ranks_agree(dg_ranks *ranks, digress_status status);
/* The same at the end of work in which they agree, too: only if all have not failed there already,
 * that is, if ranks->failures is still what it was before, `known`. */
uint64_t dg_rank_failures(const dg_ranks *ranks);
digress_status dg_ranks_settle(dg_ranks *ranks, uint64_t known, digress_status status);
/* *flags becomes the bitwise or of what all ranks give. */
digress_status dg_ranks_or(dg_ranks *ranks, uint32_t *flags);
/* INPUT, saying who differs, unless the text is the same on all ranks. */
digress_status dg_ranks_same(dg_ranks *ranks, const char *text);

/* values + part[r], which rank r has filled in, reaches all others. part: [count], in bytes. */
digress_status dg_ranks_share_out(dg_ranks *ranks, void *values, const dg_part *part);
/* The same of parts that lie elsewhere, and for rank 0 alone: `mine`, of part[rank].size bytes,
 * goes to whole + part[rank] there. whole: NULL on the others. */
digress_status dg_ranks_collect(dg_ranks *ranks, const void *mine, void *whole,
                                const dg_part *part);
/* The texts (`size` bytes) of all ranks, one after another, and where each is: part[count]. The
 * caller frees *(char **)all. */
digress_status dg_ranks_concatenate(dg_ranks *ranks, const void *mine, size_t size, void *all,
                                    dg_part *part);
/* `size` bytes that fill(context, memory) writes, on the first rank of each machine, for all that
 * are there: *out, to be read only, which stays until dg_ranks_free. The other ranks' arguments do
 * not count. *out is NULL, on all ranks, if one of them has no such memory: /dev/shm is too small,
 * or not the same for all. Errors: MEMORY, by one rank alone. */
typedef void dg_fill(const void *context, void *memory);
digress_status dg_ranks_have_in_common(dg_ranks *ranks, size_t size, dg_fill *fill,
                                       const void *context, void **out);
/* Any other pattern: wire->exchange, counted. */
digress_status dg_ranks_exchange(dg_ranks *ranks, const void *from, const dg_part *send, void *to,
                                 const dg_part *receive);

#endif
