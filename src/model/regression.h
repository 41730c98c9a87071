/* Networks that predict targets from noisy graphs (model.task: regression): the mean over a graph's
 * nodes of what the network says of each, standardised. Such a network leads samples (DiGress,
 * Vignac et al. 2023, section 3.4) by the gradient of its error with respect to its input. */
#ifndef DG_MODEL_REGRESSION_H
#define DG_MODEL_REGRESSION_H

#include "core/threads.h"
#include "model/model.h"

bool dg_is_regression(const dg_model *model);

/* Of X [nodes, targets], the network's output, and wanted [graphs, targets], standardised, NAN
 * where there is none: adds weight * sum of squared errors to *loss; dX [nodes, targets]: its
 * gradient.
 */
void dg_regression_loss(const dg_pack *pack, size_t targets, const float *X, const float *wanted,
                        double weight, double *loss, float *dX);

/* A thread's place to compute gradients in. */
typedef struct dg_regressor {
    const dg_model *model;
    dg_workspace *workspace;
    dg_arena *arena;
    float *unused; /* gradients of the weights */
} dg_regressor;

/* One for each thread, at *out: [threads]; freed by dg_regressors_free. The model must be one for
 * backward passes (dg_model_use). */
digress_status dg_regressors_create(const dg_model *model, dg_pool *pool, dg_regressor **out);
void dg_regressors_free(dg_regressor *regressors, dg_pool *pool);

/* The gradient of sum (yhat - wanted)^2 with respect to the one-hot rows of nodes, X [nodes,
 * classes], and of unordered pairs, E [pairs, classes], symmetric: both orders count. Extra
 * features are taken as constants. Owned by the regressor, valid until the next call. *loss: the
 * sum itself; may be NULL. Errors: NUMERIC. */
digress_status dg_regressor_gradient(dg_regressor *regressor, const dg_team *team,
                                     const dg_state *noisy, const double *t, const float *wanted,
                                     double *loss, float **X, float **E);

#endif
