#include "model/regression.h"

#include "math/finite.h"
#include "math/gemm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool dg_is_regression(const dg_model *model) {
    return model->config.model.task == DG_TASK_REGRESSION;
}

void dg_regression_loss(const dg_pack *pack, size_t targets, const float *X, const float *wanted,
                        double weight, double *loss, float *dX) {
    memset(dX, 0, pack->nodes * targets * sizeof *dX);
    for (size_t g = 0; g < pack->graphs; g++) {
        const dg_rows nodes = dg_pack_nodes(pack, g);
        const double n = pack->n[g];
        for (size_t k = 0; k < targets; k++) {
            double mean = 0;
            if (isnan(wanted[g * targets + k])) continue;
            for (size_t i = nodes.first; i < nodes.end; i++)
                mean += (double)X[i * targets + k] / n;
            const double error = mean - (double)wanted[g * targets + k];
            *loss += weight * error * error;
            for (size_t i = nodes.first; i < nodes.end; i++)
                dX[i * targets + k] = (float)(2 * weight * error / n);
        }
    }
}

/* ---- gradients ---- */

static digress_status create_regressor(const dg_model *model, dg_pool *pool, dg_regressor *out) {
    const size_t count = dg_denoiser_parameter_count(model->denoiser);
    out->model = model;
    DG_TRY(dg_workspace_create(model->denoiser, &out->workspace));
    dg_workspace_watch(out->workspace, pool);
    DG_TRY(dg_allocate(count, sizeof *out->unused, &out->unused));
    return dg_arena_create(&out->arena);
}

digress_status dg_regressors_create(const dg_model *model, dg_pool *pool, dg_regressor **out) {
    const size_t threads = dg_pool_threads(pool);
    dg_regressor *regressors = NULL;
    if (dg_features_use_spectrum(&model->noise->features)) DG_TRY(dg_gemm_initialize(threads));
    DG_TRY(dg_allocate(threads, sizeof *regressors, &regressors));
    for (size_t k = 0; k < threads; k++) {
        digress_status status = create_regressor(model, pool, &regressors[k]);
        if (status == DIGRESS_OK) continue;
        dg_regressors_free(regressors, pool);
        return status;
    }
    *out = regressors;
    return DIGRESS_OK;
}

void dg_regressors_free(dg_regressor *regressors, dg_pool *pool) {
    for (size_t k = 0; regressors && k < dg_pool_threads(pool); k++) {
        dg_workspace_free(regressors[k].workspace);
        dg_arena_free(regressors[k].arena);
        free(regressors[k].unused);
    }
    free(regressors);
}

/* Pairs as rows of numbers: a class is a one-hot row, and the diagonal zeros. */
static digress_status make_dense(const dg_noise_model *noise, dg_arena *arena,
                                 dg_input_rows *input) {
    const size_t pairs = input->pack->pairs, in_E = noise->in_E, classes = noise->out_E;
    float *E = NULL;
    DG_TRY(dg_arena_allocate(arena, pairs * in_E, sizeof *E, &E));
    memset(E, 0, pairs * in_E * sizeof *E);
    for (size_t row = 0; row < pairs; row++) {
        if (input->E_class[row] < classes) E[row * in_E + input->E_class[row]] = 1;
        if (input->E_dense)
            memcpy(E + row * in_E + classes, input->E_dense + row * (in_E - classes),
                   (in_E - classes) * sizeof *E);
    }
    input->E = E;
    input->E_class = NULL;
    input->E_dense = NULL;
    return DIGRESS_OK;
}

/* What of the gradients is of classes; both orders of a pair together. */
static digress_status take_classes(const dg_noise_model *noise, dg_arena *arena,
                                   const dg_pack *pack, const dg_input_gradients *from, float **X,
                                   float **E) {
    DG_TRY(dg_arena_allocate(arena, pack->nodes * noise->out_X, sizeof **X, X));
    DG_TRY(dg_arena_allocate(arena, pack->pairs * noise->out_E, sizeof **E, E));
    for (size_t i = 0; i < pack->nodes; i++)
        memcpy(*X + i * noise->out_X, from->X + i * noise->in_X, noise->out_X * sizeof **X);
    for (size_t g = 0; g < pack->graphs; g++) {
        const size_t n = pack->n[g], first = pack->pair_start[g];
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                for (size_t k = 0; k < noise->out_E; k++)
                    (*E)[(first + i * n + j) * noise->out_E + k] =
                        from->E[(first + i * n + j) * noise->in_E + k] +
                        from->E[(first + j * n + i) * noise->in_E + k];
    }
    return DIGRESS_OK;
}

/* Room for a pass: outputs, their gradients, and those of the inputs. */
typedef struct pass {
    float *X, *E, *dX, *dE;
    dg_input_gradients input;
} pass;

static digress_status allocate_pass(const dg_noise_model *noise, size_t targets, dg_arena *arena,
                                    const dg_pack *pack, pass *out) {
    const size_t E_size = pack->pairs * noise->out_E;
    DG_TRY(dg_arena_allocate(arena, pack->nodes * targets, sizeof(float), &out->X));
    DG_TRY(dg_arena_allocate(arena, pack->nodes * targets, sizeof(float), &out->dX));
    DG_TRY(dg_arena_allocate(arena, E_size, sizeof(float), &out->E));
    DG_TRY(dg_arena_allocate(arena, E_size, sizeof(float), &out->dE));
    DG_TRY(dg_arena_allocate(arena, pack->nodes * noise->in_X, sizeof(float), &out->input.X));
    DG_TRY(dg_arena_allocate(arena, pack->pairs * noise->in_E, sizeof(float), &out->input.E));
    DG_TRY(dg_arena_allocate(arena, pack->graphs * noise->in_y, sizeof(float), &out->input.y));
    memset(out->dE, 0, E_size * sizeof(float));
    return DIGRESS_OK;
}

digress_status dg_regressor_gradient(dg_regressor *r, const dg_team *team, const dg_state *noisy,
                                     const double *t, const float *wanted, double *loss, float **X,
                                     float **E) {
    const dg_noise_model *noise = r->model->noise;
    const dg_pack *pack = &noisy->pack;
    const size_t targets = r->model->conditions.count;
    dg_input_rows input;
    pass at;
    double sum = 0;
    DG_TRY(dg_arena_reset(r->arena));
    DG_TRY(noise->operations->input(noise, r->arena, noisy, t, &input));
    DG_TRY(make_dense(noise, r->arena, &input));
    DG_TRY(allocate_pass(noise, targets, r->arena, pack, &at));
    DG_TRY(dg_denoiser_forward(r->model->denoiser, r->workspace, team, &input, NULL, true, at.X,
                               at.E));
    dg_regression_loss(pack, targets, at.X, wanted, 1, &sum, at.dX);
    float *const gradients[] = {r->unused};
    DG_TRY(dg_denoiser_backward(r->model->denoiser, r->workspace, team, at.dX, at.dE, gradients,
                                &at.input));
    DG_TRY(take_classes(noise, r->arena, pack, &at.input, X, E));
    if (loss) *loss = sum;
    if (dg_all_finite(pack->nodes * noise->out_X, *X) && isfinite(sum) &&
        dg_all_finite(pack->pairs * noise->out_E, *E))
        return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_NUMERIC,
                    "the regressor's gradient is not finite: its weights are "
                    "too large, or not numbers");
}
