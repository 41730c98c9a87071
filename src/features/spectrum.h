/* Connected components, and the low end of the Laplacian's spectrum (DiGress, appendix B.2). */
#ifndef DG_FEATURES_SPECTRUM_H
#define DG_FEATURES_SPECTRUM_H

#include "core/memory.h"
#include <stdbool.h>
#include <stdint.h>

enum { DG_SPECTRUM_VALUES = 5, DG_SPECTRUM_VECTORS = 2 };

/* L = diag(d) - A has one eigenvalue 0 for each component; what follows them is kept here. */
typedef struct dg_spectrum {
    size_t components;
    double
        values[DG_SPECTRUM_VALUES]; /* the lowest after the zeros, divided by n; missing ones 2 */
    bool *outside; /* [n] whether a node is outside the largest component; of equally large ones,
                      that with the lowest node counts as the largest */
    double *vectors[DG_SPECTRUM_VECTORS]; /* [n] each, of the first values, unit norm, the sum of
                                             cubes not negative; missing ones 0 */
} dg_spectrum;

/* adjacency: [n * n], 0 or 1, symmetric, zero diagonal. Without with_vectors, vectors are not set.
 * Arrays and scratch come from the arena. Errors: MEMORY; INTERNAL (no convergence). */
digress_status dg_spectrum_of(dg_arena *arena, size_t n, const uint8_t *adjacency,
                              bool with_vectors, dg_spectrum *out);

#endif
