/* Samples led by a regressor: at each step, the classes' probabilities are multiplied by
 * exp(-scale d/dz sum (yhat(z_t) - y)^2) (DiGress, section 3.4). */
#ifndef DG_SAMPLE_TILTING_H
#define DG_SAMPLE_TILTING_H

#include "model/regression.h"
#include "sample/asked.h"
#include "sample/fixed.h"

typedef struct dg_tilting {
    const dg_model *regressor; /* NULL: none */
    double scale;
    dg_asked asked;           /* of the regressor's targets */
    dg_regressor *regressors; /* [threads] */
} dg_tilting;

/* regressor: NULL for none. Free with dg_tilting_free, failing or not. Errors: INPUT (not a
 * regressor, of another kind of graphs or noise than the model; nothing that it is to lead to). */
digress_status dg_tilting_create(const dg_model *model, const dg_model *regressor, double scale,
                                 const digress_asked_targets *targets, dg_pool *pool,
                                 dg_tilting *out);
void dg_tilting_free(dg_tilting *tilting, dg_pool *pool);

/* A pack under way. */
typedef struct dg_tilted {
    dg_asked_pack asked;
    float *X, *E; /* [nodes, classes], [pairs, classes] */
    dg_tilt tilt;
} dg_tilted;

/* For samples number[0 .. graphs - 1]. In the arena. */
digress_status dg_tilting_begin(const dg_tilting *tilting, const dg_model *model, dg_arena *arena,
                                const dg_pack *pack, const uint32_t *number, dg_tilted *out);
/* Before a step from times t: sets state->tilt. What is fixed stays upright. */
digress_status dg_tilting_step(const dg_tilting *tilting, size_t thread, const dg_fixed *fixed,
                               const double *t, dg_tilted *pack, dg_state *state);

#endif
