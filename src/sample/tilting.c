#include "sample/tilting.h"

#include "graph/classes.h"
#include <string.h>

/* It has seen the noise that the model's samples have. */
static digress_status check_regressor(const dg_model *model, const dg_model *regressor) {
    const dg_config *own = &model->config, *theirs = &regressor->config;
    if (!dg_is_regression(regressor))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the regressor draws graphs: expected one of model.task regression");
    if (!dg_same_classes(model->classes, regressor->classes))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the regressor's classes are not the model's: train it on the same set");
    if (own->model.diffusion_steps != theirs->model.diffusion_steps ||
        own->model.diffusion_noise_schedule != theirs->model.diffusion_noise_schedule ||
        own->model.transition != theirs->model.transition ||
        own->model.absorbing != theirs->model.absorbing)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the regressor was trained on other noise than the model: "
                        "model.diffusion_steps, diffusion_noise_schedule and transition must be "
                        "the same");
    return DIGRESS_OK;
}

digress_status dg_tilting_create(const dg_model *model, const dg_model *regressor, double scale,
                                 const digress_asked_targets *targets, dg_pool *pool,
                                 dg_tilting *out) {
    const double most = 1e9;
    *out = (dg_tilting){.scale = scale};
    if (!regressor) return DIGRESS_OK;
    DG_TRY(check_regressor(model, regressor));
    if (targets->count == 0 || targets->rows == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "a regressor without a target has nothing to lead to: give one with "
                        "the option 'target'");
    if (!(scale >= 0 && scale <= most))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the option 'guidance-scale': expected a number from 0 to 1e9, got %g",
                        scale);
    digress_asked_targets asked = *targets;
    asked.guidance = 1;
    DG_TRY(dg_asked_of(&asked, regressor, &out->asked));
    out->regressor = regressor;
    return dg_regressors_create(regressor, pool, &out->regressors);
}

void dg_tilting_free(dg_tilting *tilting, dg_pool *pool) {
    dg_asked_free(&tilting->asked);
    dg_regressors_free(tilting->regressors, pool);
}

digress_status dg_tilting_begin(const dg_tilting *tilting, const dg_model *model, dg_arena *arena,
                                const dg_pack *pack, const uint32_t *number, dg_tilted *out) {
    const dg_noise_model *noise = model->noise;
    *out = (dg_tilted){0};
    if (!tilting->regressor) return DIGRESS_OK;
    DG_TRY(dg_asked_begin(&tilting->asked, tilting->regressor, arena, pack, number, &out->asked));
    DG_TRY(dg_arena_allocate(arena, pack->nodes * noise->out_X, sizeof *out->X, &out->X));
    DG_TRY(dg_arena_allocate(arena, pack->pairs * noise->out_E, sizeof *out->E, &out->E));
    out->tilt = (dg_tilt){out->X, out->E};
    return DIGRESS_OK;
}

digress_status dg_tilting_step(const dg_tilting *tilting, size_t thread, const dg_fixed *fixed,
                               const double *t, dg_tilted *pack, dg_state *state) {
    const dg_noise_model *noise = tilting->regressor->noise;
    const dg_team alone = {.slots = 1};
    float *X = NULL, *E = NULL;
    const float scale = (float)tilting->scale;
    DG_TRY(dg_regressor_gradient(&tilting->regressors[thread], &alone, state, t,
                                 pack->asked.targets, NULL, &X, &E));
    for (size_t k = 0; k < state->pack.nodes * noise->out_X; k++)
        pack->X[k] = -scale * X[k];
    for (size_t k = 0; k < state->pack.pairs * noise->out_E; k++)
        pack->E[k] = -scale * E[k];
    for (size_t g = 0; fixed->n > 0 && g < state->pack.graphs; g++)
        dg_fixed_clear(fixed, state->pack.n[g], noise->out_X, noise->out_E,
                       pack->X + state->pack.node_start[g] * noise->out_X,
                       pack->E + state->pack.pair_start[g] * noise->out_E);
    state->tilt = &pack->tilt;
    return DIGRESS_OK;
}
