#include "eval/structure/adjacency.h"

#include <stdbool.h>
#include <string.h>

/* start[u + 1] = degree of u. */
static void count_degrees(const digress_graph *graph, uint32_t *start) {
    memset(start, 0, (graph->n + 1) * sizeof *start);
    for (size_t u = 0, pair = 0; u < graph->n; u++)
        for (size_t v = u + 1; v < graph->n; v++, pair++)
            if (graph->pair_class[pair]) {
                start[u + 1]++;
                start[v + 1]++;
            }
}

digress_status dg_adjacency_of(const digress_graph *graph, dg_arena *arena, dg_adjacency *out) {
    size_t n = graph->n;
    uint32_t *start = NULL, *neighbour = NULL, *next = NULL;
    if (n > UINT16_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "a graph of %zu nodes cannot be evaluated: at most %d",
                        n, UINT16_MAX);
    DG_TRY(dg_arena_allocate(arena, n + 1, sizeof *start, &start));
    count_degrees(graph, start);
    for (size_t u = 0; u < n; u++)
        start[u + 1] += start[u];
    DG_TRY(dg_arena_allocate(arena, start[n], sizeof *neighbour, &neighbour));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *next, &next));
    memcpy(next, start, n * sizeof *next);
    for (size_t u = 0, pair = 0; u < n; u++)
        for (size_t v = u + 1; v < n; v++, pair++)
            if (graph->pair_class[pair]) {
                neighbour[next[u]++] = (uint32_t)v;
                neighbour[next[v]++] = (uint32_t)u;
            }
    *out = (dg_adjacency){n, start[n] / 2, start, neighbour};
    return DIGRESS_OK;
}

/* Marks everything that can be reached from the root, depth first. */
static void mark_component(const dg_adjacency *graph, uint32_t root, uint32_t *stack, bool *seen) {
    size_t height = 0;
    stack[height++] = root;
    seen[root] = true;
    while (height > 0) {
        uint32_t u = stack[--height];
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t v = graph->neighbour[k];
            if (seen[v]) continue;
            seen[v] = true;
            stack[height++] = v;
        }
    }
}

digress_status dg_count_components(const dg_adjacency *graph, dg_arena *arena, size_t *out) {
    uint32_t *stack = NULL;
    bool *seen = NULL;
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *stack, &stack));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *seen, &seen));
    memset(seen, 0, graph->n * sizeof *seen);
    *out = 0;
    for (uint32_t root = 0; root < graph->n; root++) {
        if (seen[root]) continue;
        mark_component(graph, root, stack, seen);
        ++*out;
    }
    return DIGRESS_OK;
}
