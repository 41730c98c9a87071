/* The squared maximum mean discrepancy between two sets of descriptor rows. */
#ifndef DG_EVAL_MMD_H
#define DG_EVAL_MMD_H

#include "eval/descriptors.h"

/* k(a, b) of two rows; `bandwidth` is the descriptor's. */
typedef double dg_kernel(const dg_row *a, const dg_row *b, double bandwidth);

/* exp(-(L1/2)^2 / (2 sigma^2)) of the rows divided by (sum + 1e-6): SPECTRE's and DiGress's. */
dg_kernel dg_gaussian_tv;

/* mean k(a, a) + mean k(b, b) - 2 mean k(a, b), diagonals included (the V-statistic). The TV kernel
 * is not positive definite: small negative values are right. Rows of the Gram matrices are computed
 * in parallel and summed in order. Errors: INPUT when a side is empty. */
digress_status dg_squared_mmd(dg_pool *pool, dg_kernel *kernel, double bandwidth, const dg_row *a,
                              size_t a_count, const dg_row *b, size_t b_count, double *out);

/* The protocol's squared MMD of one descriptor, Gaussian-TV kernel. */
digress_status dg_descriptor_mmd(dg_pool *pool, enum dg_descriptor_id descriptor,
                                 const dg_description *reference, const dg_description *other,
                                 double *out);

#endif
