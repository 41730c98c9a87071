/* Running a model's network over packs of states, in evaluation mode: what the sampler and the
 * bound share. */
#ifndef DG_MODEL_PREDICT_H
#define DG_MODEL_PREDICT_H

#include "core/threads.h"
#include "model/model.h"

/* A thread's place to predict in. */
typedef struct dg_predictor {
    const dg_model *model;
    dg_workspace *workspace;
    dg_arena *arena; /* inputs and logits of one prediction */
} dg_predictor;

/* One for each thread of the pool, at *out: [threads]; freed by dg_predictors_free. */
digress_status dg_predictors_create(const dg_model *model, dg_pool *pool, dg_predictor **out);
void dg_predictors_free(dg_predictor *predictors, dg_pool *pool);

/* The network's output for `noisy` at times t: [graphs]: logits of the clean graphs, or what else
 * the noise model has it predict. Owned by the predictor, valid
 * until its next prediction; the caller may change it. Errors: NUMERIC where one is not finite,
 * with the cause. */
digress_status dg_predict(dg_predictor *predictor, const dg_team *team, const dg_state *noisy,
                          const double *t, float **X_logits, float **E_logits);

/* Calls job for each index in 0 .. jobs-1, each with a team: of one thread, as a rule. Where graphs
 * are large and jobs do not come out even with the threads, the last ones run one after the other
 * with all threads in the team; with `shared`, all of them. */
typedef digress_status dg_team_job(void *context, size_t index, const dg_team *team, size_t thread);
digress_status dg_run_teams(dg_pool *pool, size_t jobs, size_t largest_n, bool shared,
                            dg_team_job *job, void *context);

#endif
