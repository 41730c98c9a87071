/* A tree of which a path, a node or nothing is left after its leaves have been removed twice. */
#include "eval/validity/rules/definition.h"

/* Lowers the degrees of the neighbours of all leaves, and the leaves' own to 0. */
static void remove_leaves(const dg_adjacency *graph, uint32_t *degree, uint8_t *leaf) {
    for (size_t u = 0; u < graph->n; u++)
        leaf[u] = degree[u] == 1;
    for (size_t u = 0; u < graph->n; u++) {
        if (!leaf[u]) continue;
        degree[u] = 0;
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++)
            if (!leaf[graph->neighbour[k]] && degree[graph->neighbour[k]] > 0)
                degree[graph->neighbour[k]]--;
    }
}

/* What is left is connected, so it is a path exactly if no node has more than two neighbours. */
static digress_status is_lobster(const dg_candidate *candidate, bool *out) {
    const dg_adjacency *tree = &candidate->adjacency;
    *out = tree->edges == tree->n - 1;
    if (!*out) return DIGRESS_OK;
    uint32_t *degree = NULL;
    uint8_t *leaf = NULL;
    DG_TRY(dg_arena_allocate(candidate->arena, tree->n, sizeof *degree, &degree));
    DG_TRY(dg_arena_allocate(candidate->arena, tree->n, sizeof *leaf, &leaf));
    for (size_t u = 0; u < tree->n; u++)
        degree[u] = dg_degree(tree, u);
    remove_leaves(tree, degree, leaf);
    remove_leaves(tree, degree, leaf);
    for (size_t u = 0; u < tree->n; u++)
        *out = *out && degree[u] <= 2;
    return DIGRESS_OK;
}

const dg_rule_definition dg_lobster_rule = {
    .kind = "lobster", .connected = true, .obeys = is_lobster};
