/* Matrix products by OpenBLAS. All matrices are float32, row-major. (The products of the network's
 * linear layers are those of math/engine.h.)
 *
 * A row's bits depend on the number of rows in the call (the library picks kernels by size), so a
 * caller that wants equal bits for equal rows keeps the shape of its calls fixed. */
#ifndef DG_MATH_GEMM_H
#define DG_MATH_GEMM_H

#include "core/status.h"
#include <stddef.h>

/* Sets the library to one thread of its own; call before any product. Thread-safe. */
void dg_gemm_initialize(void);

/* C[m,n] = A[m,k] B[k,n] + beta C.    A linear layer, and the gradient w.r.t. its input. */
void dg_gemm_nn(size_t m, size_t n, size_t k, const float *A, size_t lda, const float *B,
                size_t ldb, float beta, float *C, size_t ldc);
/* C[m,n] = A[k,m]' B[k,n] + beta C.   The gradient w.r.t. its weight. */
void dg_gemm_tn(size_t m, size_t n, size_t k, const float *A, size_t lda, const float *B,
                size_t ldb, float beta, float *C, size_t ldc);

#endif
