/* Community-20, by the rule of Niu et al. (2020) that GDSS and SPECTRE adopted: two communities
 * G(n/2, 0.7), and 0.05 n bridges expected between them, but at least one. */
#include "datasets/draft.h"
#include "datasets/kinds.h"

#include "core/status.h"

enum { MIN_NODES = 12, MAX_NODES = 20 };
static const double P_INSIDE = 0.7, BRIDGES_PER_NODE = 0.05;

/* component[v] = the smallest node of v's component, counting edges among 0 .. n-1. */
static void label_components(const dg_draft *draft, uint8_t *component) {
    size_t n = draft->n;
    for (size_t v = 0; v < n; v++)
        component[v] = (uint8_t)v;
    for (size_t u = 0, pair = 0; u < n; u++)
        for (size_t v = u + 1; v < n; v++, pair++) {
            if (!draft->pair_class[pair] || component[u] == component[v]) continue;
            uint8_t low = component[u] < component[v] ? component[u] : component[v];
            uint8_t high = component[u] < component[v] ? component[v] : component[u];
            for (size_t w = 0; w < n; w++)
                if (component[w] == high) component[w] = low;
        }
}

/* Every two components get bridges, so that a community that fell apart is joined, too. */
static void build_bridges(dg_draft *draft, dg_stream *stream) {
    uint8_t component[MAX_NODES];
    bool bridged[MAX_NODES][MAX_NODES] = {{false}};
    label_components(draft, component);
    size_t n = draft->n;
    double p = BRIDGES_PER_NODE * (double)n / (double)(n / 2 * (n / 2));
    for (size_t u = 0; u < n; u++)
        for (size_t v = u + 1; v < n; v++) {
            if (component[u] == component[v] || dg_stream_uniform(stream) >= p) continue;
            dg_draft_join(draft, u, v);
            bridged[component[u]][component[v]] = bridged[component[v]][component[u]] = true;
        }
    for (size_t u = 0; u < n; u++)
        for (size_t v = u + 1; v < n; v++)
            if (component[u] == u && component[v] == v && !bridged[u][v])
                dg_draft_join(draft, u, v);
}

digress_status dg_generate_community(uint64_t seed, uint32_t index, digress_graph_set *set) {
    dg_stream stream = dg_draft_stream(seed, index);
    size_t half = (MIN_NODES + dg_stream_below(&stream, MAX_NODES - MIN_NODES + 1)) / 2;
    dg_draft draft;
    DG_TRY(dg_draft_begin(&draft, 2 * half));
    dg_draft_join_at_random(&draft, &stream, 0, half, P_INSIDE);
    dg_draft_join_at_random(&draft, &stream, half, 2 * half, P_INSIDE);
    build_bridges(&draft, &stream);
    return dg_draft_append(&draft, set);
}
