/* float32 to bfloat16. */
#ifndef DG_MATH_CONVERT_H
#define DG_MATH_CONVERT_H

#include <stddef.h>
#include <stdint.h>

/* out[k] = the upper half of x[k], rounded to nearest even. A NaN stays one (unless its payload is
 * all ones, which no arithmetic yields). */
void dg_to_bf16_plain(size_t count, const float *x, uint16_t *out);

/* The same by the processor's own instruction, which treats denormal numbers as zeros. Only for
 * processors with AVX512-BF16. */
void dg_to_bf16(size_t count, const float *x, uint16_t *out);

#endif
