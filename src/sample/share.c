#include "sample/share.h"

#include "core/memory.h"
#include <stdlib.h>
#include <string.h>

size_t dg_share_numbers(const dg_ranks *ranks, size_t chains, size_t count, uint32_t *number) {
    const size_t rank = dg_rank_number(ranks), of = dg_rank_count(ranks);
    size_t kept = 0;
    for (size_t k = 0; k < count; k++) {
        const size_t owner = k < chains ? 0 : k % of;
        if (owner == rank) number[kept++] = number[k];
    }
    return kept;
}

/* One sample on the wire: its number, its number of nodes, their classes, those of the pairs. */
enum { WORDS = 2 };

static size_t pairs_of(size_t n) {
    return n * (n - 1) / 2;
}

static size_t size_of(size_t n) {
    return WORDS * sizeof(uint32_t) + n + pairs_of(n);
}

static size_t room_for(dg_store *store, size_t count, const uint32_t *number) {
    digress_graph graph;
    size_t size = 0;
    for (size_t k = 0; k < count; k++)
        if (dg_store_find(store, number[k], &graph)) size += size_of(graph.n);
    return size;
}

static void write_samples(dg_store *store, size_t count, const uint32_t *number, char *to) {
    digress_graph graph;
    for (size_t k = 0; k < count; k++) {
        if (!dg_store_find(store, number[k], &graph)) continue;
        const uint32_t words[WORDS] = {number[k], (uint32_t)graph.n};
        memcpy(to, words, sizeof words);
        memcpy(to + sizeof words, graph.node_class, graph.n);
        memcpy(to + sizeof words + graph.n, graph.pair_class, pairs_of(graph.n));
        to += size_of(graph.n);
    }
}

/* Reads those samples of a rank that the store lacks; returns how many. */
static size_t read_samples(const char *from, size_t size, dg_store *store, uint32_t *number,
                           digress_graph *graph) {
    size_t count = 0;
    for (size_t at = 0, n; at < size; at += size_of(n)) {
        uint32_t words[WORDS];
        memcpy(words, from + at, sizeof words);
        n = words[1];
        if (dg_store_find(store, words[0], &graph[count])) continue;
        const uint8_t *classes = (const uint8_t *)from + at + sizeof words;
        number[count] = words[0];
        graph[count++] = (digress_graph){.n = n, .node_class = classes, .pair_class = classes + n};
    }
    return count;
}

static digress_status add_samples(const char *from, size_t size, dg_store *store) {
    const size_t most = size / size_of(1);
    uint32_t *number = NULL;
    digress_graph *graph = NULL;
    digress_status status = dg_allocate(most, sizeof *number, &number);
    if (status == DIGRESS_OK) status = dg_allocate(most, sizeof *graph, &graph);
    if (status == DIGRESS_OK) {
        const size_t count = read_samples(from, size, store, number, graph);
        status = dg_store_add_others(store, count, number, graph);
    }
    free(number);
    free(graph);
    return status;
}

digress_status dg_share_samples(dg_ranks *ranks, dg_store *store, size_t count,
                                const uint32_t *number) {
    char *mine = NULL, *all = NULL;
    dg_part *part = NULL;
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    const size_t size = room_for(store, count, number);
    digress_status status = dg_allocate(size, 1, &mine);
    if (status == DIGRESS_OK) status = dg_allocate(ranks->count, sizeof *part, &part);
    if (status == DIGRESS_OK) {
        write_samples(store, count, number, mine);
        status = dg_ranks_concatenate(ranks, mine, size, &all, part);
    }
    for (size_t r = 0; status == DIGRESS_OK && r < ranks->count; r++)
        if (r != ranks->rank) status = add_samples(all + part[r].first, part[r].size, store);
    free(mine);
    free(part);
    free(all);
    return status;
}

/* They are counts and nothing else. */
digress_status dg_share_interventions(dg_ranks *ranks, const digress_interventions *mine,
                                      digress_interventions *total) {
    enum { COUNTS = sizeof *mine / sizeof(size_t) };
    size_t sum[COUNTS], *all = NULL;
    dg_part *part = NULL;
    DG_TRY(dg_allocate(dg_rank_count(ranks), sizeof *part, &part));
    digress_status status = dg_ranks_concatenate(ranks, mine, sizeof *mine, &all, part);
    free(part);
    DG_TRY(status);
    memcpy(sum, total, sizeof sum);
    for (size_t k = 0; k < COUNTS * dg_rank_count(ranks); k++)
        sum[k % COUNTS] += all[k];
    memcpy(total, sum, sizeof sum);
    free(all);
    return DIGRESS_OK;
}
