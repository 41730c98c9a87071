/* A graph of the stochastic block model (sbm_wald.h), by the blocks that inference finds. As in the
 * published code, isolated nodes are ignored if they come after all others. */
#include "eval/validity/rules/definition.h"
#include "eval/validity/sbm_inference.h"
#include "eval/validity/sbm_wald.h"

static digress_status pass_wald_test(const dg_candidate *candidate, dg_wald reading, bool *out) {
    dg_blocks blocks;
    dg_adjacency seen = candidate->adjacency;
    while (seen.n > 0 && dg_degree(&seen, seen.n - 1) == 0)
        seen.n--;
    *out = false;
    if (seen.n < DG_SBM_MIN_NODES || seen.n > DG_SBM_MAX_NODES) return DIGRESS_OK;
    DG_TRY(dg_sbm_infer(&seen, candidate->prepared, 0, candidate->arena, &blocks));
    *out = dg_sbm_wald_test(reading, &seen, blocks.block, blocks.count).valid;
    return DIGRESS_OK;
}

static digress_status is_sbm(const dg_candidate *candidate, bool *out) {
    return pass_wald_test(candidate, DG_WALD_PUBLISHED, out);
}

static digress_status is_sbm_elementwise(const dg_candidate *candidate, bool *out) {
    return pass_wald_test(candidate, DG_WALD_ELEMENTWISE, out);
}

static digress_status create_tables(size_t most_edges, void **out) {
    dg_sbm_tables *tables = NULL;
    DG_TRY(dg_sbm_tables_create(DG_SBM_MAX_NODES, most_edges, &tables));
    *out = tables;
    return DIGRESS_OK;
}

static void free_tables(void *tables) {
    dg_sbm_tables_free(tables);
}

const dg_rule_definition dg_sbm_rule = {
    .kind = "sbm", .obeys = is_sbm, .prepare = create_tables, .release = free_tables};
const dg_rule_definition dg_sbm_elementwise_rule = {
    .obeys = is_sbm_elementwise, .prepare = create_tables, .release = free_tables};
