/* What is computed of any graph. */
#include "eval/targets/targets.h"

digress_status dg_target_edges(const dg_adjacency *graph, dg_arena *arena, double *out) {
    (void)arena;
    *out = (double)graph->edges;
    return DIGRESS_OK;
}

/* Of a single node 0. */
digress_status dg_target_density(const dg_adjacency *graph, dg_arena *arena, double *out) {
    const double n = (double)graph->n;
    (void)arena;
    *out = graph->n > 1 ? 2 * (double)graph->edges / (n * (n - 1)) : 0;
    return DIGRESS_OK;
}

/* neighbours of u that are neighbours of v; both lists are ascending. */
static size_t common_neighbours(const dg_adjacency *graph, size_t u, size_t v) {
    uint32_t i = graph->start[u], j = graph->start[v];
    size_t count = 0;
    while (i < graph->start[u + 1] && j < graph->start[v + 1]) {
        const uint32_t a = graph->neighbour[i], b = graph->neighbour[j];
        count += a == b;
        i += a <= b;
        j += b <= a;
    }
    return count;
}

/* Twice the number of triangles at a node. */
static size_t corners(const dg_adjacency *graph, size_t u) {
    size_t count = 0;
    for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++)
        count += common_neighbours(graph, u, graph->neighbour[k]);
    return count;
}

digress_status dg_target_triangles(const dg_adjacency *graph, dg_arena *arena, double *out) {
    size_t count = 0;
    (void)arena;
    for (size_t u = 0; u < graph->n; u++)
        count += corners(graph, u);
    *out = (double)(count / 6);
    return DIGRESS_OK;
}

/* The mean of the nodes' local coefficients; 0 for a node of degree below 2. */
digress_status dg_target_clustering(const dg_adjacency *graph, dg_arena *arena, double *out) {
    double sum = 0;
    (void)arena;
    for (size_t u = 0; u < graph->n; u++) {
        const double degree = dg_degree(graph, u);
        if (degree > 1) sum += (double)corners(graph, u) / (degree * (degree - 1));
    }
    *out = sum / (double)graph->n;
    return DIGRESS_OK;
}

digress_status dg_target_max_degree(const dg_adjacency *graph, dg_arena *arena, double *out) {
    uint32_t most = 0;
    (void)arena;
    for (size_t u = 0; u < graph->n; u++)
        if (dg_degree(graph, u) > most) most = dg_degree(graph, u);
    *out = most;
    return DIGRESS_OK;
}

/* The distance from `from` to the farthest node that can be reached. */
static uint32_t farthest(const dg_adjacency *graph, size_t from, uint32_t *distance,
                         uint32_t *queue) {
    size_t end = 0;
    for (size_t u = 0; u < graph->n; u++)
        distance[u] = UINT32_MAX;
    distance[from] = 0;
    queue[end++] = (uint32_t)from;
    for (size_t at = 0; at < end; at++)
        for (uint32_t k = graph->start[queue[at]]; k < graph->start[queue[at] + 1]; k++) {
            const uint32_t v = graph->neighbour[k];
            if (distance[v] != UINT32_MAX) continue;
            distance[v] = distance[queue[at]] + 1;
            queue[end++] = v;
        }
    return distance[queue[end - 1]];
}

/* Of a graph in several components, the largest of theirs. */
digress_status dg_target_diameter(const dg_adjacency *graph, dg_arena *arena, double *out) {
    uint32_t *distance = NULL, *queue = NULL, most = 0;
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *distance, &distance));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *queue, &queue));
    for (size_t u = 0; u < graph->n; u++) {
        const uint32_t far = farthest(graph, u, distance, queue);
        if (far > most) most = far;
    }
    *out = most;
    return DIGRESS_OK;
}

digress_status dg_target_components(const dg_adjacency *graph, dg_arena *arena, double *out) {
    size_t count = 0;
    DG_TRY(dg_count_components(graph, arena, &count));
    *out = (double)count;
    return DIGRESS_OK;
}
