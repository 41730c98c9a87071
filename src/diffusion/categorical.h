/* The categorical noise model: DiGress's discrete diffusion over node and pair classes. */
#ifndef DG_DIFFUSION_CATEGORICAL_H
#define DG_DIFFUSION_CATEGORICAL_H

#include "diffusion/noise_model.h"
#include "diffusion/transition.h"

/* Q^t_X and Q^t_E, whose limit m is uniform, the marginals of `statistics`, or the one class
 * `absorbing` (for nodes and pairs alike). The numbers of classes are those of `statistics`. The
 * model owns its copies. Errors: INPUT (absorbing out of range). */
digress_status dg_categorical_create(dg_schedule_kind kind, size_t T, dg_transition_kind transition,
                                     size_t absorbing, const dg_features *features,
                                     const dg_statistics *statistics, dg_noise_model **out);
const dg_transition *dg_categorical_X(const dg_noise_model *model); /* of nodes */
const dg_transition *dg_categorical_E(const dg_noise_model *model); /* of pairs */

#endif
