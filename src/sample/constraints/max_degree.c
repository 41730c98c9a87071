/* No node has more than so many neighbours. */
#include "sample/constraints/constraint.h"

static bool is_asked(const digress_constraints *asked) {
    return asked->max_degree > 0;
}

static bool is_small(const dg_trial *trial, size_t i) {
    size_t degree = 0;
    for (size_t j = 0; j < trial->graph.n; j++)
        degree += dg_has_edge(&trial->graph, i, j);
    return degree <= trial->constraints->asked.max_degree;
}

static digress_status holds(const dg_trial *trial, bool *out) {
    *out = true;
    for (size_t i = 0; i < trial->graph.n && *out; i++)
        *out = is_small(trial, i);
    return DIGRESS_OK;
}

static digress_status allows(const dg_trial *trial, size_t i, size_t j, bool *out) {
    *out = is_small(trial, i) && is_small(trial, j);
    return DIGRESS_OK;
}

const dg_constraint dg_max_degree_constraint = {
    .is_asked = is_asked, .holds = holds, .allows = allows};
