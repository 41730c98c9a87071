/* The squared maximum mean discrepancy between two sets of graphs, with the protocol's kernels. */
#ifndef DG_EVAL_MMD_H
#define DG_EVAL_MMD_H

#include "eval/descriptors/description.h"
#include "eval/statistics/halves.h"

typedef enum dg_kernel {
    DG_KERNEL_TV,  /* exp(-(L1 / 2)^2 / (2 sigma^2)) of histograms: DiGress's */
    DG_KERNEL_EMD, /* exp(-EMD^2 / (2 sigma^2)): GraphRNN's. A Gaussian for orbits, undefined
                      for wavelets */
    DG_KERNEL_RBF, /* exp(-L2^2 / (2 (b s)^2)), s^2 the mean squared distance of reference to other;
                      the largest MMD over ten b: PolyGraph's */
    DG_KERNEL_COUNT
} dg_kernel;

bool dg_kernel_defined(dg_kernel kernel, enum dg_descriptor_id descriptor);

/* "tv", "emd", "rbf" */
const char *dg_kernel_name(dg_kernel kernel);

/* Which discrepancy to compute. */
typedef struct dg_mmd_request {
    dg_kernel kernel;
    enum dg_descriptor_id descriptor; /* one for which the kernel is defined */
    const dg_halves *halves;          /* of the two sets; NULL: no replicates */
    dg_progress *progress;            /* may be NULL */
} dg_mmd_request;

typedef struct dg_mmd {
    double value;
    double replicates[DG_REPLICATES]; /* the MMD of each pair of halves (for RBF, at the bandwidth
                                         of `value`); NAN without halves */
} dg_mmd;

/* mean k(a, a) + mean k(b, b) - 2 mean k(a, b), diagonals included (the V-statistic). The TV and
 * EMD kernels are not positive definite: small negative values are correct. Results do not depend
 * on the threads. Errors: INPUT when a side is empty. */
digress_status dg_squared_mmd(dg_pool *pool, const dg_mmd_request *what,
                              const dg_description *reference, const dg_description *other,
                              dg_mmd *out);

#endif
