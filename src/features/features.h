/* Extra features of a noisy graph that a message-passing network cannot compute itself
 * (DiGress, section 4 and appendix B.2): cycle counts, Laplacian spectrum, random walks, and the
 * valencies and weights of a molecule's atoms. */
#ifndef DG_FEATURES_FEATURES_H
#define DG_FEATURES_FEATURES_H

#include "config/choices.h"
#include "core/memory.h"
#include "features/molecular.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct dg_features {
    dg_feature_kind kind;
    bool published_cycles; /* 5-cycles as branch main counts them (too many); default: corrected */
    size_t rrwp_steps; /* of RRWP: the number of powers of the walk's matrix, the 0th included */
    size_t max_n;      /* largest graph of the training set */
    dg_molecular molecular;
} dg_features;

/* Columns on each node, on each ordered pair, and of the graph. */
typedef struct dg_feature_widths {
    size_t X, E, y;
} dg_feature_widths;

dg_feature_widths dg_features_widths(const dg_features *features);

/* Whether they need eigenvalues: then dg_gemm_initialize has to be called first. */
bool dg_features_use_spectrum(const dg_features *features);

/* Where the columns go: X + i * X_stride for node i, E + (i * n + j) * E_stride, y. */
typedef struct dg_feature_rows {
    float *X, *E, *y;
    size_t X_stride, E_stride;
} dg_feature_rows;

/* One graph. node_class: [n] (read for molecules only); pair_class: [n * n], symmetric; an entry of
 * 0, or of edge_classes or more (the diagonal), is not an edge. Writes all columns: those of the
 * graph, then those of the molecule. Scratch comes from the arena. Errors: MEMORY, INTERNAL (the
 * eigensolver did not converge). */
digress_status dg_features_compute(const dg_features *features, dg_arena *arena, size_t n,
                                   const uint8_t *node_class, const uint8_t *pair_class,
                                   size_t edge_classes, const dg_feature_rows *out);

#endif
