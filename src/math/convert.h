/* float32 to bfloat16. */
#ifndef DG_MATH_CONVERT_H
#define DG_MATH_CONVERT_H

#include "math/isa.h"
#include <stddef.h>
#include <stdint.h>

typedef struct dg_convert {
    /* out[k] = the upper half of x[k], rounded to nearest even. A NaN stays one (but for payloads
     * of ones alone, which no arithmetic makes). */
    void (*to_bf16)(size_t count, const float *x, uint16_t *out);
} dg_convert;

DG_ISA_DECLARE(dg_convert, dg_convert_table);

#endif
