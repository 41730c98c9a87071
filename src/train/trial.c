#include "train/best.h"
#include "train/together.h"

#include "core/file.h"
#include "core/memory.h"
#include "eval/score.h"
#include "sample/sampler.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static digress_status measure_bound(dg_session *s, dg_bound *bound) {
    dg_model *model = s->training.model;
    DG_TRY(dg_session_complete_average(s));
    DG_TRY(dg_model_exchange_ema(model, s->pool));
    dg_session_watch(s, true);
    digress_status status =
        dg_bound_of(model, s->pool, s->val, 1, dg_session_config(s)->train.seed, bound);
    dg_session_watch(s, false);
    DG_TRY(dg_model_exchange_ema(model, s->pool));
    if (status == DIGRESS_ERROR_NUMERIC)
        dg_error_prefix(status,
                        "validation after step %" PRIu64 " (the last good checkpoint is %s)",
                        s->training.adamw.step, s->run.last);
    return dg_session_agree(s, status);
}

digress_status dg_validate(dg_session *s) {
    dg_training *training = &s->training;
    if (s->val && training->model->noise->operations->bound) {
        const double best_nll = training->best_nll;
        bool best = false;
        dg_bound bound;
        DG_TRY(measure_bound(s, &bound));
        digress_status status = dg_best_by_bound(s, &bound, &best);
        if (status == DIGRESS_OK) status = dg_report_bound(s, &bound, best);
        if (status != DIGRESS_OK) training->best_nll = best_nll; /* it will be validated again */
        DG_TRY(status);
    }
    training->validated = training->adamw.step;
    return DIGRESS_OK;
}

static digress_status sample_progress(void *context, size_t done, size_t total) {
    dg_session *s = context;
    if (!s->options->quiet) dg_progress_bar(&s->progress, "sampling", done, total);
    return DIGRESS_OK;
}

/* samples/epoch-000010.safetensors, samples/epoch-000010-chain-0.safetensors */
static digress_status write_samples(const dg_session *s, const digress_graph_set *set,
                                    const char *suffix) {
    if (!dg_is_first_rank(s->options->ranks)) return DIGRESS_OK;
    char *path = dg_format("%s/epoch-%06" PRIu64 "%s.safetensors", s->run.samples,
                           dg_session_epoch(s), suffix);
    if (!path) return dg_out_of_memory();
    digress_status status =
        digress_graph_set_write(set, path, DIGRESS_FORMAT_SAFETENSORS, true, NULL);
    free(path);
    return status;
}

static digress_status write_all(const dg_session *s, const digress_graph_set *set, size_t chains,
                                digress_graph_set *const *chain) {
    for (size_t k = 0; k < chains; k++) {
        char suffix[32];
        snprintf(suffix, sizeof suffix, "-chain-%zu", k);
        DG_TRY(write_samples(s, chain[k], suffix));
    }
    return write_samples(s, set, "");
}

/* Reports only when everything is measured: after a stop in between, no line is printed twice. */
static digress_status score_samples(dg_session *s, const digress_graph_set *samples) {
    const dg_rule rule = dg_rule_of_kind(s->training.model->kind);
    const dg_best_score before = s->training.best_score;
    bool best = false;
    dg_score score;
    dg_session_watch(s, true);
    digress_status status =
        dg_score_of(s->pool, rule, s->val ? s->val : s->train, s->train, samples, &score);
    dg_session_watch(s, false);
    DG_TRY(dg_session_agree(s, status));
    status = dg_best_by_samples(s, &score, &best);
    if (status == DIGRESS_OK) status = dg_report_samples(s, &score, best);
    if (status != DIGRESS_OK) s->training.best_score = before;
    return status;
}

static digress_status draw_pictures(const dg_session *s, const digress_graph_set *set,
                                    size_t chains, digress_graph_set *const *chain) {
    if (!dg_session_config(s)->general.pictures || !s->options->draw) return DIGRESS_OK;
    if (!dg_is_first_rank(s->options->ranks)) return DIGRESS_OK;
    char *stem = dg_format("%s/epoch-%06" PRIu64, s->run.samples, dg_session_epoch(s));
    if (!stem) return dg_out_of_memory();
    const dg_drawn drawn = {s->run.folder, stem, set, chains, chain};
    digress_status status = s->options->draw(s->options->draw_context, &drawn);
    free(stem);
    return status;
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
    if (!s->options->quiet)
        dg_progress_begin(&s->progress); /* sampling has a progress bar and a clock of its own */
    DG_TRY(dg_session_complete_average(s));
    DG_TRY(dg_model_exchange_ema(s->training.model, s->pool));
    dg_session_watch(s, true);
    digress_status status = dg_sample(s->training.model, s->pool, &options, set, chain);
    dg_session_watch(s, false);
    DG_TRY(dg_model_exchange_ema(s->training.model, s->pool));
    DG_TRY(dg_session_agree(s, status));
    DG_TRY(dg_session_agree(s, write_all(s, set, chains, chain)));
    DG_TRY(score_samples(s, set));
    return dg_session_agree(s, draw_pictures(s, set, chains, chain));
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
