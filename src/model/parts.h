/* What creating a model and loading one have in common; for the files of this folder only. */
#ifndef DG_MODEL_PARTS_H
#define DG_MODEL_PARTS_H

#include "model/model.h"

/* Creates model->noise by the config and the statistics. Errors: INPUT. */
digress_status dg_model_create_noise(dg_model *model);
/* The network's dims, by the config and the noise model. */
dg_denoiser_dims dg_model_dims(const dg_model *model);
/* Allocates model->ema if the config asks for a moving average. */
digress_status dg_model_allocate_ema(dg_model *model);

#endif
