/* A way to sample from a trained model: what `digress tune` chooses among. */
#ifndef DG_TUNE_CANDIDATE_H
#define DG_TUNE_CANDIDATE_H

#include "core/json.h"
#include "eval/score.h"
#include "model/model.h"

typedef struct dg_candidate {
    dg_sampler_kind sampler;
    size_t steps; /* calls of the network for each graph */
    double eta, omega;
    dg_distortion distortion;
} dg_candidate;

/* A candidate that has been tried, and what came of it. */
typedef struct dg_trial {
    dg_candidate candidate;
    dg_score score;
    double seconds; /* that sampling took for each graph, on all threads */
} dg_trial;

bool dg_candidate_same(const dg_candidate *a, const dg_candidate *b);
/* Makes the model sample in this way, and changes its config accordingly. Errors: INPUT. */
digress_status dg_candidate_use(const dg_candidate *candidate, dg_model *model);

/* A trial as a JSON object, NULL when out of memory; and back. Errors: INPUT (not a trial). */
json_t *dg_trial_to_json(const dg_trial *trial);
digress_status dg_trial_from_json(const json_t *json, dg_trial *out);

#endif
