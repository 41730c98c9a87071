#include "features/spectrum.h"

#include "math/eigen.h"
#include <string.h>

/* The representative of i's component: its lowest node. Halves the path on the way. */
static size_t find_root(size_t *parent, size_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static void join(size_t *parent, size_t i, size_t j) {
    i = find_root(parent, i);
    j = find_root(parent, j);
    if (i < j)
        parent[j] = i;
    else
        parent[i] = j;
}

static digress_status find_components(dg_arena *arena, size_t n, const uint8_t *adjacency,
                                      dg_spectrum *out) {
    size_t *parent, *size;
    DG_TRY(dg_arena_allocate(arena, n, sizeof *parent, &parent));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *size, &size));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *out->outside, &out->outside));
    for (size_t i = 0; i < n; i++) {
        parent[i] = i;
        size[i] = 0;
        for (size_t j = 0; j < i; j++)
            if (adjacency[i * n + j]) join(parent, i, j);
    }
    size_t largest = 0;
    out->components = 0;
    for (size_t i = 0; i < n; i++) {
        parent[i] = find_root(parent, i);
        size[parent[i]]++;
        if (parent[i] == i) out->components++;
    }
    for (size_t i = 0; i < n; i++)
        if (size[i] > size[largest]) largest = i;
    for (size_t i = 0; i < n; i++)
        out->outside[i] = parent[i] != largest;
    return DIGRESS_OK;
}

/* L = diag(d) - A */
static digress_status combinatorial_laplacian(dg_arena *arena, size_t n, const uint8_t *adjacency,
                                              double **out) {
    size_t pairs = 0;
    double *L;
    DG_TRY(dg_multiply(n, n, &pairs));
    DG_TRY(dg_arena_allocate(arena, pairs, sizeof *L, &L));
    for (size_t i = 0; i < n; i++) {
        unsigned degree = 0;
        for (size_t j = 0; j < n; j++) {
            const uint8_t edge = adjacency[i * n + j];
            degree += edge;
            L[i * n + j] = edge ? -1 : 0;
        }
        L[i * n + i] = degree;
    }
    *out = L;
    return DIGRESS_OK;
}

/* A solver returns an eigenvector with either sign; this choice does not depend on the order of the
 * nodes. */
static void fix_sign(size_t n, double *vector) {
    double cubes = 0;
    for (size_t i = 0; i < n; i++)
        cubes += vector[i] * vector[i] * vector[i];
    if (cubes >= 0) return;
    for (size_t i = 0; i < n; i++)
        vector[i] = -vector[i];
}

digress_status dg_spectrum_of(dg_arena *arena, size_t n, const uint8_t *adjacency,
                              bool with_vectors, dg_spectrum *out) {
    DG_TRY(find_components(arena, n, adjacency, out));
    const size_t above_zero = n - out->components;
    const size_t count = above_zero < DG_SPECTRUM_VALUES ? above_zero : DG_SPECTRUM_VALUES;
    double *L, *vectors = NULL;
    DG_TRY(combinatorial_laplacian(arena, n, adjacency, &L));
    if (with_vectors) {
        DG_TRY(dg_arena_allocate(arena, DG_SPECTRUM_VALUES * n, sizeof *vectors, &vectors));
        memset(vectors, 0, DG_SPECTRUM_VALUES * n * sizeof *vectors);
    }
    DG_TRY(dg_eigen_range(arena, n, L, out->components, count, out->values, vectors));
    for (size_t k = 0; k < DG_SPECTRUM_VALUES; k++)
        out->values[k] = k < count ? out->values[k] / (double)n : 2;
    for (size_t k = 0; with_vectors && k < DG_SPECTRUM_VECTORS; k++) {
        out->vectors[k] = vectors + k * n;
        fix_sign(n, out->vectors[k]);
    }
    return DIGRESS_OK;
}
