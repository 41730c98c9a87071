#include "distributed/divided.h"

#include "core/hash.h"
#include "core/memory.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- parcels ---- */

struct dg_parcel {
    char *bytes; /* owned by the one that packs */
    size_t size, capacity, at;
    bool unpacks;
};

digress_status dg_parcel_bytes(dg_parcel *parcel, void *bytes, size_t size) {
    if (size == 0) return DIGRESS_OK;
    if (!parcel->unpacks) {
        DG_TRY(dg_grow(&parcel->bytes, &parcel->capacity, parcel->size + size, 1));
        memcpy(parcel->bytes + parcel->size, bytes, size);
        parcel->size += size;
        return DIGRESS_OK;
    }
    if (size > parcel->size - parcel->at)
        return dg_error(DIGRESS_ERROR_INTERNAL, "another rank sent less than was expected of it");
    memcpy(bytes, parcel->bytes + parcel->at, size);
    parcel->at += size;
    return DIGRESS_OK;
}

digress_status dg_parcel_array(dg_parcel *parcel, void *array, size_t *count, size_t size) {
    void *values = NULL;
    memcpy(&values, array, sizeof values);
    bool there = values;
    DG_TRY(dg_parcel_bytes(parcel, &there, sizeof there));
    if (!there) return DIGRESS_OK;
    DG_TRY(dg_parcel_bytes(parcel, count, sizeof *count));
    if (parcel->unpacks) {
        DG_TRY(dg_allocate(*count, size, &values));
        memcpy(array, &values, sizeof values);
    }
    return dg_parcel_bytes(parcel, values, *count * size);
}

digress_status dg_parcel_text(dg_parcel *parcel, char **text) {
    size_t count = *text ? strlen(*text) + 1 : 0;
    return dg_parcel_array(parcel, text, &count, 1);
}

digress_status dg_parcel_compare(dg_parcel *parcel, const char *text) {
    const uint64_t own = text ? dg_hash(DG_HASH_START, text, strlen(text)) : 0;
    uint64_t theirs = own;
    DG_TRY(dg_parcel_bytes(parcel, &theirs, sizeof theirs));
    if (theirs == own) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "the ranks do not match: they have read something else "
                                         "under the same name: start them on the same input");
}

/* ---- loops ---- */

typedef struct divided_run {
    const dg_divided *loop;
    size_t rank, ranks;
    atomic_size_t done;
} divided_run;

static size_t item_count(const divided_run *run, size_t rank) {
    return (run->loop->count + run->ranks - 1 - rank) / run->ranks;
}

static digress_status run_item(void *context, size_t index, size_t thread) {
    divided_run *run = context;
    const dg_divided *loop = run->loop;
    DG_TRY(loop->job(loop->context, run->rank + index * run->ranks, thread));
    const size_t done = (atomic_fetch_add(&run->done, 1) + 1) * run->ranks;
    if (loop->progress && thread == 0)
        dg_progress_bar(loop->progress, loop->label, done < loop->count ? done : loop->count,
                        loop->count);
    return DIGRESS_OK;
}

static digress_status carry_items(const divided_run *run, size_t rank, dg_parcel *parcel) {
    const dg_divided *loop = run->loop;
    for (size_t k = rank; k < loop->count; k += run->ranks)
        DG_TRY(loop->carry(loop->context, k, parcel));
    return DIGRESS_OK;
}

static digress_status unpack(const divided_run *run, char *all, const dg_part *part) {
    for (size_t r = 0; r < run->ranks; r++) {
        dg_parcel parcel = {.bytes = all + part[r].first, .size = part[r].size, .unpacks = true};
        size_t count = 0;
        if (r == run->rank) continue;
        DG_TRY(dg_parcel_bytes(&parcel, &count, sizeof count));
        if (count != run->loop->count)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "the ranks do not match: rank %zu has %zu items to work on, and %zu "
                            "elsewhere: start them on the same input",
                            r, count, run->loop->count);
        DG_TRY(carry_items(run, r, &parcel));
        if (parcel.at < parcel.size)
            return dg_error(DIGRESS_ERROR_INTERNAL, "rank %zu sent more than was expected of it",
                            r);
    }
    return DIGRESS_OK;
}

static digress_status share_items(const divided_run *run, dg_ranks *ranks) {
    dg_parcel mine = {0};
    dg_part *part = NULL;
    char *all = NULL;
    digress_status status = dg_allocate(run->ranks, sizeof *part, &part);
    size_t count = run->loop->count;
    if (status == DIGRESS_OK) status = dg_parcel_bytes(&mine, &count, sizeof count);
    if (status == DIGRESS_OK) status = carry_items(run, run->rank, &mine);
    status = dg_ranks_agree(ranks, status);
    if (status == DIGRESS_OK)
        status = dg_ranks_concatenate(ranks, mine.bytes, mine.size, &all, part);
    if (status == DIGRESS_OK) status = dg_ranks_agree(ranks, unpack(run, all, part));
    free(mine.bytes);
    free(part);
    free(all);
    return status;
}

digress_status dg_run_divided(dg_pool *pool, const dg_divided *loop) {
    dg_ranks *ranks = dg_pool_ranks(pool);
    divided_run run = {
        .loop = loop, .rank = dg_rank_number(ranks), .ranks = dg_rank_count(ranks), .done = 0};
    digress_status status = dg_pool_run(pool, item_count(&run, run.rank), run_item, &run);
    if (run.ranks == 1) return status;
    DG_TRY(dg_ranks_agree(ranks, status));
    return share_items(&run, ranks);
}
