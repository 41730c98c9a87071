#include "eval/molecules/fingerprints.h"

#include "chem/molecule.h"
#include "core/memory.h"
#include "distributed/divided.h"
#include "math/isa.h"
#include <stdlib.h>

DG_ISA_DECLARE(dg_tanimoto_kernels, dg_tanimoto_kernels_table);

typedef struct tanimoto {
    const dg_tanimoto_kernels *kernels;
    const uint64_t *a, *b;
    size_t b_count;
    double *sums; /* [a_count] */
} tanimoto;

static digress_status sum_row(void *context, size_t index, size_t thread) {
    const tanimoto *job = context;
    (void)thread;
    job->sums[index] =
        job->kernels->row(job->a + index * DG_FINGERPRINT_WORDS, job->b_count, job->b);
    return DIGRESS_OK;
}

static digress_status carry_sum(void *context, size_t index, dg_parcel *parcel) {
    const tanimoto *job = context;
    return dg_parcel_bytes(parcel, &job->sums[index], sizeof *job->sums);
}

digress_status dg_mean_tanimoto(dg_pool *pool, size_t a_count, const uint64_t *a, size_t b_count,
                                const uint64_t *b, double *out) {
    tanimoto job = {DG_ISA_SELECT(dg_tanimoto_kernels_table), a, b, b_count, NULL};
    const dg_divided loop = {.count = a_count, .job = sum_row, .carry = carry_sum, .context = &job};
    double sum = 0;
    DG_TRY(dg_allocate(a_count, sizeof *job.sums, &job.sums));
    digress_status status = dg_run_divided(pool, &loop);
    for (size_t i = 0; i < a_count; i++)
        sum += job.sums[i];
    free(job.sums);
    *out = sum / ((double)a_count * (double)b_count);
    return status;
}
