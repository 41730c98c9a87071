/* Extra features of a noisy graph that a message-passing network cannot compute itself
 * (DiGress, section 4 and appendix B.2): cycle counts, Laplacian spectrum, and what a chemist knows
 * of a molecule's atoms. */
#ifndef DG_FEATURES_FEATURES_H
#define DG_FEATURES_FEATURES_H

#include "core/memory.h"
#include "features/molecular.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum dg_feature_kind {
    DG_FEATURES_NONE,        /* y: nothing */
    DG_FEATURES_CYCLES,      /* X: 3 cycle counts.  y: n / max_n, 4 cycle counts */
    DG_FEATURES_EIGENVALUES, /* and y: number of components, 5 eigenvalues */
    DG_FEATURES_ALL          /* and X: not-in-largest-component indicator, 2 eigenvectors */
} dg_feature_kind;

typedef struct dg_features {
    dg_feature_kind kind;
    bool published_cycles; /* 5-cycles as branch main counts them (too many); default: corrected */
    size_t max_n;          /* largest graph of the training set */
    dg_molecular molecular;
} dg_features;

size_t dg_features_X_width(const dg_features *features); /* 0, 3, 3, 6; 2 more for molecules */
size_t dg_features_y_width(const dg_features *features); /* 0, 5, 11, 11; 1 more for molecules */

/* Whether they ask for eigenvalues: dg_gemm_initialize comes first. */
bool dg_features_use_spectrum(const dg_features *features);

/* One graph. node_class: [n] (read for molecules only); pair_class: [n * n], symmetric; an entry of
 * 0, or of edge_classes and more (the diagonal), is no edge.
 * Writes X rows at X + i * X_stride (X_width values each) and y_width values at y: those of the
 * graph, then those of the molecule. Scratch comes from the arena.
 * Errors: MEMORY, INTERNAL (the eigensolver did not converge). */
digress_status dg_features_compute(const dg_features *features, dg_arena *arena, size_t n,
                                   const uint8_t *node_class, const uint8_t *pair_class,
                                   size_t edge_classes, float *X, size_t X_stride, float *y);

#endif
