/* Whether every number is finite. Free of branches, as fast as memory can be read. */
#ifndef DG_MATH_FINITE_H
#define DG_MATH_FINITE_H

#include <stdbool.h>
#include <stddef.h>

bool dg_all_finite(size_t count, const float *values);

#endif
