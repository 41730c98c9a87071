/* The method of ORCA (Hocevar and Demsar 2014): only complete subgraphs of four nodes are
 * enumerated. Every other orbit is first counted in subgraphs that may have further edges, for
 * which degrees, triangles and common neighbours are enough; what the denser graphlets contribute
 * is then subtracted, starting from the densest. */
#include "eval/descriptors/orbits.h"

#include <string.h>

typedef struct orbit_counter {
    const dg_adjacency *graph;
    uint32_t *edge_triangles; /* [2 edges] triangles at each edge, beside graph->neighbour */
    int64_t *triangles;       /* [n] triangles at each node */
    int64_t *cliques;         /* [n] complete subgraphs of four at each node */
    int64_t *squares;         /* [n] cycles of four at each node, chords allowed */
    int64_t *far_degrees;     /* [n] sum of the neighbours' degrees */
    uint32_t *mark;           /* [n] scratch, all zero between uses */
    uint32_t *list;           /* [n] scratch */
} orbit_counter;

static int64_t choose2(int64_t n) {
    return n * (n - 1) / 2;
}

static int64_t choose3(int64_t n) {
    return n * (n - 1) * (n - 2) / 6;
}

static void mark_neighbours(const orbit_counter *counter, size_t node, uint32_t value) {
    const dg_adjacency *graph = counter->graph;
    for (uint32_t k = graph->start[node]; k < graph->start[node + 1]; k++)
        counter->mark[graph->neighbour[k]] = value;
}

/* Triangles at each edge and node. */
static void count_triangles(orbit_counter *counter) {
    const dg_adjacency *graph = counter->graph;
    for (size_t u = 0; u < graph->n; u++) {
        mark_neighbours(counter, u, 1);
        int64_t corners = 0;
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t v = graph->neighbour[k], shared = 0;
            for (uint32_t l = graph->start[v]; l < graph->start[v + 1]; l++)
                shared += counter->mark[graph->neighbour[l]];
            counter->edge_triangles[k] = shared;
            corners += shared;
        }
        counter->triangles[u] = corners / 2;
        mark_neighbours(counter, u, 0);
    }
}

/* Visits each complete subgraph u < v < w < x once. */
static void count_cliques(orbit_counter *counter) {
    const dg_adjacency *graph = counter->graph;
    for (uint32_t u = 0; u < graph->n; u++) {
        mark_neighbours(counter, u, 1);
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t v = graph->neighbour[k], shared = 0;
            if (v < u || counter->edge_triangles[k] < 2) continue;
            for (uint32_t l = graph->start[v]; l < graph->start[v + 1]; l++) {
                uint32_t w = graph->neighbour[l];
                if (w <= v || !counter->mark[w]) continue;
                counter->mark[w] = 2;
                counter->list[shared++] = w;
            }
            for (uint32_t a = 0; a < shared; a++) {
                uint32_t w = counter->list[a];
                for (uint32_t l = graph->start[w]; l < graph->start[w + 1]; l++) {
                    uint32_t x = graph->neighbour[l];
                    if (x <= w || counter->mark[x] != 2) continue;
                    counter->cliques[u]++;
                    counter->cliques[v]++;
                    counter->cliques[w]++;
                    counter->cliques[x]++;
                }
            }
            for (uint32_t a = 0; a < shared; a++)
                counter->mark[counter->list[a]] = 1;
        }
        mark_neighbours(counter, u, 0);
    }
}

/* Any two common neighbours of u and another node make a square at u. */
static void count_squares(orbit_counter *counter) {
    const dg_adjacency *graph = counter->graph;
    for (uint32_t u = 0; u < graph->n; u++) {
        uint32_t reached = 0;
        int64_t squares = 0, far = 0;
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t v = graph->neighbour[k];
            far += dg_degree(graph, v);
            for (uint32_t l = graph->start[v]; l < graph->start[v + 1]; l++) {
                uint32_t w = graph->neighbour[l];
                if (w == u) continue;
                if (counter->mark[w] == 0) counter->list[reached++] = w;
                squares += counter->mark[w]++;
            }
        }
        counter->squares[u] = squares;
        counter->far_degrees[u] = far;
        for (uint32_t a = 0; a < reached; a++)
            counter->mark[counter->list[a]] = 0;
    }
}

