/* The 15 orbit counts, summed over the nodes and divided by their number. */
#include "eval/descriptors/descriptor.h"

static digress_status describe_orbits(const dg_subject *subject, dg_row *out) {
    size_t n = subject->adjacency.n;
    DG_TRY(dg_row_allocate(out, DG_ORBITS));
    for (size_t orbit = 0; orbit < DG_ORBITS; orbit++) {
        int64_t sum = 0;
        for (size_t u = 0; u < n; u++)
            sum += subject->orbits[u][orbit];
        out->values[orbit] = (double)sum / (double)n;
    }
    return DIGRESS_OK;
}

const dg_descriptor dg_orbit_descriptor = {.describe = describe_orbits,
                                           .tv_sigma = 30.0,
                                           .emd_sigma = 30.0,
                                           .emd_bins = 1.0,
                                           .in_ratio = true,
                                           .in_ratio_4 = true,
                                           .in_pgd = true};
