/* Lobsters as networkx's random_lobster makes them: a path, legs on the path, claws on the legs.
 * GRAN's and SPECTRE's constants; draws outside the range of sizes are discarded, as there. */
#include "datasets/draft.h"
#include "datasets/kinds.h"

#include "core/status.h"

enum { MIN_NODES = 10, MAX_NODES = 100, MEAN_BACKBONE = 80 };
static const double P_LEG = 0.7, P_CLAW = 0.7;

/* Fills parent[1 .. n-1] (parent < child) and returns n, or 0 when the lobster grew too large. */
static size_t grow_lobster(dg_stream *stream, uint8_t parent[MAX_NODES]) {
    size_t n = (size_t)(2.0 * MEAN_BACKBONE * dg_stream_uniform(stream) + 0.5);
    if (n > MAX_NODES) return 0;
    size_t backbone = n;
    for (size_t k = 1; k < backbone; k++)
        parent[k] = (uint8_t)(k - 1);
    for (size_t k = 0; k < backbone; k++)
        while (dg_stream_uniform(stream) < P_LEG) {
            if (n == MAX_NODES) return 0;
            uint8_t leg = (uint8_t)n;
            parent[n++] = (uint8_t)k;
            while (dg_stream_uniform(stream) < P_CLAW) {
                if (n == MAX_NODES) return 0;
                parent[n++] = leg;
            }
        }
    return n;
}

digress_status dg_generate_lobster(uint64_t seed, uint32_t index, digress_graph_set *set) {
    dg_stream stream = dg_draft_stream(seed, index);
    uint8_t parent[MAX_NODES];
    size_t n = 0;
    while (n < MIN_NODES)
        n = grow_lobster(&stream, parent);
    dg_draft draft;
    DG_TRY(dg_draft_begin(&draft, n));
    for (size_t k = 1; k < n; k++)
        dg_draft_join(&draft, parent[k], k);
    return dg_draft_append(&draft, set);
}