/* In how many subgraphs, which may have further edges, a node is ... */
typedef struct edge_sums {
    int64_t path_ends, path_middles;  /* orbits 4 and 5 */
    int64_t leaves;                   /* 6 */
    int64_t tails, corners;           /* 9 and 10 */
    int64_t off_diagonals, diagonals; /* 12 and 13 */
} edge_sums;

/* Summed over the triangles u v w: the triangles at the edge v w other than this one. */
static int64_t facing_triangles(const orbit_counter *counter, size_t u) {
    const dg_adjacency *graph = counter->graph;
    int64_t sum = 0;
    for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
        uint32_t v = graph->neighbour[k];
        if (counter->edge_triangles[k] == 0) continue;
        for (uint32_t l = graph->start[v]; l < graph->start[v + 1]; l++) {
            uint32_t w = graph->neighbour[l];
            if (w > v && counter->mark[w]) sum += counter->edge_triangles[l] - 1;
        }
    }
    return sum;
}

static edge_sums sum_edges(const orbit_counter *counter, size_t u) {
    const dg_adjacency *graph = counter->graph;
    edge_sums sums = {0};
    int64_t degree = dg_degree(graph, u);
    for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
        uint32_t v = graph->neighbour[k];
        int64_t far_degree = dg_degree(graph, v), shared = counter->edge_triangles[k];
        sums.path_ends += counter->far_degrees[v] - degree - far_degree + 1 - shared;
        sums.path_middles += (degree - 1) * (far_degree - 1) - shared;
        sums.leaves += choose2(far_degree - 1);
        sums.tails += counter->triangles[v] - shared;
        sums.corners += shared * (far_degree - 2);
        sums.diagonals += choose2(shared);
    }
    mark_neighbours(counter, u, 1);
    sums.off_diagonals = facing_triangles(counter, u);
    mark_neighbours(counter, u, 0);
    return sums;
}

static void orbits_of_node(const orbit_counter *counter, size_t u, int64_t *o) {
    const dg_adjacency *graph = counter->graph;
    const edge_sums sums = sum_edges(counter, u);
    int64_t degree = dg_degree(graph, u), triangles = counter->triangles[u];
    o[0] = degree;
    o[1] = counter->far_degrees[u] - degree - 2 * triangles;
    o[2] = choose2(degree) - triangles;
    o[3] = triangles;
    o[14] = counter->cliques[u];
    o[13] = sums.diagonals - 3 * o[14];
    o[12] = sums.off_diagonals - 3 * o[14];
    o[11] = triangles * (degree - 2) - 2 * o[13] - 3 * o[14];
    o[10] = sums.corners - 2 * o[12] - 2 * o[13] - 6 * o[14];
    o[9] = sums.tails - 2 * o[12] - 3 * o[14];
    o[8] = counter->squares[u] - o[12] - o[13] - 3 * o[14];
    o[7] = choose3(degree) - o[11] - o[13] - o[14];
    o[6] = sums.leaves - o[9] - o[10] - 2 * o[12] - o[13] - 3 * o[14];
    o[5] = sums.path_middles - 2 * o[8] - o[10] - 2 * o[11] - 2 * o[12] - 4 * o[13] - 6 * o[14];
    o[4] = sums.path_ends - 2 * o[8] - 2 * o[9] - o[10] - 4 * o[12] - 2 * o[13] - 6 * o[14];
}

static digress_status allocate_counter(dg_arena *arena, orbit_counter *counter) {
    size_t n = counter->graph->n;
    DG_TRY(dg_arena_allocate(arena, 2 * counter->graph->edges, sizeof *counter->edge_triangles,
                             &counter->edge_triangles));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *counter->triangles, &counter->triangles));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *counter->cliques, &counter->cliques));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *counter->squares, &counter->squares));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *counter->far_degrees, &counter->far_degrees));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *counter->mark, &counter->mark));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *counter->list, &counter->list));
    memset(counter->cliques, 0, n * sizeof *counter->cliques);
    memset(counter->mark, 0, n * sizeof *counter->mark);
    return DIGRESS_OK;
}

digress_status dg_count_orbits(const dg_adjacency *graph, dg_arena *arena,
                               int64_t (*counts)[DG_ORBITS]) {
    orbit_counter counter = {.graph = graph};
    DG_TRY(allocate_counter(arena, &counter));
    count_triangles(&counter);
    count_cliques(&counter);
    count_squares(&counter);
    for (size_t u = 0; u < graph->n; u++)
        orbits_of_node(&counter, u, counts[u]);
    return DIGRESS_OK;
}
