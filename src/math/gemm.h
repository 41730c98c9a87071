/* OpenBLAS, for its LAPACK (math/eigen.h). Products are the project's own (math/products.h). */
#ifndef DG_MATH_GEMM_H
#define DG_MATH_GEMM_H

#include "core/status.h"
#include <stddef.h>

/* Sets OpenBLAS to one thread of its own, and has it map the buffers that `threads` of ours need:
 * if it found no room for one later, it would wait for ever. Call before any eigenproblem.
 * Thread-safe. Errors: INPUT (no room, or more threads than it is built for), MEMORY. */
digress_status dg_gemm_initialize(size_t threads);

/* The processor whose kernels it runs: "Haswell" and the like. */
const char *dg_gemm_processor(void);

#endif
