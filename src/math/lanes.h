/* Vectors that fill one register of the instruction set at hand, for *.isa.c files: GCC's vector
 * types, with names for the few operations that those lack. */
#ifndef DG_MATH_LANES_H
#define DG_MATH_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
enum { DG_LANES = 16 };
#elif defined(__AVX2__)
enum { DG_LANES = 8 };
#else
enum { DG_LANES = 4 };
#endif

/* For functions whose constant arguments choose what is compiled. */
#define INLINE static inline __attribute__((always_inline))

/* May be unaligned, and may alias an array of floats. */
typedef float dg_lanes
    __attribute__((vector_size(DG_LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t dg_lanes_int __attribute__((vector_size(DG_LANES * sizeof(int32_t))));

static inline dg_lanes dg_lanes_at(const float *x) {
    return *(const dg_lanes *)x;
}

static inline void dg_lanes_store(float *x, dg_lanes value) {
    *(dg_lanes *)x = value;
}

/* The first `count` elements; zeros in the other lanes. A whole vector is no copy of memory: GCC
 * would take that through the stack, in halves. */
INLINE dg_lanes dg_lanes_load_some(const float *x, size_t count) {
    if (count >= DG_LANES) return dg_lanes_at(x);
    dg_lanes value = {0};
    memcpy(&value, x, count * sizeof *x);
    return value;
}

INLINE void dg_lanes_store_some(float *x, dg_lanes value, size_t count) {
    if (count >= DG_LANES)
        dg_lanes_store(x, value);
    else
        memcpy(x, &value, count * sizeof *x);
}

/* x > 0 ? a : b in each lane */
static inline dg_lanes dg_lanes_where_positive(dg_lanes x, dg_lanes a, dg_lanes b) {
#if defined(__AVX512F__)
    const __mmask16 positive = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ);
    return _mm512_mask_blend_ps(positive, b, a);
#else
    const dg_lanes_int positive = (dg_lanes_int)(x > 0.0f);
    return (dg_lanes)((positive & (dg_lanes_int)a) | (~positive & (dg_lanes_int)b));
#endif
}

/* The larger; b if one is a NaN. */
static inline dg_lanes dg_lanes_max(dg_lanes a, dg_lanes b) {
#if defined(__AVX512F__)
    return _mm512_max_ps(a, b);
#else
    const dg_lanes_int larger = (dg_lanes_int)(a > b);
    return (dg_lanes)((larger & (dg_lanes_int)a) | (~larger & (dg_lanes_int)b));
#endif
}

/* -|x| */
static inline dg_lanes dg_lanes_negative(dg_lanes x) {
    return (dg_lanes)((dg_lanes_int)x | INT32_MIN);
}

static inline float dg_lanes_sum(dg_lanes value) {
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps(value);
#else
    float x[DG_LANES];
    memcpy(x, &value, sizeof x);
    for (size_t half = DG_LANES / 2; half > 0; half /= 2)
        for (size_t k = 0; k < half; k++)
            x[k] += x[k + half];
    return x[0];
#endif
}

/* ---- sums whose order is the same on every instruction set ---- */

/* Sixteen partial sums, whatever a register holds. */
enum { DG_PARTIAL_SUMS = 16, DG_SUM_PARTS = DG_PARTIAL_SUMS / DG_LANES };
typedef struct dg_sums {
    dg_lanes part[DG_SUM_PARTS];
} dg_sums;

/* x[0 .. 15], with `rest` in place of those from `count` on. */
INLINE dg_sums dg_sixteen_at(const float *x, size_t count, float rest) {
    float copy[DG_PARTIAL_SUMS];
    dg_sums values;
    if (count >= DG_PARTIAL_SUMS) {
        for (size_t k = 0; k < DG_SUM_PARTS; k++)
            values.part[k] = dg_lanes_at(x + k * DG_LANES);
        return values;
    }
    for (size_t k = 0; k < DG_PARTIAL_SUMS; k++)
        copy[k] = rest;
    memcpy(copy, x, count * sizeof *x);
    memcpy(&values, copy, sizeof values);
    return values;
}

/* x[k] + x[k + 8], of those the first four and the last four, and so on. */
INLINE float dg_sums_total(dg_sums sums) {
    for (size_t half = DG_SUM_PARTS / 2; half > 0; half /= 2)
        for (size_t k = 0; k < half; k++)
            sums.part[k] += sums.part[k + half];
    return dg_lanes_sum(sums.part[0]);
}

#endif
