/* Vectors that fill one register of the instruction set at hand, for *.isa.c files: GCC's vector
 * types, with names for the few operations that those lack. */
#ifndef DG_MATH_LANES_H
#define DG_MATH_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
enum { DG_LANES = 16 };
#elif defined(__AVX2__)
#include <immintrin.h>
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
typedef uint32_t dg_lanes_uint __attribute__((vector_size(DG_LANES * sizeof(uint32_t))));

static inline dg_lanes dg_lanes_at(const float *x) {
    return *(const dg_lanes *)x;
}

static inline void dg_lanes_store(float *x, dg_lanes value) {
    *(dg_lanes *)x = value;
}

#if defined(__AVX2__) && !defined(__AVX512F__)
INLINE __m256i dg_lanes_first(size_t count) {
    const dg_lanes_int lane = {0, 1, 2, 3, 4, 5, 6, 7};
    return (__m256i)(lane < (int32_t)count);
}
#endif

/* The first `count` elements; zeros in the other lanes. A whole vector is no copy of memory: GCC
 * would take that through the stack, in halves. */
INLINE dg_lanes dg_lanes_load_some(const float *x, size_t count) {
    if (count >= DG_LANES) return dg_lanes_at(x);
#if defined(__AVX512F__)
    return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), x);
#elif defined(__AVX2__)
    return _mm256_maskload_ps(x, dg_lanes_first(count));
#else
    dg_lanes value = {0};
    memcpy(&value, x, count * sizeof *x);
    return value;
#endif
}

INLINE void dg_lanes_store_some(float *x, dg_lanes value, size_t count) {
    if (count >= DG_LANES) {
        dg_lanes_store(x, value);
        return;
    }
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(x, (__mmask16)((1u << count) - 1), value);
#elif defined(__AVX2__)
    _mm256_maskstore_ps(x, dg_lanes_first(count), value);
#else
    memcpy(x, &value, count * sizeof *x);
#endif
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

static inline bool dg_lanes_any_above(dg_lanes x, float bound) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask(x, _mm512_set1_ps(bound), _CMP_GT_OQ) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_ps((__m256)(x > bound)) != 0;
#else
    bool any = false;
    for (size_t k = 0; k < DG_LANES; k++)
        any |= x[k] > bound;
    return any;
#endif
}

/* The larger; b if one is a NaN. */
static inline dg_lanes dg_lanes_max(dg_lanes a, dg_lanes b) {
#if defined(__AVX512F__)
    return _mm512_max_ps(a, b);
#elif defined(__AVX2__)
    return _mm256_max_ps(a, b);
#else
    const dg_lanes_int larger = (dg_lanes_int)(a > b);
    return (dg_lanes)((larger & (dg_lanes_int)a) | (~larger & (dg_lanes_int)b));
#endif
}

/* a b + c, rounded once where the instruction set can, whatever the compiler makes of the rest. */
static inline dg_lanes dg_lanes_fused(dg_lanes a, dg_lanes b, dg_lanes c) {
#if defined(__AVX512F__)
    return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
    return _mm256_fmadd_ps(a, b, c);
#else
    return a * b + c;
#endif
}

/* The smaller; b if one is a NaN. */
static inline dg_lanes dg_lanes_min(dg_lanes a, dg_lanes b) {
    return -dg_lanes_max(-a, -b);
}

/* -|x| */
static inline dg_lanes dg_lanes_negative(dg_lanes x) {
    return (dg_lanes)((dg_lanes_int)x | INT32_MIN);
}

/* Of those that are at least `least`; zeros in the other lanes. */
static inline dg_lanes dg_lanes_where_least(dg_lanes_int x, int32_t least, dg_lanes value) {
#if defined(__AVX512F__)
    const __mmask16 enough = _mm512_cmpge_epi32_mask((__m512i)x, _mm512_set1_epi32(least));
    return _mm512_maskz_mov_ps(enough, value);
#else
    return (dg_lanes)(~(dg_lanes_int)(x < least) & (dg_lanes_int)value);
#endif
}

/* *rest where x equals y, and zero elsewhere; *rest becomes zero there. */
INLINE dg_lanes dg_lanes_spend(dg_lanes x, dg_lanes y, dg_lanes *rest) {
#if defined(__AVX512F__)
    const __mmask16 equal = _mm512_cmp_ps_mask(x, y, _CMP_EQ_OQ);
    const dg_lanes spent = _mm512_maskz_mov_ps(equal, *rest);
    *rest = _mm512_mask_mov_ps(*rest, equal, _mm512_setzero_ps());
#else
    const dg_lanes_int equal = (dg_lanes_int)(x == y);
    const dg_lanes spent = (dg_lanes)(equal & (dg_lanes_int)*rest);
    *rest = (dg_lanes)(~equal & (dg_lanes_int)*rest);
#endif
    return spent;
}

/* x[k] + x[k + half of the lanes], and so on. */
static inline float dg_lanes_sum(dg_lanes value) {
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps(value);
#elif defined(__AVX2__)
    const __m128 four = _mm256_castps256_ps128(value) + _mm256_extractf128_ps(value, 1);
    const __m128 two = four + _mm_movehl_ps(four, four);
    return two[0] + two[1];
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
