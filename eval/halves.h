/* Random halves of two sets of graphs: how much a number between them would differ on others. */
#ifndef DG_EVAL_HALVES_H
#define DG_EVAL_HALVES_H

#include "core/memory.h"

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

/* The 95 % interval value +- 1.96 standard deviations of the replicates, which are the number on
 * each pair of halves. A half drawn without replacement varies about the whole as the whole does
 * about the truth (the delete-half jackknife, Shao and Wu 1989). NAN when a replicate is. */
void dg_replicate_interval(double value, const double *replicates, double interval[2]);

#endif
