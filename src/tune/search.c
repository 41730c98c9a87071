#include "tune/search.h"

#include "core/log.h"
#include "sample/sampler.h"

typedef struct search {
    dg_model *model;
    dg_pool *pool;
    const dg_search_options *options;
    dg_trial_file *record;
    size_t done, total; /* calls of the network for each graph */
} search;

enum { SAMPLERS = 3, DISTORTIONS = 5 };
static const double etas[] = {5, 10, 25, 50, 100, 200};
static const double shares_anew[] = {0.02, 0.05, 0.1, 0.2, 0.4};
static const double shares_of_noise[] = {0, 0.25, 0.5, 0.75};
static const double omegas[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
static const size_t step_counts[] = {5, 10, 20, 50, 100, 200, 500, 1000};
#define COUNT(list) (sizeof(list) / sizeof *(list))

bool dg_trial_better(const dg_trial *a, const dg_trial *b) {
    if (dg_score_better(&a->score, &b->score)) return true;
    if (dg_score_better(&b->score, &a->score)) return false;
    return a->candidate.steps < b->candidate.steps;
}

/* ---- one candidate ---- */

static digress_status pass_on(void *context, size_t done, size_t total) {
    search *s = context;
    const dg_search_options *options = s->options;
    const size_t graphs = options->count, left = (total - done) / (graphs ? graphs : 1);
    if (!options->progress) return DIGRESS_OK;
    return options->progress(options->progress_context, s->done - left, s->total);
}

static digress_status draw_and_score(search *s, digress_graph_set *samples, dg_trial *trial) {
    const dg_search_options *options = s->options;
    const dg_sample_options how = {
        .count = options->count, .seed = options->seed, .progress = pass_on, .progress_context = s};
    const double begun = dg_clock();
    DG_TRY(dg_sample(s->model, s->pool, &how, samples, NULL));
    trial->seconds = (dg_clock() - begun) / (double)options->count;
    return dg_score_of(s->pool, options->rule, options->val, options->train, samples,
                       &trial->score);
}

static digress_status try_candidate(search *s, const dg_candidate *candidate) {
    dg_trial trial = {.candidate = *candidate};
    digress_graph_set *samples = NULL;
    s->done += candidate->steps;
    if (dg_trial_file_find(s->record, candidate)) return DIGRESS_OK;
    DG_TRY(dg_candidate_use(candidate, s->model));
    DG_TRY(digress_graph_set_create_like(s->model->classes, &samples));
    digress_status status = draw_and_score(s, samples, &trial);
    digress_graph_set_free(samples);
    DG_TRY(status);
    return dg_ranks_agree(dg_pool_ranks(s->pool), dg_trial_file_add(s->record, &trial));
}

/* ---- the stages ---- */

static size_t samplers_of(const dg_model *model) {
    return dg_is_continuous(&model->config) ? 1 : SAMPLERS;
}

static double usual_eta(const dg_model *model) {
    return dg_is_continuous(&model->config) ? 1 : 0;
}

/* The best trial of one sampler among those of the stages up to `stage`. When a search is
 * continued, its record may hold later trials, which must not change what is tried. */
static dg_candidate best_of(const search *s, dg_sampler_kind sampler, int stage) {
    const dg_trial_file *record = s->record;
    const dg_trial *best = NULL;
    for (size_t k = 0; k < record->count; k++) {
        const dg_trial *trial = &record->trials[k];
        const dg_candidate *c = &trial->candidate;
        if (c->sampler != sampler || c->steps != s->options->steps) continue;
        if ((stage < 2 && c->eta != usual_eta(s->model)) || (stage < 3 && c->omega != 0)) continue;
        if (!best || dg_trial_better(trial, best)) best = trial;
    }
    return best->candidate;
}

static digress_status try_samplers(search *s) {
    for (size_t sampler = 0; sampler < samplers_of(s->model); sampler++)
        for (size_t distortion = 0; distortion < DISTORTIONS; distortion++) {
            const dg_candidate candidate = {.sampler = (dg_sampler_kind)sampler,
                                            .steps = s->options->steps,
                                            .eta = usual_eta(s->model),
                                            .distortion = (dg_distortion)distortion};
            DG_TRY(try_candidate(s, &candidate));
        }
    return DIGRESS_OK;
}

static digress_status try_each_eta(search *s, dg_sampler_kind sampler, const double *values,
                                   size_t count) {
    dg_candidate candidate = best_of(s, sampler, 1);
    for (size_t k = 0; k < count; k++) {
        candidate.eta = values[k];
        DG_TRY(try_candidate(s, &candidate));
    }
    return DIGRESS_OK;
}

static digress_status try_etas(search *s) {
    if (dg_is_continuous(&s->model->config))
        return try_each_eta(s, DG_SAMPLER_POSTERIOR, shares_of_noise, COUNT(shares_of_noise));
    DG_TRY(try_each_eta(s, DG_SAMPLER_POSTERIOR, shares_anew, COUNT(shares_anew)));
    return try_each_eta(s, DG_SAMPLER_FLOW, etas, COUNT(etas));
}

static digress_status try_omegas(search *s) {
    if (dg_is_continuous(&s->model->config)) return DIGRESS_OK;
    dg_candidate candidate = best_of(s, DG_SAMPLER_FLOW, 2);
    for (size_t k = 0; k < COUNT(omegas); k++) {
        candidate.omega = omegas[k];
        DG_TRY(try_candidate(s, &candidate));
    }
    return DIGRESS_OK;
}

static bool is_tried(const dg_search_options *options, size_t steps) {
    return steps <= options->most_steps && steps != options->steps;
}

static digress_status try_steps(search *s) {
    dg_candidate best[SAMPLERS];
    const size_t samplers = samplers_of(s->model);
    for (size_t sampler = 0; sampler < samplers; sampler++)
        best[sampler] = best_of(s, (dg_sampler_kind)sampler, 3);
    for (size_t k = 0; k < COUNT(step_counts); k++)
        for (size_t sampler = 0; sampler < samplers; sampler++) {
            best[sampler].steps = step_counts[k];
            if (is_tried(s->options, step_counts[k])) DG_TRY(try_candidate(s, &best[sampler]));
        }
    return DIGRESS_OK;
}

/* ---- all ---- */

static size_t total_steps(const search *s) {
    const bool continuous = dg_is_continuous(&s->model->config);
    const size_t samplers = samplers_of(s->model);
    size_t singles = samplers * DISTORTIONS;
    singles +=
        continuous ? COUNT(shares_of_noise) : COUNT(shares_anew) + COUNT(etas) + COUNT(omegas);
    size_t total = singles * s->options->steps;
    for (size_t k = 0; k < COUNT(step_counts); k++)
        if (is_tried(s->options, step_counts[k])) total += samplers * step_counts[k];
    return total;
}

/* The record of an interrupted search may be in another order; the result is the same. */
static const dg_trial *best_of_all(const dg_trial_file *record) {
    const dg_trial *best = &record->trials[0];
    for (size_t k = 1; k < record->count; k++)
        if (dg_trial_better(&record->trials[k], best)) best = &record->trials[k];
    return best;
}

digress_status dg_search(dg_model *model, dg_pool *pool, const dg_search_options *options,
                         dg_trial_file *record, dg_trial *best) {
    search s = {.model = model, .pool = pool, .options = options, .record = record};
    s.total = total_steps(&s);
    DG_TRY(try_samplers(&s));
    DG_TRY(try_etas(&s));
    DG_TRY(try_omegas(&s));
    DG_TRY(try_steps(&s));
    *best = *best_of_all(record);
    return dg_candidate_use(&best->candidate, model);
}
