/* The products of linear layers, one table an instruction set. All matrices are float32, row-major.
 *
 * Each output is one chain of multiply-adds over k, from k = 0 on, fused where the instruction set
 * has that: so a row's bits do not depend on its place, on the rows beside it, on how many there
 * are, or on the width of the vectors. */
#ifndef DG_MATH_PRODUCTS_H
#define DG_MATH_PRODUCTS_H

#include "math/isa.h"
#include <stdbool.h>
#include <stddef.h>

/* B [k, n] as the products read it: panels of `panel` columns, [n / panel rounded up, k, panel],
 * with zeros after the last column. */
typedef struct dg_product_kernels {
    size_t panel;
    /* B = W: [k, n]. */
    void (*pack)(size_t k, size_t n, const float *W, float *B);
    /* B = W', W: [n, k]. */
    void (*pack_transposed)(size_t k, size_t n, const float *W, float *B);
    /* C [m, n] = A [m, k] B; C += A B if `add`. */
    void (*multiply)(size_t m, size_t n, size_t k, const float *A, const float *B, bool add,
                     float *C);
    /* C [m, m] = A [m, k] B, where that is symmetric to the bit: half of it is computed. */
    void (*multiply_symmetric)(size_t m, size_t k, const float *A, const float *B, float *C);
    /* C [m, n] += A' B, A: [k, m], B: [k, n]. Sums over 256 rows at a time are added to C. */
    void (*add_outer)(size_t m, size_t n, size_t k, const float *A, const float *B, float *C);
} dg_product_kernels;

DG_ISA_DECLARE(dg_product_kernels, dg_product_kernels_table);

#endif
