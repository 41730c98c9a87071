#include "math/gemm.h"

void openblas_set_num_threads(int threads);

void dg_gemm_initialize(void) {
    openblas_set_num_threads(1);
}
