/* Is every number finite? Without a branch a number: a pass over memory, no more. */
#ifndef DG_MATH_FINITE_H
#define DG_MATH_FINITE_H

#include <stdbool.h>
#include <stddef.h>

bool dg_all_finite(size_t count, const float *values);

#endif
