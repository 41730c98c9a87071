/* The spectrum of a graph's normalised Laplacian I - D^-1/2 A D^-1/2. A node without neighbours has
 * a row of zeros. */
#ifndef DG_EVAL_LAPLACIAN_H
#define DG_EVAL_LAPLACIAN_H

#include "eval/structure/adjacency.h"
#include <stdbool.h>

typedef struct dg_laplacian {
    size_t n;
    const double *values; /* [n] ascending */
    const double
        *vectors; /* [n, n]: row k is the unit eigenvector of values[k]; NULL: not computed */
} dg_laplacian;

/* The arrays live in the arena. */
digress_status dg_laplacian_of(const dg_adjacency *graph, dg_arena *arena, bool vectors,
                               dg_laplacian *out);

#endif
