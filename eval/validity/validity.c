#include "eval/validity/validity.h"

#include "core/memory.h"
#include "eval/structure/canonical.h"
#include <stdlib.h>

/* ---- uniqueness and novelty ---- */

static void list_graphs(const digress_graph_set *set, digress_graph *graphs) {
    for (size_t k = 0; k < digress_graph_set_count(set); k++)
        graphs[k] = digress_graph_set_get(set, k);
}

/* first: for each training graph, then each sample, the first graph that is isomorphic to it. */
static void mark_unique_and_novel(const size_t *first, size_t train_count, bool *seen,
                                  dg_quality *out) {
    for (size_t k = 0; k < out->count; k++) {
        size_t leader = first[train_count + k];
        out->unique[k] = !seen[leader];
        seen[leader] = true;
        if (out->novel) out->novel[k] = leader >= train_count;
    }
}

static digress_status judge_uniqueness(dg_pool *pool, const digress_graph_set *samples,
                                       const digress_graph_set *train, dg_quality *out) {
    size_t train_count = train ? digress_graph_set_count(train) : 0;
    size_t total = train_count + out->count;
    digress_graph *graphs = NULL;
    size_t *first = NULL;
    bool *seen = NULL;
    digress_status status = dg_allocate(total, sizeof *graphs, &graphs);
    if (status == DIGRESS_OK) status = dg_allocate(total, sizeof *first, &first);
    if (status == DIGRESS_OK) status = dg_allocate(total, sizeof *seen, &seen);
    if (status == DIGRESS_OK) {
        if (train) list_graphs(train, graphs);
        list_graphs(samples, graphs + train_count);
        status = dg_isomorphism_classes(pool, total, graphs, first);
    }
    if (status == DIGRESS_OK) mark_unique_and_novel(first, train_count, seen, out);
    free(graphs);
    free(first);
    free(seen);
    return status;
}

static size_t count_marks(size_t total, const bool *a, const bool *b, const bool *c) {
    size_t count = 0;
    for (size_t k = 0; k < total; k++)
        count += a[k] && b[k] && c[k];
    return count;
}

/* The share of samples that have all three marks, also counting `beside`, samples without a graph;
 * NAN if a mark is undefined. */
static dg_share share_of_marks(const dg_quality *q, const bool *a, const bool *b, const bool *c,
                               dg_unread beside) {
    if (!a || !b || !c) return dg_share_of(0, 0);
    return dg_share_of(count_marks(q->count, a, b, c) + beside.valid,
                       q->count + beside.invalid + beside.valid);
}

static void count_shares(dg_quality *q) {
    const dg_unread none = {0}, failed = {.invalid = q->unread.invalid + q->unread.valid};
    q->share_valid = share_of_marks(q, q->valid, q->valid, q->valid, q->unread);
    q->share_unique = share_of_marks(q, q->unique, q->unique, q->unique, none);
    q->share_novel = share_of_marks(q, q->novel, q->novel, q->novel, none);
    q->share_unique_novel = share_of_marks(q, q->unique, q->novel, q->novel, none);
    q->share_vun = share_of_marks(q, q->valid, q->unique, q->novel, failed);
}

static digress_status judge_marks(dg_pool *pool, dg_rule rule, const digress_graph_set *samples,
                                  const digress_graph_set *train, dg_quality *out) {
    DG_TRY(dg_allocate(out->count, sizeof *out->unique, &out->unique));
    if (train) DG_TRY(dg_allocate(out->count, sizeof *out->novel, &out->novel));
    DG_TRY(judge_uniqueness(pool, samples, train, out));
    if (rule == DG_RULE_NONE) return DIGRESS_OK;
    return dg_judge_validity(pool, rule, samples, &out->valid);
}

static digress_status refuse_empty(const digress_graph_set *set) {
    if (digress_graph_set_count(set) > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "an empty set of graphs has no validity or novelty");
}

void dg_quality_set_valid(dg_quality *quality, bool *valid) {
    free(quality->valid);
    quality->valid = valid;
    count_shares(quality);
}

digress_status dg_quality_by_smiles(dg_quality *quality, char *const *smiles,
                                    const dg_text_set *train) {
    bool *first = NULL;
    DG_TRY(dg_allocate(quality->count, sizeof *first, &first));
    digress_status status = dg_first_texts(smiles, quality->count, first);
    for (size_t k = 0; k < quality->count && status == DIGRESS_OK; k++) {
        if (!smiles[k]) continue;
        quality->unique[k] = first[k];
        if (train && quality->novel) quality->novel[k] = !dg_text_set_has(train, smiles[k]);
    }
    free(first);
    count_shares(quality);
    return status;
}

void dg_quality_count_unread(dg_quality *quality, const dg_unread *unread) {
    quality->unread = *unread;
    count_shares(quality);
}

digress_status dg_judge(dg_pool *pool, dg_rule rule, const digress_graph_set *samples,
                        const digress_graph_set *train, dg_quality *out) {
    DG_TRY(refuse_empty(samples));
    dg_quality quality = {.count = digress_graph_set_count(samples)};
    digress_status status = judge_marks(pool, rule, samples, train, &quality);
    if (status != DIGRESS_OK) {
        dg_quality_free(&quality);
        return status;
    }
    count_shares(&quality);
    *out = quality;
    return DIGRESS_OK;
}

digress_status dg_share_valid(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                              dg_share *out) {
    bool *valid = NULL;
    digress_status status = DIGRESS_OK;
    size_t count = digress_graph_set_count(set);
    DG_TRY(refuse_empty(set));
    if (rule != DG_RULE_NONE) status = dg_judge_validity(pool, rule, set, &valid);
    if (status == DIGRESS_OK)
        *out =
            valid ? dg_share_of(count_marks(count, valid, valid, valid), count) : dg_share_of(0, 0);
    free(valid);
    return status;
}

void dg_quality_free(dg_quality *quality) {
    free(quality->valid);
    free(quality->unique);
    free(quality->novel);
    *quality = (dg_quality){0};
}
