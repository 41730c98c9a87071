#include "model/predict.h"

#include "math/finite.h"
#include "math/gemm.h"
#include <stdlib.h>

enum { TEAM_MIN_N = 128 }; /* smaller graphs are not worth a team's barriers */

static digress_status create_predictor(const dg_model *model, dg_pool *pool, dg_predictor *out) {
    out->model = model;
    DG_TRY(dg_workspace_create(model->denoiser, &out->workspace));
    dg_workspace_watch(out->workspace, pool);
    return dg_arena_create(&out->arena);
}

digress_status dg_predictors_create(const dg_model *model, dg_pool *pool, dg_predictor **out) {
    size_t threads = dg_pool_threads(pool);
    dg_predictor *predictors = NULL;
    if (dg_features_use_spectrum(&model->noise->features)) DG_TRY(dg_gemm_initialize(threads));
    DG_TRY(dg_allocate(threads, sizeof *predictors, &predictors));
    for (size_t k = 0; k < threads; k++) {
        digress_status status = create_predictor(model, pool, &predictors[k]);
        if (status == DIGRESS_OK) continue;
        dg_predictors_free(predictors, pool);
        return status;
    }
    *out = predictors;
    return DIGRESS_OK;
}

void dg_predictors_free(dg_predictor *predictors, dg_pool *pool) {
    for (size_t k = 0; predictors && k < dg_pool_threads(pool); k++) {
        dg_workspace_free(predictors[k].workspace);
        dg_arena_free(predictors[k].arena);
    }
    free(predictors);
}

/* Finds out what is not finite: the weights, or only the logits. */
static digress_status diagnose(const dg_model *model, const dg_pack *pack, const double *t) {
    DG_TRY(dg_model_check_weights(model));
    size_t largest = 0;
    for (size_t g = 1; g < pack->graphs; g++)
        if (pack->n[g] > pack->n[largest]) largest = g;
    return dg_error(DIGRESS_ERROR_NUMERIC,
                    "the network's logits are not all finite numbers, though its weights are (a "
                    "graph of up to %u nodes, t %g of %zu): the weights are too large; take a "
                    "checkpoint from before the training diverged",
                    pack->n[largest], t[largest], model->noise->schedule.T);
}

digress_status dg_predict(dg_predictor *predictor, const dg_team *team, const dg_state *noisy,
                          const double *t, float **X_logits, float **E_logits) {
    const dg_noise_model *noise = predictor->model->noise;
    const dg_pack *pack = &noisy->pack;
    dg_input_rows input;
    float *X = NULL, *E = NULL;
    DG_TRY(dg_arena_reset(predictor->arena));
    DG_TRY(noise->operations->input(noise, predictor->arena, noisy, t, &input));
    DG_TRY(dg_arena_allocate(predictor->arena, pack->nodes * noise->out_X, sizeof *X, &X));
    DG_TRY(dg_arena_allocate(predictor->arena, pack->pairs * noise->out_E, sizeof *E, &E));
    DG_TRY(dg_denoiser_forward(predictor->model->denoiser, predictor->workspace, team, &input, NULL,
                               false, X, E));
    if (!dg_all_finite(pack->nodes * noise->out_X, X) ||
        !dg_all_finite(pack->pairs * noise->out_E, E))
        return diagnose(predictor->model, pack, t);
    *X_logits = X;
    *E_logits = E;
    return DIGRESS_OK;
}

typedef struct lone_jobs {
    dg_team_job *job;
    void *context;
} lone_jobs;

static digress_status run_lone(void *context, size_t index, size_t thread) {
    const lone_jobs *jobs = context;
    const dg_team alone = {.pool = NULL, .slots = 1};
    return jobs->job(jobs->context, index, &alone, thread);
}

digress_status dg_run_teams(dg_pool *pool, size_t jobs, size_t largest_n, bool shared,
                            dg_team_job *job, void *context) {
    size_t even = largest_n < TEAM_MIN_N ? jobs : jobs - jobs % dg_pool_threads(pool);
    if (shared) even = 0;
    DG_TRY(dg_pool_run(pool, even, run_lone, &(lone_jobs){job, context}));
    const dg_team everyone = {.pool = pool, .slots = dg_pool_threads(pool)};
    for (size_t index = even; index < jobs; index++)
        DG_TRY(job(context, index, &everyone, 0));
    return DIGRESS_OK;
}
