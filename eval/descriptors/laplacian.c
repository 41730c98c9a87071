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

digress_status dg_laplacian_spectrum(const dg_adjacency *graph, dg_arena *arena, bool vectors,
                                     dg_spectrum *out) {
    size_t n = graph->n;
    double *L = NULL, *values = NULL;
    DG_TRY(dg_arena_allocate(arena, n * n, sizeof *L, &L));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *values, &values));
    DG_TRY(normalised_laplacian(graph, arena, L));
    DG_TRY(vectors ? dg_eigensystem(arena, n, L, values) : dg_eigenvalues(arena, n, L, values));
    *out = (dg_spectrum){n, values, vectors ? L : NULL};
    return DIGRESS_OK;
}

double dg_wavelet_top(void) {
    return 1.0 + 2.0 / (3.0 * sqrt(3.0));
}

/* The wavelet's profile (Hammond et al. 2011, equation 65, alpha = beta = 2, x1 = 1, x2 = 2). */
static double profile(double y) {
    if (y <= 1.0) return y * y;
    if (y <= 2.0) return ((y - 6.0) * y + 11.0) * y - 5.0;
    return 4.0 / (y * y);
}

double dg_wavelet_filter(size_t filter, double x) {
    const double low_pass_width = 0.06, coarsest = 20.0, finest = 0.5;
    if (filter == 0) return dg_wavelet_top() * exp(-pow(x / low_pass_width, 4.0));
    double step = (double)(filter - 1) / (DG_WAVELET_FILTERS - 2);
    return profile(exp(log(coarsest) + step * (log(finest) - log(coarsest))) * x);
}

digress_status dg_wavelet_energies(const dg_spectrum *spectrum, dg_arena *arena, double *energies) {
    size_t n = spectrum->n;
    double *square = NULL;
    DG_TRY(dg_arena_allocate(arena, n, sizeof *square, &square));
    memset(energies, 0, DG_WAVELET_FILTERS * n * sizeof *energies);
    for (size_t k = 0; k < n; k++) {
        const double *U = spectrum->vectors + k * n;
        for (size_t i = 0; i < n; i++)
            square[i] = U[i] * U[i];
        for (size_t f = 0; f < DG_WAVELET_FILTERS; f++) {
            double response = dg_wavelet_filter(f, spectrum->values[k]);
            response *= response;
            double *energy = energies + f * n;
            for (size_t i = 0; i < n; i++)
                energy[i] += response * square[i];
        }
    }
    return DIGRESS_OK;
}
