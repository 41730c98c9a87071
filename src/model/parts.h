/* The parts of a model that both a new one and one from a file are put together of; for the files
 * of this folder. */
#ifndef DG_MODEL_PARTS_H
#define DG_MODEL_PARTS_H

#include "model/model.h"

/* model->noise, by its config and the statistics. Errors: INPUT. */
digress_status dg_model_create_noise(dg_model *model);
/* What the config and the noise model say of the network. */
dg_denoiser_dims dg_model_dims(const dg_model *model);
/* Room for the moving average of the weights. */
digress_status dg_model_allocate_ema(dg_model *model);

#endif
