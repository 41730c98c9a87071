/* Running a model's network over packs of states, in evaluation mode: what the sampler and the
 * bound share. */
#ifndef DG_MODEL_PREDICT_H
#define DG_MODEL_PREDICT_H

#include "core/threads.h"
#include "model/model.h"

/* What one thread needs to predict. */
typedef struct dg_predictor {
    const dg_model *model;
    dg_workspace *workspace;
    dg_arena *arena; /* inputs and logits of one prediction */
} dg_predictor;

/* One for each thread of the pool, at *out: [threads]; freed by dg_predictors_free. */
digress_status dg_predictors_create(const dg_model *model, dg_pool *pool, dg_predictor **out);
void dg_predictors_free(dg_predictor *predictors, dg_pool *pool);

/* The network's output for `noisy` at times t: [graphs]: logits of the clean graphs, or whatever
 * the noise model has it predict. Owned by the predictor, valid until its next prediction; the
 * caller may change it. Errors: NUMERIC, with the cause, if one is not finite. */
digress_status dg_predict(dg_predictor *predictor, const dg_team *team, const dg_state *noisy,
                          const double *t, float **X_logits, float **E_logits);

/* Calls job for each index in 0 .. jobs-1, each with a team: usually of one thread. If graphs are
 * large and the number of jobs is not a multiple of the threads, the last jobs run one after the
 * other with all threads in the team; with `shared`, all jobs do. */
typedef digress_status dg_team_job(void *context, size_t index, const dg_team *team, size_t thread);
digress_status dg_run_teams(dg_pool *pool, size_t jobs, size_t largest_n, bool shared,
                            dg_team_job *job, void *context);

#endif
