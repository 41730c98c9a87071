/* The search for the sampler that a trained model draws best with: one setting after the other,
 * each with the best of those before. */
#ifndef DG_TUNE_SEARCH_H
#define DG_TUNE_SEARCH_H

#include "tune/trial_file.h"

typedef struct dg_search_options {
    const digress_graph_set *val, *train; /* over the model's classes; train may be NULL */
    dg_rule rule;                         /* of validity; NONE: the ratio of the MMDs decides */
    size_t count;                         /* samples of each candidate */
    uint64_t seed;                        /* the same for all of them */
    size_t steps;                         /* of those that differ in something else */
    size_t most_steps;                    /* of any */
    /* Called with the number of calls of the network done and to do at most; may be NULL. A status
     * other than OK stops the search, which can go on from its record. */
    digress_status (*progress)(void *context, size_t done, size_t total);
    void *progress_context;
} dg_search_options;

/* Tries, each against the validation set:
 * 1. each sampler with each distortion, at `steps` steps, without eta and omega;
 * 2. flow with other values of eta; a continuous model with other shares of noise;
 * 3. flow with other values of omega;
 * 4. the best of each sampler with other numbers of steps, up to most_steps.
 * What the record has is not tried again. *best is among its trials: the best score, with the
 * fewest steps of equals. The model samples as the best says afterwards. Errors: as dg_sample,
 * dg_score_of; INTERRUPTED. */
digress_status dg_search(dg_model *model, dg_pool *pool, const dg_search_options *options,
                         dg_trial_file *record, dg_trial *best);

/* Is a the better one? By score, then by fewer steps. */
bool dg_trial_better(const dg_trial *a, const dg_trial *b);

#endif
