/* Compiled once for each instruction set; see math/isa.h. */
#include "eval/molecules/fingerprints.h"
#include "chem/molecule.h"
#include "math/isa.h"

static double sum_similarities(const uint64_t *a, size_t b_count, const uint64_t *b) {
    double sum = 0;
    for (size_t j = 0; j < b_count; j++, b += DG_FINGERPRINT_WORDS) {
        int both = 0, either = 0;
        for (size_t w = 0; w < DG_FINGERPRINT_WORDS; w++) {
            both += __builtin_popcountll(a[w] & b[w]);
            either += __builtin_popcountll(a[w] | b[w]);
        }
        sum += either ? (double)both / either : 1;
    }
    return sum;
}

extern const dg_tanimoto_kernels DG_ISA_NAME(dg_tanimoto_kernels_table);
const dg_tanimoto_kernels DG_ISA_NAME(dg_tanimoto_kernels_table) = {sum_similarities};
