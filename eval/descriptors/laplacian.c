#include "eval/descriptors/laplacian.h"

#include "math/eigen.h"
#include <math.h>
#include <string.h>

/* L [n, n] */
static digress_status normalised_laplacian(const dg_adjacency *graph, dg_arena *arena, double *L) {
    size_t n = graph->n;
    double *inverse_root = NULL;
    DG_TRY(dg_arena_allocate(arena, n, sizeof *inverse_root, &inverse_root));
    for (size_t u = 0; u < n; u++)
        inverse_root[u] = dg_degree(graph, u) ? 1.0 / sqrt((double)dg_degree(graph, u)) : 0.0;
    memset(L, 0, n * n * sizeof *L);
    for (size_t u = 0; u < n; u++) {
        if (dg_degree(graph, u)) L[u * n + u] = 1.0;
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            size_t v = graph->neighbour[k];
            L[u * n + v] = -inverse_root[u] * inverse_root[v];
        }
    }
    return DIGRESS_OK;
}

digress_status dg_laplacian_of(const dg_adjacency *graph, dg_arena *arena, bool vectors,
                               dg_laplacian *out) {
    size_t n = graph->n;
    double *L = NULL, *values = NULL;
    DG_TRY(dg_arena_allocate(arena, n * n, sizeof *L, &L));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *values, &values));
    DG_TRY(normalised_laplacian(graph, arena, L));
    DG_TRY(vectors ? dg_eigensystem(arena, n, L, values) : dg_eigenvalues(arena, n, L, values));
    *out = (dg_laplacian){n, values, vectors ? L : NULL};
    return DIGRESS_OK;
}
