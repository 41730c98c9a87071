/* The public interface to evaluation (include/digress/eval.h), over the internal one. */
#include "digress/eval.h"

#include "eval/compare.h"
#include <math.h>

/* Public descriptors have the first numbers, in the public order. */
_Static_assert((int)DIGRESS_DESCRIPTORS <= (int)DG_DESCRIPTOR_COUNT, "all public descriptors");
_Static_assert((int)DIGRESS_WAVELET == (int)DG_WAVELET, "in the same order");

const char *digress_descriptor_name(digress_descriptor descriptor) {
    if ((unsigned)descriptor < DG_DESCRIPTOR_COUNT)
        return dg_descriptor_name((enum dg_descriptor_id)descriptor);
    dg_error(DIGRESS_ERROR_INPUT, "there is no descriptor %d", (int)descriptor);
    return NULL;
}

static digress_estimate public_estimate(double value, const double interval[2]) {
    return (digress_estimate){value, interval[0], interval[1]};
}

static digress_estimate public_share(const dg_share *share) {
    return (digress_estimate){share->share, share->low, share->high};
}

static digress_estimate molecule_share(const dg_molecule_metrics *molecules,
                                       const dg_share *share) {
    return molecules->count > 0 ? public_share(share) : (digress_estimate){NAN, NAN, NAN};
}

static digress_evaluation evaluation_of(const dg_comparison *comparison) {
    const dg_compared_set *samples = &comparison->samples[0];
    const dg_molecule_metrics *molecules = &samples->molecules;
    digress_evaluation result = {
        .ratio = public_estimate(samples->ratio.value, samples->ratio.interval),
        .ratio_4 = public_estimate(samples->ratio_4.value, samples->ratio_4.interval),
        .pgd = public_estimate(samples->pgd.value, samples->pgd.interval),
        .pgd_descriptor = (digress_descriptor)samples->pgd.best,
        .valid = public_share(&samples->quality.share_valid),
        .unique = public_share(&samples->quality.share_unique),
        .novel = public_share(&samples->quality.share_novel),
        .vun = public_share(&samples->quality.share_vun),
        .tv_nodes = samples->tv_nodes,
        .tv_node_class = samples->tv_node_class,
        .tv_edge_class = samples->tv_edge_class,
        .molecule_validity = molecule_share(molecules, &molecules->validity),
        .molecule_relaxed_validity = molecule_share(molecules, &molecules->relaxed_validity),
        .molecule_uniqueness = molecule_share(molecules, &molecules->uniqueness),
        .molecule_novelty = molecule_share(molecules, &molecules->novelty)};
    digress_estimate *mmds[DG_KERNEL_COUNT] = {[DG_KERNEL_TV] = result.mmd,
                                               [DG_KERNEL_EMD] = result.mmd_emd,
                                               [DG_KERNEL_RBF] = result.mmd_rbf};
    for (size_t d = 0; d < DIGRESS_DESCRIPTORS; d++) {
        for (size_t kernel = 0; kernel < DG_KERNEL_COUNT; kernel++)
            mmds[kernel][d] =
                public_estimate(samples->mmd[kernel][d].value, samples->mmd[kernel][d].interval);
        result.train_mmd[d] =
            comparison->has_train ? comparison->train.mmd[DG_KERNEL_TV][d].value : NAN;
    }
    return result;
}

digress_status digress_evaluate(const digress_graph_set *samples,
                                const digress_graph_set *reference, const digress_graph_set *train,
                                const digress_evaluate_options *options, digress_evaluation *out) {
    dg_compare_options how = dg_compare_defaults;
    dg_comparison comparison;
    dg_pool *pool = NULL;
    DG_NEED(samples);
    DG_NEED(out);
    how.baseline = false;
    if (options) how.as_digress_runs = options->as_digress_runs;
    if (options && options->valid) DG_TRY(dg_rule_parse(options->valid, &how.rule));
    const dg_watch watch = dg_watch_of_caller(options ? &options->watch : NULL);
    DG_TRY(dg_pool_create_watched(options ? options->threads : 0, &watch, &pool));
    digress_status status = dg_compare(pool, &how, reference, train, 1, &samples, &comparison);
    dg_pool_free(pool);
    DG_TRY(status);
    *out = evaluation_of(&comparison);
    const dg_quality *quality = &comparison.samples[0].quality;
    for (size_t k = 0; options && options->per_graph_valid && quality->valid && k < quality->count;
         k++)
        options->per_graph_valid[k] = quality->valid[k];
    dg_comparison_free(&comparison);
    return DIGRESS_OK;
}
