#include "eval/score.h"

#include "distributed/ranks.h"
#include "graph/graph_set.h"
#include <math.h>

enum { ENOUGH = 1000 }; /* of a large set, only so many graphs are compared with */

dg_score dg_score_none(void) {
    const dg_share undefined = {.share = NAN, .low = NAN, .high = NAN};
    dg_score score = {.ratio = NAN,
                      .vun = undefined,
                      .validity = undefined,
                      .relaxed_validity = undefined,
                      .uniqueness = undefined};
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        score.mmd[d] = NAN;
    return score;
}

static dg_share share_to_count(const dg_quality *quality, bool molecules) {
    size_t good = 0;
    for (size_t k = 0; k < quality->count; k++)
        good += quality->valid[k] && quality->unique[k] &&
                (molecules || !quality->novel || quality->novel[k]);
    return dg_share_of(good, quality->count);
}

static void read_score(const dg_compared_set *set, dg_score *out) {
    const bool molecules = set->molecules.count > 0;
    out->count = set->count;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        out->mmd[d] = set->mmd[DG_KERNEL_TV][d].value;
    out->ratio = set->ratio.value;
    if (set->quality.count > 0 && set->quality.valid)
        out->vun = share_to_count(&set->quality, molecules);
    if (!molecules) return;
    out->validity = set->molecules.validity;
    out->relaxed_validity = set->molecules.relaxed_validity;
    out->uniqueness = set->molecules.uniqueness;
}

/* The first graphs of a set. */
static digress_status first_graphs(const digress_graph_set *set, size_t most,
                                   digress_graph_set **out) {
    DG_TRY(digress_graph_set_create_like(set, out));
    for (size_t k = 0; k < digress_graph_set_count(set) && k < most; k++) {
        const digress_graph graph = digress_graph_set_get(set, k);
        DG_TRY(digress_graph_set_append(*out, graph.n, graph.node_class, graph.pair_class));
    }
    return DIGRESS_OK;
}

static digress_status compare(dg_pool *pool, dg_rule rule, const digress_graph_set *reference,
                              const digress_graph_set *train, const digress_graph_set *samples,
                              dg_score *out) {
    const dg_compare_options options = {.most = ENOUGH,
                                        .descriptors = DG_ALL_DESCRIPTORS,
                                        .kernels = 1u << DG_KERNEL_TV,
                                        .quality = rule != DG_RULE_NONE,
                                        .rule = rule,
                                        .molecules = true};
    dg_comparison comparison;
    *out = dg_score_none();
    DG_TRY(dg_compare(pool, &options, reference, train, 1, &samples, &comparison));
    read_score(&comparison.samples[0], out);
    dg_comparison_free(&comparison);
    return DIGRESS_OK;
}

digress_status dg_score_of(dg_pool *pool, dg_rule rule, const digress_graph_set *reference,
                           const digress_graph_set *train, const digress_graph_set *samples,
                           dg_score *out) {
    digress_graph_set *few = NULL;
    digress_status status = DIGRESS_OK;
    dg_ranks *ranks = dg_pool_ranks(pool);
    const uint64_t known = dg_rank_failures(ranks);
    const bool cut = train && rule == DG_RULE_MOLECULE; /* novelty does not count for molecules, so
                                                           a part of train is enough */
    if (cut) status = first_graphs(train, ENOUGH, &few);
    if (status == DIGRESS_OK)
        status = compare(pool, rule, reference, cut ? few : train, samples, out);
    digress_graph_set_free(few);
    return dg_ranks_settle(ranks, known, status);
}

bool dg_score_better(const dg_score *a, const dg_score *b) {
    const double share_a = isnan(a->vun.share) ? -1 : a->vun.share;
    const double share_b = isnan(b->vun.share) ? -1 : b->vun.share;
    if (share_a != share_b) return share_a > share_b;
    return !isnan(a->ratio) && !(b->ratio <= a->ratio);
}
