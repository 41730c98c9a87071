/* Stochastic block model graphs as SPECTRE makes them; disconnected ones are kept, as there. */
#include "datasets/draft.h"
#include "datasets/kinds.h"

#include "core/status.h"

enum { MIN_BLOCKS = 2, MAX_BLOCKS = 5, MIN_SIZE = 20, MAX_SIZE = 40 };
static const double P_INSIDE = 0.3, P_BETWEEN = 0.005;

digress_status dg_generate_sbm(uint64_t seed, uint32_t index, digress_graph_set *set) {
    dg_stream stream = dg_draft_stream(seed, index);
    size_t blocks = MIN_BLOCKS + dg_stream_below(&stream, MAX_BLOCKS - MIN_BLOCKS + 1);
    uint8_t block_of[MAX_BLOCKS * MAX_SIZE];
    size_t n = 0;
    for (size_t block = 0; block < blocks; block++) {
        size_t end = n + MIN_SIZE + dg_stream_below(&stream, MAX_SIZE - MIN_SIZE + 1);
        while (n < end)
            block_of[n++] = (uint8_t)block;
    }
    dg_draft draft;
    DG_TRY(dg_draft_begin(&draft, n));
    for (size_t u = 0; u < n; u++)
        for (size_t v = u + 1; v < n; v++) {
            double p = block_of[u] == block_of[v] ? P_INSIDE : P_BETWEEN;
            if (dg_stream_uniform(&stream) < p) dg_draft_join(&draft, u, v);
        }
    return dg_draft_append(&draft, set);
}
