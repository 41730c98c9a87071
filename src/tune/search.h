/* The search for the sampler with which a trained model draws best: it varies one setting after the
 * other, keeping the best of those before. */
#ifndef DG_TUNE_SEARCH_H
#define DG_TUNE_SEARCH_H

#include "tune/trial_file.h"

typedef struct dg_search_options {
    const digress_graph_set *val, *train; /* over the model's classes; train may be NULL */
    dg_rule rule;                         /* of validity; NONE: only the ratio of the MMDs counts */
    size_t count;                         /* samples of each candidate */
    uint64_t seed;                        /* the same for all candidates */
    size_t steps;      /* of the candidates that differ in something other than steps */
    size_t most_steps; /* of any candidate */
    /* Called with the number of calls of the network so far and their largest possible total; may
     * be NULL. A status other than OK stops the search, which can go on from its record. */
    digress_status (*progress)(void *context, size_t done, size_t total);
    void *progress_context;
} dg_search_options;

/* Tries, each against the validation set:
 * 1. each sampler with each distortion, at `steps` steps, without eta and omega;
 * 2. posterior and flow with other values of eta; a continuous model with other shares of noise;
 * 3. flow with other values of omega;
 * 4. the best of each sampler with other numbers of steps, up to most_steps.
 * What the record has is not tried again. *best is the trial with the best score, of equals the one
 * with the fewest steps. Afterwards the model samples in that way. The pool's ranks search
 * together; one of them has a record with a file. Errors: as dg_sample, dg_score_of; INTERRUPTED.
 */
digress_status dg_search(dg_model *model, dg_pool *pool, const dg_search_options *options,
                         dg_trial_file *record, dg_trial *best);

/* Whether a is better than b: by score, then by fewer steps. */
bool dg_trial_better(const dg_trial *a, const dg_trial *b);

#endif
