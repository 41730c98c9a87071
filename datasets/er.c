/* Erdos-Renyi graphs G(n, p): a family with the planar set's size and density, and the twin of a
 * given set. */
#include "datasets/draft.h"
#include "datasets/generators.h"
#include "datasets/kinds.h"

#include "core/status.h"

enum { NODES = 64 };
static const double P_EDGE = 0.088;

enum {
    TWIN_STEP = 1
}; /* keeps a twin's random numbers apart from those of a set of the same seed */

digress_status dg_generate_er(uint64_t seed, uint32_t index, digress_graph_set *set) {
    dg_stream stream = dg_draft_stream(seed, index);
    dg_draft draft;
    DG_TRY(dg_draft_begin(&draft, NODES));
    dg_draft_join_at_random(&draft, &stream, 0, NODES, P_EDGE);
    return dg_draft_append(&draft, set);
}

/* The share of all pairs of the set that are joined. */
static double density(const digress_graph_set *set) {
    size_t edges = 0, pairs = 0;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        size_t graph_pairs = graph.n * (graph.n - 1) / 2;
        for (size_t k = 0; k < graph_pairs; k++)
            edges += graph.pair_class[k] != 0;
        pairs += graph_pairs;
    }
    return pairs > 0 ? (double)edges / (double)pairs : 0.0;
}

static digress_status append_twins(const digress_graph_set *set, uint64_t seed,
                                   digress_graph_set *twins) {
    double p = density(set);
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        dg_stream stream = dg_draft_stream(seed, (uint32_t)g);
        stream.key.step = TWIN_STEP;
        dg_draft draft;
        DG_TRY(dg_draft_begin(&draft, digress_graph_set_get(set, g).n));
        dg_draft_join_at_random(&draft, &stream, 0, draft.n, p);
        DG_TRY(dg_draft_append(&draft, twins));
    }
    return DIGRESS_OK;
}

digress_status dg_erdos_renyi_like(const digress_graph_set *set, uint64_t seed,
                                   digress_graph_set **out) {
    digress_graph_set *twins = NULL;
    DG_TRY(digress_graph_set_create(1, 2, &twins));
    digress_status status = append_twins(set, seed, twins);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(twins);
        return status;
    }
    *out = twins;
    return DIGRESS_OK;
}
