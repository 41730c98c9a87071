/* Histogram of the local clustering coefficients, 100 bins over [0, 1]. */
#include "eval/descriptors/descriptor.h"

static digress_status describe_clustering(const dg_subject *subject, dg_row *out) {
    enum { BINS = 100 };
    DG_TRY(dg_row_allocate(out, BINS));
    for (size_t u = 0; u < subject->adjacency.n; u++)
        dg_histogram_add(out->values, BINS, subject->clustering[u], 0.0, 1.0);
    return DIGRESS_OK;
}

const dg_descriptor dg_clustering_descriptor = {.describe = describe_clustering,
                                                .histogram = true,
                                                .tv_sigma = 0.1,
                                                .emd_sigma = 0.1,
                                                .emd_bins = 100.0,
                                                .in_ratio = true,
                                                .in_ratio_4 = true,
                                                .in_pgd = true};
