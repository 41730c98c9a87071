/* A way to sample from a trained model: what `digress tune` chooses among. */
#ifndef DG_TUNE_CANDIDATE_H
#define DG_TUNE_CANDIDATE_H

#include "core/json.h"
#include "eval/score.h"
#include "model/model.h"

typedef struct dg_candidate {
    dg_sampler_kind sampler;
    size_t steps; /* calls of the network a graph */
    double eta, omega;
    dg_distortion distortion;
} dg_candidate;

/* A candidate that was tried. */
typedef struct dg_trial {
    dg_candidate candidate;
    dg_score score;
    double seconds; /* that sampling took, a graph, on all threads */
} dg_trial;

bool dg_candidate_same(const dg_candidate *a, const dg_candidate *b);
/* Has the model sample so from now on; its config says so too. Errors: INPUT. */
digress_status dg_candidate_use(const dg_candidate *candidate, dg_model *model);

/* A trial as one JSON object and back; NULL where memory is short. Errors: INPUT (not a trial). */
json_t *dg_trial_to_json(const dg_trial *trial);
digress_status dg_trial_from_json(const json_t *json, dg_trial *out);

#endif
