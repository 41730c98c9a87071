/* Grids a x b, both sides drawn as in GDSS's set. */
#include "datasets/draft.h"
#include "datasets/kinds.h"

#include "core/status.h"

enum { MIN_SIDE = 10, MAX_SIDE = 19 };

digress_status dg_generate_grid(uint64_t seed, uint32_t index, digress_graph_set *set) {
    dg_stream stream = dg_draft_stream(seed, index);
    size_t rows = MIN_SIDE + dg_stream_below(&stream, MAX_SIDE - MIN_SIDE + 1);
    size_t columns = MIN_SIDE + dg_stream_below(&stream, MAX_SIDE - MIN_SIDE + 1);
    dg_draft draft;
    DG_TRY(dg_draft_begin(&draft, rows * columns));
    for (size_t node = 0; node < draft.n; node++) {
        if (node % columns != columns - 1) dg_draft_join(&draft, node, node + 1);
        if (node + columns < draft.n) dg_draft_join(&draft, node, node + columns);
    }
    return dg_draft_append(&draft, set);
}
