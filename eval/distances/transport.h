/* The effect of rounding on the earth mover's distances that FastEMD (pyemd) computes. */
#ifndef DG_EVAL_TRANSPORT_H
#define DG_EVAL_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

/* Integers of scratch per bin. */
enum { DG_TRANSPORT_WORK = 14 };

/* FastEMD rounds the cost of moving by d of length - 1 bins to millionths of the largest cost. Of
 * the many cheapest ways to move one histogram to another it then finds the one whose rounded cost
 * is lowest. The result is the sum of mass times (rounded cost - cost), in bins, for a way that is
 * nearly as low: first come, first served, then improved by exchanging destinations. (About a sixth
 * of the effect is missed, 4e-6 of a distance between spectra.)
 *
 * a, b: running sums of masses, [length] bins. work: [DG_TRANSPORT_WORK, length]. */
double dg_transport_rounding(size_t length, const int32_t *a, const int32_t *b, int32_t *work);

#endif
