#include "math/isa.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
static dg_isa best_of_processor(void) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi2"))
        return DG_ISA_X86_64_V2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return DG_ISA_X86_64_V3;
    return DG_ISA_X86_64_V4;
}

dg_isa dg_isa_choose(void) {
    dg_isa best = best_of_processor();
    const char *wanted = getenv("DIGRESS_ISA");
    if (!wanted) return best;
    if (strcmp(wanted, "v2") == 0) return DG_ISA_X86_64_V2;
    if (strcmp(wanted, "v3") == 0 && best >= DG_ISA_X86_64_V3) return DG_ISA_X86_64_V3;
    return best;
}
#else
dg_isa dg_isa_choose(void) {
    return DG_ISA_BASE;
}
#endif

const char *dg_isa_name(dg_isa isa) {
    static const char *const names[] = {"base", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    return names[isa];
}
