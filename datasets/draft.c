#include "datasets/draft.h"

#include "core/memory.h"
#include <stdlib.h>

dg_stream dg_draft_stream(uint64_t seed, uint32_t index) {
    return (dg_stream){.key = {.seed = seed, .purpose = DG_RNG_GENERATE, .graph = index}};
}

digress_status dg_draft_begin(dg_draft *draft, size_t n) {
    draft->n = n;
    return dg_allocate(n * (n - 1) / 2, 1, &draft->pair_class);
}

void dg_draft_join(dg_draft *draft, size_t u, size_t v) {
    size_t pair = u < v ? digress_pair_index(draft->n, u, v) : digress_pair_index(draft->n, v, u);
    draft->pair_class[pair] = 1;
}

void dg_draft_join_at_random(dg_draft *draft, dg_stream *stream, size_t first, size_t last,
                             double p) {
    for (size_t u = first; u < last; u++)
        for (size_t v = u + 1; v < last; v++)
            if (dg_stream_uniform(stream) < p) dg_draft_join(draft, u, v);
}

digress_status dg_draft_append(dg_draft *draft, digress_graph_set *set) {
    digress_status status = digress_graph_set_append(set, draft->n, NULL, draft->pair_class);
    dg_draft_free(draft);
    return status;
}

void dg_draft_free(dg_draft *draft) {
    free(draft->pair_class);
}
