#include "math/convert.h"

#include <string.h>

void dg_to_bf16_plain(size_t count, const float *x, uint16_t *out) {
    for (size_t k = 0; k < count; k++) {
        uint32_t bits;
        memcpy(&bits, x + k, sizeof bits);
        bits += 0x7FFFu + ((bits >> 16) & 1u);
        out[k] = (uint16_t)(bits >> 16);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) void
dg_to_bf16(size_t count, const float *x, uint16_t *out) {
    size_t k = 0;
    for (; k + 32 <= count; k += 32) {
        const __m512bh both =
            _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + k + 16), _mm512_loadu_ps(x + k));
        memcpy(out + k, &both, sizeof both);
    }
    dg_to_bf16_plain(count - k, x + k, out + k);
}
#else
void dg_to_bf16(size_t count, const float *x, uint16_t *out) {
    dg_to_bf16_plain(count, x, out);
}
#endif
