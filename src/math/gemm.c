#include "math/gemm.h"

void openblas_set_num_threads(int threads);
char *openblas_get_corename(void);

void dg_gemm_initialize(void) {
    openblas_set_num_threads(1);
}

const char *dg_gemm_processor(void) {
    return openblas_get_corename();
}
