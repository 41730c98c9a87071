/* Uniform labelled trees, through Prüfer's bijection. */
#include "datasets/draft.h"
#include "datasets/kinds.h"

#include "core/status.h"

enum { NODES = 64, CODE_LENGTH = NODES - 2 };

static size_t smallest_leaf(const uint32_t degree[NODES]) {
    size_t node = 0;
    while (degree[node] != 1)
        node++;
    return node;
}

/* Node k occurs in the code once less than its degree; each step joins the smallest leaf to the
 * code's next node and removes it. */
static void decode_pruefer(dg_draft *draft, const uint32_t code[CODE_LENGTH]) {
    uint32_t degree[NODES];
    for (size_t k = 0; k < NODES; k++)
        degree[k] = 1;
    for (size_t k = 0; k < CODE_LENGTH; k++)
        degree[code[k]]++;
    for (size_t k = 0; k < CODE_LENGTH; k++) {
        size_t leaf = smallest_leaf(degree);
        dg_draft_join(draft, leaf, code[k]);
        degree[leaf]--;
        degree[code[k]]--;
    }
    size_t first = smallest_leaf(degree);
    degree[first]--;
    dg_draft_join(draft, first, smallest_leaf(degree));
}

digress_status dg_generate_tree(uint64_t seed, uint32_t index, digress_graph_set *set) {
    dg_stream stream = dg_draft_stream(seed, index);
    uint32_t code[CODE_LENGTH];
    for (size_t k = 0; k < CODE_LENGTH; k++)
        code[k] = dg_stream_below(&stream, NODES);
    dg_draft draft;
    DG_TRY(dg_draft_begin(&draft, NODES));
    decode_pruefer(&draft, code);
    return dg_draft_append(&draft, set);
}
