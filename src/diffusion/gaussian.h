/* The Gaussian noise model: the continuous mode of the DiGress paper (ConGress). Classes as one-hot
 * rows, scaled; Gaussian noise on every entry; the largest entry is the class in the end. */
#ifndef DG_DIFFUSION_GAUSSIAN_H
#define DG_DIFFUSION_GAUSSIAN_H

#include "diffusion/gaussian_process.h"
#include "diffusion/noise_model.h"

/* The state of a pack: real rows. E is symmetric, its diagonal zero. */
typedef struct dg_gaussian_state {
    dg_state base;
    float *X; /* [nodes, node classes] */
    float *E; /* [pairs, edge classes] */
} dg_gaussian_state;

/* A one-hot entry v is (v - bias) / value in a state. */
typedef struct dg_scaling {
    double value, bias;
} dg_scaling;

/* Class counts are those of `statistics`. Errors: INPUT (a scaling that leaves classes too close to
 * each other for the noise at t = 0). */
digress_status dg_gaussian_create(dg_schedule_kind kind, size_t T, dg_prediction prediction,
                                  dg_scaling X, dg_scaling E, const dg_statistics *statistics,
                                  dg_noise_model **out);

#endif
