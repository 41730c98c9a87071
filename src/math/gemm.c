#include "math/gemm.h"

#include <cblas.h>

void openblas_set_num_threads(int threads);

void dg_gemm_initialize(void) {
    openblas_set_num_threads(1);
}

static void gemm(CBLAS_TRANSPOSE transpose_A, size_t m, size_t n, size_t k, const float *A,
                 size_t lda, const float *B, size_t ldb, float beta, float *C, size_t ldc) {
    if (m == 0 || n == 0) return;
    cblas_sgemm(CblasRowMajor, transpose_A, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1.0f,
                A, (blasint)lda, B, (blasint)ldb, beta, C, (blasint)ldc);
}

void dg_gemm_nn(size_t m, size_t n, size_t k, const float *A, size_t lda, const float *B,
                size_t ldb, float beta, float *C, size_t ldc) {
    gemm(CblasNoTrans, m, n, k, A, lda, B, ldb, beta, C, ldc);
}

void dg_gemm_tn(size_t m, size_t n, size_t k, const float *A, size_t lda, const float *B,
                size_t ldb, float beta, float *C, size_t ldc) {
    gemm(CblasTrans, m, n, k, A, lda, B, ldb, beta, C, ldc);
}
