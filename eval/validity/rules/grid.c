/* Isomorphic to an a x b grid, a, b >= 2. */
#include "eval/structure/canonical.h"
#include "eval/validity/rules/definition.h"

#include <string.h>

/* n = a b and edges = 2 a b - a - b leave one choice of a <= b. False when there is none. */
static bool find_sides(size_t n, size_t edges, size_t *a, size_t *b) {
    if (edges > 2 * n) return false;
    size_t sum = 2 * n - edges;
    for (*a = 2; *a * *a <= n; ++*a) {
        *b = n / *a;
        if (*a * *b == n && *a + *b == sum) return true;
    }
    return false;
}

static void make_grid(size_t a, size_t b, uint8_t *pair_class) {
    size_t n = a * b;
    for (size_t u = 0; u < n; u++) {
        if (u % b + 1 < b) pair_class[digress_pair_index(n, u, u + 1)] = 1;
        if (u + b < n) pair_class[digress_pair_index(n, u, u + b)] = 1;
    }
}

/* Joins nodes by edges of one class, whatever class they had. */
static void forget_classes(const digress_graph *graph, uint8_t *pair_class) {
    for (size_t k = 0; k < graph->n * (graph->n - 1) / 2; k++)
        pair_class[k] = graph->pair_class[k] != 0;
}

static digress_status is_grid(const dg_candidate *candidate, bool *out) {
    const digress_graph *graph = candidate->graph;
    dg_arena *arena = candidate->arena;
    size_t n = graph->n, pairs = n * (n - 1) / 2, a = 0, b = 0;
    uint8_t *node_class = NULL, *plain = NULL, *grid = NULL;
    *out = false;
    if (!find_sides(n, candidate->adjacency.edges, &a, &b)) return DIGRESS_OK;
    DG_TRY(dg_arena_allocate(arena, n, 1, &node_class));
    DG_TRY(dg_arena_allocate(arena, pairs, 1, &plain));
    DG_TRY(dg_arena_allocate(arena, pairs, 1, &grid));
    memset(node_class, 0, n);
    memset(grid, 0, pairs);
    forget_classes(graph, plain);
    make_grid(a, b, grid);
    return dg_isomorphic(&(digress_graph){n, node_class, plain},
                         &(digress_graph){n, node_class, grid}, out);
}

const dg_rule_definition dg_grid_rule = {.kind = "grid", .connected = true, .obeys = is_grid};
