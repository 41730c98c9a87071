/* Histogram of the eigenvalues of the normalised Laplacian, 200 bins over [-1e-5, 2]. */
#include "eval/descriptors/descriptor.h"

static digress_status describe_spectrum(const dg_subject *subject, dg_row *out) {
    enum { BINS = 200 };
    const double low = -1e-5, high = 2.0;
    DG_TRY(dg_row_allocate(out, BINS));
    for (size_t k = 0; k < subject->laplacian.n; k++) {
        double value = subject->laplacian.values[k];
        if (value > high && !subject->drop_above_two) value = high;
        dg_histogram_add(out->values, BINS, value, low, high);
    }
    return DIGRESS_OK;
}

const dg_descriptor dg_spectral_descriptor = {.describe = describe_spectrum,
                                              .needs = DG_LAPLACIAN_VALUES,
                                              .histogram = true,
                                              .divided_twice = true,
                                              .tv_sigma = 1.0,
                                              .emd_sigma = 1.0,
                                              .emd_bins = 1.0,
                                              .in_ratio = true,
                                              .in_ratio_4 = true,
                                              .in_pgd = true,
                                              .digress_counts_by_test = true};
