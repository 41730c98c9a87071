/* The squared maximum mean discrepancy between two sets of graphs, with the protocol's kernels. */
#ifndef DG_EVAL_MMD_H
#define DG_EVAL_MMD_H

#include "eval/descriptors.h"

typedef enum dg_kernel {
    DG_KERNEL_TV,  /* exp(-(L1 / 2)^2 / (2 sigma^2)) of histograms: DiGress's */
    DG_KERNEL_EMD, /* exp(-EMD^2 / (2 sigma^2)): GraphRNN's. Of orbits, a Gaussian. Of wavelets,
                      undefined */
    DG_KERNEL_RBF, /* exp(-L2^2 / (2 (b s)^2)), s^2 the mean squared distance of reference to other;
                      the largest MMD over ten b: PolyGraph's */
    DG_KERNEL_COUNT
} dg_kernel;

bool dg_kernel_defined(dg_kernel kernel, enum dg_descriptor_id descriptor);

/* Random halves of two sets, for how much an MMD would differ on other graphs. */
enum { DG_REPLICATES = 64, DG_HALVES_MINIMUM = 4 };
typedef struct dg_halves {
    size_t reference_half, other_half; /* graphs of a half; 0: too few graphs for halves */
    float *reference;                  /* [count, DG_REPLICATES]: 1 for those in the half, else 0 */
    float *other;
} dg_halves;

/* The same halves for the same counts. Either count under DG_HALVES_MINIMUM gives no halves. Free
 * with dg_halves_free. */
digress_status dg_halves_draw(size_t reference_count, size_t other_count, dg_halves *out);
void dg_halves_free(dg_halves *halves);

typedef struct dg_mmd {
    double value;
    double replicates[DG_REPLICATES]; /* the MMD of each pair of halves, RBF's at the bandwidth of
                                         `value`; NAN without halves */
} dg_mmd;

/* The 95 % interval value +- 1.96 standard deviations of the replicates. A half drawn without
 * replacement varies about the whole as the whole does about the truth (Shao and Wu 1989). NAN when
 * a replicate is. */
void dg_replicate_interval(double value, const double *replicates, double interval[2]);

/* mean k(a, a) + mean k(b, b) - 2 mean k(a, b), diagonals included (the V-statistic). The TV and
 * EMD kernels are not positive definite: small negative values are right. Results do not depend on
 * the threads. halves may be NULL: no replicates. Errors: INPUT when a side is empty. */
digress_status dg_squared_mmd(dg_pool *pool, dg_kernel kernel, enum dg_descriptor_id descriptor,
                              const dg_description *reference, const dg_description *other,
                              const dg_halves *halves, dg_mmd *out);

#endif
