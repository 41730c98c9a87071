/* OpenBLAS, which has LAPACK (math/eigen.h). Products are the project's own (math/products.h). */
#ifndef DG_MATH_GEMM_H
#define DG_MATH_GEMM_H

/* Sets the library to one thread of its own; call before any eigenproblem. Thread-safe. */
void dg_gemm_initialize(void);

/* The processor whose kernels it runs: "Haswell" and the like. */
const char *dg_gemm_processor(void);

#endif
