#include "eval/mmd.h"

#include <math.h>
#include <stdlib.h>

static const double SUM_FLOOR = 1e-6;

double dg_gaussian_tv(const dg_row *a, const dg_row *b, double sigma) {
    const dg_row *longer = a->length >= b->length ? a : b, *shorter = longer == a ? b : a;
    double longer_share = 1.0 / (longer->sum + SUM_FLOOR);
    double shorter_share = 1.0 / (shorter->sum + SUM_FLOOR);
    double distance = 0.0;
    for (size_t k = 0; k < shorter->length; k++)
        distance += fabs(longer->values[k] * longer_share - shorter->values[k] * shorter_share);
    for (size_t k = shorter->length; k < longer->length; k++)
        distance += fabs(longer->values[k] * longer_share);
    double total_variation = 0.5 * distance;
    return exp(-total_variation * total_variation / (2.0 * sigma * sigma));
}

typedef struct gram_job {
    dg_kernel *kernel;
    double bandwidth;
    const dg_row *a, *b;
    size_t b_count;
    double *sums; /* [a_count] */
} gram_job;

/* sums[index] = sum_j k(a_index, b_j) */
static digress_status sum_gram_row(void *context, size_t index, size_t thread) {
    (void)thread;
    gram_job *job = context;
    double sum = 0.0;
    for (size_t j = 0; j < job->b_count; j++)
        sum += job->kernel(&job->a[index], &job->b[j], job->bandwidth);
    job->sums[index] = sum;
    return DIGRESS_OK;
}

/* The mean of the Gram matrix. */
static digress_status gram_mean(dg_pool *pool, gram_job *job, size_t a_count, double *out) {
    DG_TRY(dg_pool_run(pool, a_count, sum_gram_row, job));
    double sum = 0.0;
    for (size_t k = 0; k < a_count; k++)
        sum += job->sums[k];
    *out = sum / ((double)a_count * (double)job->b_count);
    return DIGRESS_OK;
}

digress_status dg_squared_mmd(dg_pool *pool, dg_kernel *kernel, double bandwidth, const dg_row *a,
                              size_t a_count, const dg_row *b, size_t b_count, double *out) {
    if (a_count == 0 || b_count == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the MMD needs graphs on both sides, got %zu and %zu",
                        a_count, b_count);
    double *sums = NULL, aa = 0.0, bb = 0.0, ab = 0.0;
    DG_TRY(dg_allocate(a_count > b_count ? a_count : b_count, sizeof *sums, &sums));
    gram_job job_aa = {kernel, bandwidth, a, a, a_count, sums};
    gram_job job_bb = {kernel, bandwidth, b, b, b_count, sums};
    gram_job job_ab = {kernel, bandwidth, a, b, b_count, sums};
    digress_status status = gram_mean(pool, &job_aa, a_count, &aa);
    if (status == DIGRESS_OK) status = gram_mean(pool, &job_bb, b_count, &bb);
    if (status == DIGRESS_OK) status = gram_mean(pool, &job_ab, a_count, &ab);
    free(sums);
    DG_TRY(status);
    *out = aa + bb - 2.0 * ab;
    return DIGRESS_OK;
}

digress_status dg_descriptor_mmd(dg_pool *pool, enum dg_descriptor_id descriptor,
                                 const dg_description *reference, const dg_description *other,
                                 double *out) {
    return dg_squared_mmd(pool, dg_gaussian_tv, dg_descriptors[descriptor].tv_sigma,
                          reference->rows[descriptor], reference->count, other->rows[descriptor],
                          other->count, out);
}
