#include "distributed/ranks.h"

#include "core/log.h"
#include "core/memory.h"
#include "distributed/common.h"
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1024 }; /* bytes of an error's text */

digress_status dg_ranks_create(size_t rank, size_t count, const dg_wire *wire, dg_ranks *out) {
    dg_ranks ranks = {
        .rank = rank, .count = count, .machine = rank, .neighbours = 1, .wire = *wire};
    digress_status status = dg_allocate(count, sizeof *ranks.send, &ranks.send);
    if (status == DIGRESS_OK) status = dg_allocate(count, sizeof *ranks.receive, &ranks.receive);
    if (status == DIGRESS_OK) status = dg_allocate(count, sizeof *ranks.words, &ranks.words);
    if (status != DIGRESS_OK) {
        dg_ranks_free(&ranks);
        return status;
    }
    *out = ranks;
    return DIGRESS_OK;
}

void dg_ranks_free(dg_ranks *ranks) {
    free(ranks->send);
    free(ranks->receive);
    free(ranks->words);
    dg_common_free(ranks->common);
    *ranks = (dg_ranks){0};
}

size_t dg_rank_count(const dg_ranks *ranks) {
    return ranks ? ranks->count : 1;
}

size_t dg_rank_number(const dg_ranks *ranks) {
    return ranks ? ranks->rank : 0;
}

uint64_t dg_rank_failures(const dg_ranks *ranks) {
    return ranks ? ranks->failures : 0;
}

bool dg_is_first_rank(const dg_ranks *ranks) {
    return dg_rank_number(ranks) == 0;
}

bool dg_is_first_on_machine(const dg_ranks *ranks) {
    return !ranks || ranks->machine == ranks->rank;
}

dg_part dg_rank_share(const dg_ranks *ranks, size_t items, size_t rank) {
    const size_t count = dg_rank_count(ranks), first = items * rank / count;
    return (dg_part){first, items * (rank + 1) / count - first};
}

digress_status dg_ranks_exchange(dg_ranks *ranks, const void *from, const dg_part *send, void *to,
                                 const dg_part *receive) {
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    const double begun = dg_clock();
    ranks->exchanges++;
    for (size_t r = 0; r < ranks->count; r++)
        if (r != ranks->rank) ranks->sent += send[r].size;
    digress_status status = ranks->wire.exchange(ranks->wire.context, from, send, to, receive);
    ranks->seconds += dg_clock() - begun;
    return status;
}

digress_status dg_ranks_share_out(dg_ranks *ranks, void *values, const dg_part *part) {
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    for (size_t r = 0; r < ranks->count; r++)
        ranks->send[r] = part[ranks->rank];
    return dg_ranks_exchange(ranks, values, ranks->send, values, part);
}

digress_status dg_ranks_collect(dg_ranks *ranks, const void *mine, void *whole,
                                const dg_part *part) {
    const bool first = dg_is_first_rank(ranks);
    if (first) memcpy((char *)whole + part[0].first, mine, part[0].size);
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    for (size_t r = 0; r < ranks->count; r++) {
        ranks->send[r] = (dg_part){0, r == 0 ? part[ranks->rank].size : 0};
        ranks->receive[r] = first ? part[r] : (dg_part){0};
    }
    return dg_ranks_exchange(ranks, mine, ranks->send, whole, ranks->receive);
}

/* ranks->words: one of each rank. */
static digress_status exchange_words(dg_ranks *ranks, uint32_t mine) {
    ranks->words[ranks->rank] = mine;
    for (size_t r = 0; r < ranks->count; r++)
        ranks->receive[r] = (dg_part){r * sizeof mine, sizeof mine};
    return dg_ranks_share_out(ranks, ranks->words, ranks->receive);
}

digress_status dg_ranks_or(dg_ranks *ranks, uint32_t *flags) {
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    DG_TRY(exchange_words(ranks, *flags));
    for (size_t r = 0; r < ranks->count; r++)
        *flags |= ranks->words[r];
    return DIGRESS_OK;
}

digress_status dg_ranks_concatenate(dg_ranks *ranks, const void *mine, size_t size, void *all,
                                    dg_part *part) {
    const size_t count = dg_rank_count(ranks), rank = dg_rank_number(ranks);
    uint64_t *sizes = NULL;
    size_t total = 0;
    DG_TRY(dg_allocate(count, sizeof *sizes, &sizes));
    sizes[rank] = size;
    for (size_t r = 0; r < count; r++)
        part[r] = (dg_part){r * sizeof *sizes, sizeof *sizes};
    digress_status status = dg_ranks_share_out(ranks, sizes, part);
    for (size_t r = 0; r < count; r++) {
        part[r] = (dg_part){total, (size_t)sizes[r]};
        total += part[r].size;
    }
    free(sizes);
    DG_TRY(status);
    char *texts = NULL;
    status = dg_ranks_agree(ranks, dg_allocate(total, 1, &texts));
    if (status == DIGRESS_OK && size > 0) memcpy(texts + part[rank].first, mine, size);
    if (status == DIGRESS_OK) status = dg_ranks_share_out(ranks, texts, part);
    if (status != DIGRESS_OK) {
        free(texts);
        return status;
    }
    memcpy(all, &texts, sizeof texts);
    return DIGRESS_OK;
}

