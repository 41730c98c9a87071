#include "train/session.h"

#include "core/file.h"
#include "core/memory.h"
#include "eval/compare.h"
#include "sample/sampler.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static digress_status swap_weights(dg_model *model, dg_pool *pool) {
    if (!model->ema) return DIGRESS_OK;
    float *parameters = dg_denoiser_parameters(model->denoiser);
    size_t count = dg_denoiser_parameter_count(model->denoiser);
    for (size_t k = 0; k < count; k++) {
        float parameter = parameters[k];
        parameters[k] = model->ema[k];
        model->ema[k] = parameter;
    }
    return dg_denoiser_weights_changed(model->denoiser, pool);
}

digress_status dg_validate(dg_session *s) {
    dg_training *training = &s->training;
    training->validated = training->adamw.step;
    if (!s->val) return DIGRESS_OK;
    dg_bound bound;
    DG_TRY(swap_weights(training->model, s->pool));
    digress_status status =
        dg_bound_of(training->model, s->pool, s->val, 1, dg_session_config(s)->train.seed, &bound);
    DG_TRY(swap_weights(training->model, s->pool));
    DG_TRY(status);
    bool best = bound.nll < training->best_nll;
    DG_TRY(dg_report_bound(s, &bound, best));
    if (!best) return DIGRESS_OK;
    training->best_nll = bound.nll;
    return dg_session_save(s, s->run.best);
}

static digress_status sample_progress(void *context, size_t done, size_t total) {
    dg_session *s = context;
    if (!s->options->quiet) dg_progress_bar(&s->progress, "sampling", done, total);
    return dg_session_stop_signal(s) ? dg_error(DIGRESS_INTERRUPTED, "stopped") : DIGRESS_OK;
}

/* samples/epoch-000010.safetensors, samples/epoch-000010-chain-0.safetensors */
static digress_status write_samples(const dg_session *s, const digress_graph_set *set,
                                    const char *suffix) {
    char *path = dg_format("%s/epoch-%06" PRIu64 "%s.safetensors", s->run.samples,
                           dg_session_epoch(s), suffix);
    if (!path) return dg_out_of_memory();
    digress_status status =
        digress_graph_set_write(set, path, DIGRESS_FORMAT_SAFETENSORS, true, NULL);
    free(path);
    return status;
}

/* Of samples that are molecules. */
static digress_status judge_molecules(dg_session *s, const digress_graph_set *samples) {
    dg_yardstick *yardstick = NULL;
    dg_molecule_metrics metrics;
    if (!dg_rdkit_version()) return DIGRESS_OK;
    DG_TRY(dg_yardstick_create(s->pool, NULL, NULL, NULL, &yardstick));
    digress_status status = dg_measure_molecules(yardstick, samples, &metrics);
    dg_yardstick_free(yardstick);
    DG_TRY(status);
    if (metrics.count > 0)
        status = dg_report_molecules(s, metrics.validity.share, metrics.relaxed_validity.share,
                                     metrics.uniqueness.share);
    dg_molecule_metrics_free(&metrics);
    return status;
}

static digress_status compare_samples(dg_session *s, const digress_graph_set *samples) {
    enum { ENOUGH = 1000 }; /* graphs of a large set to compare with */
    const dg_compare_options options = {
        .most = ENOUGH, .descriptors = DG_ALL_DESCRIPTORS, .kernels = 1u << DG_KERNEL_TV};
    dg_comparison comparison;
    double mmd[DG_DESCRIPTOR_COUNT];
    DG_TRY(
        dg_compare(s->pool, &options, s->val ? s->val : s->train, NULL, 1, &samples, &comparison));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        mmd[d] = comparison.samples[0].mmd[DG_KERNEL_TV][d].value;
    dg_comparison_free(&comparison);
    DG_TRY(dg_report_samples(s, mmd));
    return judge_molecules(s, samples);
}

static digress_status draw_samples(dg_session *s, digress_graph_set *set, size_t chains,
                                   digress_graph_set **chain) {
    const dg_config *config = dg_session_config(s);
    const dg_sample_options options = {.count = config->general.samples_to_generate,
                                       .seed = config->train.seed,
                                       .chains = chains,
                                       .chain_frames = config->general.number_chain_steps,
                                       .progress = sample_progress,
                                       .progress_context = s};
    if (!s->options->quiet) dg_progress_begin(&s->progress); /* a bar with a clock of its own */
    DG_TRY(swap_weights(s->training.model, s->pool));
    digress_status status = dg_sample(s->training.model, s->pool, &options, set, chain);
    DG_TRY(swap_weights(s->training.model, s->pool));
    if (status == DIGRESS_INTERRUPTED) return DIGRESS_OK; /* the main loop sees the signal too */
    DG_TRY(status);
    for (size_t k = 0; k < chains; k++) {
        char suffix[32];
        snprintf(suffix, sizeof suffix, "-chain-%zu", k);
        DG_TRY(write_samples(s, chain[k], suffix));
    }
    DG_TRY(write_samples(s, set, ""));
    return compare_samples(s, set);
}

digress_status dg_draw_samples(dg_session *s) {
    const dg_config *config = dg_session_config(s);
    const digress_graph_set *classes = s->training.model->classes;
    size_t chains = config->general.chains_to_save < config->general.samples_to_generate
                        ? config->general.chains_to_save
                        : config->general.samples_to_generate;
    digress_graph_set *set = NULL, **chain = NULL;
    DG_TRY(dg_allocate(chains, sizeof *chain, (void *)&chain));
    digress_status status = digress_graph_set_create_like(classes, &set);
    for (size_t k = 0; k < chains && status == DIGRESS_OK; k++)
        status = digress_graph_set_create_like(classes, &chain[k]);
    if (status == DIGRESS_OK) status = draw_samples(s, set, chains, chain);
    for (size_t k = 0; k < chains; k++)
        digress_graph_set_free(chain[k]);
    free(chain);
    digress_graph_set_free(set);
    return status;
}
