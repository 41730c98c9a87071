/* What the files of the categorical model share: the model, and its states. */
#ifndef DG_DIFFUSION_CATEGORICAL_STATE_H
#define DG_DIFFUSION_CATEGORICAL_STATE_H

#include "diffusion/noise_model.h"
#include "diffusion/transition.h"

typedef struct dg_categorical {
    dg_noise_model base;
    dg_transition X, E;
} dg_categorical;

typedef struct dg_class_state {
    dg_state base;
    uint8_t *node_class; /* [nodes] */
    uint8_t *pair_class; /* [pairs] symmetric; the diagonal holds the number of classes, which the
                            denoiser reads as the zero row */
} dg_class_state;

static inline const dg_categorical *dg_categorical_of(const dg_noise_model *model) {
    return (const dg_categorical *)(const void *)model;
}

static inline const dg_class_state *dg_classes_of(const dg_state *state) {
    return (const dg_class_state *)(const void *)state;
}

extern const dg_bound_operations dg_categorical_bound;

#endif
