#include "features/features.h"

#include "features/cycles.h"
#include "features/spectrum.h"

static size_t graph_X_width(const dg_features *features) {
    switch (features->kind) {
    case DG_FEATURES_CYCLES:
    case DG_FEATURES_EIGENVALUES:
        return 3;
    case DG_FEATURES_ALL:
        return 3 + 1 + DG_SPECTRUM_VECTORS;
    case DG_FEATURES_NONE:
        break;
    }
    return 0;
}

static size_t graph_y_width(const dg_features *features) {
    switch (features->kind) {
    case DG_FEATURES_CYCLES:
        return 1 + 4;
    case DG_FEATURES_EIGENVALUES:
    case DG_FEATURES_ALL:
        return 1 + 4 + 1 + DG_SPECTRUM_VALUES;
    case DG_FEATURES_NONE:
        break;
    }
    return 0;
}

static bool of_molecules(const dg_features *features) {
    return features->molecular.kind != DG_MOLECULAR_NONE;
}

size_t dg_features_X_width(const dg_features *features) {
    return graph_X_width(features) + (of_molecules(features) ? DG_MOLECULAR_X_WIDTH : 0);
}

size_t dg_features_y_width(const dg_features *features) {
    return graph_y_width(features) + (of_molecules(features) ? DG_MOLECULAR_Y_WIDTH : 0);
}

bool dg_features_use_spectrum(const dg_features *features) {
    return features->kind == DG_FEATURES_EIGENVALUES || features->kind == DG_FEATURES_ALL;
}

/* Counts are scaled, and cut off lest a dense graph's be large. */
static float scaled_count(double count) {
    return count < 10 ? (float)(count / 10) : 1.0f;
}

static void write_cycles(const dg_cycles *cycles, size_t n, float *X, size_t X_stride, float *y) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++)
            X[i * X_stride + k] = scaled_count((double)cycles->node[k][i]);
    for (size_t k = 0; k < 4; k++)
        y[k] = scaled_count(cycles->graph[k]);
}

static void write_spectrum(const dg_spectrum *spectrum, float *y) {
    y[0] = (float)spectrum->components;
    for (size_t k = 0; k < DG_SPECTRUM_VALUES; k++)
        y[1 + k] = (float)spectrum->values[k];
}

static void write_vectors(const dg_spectrum *spectrum, size_t n, float *X, size_t X_stride) {
    for (size_t i = 0; i < n; i++) {
        X[i * X_stride] = spectrum->outside[i] ? 1.0f : 0.0f;
        for (size_t k = 0; k < DG_SPECTRUM_VECTORS; k++)
            X[i * X_stride + 1 + k] = (float)spectrum->vectors[k][i];
    }
}

static digress_status compute_of_graph(const dg_features *features, dg_arena *arena, size_t n,
                                       const uint8_t *adjacency, float *X, size_t X_stride,
                                       float *y) {
    dg_cycles cycles;
    DG_TRY(dg_count_cycles(arena, n, adjacency, features->published_cycles, &cycles));
    y[0] = (float)n / (float)features->max_n;
    write_cycles(&cycles, n, X, X_stride, y + 1);
    if (!dg_features_use_spectrum(features)) return DIGRESS_OK;

    const bool with_vectors = features->kind == DG_FEATURES_ALL;
    dg_spectrum spectrum;
    DG_TRY(dg_spectrum_of(arena, n, adjacency, with_vectors, &spectrum));
    write_spectrum(&spectrum, y + 5);
    if (with_vectors) write_vectors(&spectrum, n, X + 3, X_stride);
    return DIGRESS_OK;
}

digress_status dg_features_compute(const dg_features *features, dg_arena *arena, size_t n,
                                   const uint8_t *node_class, const uint8_t *pair_class,
                                   size_t edge_classes, float *X, size_t X_stride, float *y) {
    if (features->kind != DG_FEATURES_NONE) {
        uint8_t *adjacency = NULL;
        DG_TRY(dg_arena_allocate(arena, n * n, 1, &adjacency));
        for (size_t row = 0; row < n * n; row++)
            adjacency[row] = pair_class[row] != 0 && pair_class[row] < edge_classes;
        DG_TRY(compute_of_graph(features, arena, n, adjacency, X, X_stride, y));
    }
    if (of_molecules(features))
        dg_molecular_compute(&features->molecular, n, node_class, pair_class, edge_classes,
                             X + graph_X_width(features), X_stride, y + graph_y_width(features));
    return DIGRESS_OK;
}
