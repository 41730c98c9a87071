/* Connected, and without cycles. */
#include "eval/validity/rules/definition.h"

static digress_status is_tree(const dg_candidate *candidate, bool *out) {
    *out = candidate->adjacency.edges == candidate->adjacency.n - 1;
    return DIGRESS_OK;
}

const dg_rule_definition dg_tree_rule = {.kind = "tree", .connected = true, .obeys = is_tree};
