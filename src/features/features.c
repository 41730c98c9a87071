#include "features/features.h"

#include "features/cycles.h"
#include "features/rrwp.h"
#include "features/spectrum.h"

/* The graph at hand, and what several features read of it: each is computed when it is first
 * needed. */
typedef struct subject {
    const dg_features *features;
    dg_arena *arena;
    size_t n;
    const uint8_t *node_class, *pair_class;
    size_t edge_classes;
    uint8_t *adjacency; /* [n * n] */
    dg_cycles *cycles;
    dg_spectrum *spectrum;
} subject;

/* A row of the table: how many columns, and what writes them at `out`. */
typedef struct feature {
    dg_feature_widths widths;
    bool of_each_step; /* the widths are those of one step of the walk */
    digress_status (*compute)(subject *of, const dg_feature_rows *out);
} feature;

/* The table's rows, in the order of their columns. */
enum { SIZE, NODE_CYCLES, CYCLES, EIGENVALUES, EIGENVECTORS, RRWP, MOLECULAR, FEATURES };
#define WITH(row) (1u << (row))

/* The rows that each value of model.extra_features stands for. */
static const unsigned composed[] = {
    [DG_FEATURES_NONE] = 0,
    [DG_FEATURES_CYCLES] = WITH(SIZE) | WITH(NODE_CYCLES) | WITH(CYCLES),
    [DG_FEATURES_EIGENVALUES] = WITH(SIZE) | WITH(NODE_CYCLES) | WITH(CYCLES) | WITH(EIGENVALUES),
    [DG_FEATURES_ALL] =
        WITH(SIZE) | WITH(NODE_CYCLES) | WITH(CYCLES) | WITH(EIGENVALUES) | WITH(EIGENVECTORS),
    [DG_FEATURES_RRWP] = WITH(SIZE) | WITH(CYCLES) | WITH(RRWP),
};

static bool has(const dg_features *features, unsigned row) {
    if (row == MOLECULAR) return features->molecular.kind != DG_MOLECULAR_NONE;
    return composed[features->kind] & WITH(row);
}

bool dg_features_use_spectrum(const dg_features *features) {
    return has(features, EIGENVALUES) || has(features, EIGENVECTORS);
}

/* ---- what they share ---- */

static digress_status need_adjacency(subject *of) {
    if (of->adjacency) return DIGRESS_OK;
    const size_t pairs = of->n * of->n;
    DG_TRY(dg_arena_allocate(of->arena, pairs, 1, &of->adjacency));
    for (size_t row = 0; row < pairs; row++)
        of->adjacency[row] = of->pair_class[row] != 0 && of->pair_class[row] < of->edge_classes;
    return DIGRESS_OK;
}

static digress_status need_cycles(subject *of) {
    if (of->cycles) return DIGRESS_OK;
    DG_TRY(need_adjacency(of));
    DG_TRY(dg_arena_allocate(of->arena, 1, sizeof *of->cycles, &of->cycles));
    return dg_count_cycles(of->arena, of->n, of->adjacency, of->features->published_cycles,
                           of->cycles);
}

static digress_status need_spectrum(subject *of) {
    if (of->spectrum) return DIGRESS_OK;
    DG_TRY(need_adjacency(of));
    DG_TRY(dg_arena_allocate(of->arena, 1, sizeof *of->spectrum, &of->spectrum));
    return dg_spectrum_of(of->arena, of->n, of->adjacency, has(of->features, EIGENVECTORS),
                          of->spectrum);
}

/* ---- the features ---- */

static digress_status write_size(subject *of, const dg_feature_rows *out) {
    *out->y = (float)of->n / (float)of->features->max_n;
    return DIGRESS_OK;
}

/* Counts are scaled and capped, since those of a dense graph are large. */
static float scaled_count(double count) {
    return count < 10 ? (float)(count / 10) : 1.0f;
}

static digress_status write_node_cycles(subject *of, const dg_feature_rows *out) {
    DG_TRY(need_cycles(of));
    for (size_t i = 0; i < of->n; i++)
        for (size_t k = 0; k < 3; k++)
            out->X[i * out->X_stride + k] = scaled_count((double)of->cycles->node[k][i]);
    return DIGRESS_OK;
}

