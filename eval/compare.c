#include "eval/compare.h"

#include "datasets/generators.h"
#include "eval/mmd.h"
#include <math.h>
#include <stdlib.h>

enum { BASELINE_SEED = 0 };

static dg_compared_set mean_summary(const dg_description *description) {
    dg_compared_set set = {.count = description->count};
    for (size_t k = 0; k < description->count; k++) {
        const dg_summary *summary = &description->summaries[k];
        set.nodes += (double)summary->nodes;
        set.edges += (double)summary->edges;
        set.degree += summary->mean_degree;
        set.clustering += summary->mean_clustering;
        set.triangles += (double)summary->triangles;
    }
    double count = (double)description->count;
    set.nodes /= count;
    set.edges /= count;
    set.degree /= count;
    set.clustering /= count;
    set.triangles /= count;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        set.mmd[d] = set.share[d] = NAN;
    return set;
}

/* One row; `reference` may be NULL. */
static digress_status compare_set(dg_pool *pool, const dg_description *reference,
                                  const digress_graph_set *set, dg_compared_set *out) {
    if (digress_graph_set_count(set) == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "a set without graphs cannot be compared");
    dg_description description;
    DG_TRY(dg_describe(pool, set, &description));
    dg_compared_set row = mean_summary(&description);
    digress_status status = DIGRESS_OK;
    for (size_t d = 0; reference && d < DG_DESCRIPTOR_COUNT && status == DIGRESS_OK; d++)
        status = dg_descriptor_mmd(pool, d, reference, &description, &row.mmd[d]);
    dg_description_free(&description);
    if (status == DIGRESS_OK) *out = row;
    return status;
}

static void fill_shares(const dg_comparison *comparison, dg_compared_set *row) {
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        double worst = comparison->baseline.mmd[d], best = comparison->train.mmd[d];
        if (worst > best) row->share[d] = (worst - row->mmd[d]) / (worst - best);
    }
}

static digress_status compare_baseline(dg_pool *pool, const dg_description *reference,
                                       const digress_graph_set *reference_set,
                                       dg_compared_set *out) {
    digress_graph_set *twin = NULL;
    DG_TRY(dg_erdos_renyi_like(reference_set, BASELINE_SEED, &twin));
    digress_status status = compare_set(pool, reference, twin, out);
    digress_graph_set_free(twin);
    return status;
}

/* Everything beside `reference`; its description may be NULL. */
static digress_status compare_all(dg_pool *pool, const dg_description *reference,
                                  const digress_graph_set *reference_set,
                                  const digress_graph_set *train,
                                  const digress_graph_set *const *samples,
                                  dg_comparison *comparison) {
    if (train) DG_TRY(compare_set(pool, reference, train, &comparison->train));
    if (reference) {
        comparison->reference = mean_summary(reference);
        DG_TRY(compare_baseline(pool, reference, reference_set, &comparison->baseline));
    }
    DG_TRY(dg_allocate(comparison->sample_sets, sizeof *comparison->samples, &comparison->samples));
    for (size_t k = 0; k < comparison->sample_sets; k++) {
        DG_TRY(compare_set(pool, reference, samples[k], &comparison->samples[k]));
        if (reference && train) fill_shares(comparison, &comparison->samples[k]);
    }
    return DIGRESS_OK;
}

digress_status dg_compare(dg_pool *pool, const digress_graph_set *reference,
                          const digress_graph_set *train, size_t sample_sets,
                          const digress_graph_set *const *samples, dg_comparison *out) {
    dg_comparison comparison = {
        .has_reference = reference, .has_train = train, .sample_sets = sample_sets};
    dg_description description = {0};
    if (reference) {
        if (digress_graph_set_count(reference) == 0)
            return dg_error(DIGRESS_ERROR_INPUT, "the test set has no graphs");
        DG_TRY(dg_describe(pool, reference, &description));
    }
    digress_status status =
        compare_all(pool, reference ? &description : NULL, reference, train, samples, &comparison);
    dg_description_free(&description);
    if (status != DIGRESS_OK) {
        dg_comparison_free(&comparison);
        return status;
    }
    *out = comparison;
    return DIGRESS_OK;
}

void dg_comparison_free(dg_comparison *comparison) {
    free(comparison->samples);
    comparison->samples = NULL;
}
