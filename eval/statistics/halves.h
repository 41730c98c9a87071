/* Random halves of two sets of graphs: how much a distance between the sets would vary if they were
 * drawn again. */
#ifndef DG_EVAL_HALVES_H
#define DG_EVAL_HALVES_H

#include "core/memory.h"

enum { DG_REPLICATES = 64, DG_HALVES_MINIMUM = 4 };

/* Replicates come in pairs: 2k + 1 has the graphs that 2k lacks (all but one if the count is odd).
 */
typedef struct dg_halves {
    size_t reference_half, other_half; /* the number of graphs in a half; 0: too few for halves */
    float *reference;                  /* [count, DG_REPLICATES] 1 for those in the half, else 0 */
    float *other;
} dg_halves;

/* The same counts give the same halves; a count under DG_HALVES_MINIMUM gives none. Free with
 * dg_halves_free. */
digress_status dg_halves_draw(size_t reference_count, size_t other_count, dg_halves *out);
void dg_halves_free(dg_halves *halves);

/* The 95 % interval value +- 1.96 standard errors of a squared MMD, or of a sum of such.
 * replicates: its value on each pair of halves.
 *
 * A half drawn without replacement varies about the whole set as that does about the truth (the
 * delete-half jackknife, Shao and Wu 1989). With D the difference of the two sets' mean embeddings,
 * and d what a half adds to it, two opposite halves give |D + d|^2 and |D - d|^2, from which come L
 * = 2 <D, d> and Q = |d|^2. With the true difference D0 the variance would be 4 Var <D0, d> + Var
 * Q; but D has an error of its own, which adds 4 tr S^2 = 2 Var Q to Var L, S being the covariance
 * of d. So the variance is Var L - Var Q, and at least Var Q. NAN if a replicate is NAN. */
void dg_replicate_interval(double value, const double *replicates, double interval[2]);

#endif