static digress_status write_cycles(subject *of, const dg_feature_rows *out) {
    DG_TRY(need_cycles(of));
    for (size_t k = 0; k < 4; k++)
        out->y[k] = scaled_count(of->cycles->graph[k]);
    return DIGRESS_OK;
}

static digress_status write_eigenvalues(subject *of, const dg_feature_rows *out) {
    DG_TRY(need_spectrum(of));
    out->y[0] = (float)of->spectrum->components;
    for (size_t k = 0; k < DG_SPECTRUM_VALUES; k++)
        out->y[1 + k] = (float)of->spectrum->values[k];
    return DIGRESS_OK;
}

static digress_status write_eigenvectors(subject *of, const dg_feature_rows *out) {
    DG_TRY(need_spectrum(of));
    for (size_t i = 0; i < of->n; i++) {
        float *row = out->X + i * out->X_stride;
        row[0] = of->spectrum->outside[i] ? 1.0f : 0.0f;
        for (size_t k = 0; k < DG_SPECTRUM_VECTORS; k++)
            row[1 + k] = (float)of->spectrum->vectors[k][i];
    }
    return DIGRESS_OK;
}

static digress_status write_rrwp(subject *of, const dg_feature_rows *out) {
    DG_TRY(need_adjacency(of));
    return dg_rrwp(of->arena, of->n, of->adjacency, of->features->rrwp_steps, out->E, out->E_stride,
                   out->X, out->X_stride);
}

static digress_status write_molecular(subject *of, const dg_feature_rows *out) {
    dg_molecular_compute(&of->features->molecular, of->n, of->node_class, of->pair_class,
                         of->edge_classes, out->X, out->X_stride, out->y);
    return DIGRESS_OK;
}

/* A new feature is a row here, and is named in those rows of `composed` that it belongs to. */
static const feature table[FEATURES] = {
    [SIZE] = {.widths.y = 1, .compute = write_size},
    [NODE_CYCLES] = {.widths.X = 3, .compute = write_node_cycles},
    [CYCLES] = {.widths.y = 4, .compute = write_cycles},
    [EIGENVALUES] = {.widths.y = 1 + DG_SPECTRUM_VALUES, .compute = write_eigenvalues},
    [EIGENVECTORS] = {.widths.X = 1 + DG_SPECTRUM_VECTORS, .compute = write_eigenvectors},
    [RRWP] = {.widths = {.X = 1, .E = 1}, .of_each_step = true, .compute = write_rrwp},
    [MOLECULAR] = {.widths = {.X = DG_MOLECULAR_X_WIDTH, .y = DG_MOLECULAR_Y_WIDTH},
                   .compute = write_molecular},
};

static dg_feature_widths widths_of(const dg_features *features, unsigned row) {
    const dg_feature_widths one = table[row].widths;
    const size_t steps = table[row].of_each_step ? features->rrwp_steps : 1;
    if (!has(features, row)) return (dg_feature_widths){0};
    return (dg_feature_widths){steps * one.X, steps * one.E, steps * one.y};
}

dg_feature_widths dg_features_widths(const dg_features *features) {
    dg_feature_widths sum = {0};
    for (unsigned row = 0; row < FEATURES; row++) {
        const dg_feature_widths widths = widths_of(features, row);
        sum.X += widths.X;
        sum.E += widths.E;
        sum.y += widths.y;
    }
    return sum;
}

digress_status dg_features_compute(const dg_features *features, dg_arena *arena, size_t n,
                                   const uint8_t *node_class, const uint8_t *pair_class,
                                   size_t edge_classes, const dg_feature_rows *out) {
    dg_feature_rows at = *out;
    subject of = {.features = features,
                  .arena = arena,
                  .n = n,
                  .node_class = node_class,
                  .pair_class = pair_class,
                  .edge_classes = edge_classes};
    for (unsigned row = 0; row < FEATURES; row++) {
        if (!has(features, row)) continue;
        const dg_feature_widths widths = widths_of(features, row);
        DG_TRY(table[row].compute(&of, &at));
        at.X += widths.X;
        if (widths.E) at.E += widths.E; /* NULL where there are none */
        at.y += widths.y;
    }
    return DIGRESS_OK;
}