/* Whose failure all others take over: a stop counts only if nothing worse has happened. */
static size_t who_failed(const dg_ranks *ranks) {
    size_t who = ranks->count;
    for (size_t r = ranks->count; r-- > 0;)
        if (ranks->words[r] != DIGRESS_OK &&
            (who == ranks->count || ranks->words[r] != DIGRESS_INTERRUPTED ||
             ranks->words[who] == DIGRESS_INTERRUPTED))
            who = r;
    return who;
}

digress_status dg_ranks_agree(dg_ranks *ranks, digress_status status) {
    char text[TEXT] = "";
    if (dg_rank_count(ranks) == 1) return status;
    DG_TRY(exchange_words(ranks, (uint32_t)status));
    const size_t who = who_failed(ranks);
    if (who == ranks->count) return DIGRESS_OK;
    const digress_status theirs = (digress_status)ranks->words[who];
    bool everyone = true;
    for (size_t r = 0; r < ranks->count; r++) {
        everyone = everyone && ranks->words[r] != DIGRESS_OK;
        ranks->receive[r] = (dg_part){0, r == who ? TEXT : 0};
    }
    if (ranks->rank == who) strncpy(text, digress_last_error(), TEXT - 1);
    DG_TRY(dg_ranks_share_out(ranks, text, ranks->receive));
    ranks->told = true;
    ranks->failures++;
    if (everyone || who == 0) return dg_error(theirs, "%s", text);
    return dg_error(theirs, "rank %zu: %s", who, text);
}

digress_status dg_ranks_settle(dg_ranks *ranks, uint64_t known, digress_status status) {
    return dg_rank_failures(ranks) == known ? dg_ranks_agree(ranks, status) : status;
}

digress_status dg_ranks_same(dg_ranks *ranks, const char *text) {
    const size_t count = dg_rank_count(ranks), size = strlen(text) + 1;
    char *all = NULL;
    dg_part *part = NULL;
    if (count == 1) return DIGRESS_OK;
    DG_TRY(dg_allocate(count, sizeof *part, &part));
    digress_status status = dg_ranks_concatenate(ranks, text, size, &all, part);
    for (size_t r = 1; r < count && status == DIGRESS_OK; r++)
        if (strcmp(all + part[r].first, all) != 0) {
            ranks->told = true; /* all of them find the same */
            status = dg_error(DIGRESS_ERROR_INPUT,
                              "the ranks do not match: rank %zu has %s, rank 0 %s: start the same "
                              "program on the same input, on machines of one kind",
                              r, all + part[r].first, all);
        }
    free(all);
    free(part);
    return status;
}

/* The names of all ranks; the caller frees them. */
static digress_status share_names(dg_ranks *ranks, const dg_common_name *own,
                                  dg_common_name **out) {
    dg_common_name *all = NULL;
    DG_TRY(dg_allocate(ranks->count, sizeof *all, &all));
    all[ranks->rank] = *own;
    for (size_t r = 0; r < ranks->count; r++)
        ranks->receive[r] = (dg_part){r * sizeof *all, sizeof *all};
    digress_status status = dg_ranks_share_out(ranks, all, ranks->receive);
    if (status != DIGRESS_OK) {
        free(all);
        return status;
    }
    *out = all;
    return DIGRESS_OK;
}

digress_status dg_ranks_have_in_common(dg_ranks *ranks, size_t size, dg_fill *fill,
                                       const void *context, void **out) {
    const bool first = dg_is_first_on_machine(ranks);
    dg_common_name own = {0}, *all = NULL;
    dg_common *common = NULL;
    DG_TRY(dg_allocate(1, sizeof *common, &common));
    common->next = ranks->common;
    ranks->common = common;
    bool done = first && dg_common_create(size, ranks->rank, ranks->neighbours > 1, common, &own);
    if (done) fill(context, common->memory);
    digress_status status = share_names(ranks, &own, &all);
    if (status == DIGRESS_OK && !first) done = dg_common_attach(&all[ranks->machine], common);
    uint32_t lacking = !done;
    if (status == DIGRESS_OK) status = dg_ranks_or(ranks, &lacking);
    dg_common_unlink(&own);
    free(all);
    *out = lacking ? NULL : common->memory;
    return status;
}
