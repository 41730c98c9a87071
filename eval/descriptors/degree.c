/* Histogram of the degrees: how many nodes have each. */
#include "eval/descriptors/descriptor.h"

static digress_status describe_degrees(const dg_subject *subject, dg_row *out) {
    const dg_adjacency *graph = &subject->adjacency;
    size_t largest = 0;
    for (size_t u = 0; u < graph->n; u++)
        if (dg_degree(graph, u) > largest) largest = dg_degree(graph, u);
    DG_TRY(dg_row_allocate(out, largest + 1));
    for (size_t u = 0; u < graph->n; u++)
        out->values[dg_degree(graph, u)] += 1.0;
    return DIGRESS_OK;
}

const dg_descriptor dg_degree_descriptor = {.describe = describe_degrees,
                                            .histogram = true,
                                            .tv_sigma = 1.0,
                                            .emd_sigma = 1.0,
                                            .emd_bins = 1.0,
                                            .in_ratio = true,
                                            .in_ratio_4 = true,
                                            .in_pgd = true};
