/* Sums of Tanimoto similarities of fingerprints. */
#ifndef DG_EVAL_FINGERPRINTS_H
#define DG_EVAL_FINGERPRINTS_H

#include "core/threads.h"
#include <stdint.h>

/* Mean over all pairs (a_i, b_j) of |a and b| / |a or b| (1 if both are empty). a, b: [count,
 * DG_FINGERPRINT_WORDS]; count >= 1. The result does not depend on the threads. */
digress_status dg_mean_tanimoto(dg_pool *pool, size_t a_count, const uint64_t *a, size_t b_count,
                                const uint64_t *b, double *out);

/* The kernel's inner loop, one for each instruction set: the sum over the rows of b for one a. */
typedef double dg_tanimoto_row(const uint64_t *a, size_t b_count, const uint64_t *b);
typedef struct dg_tanimoto_kernels {
    dg_tanimoto_row *row;
} dg_tanimoto_kernels;

#endif
