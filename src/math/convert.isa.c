/* Compiled once for each instruction set; see math/isa.h. */
#include "math/convert.h"

#include <string.h>

static void to_bf16(size_t count, const float *restrict x, uint16_t *restrict out) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        uint32_t bits;
        memcpy(&bits, x + k, sizeof bits);
        bits += 0x7FFFu + ((bits >> 16) & 1u);
        out[k] = (uint16_t)(bits >> 16);
    }
}

const dg_convert DG_ISA_NAME(dg_convert_table) = {.to_bf16 = to_bf16};
