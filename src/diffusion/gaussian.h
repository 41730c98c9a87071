/* The Gaussian noise model: the continuous mode of the DiGress paper (ConGress). Classes are scaled
 * one-hot rows, every entry gets Gaussian noise, and in the end the largest entry of a row is its
 * class. */
#ifndef DG_DIFFUSION_GAUSSIAN_H
#define DG_DIFFUSION_GAUSSIAN_H

#include "diffusion/gaussian_process.h"
#include "diffusion/noise_model.h"

/* The state of a pack: rows of real numbers. E is symmetric, its diagonal zero. */
typedef struct dg_gaussian_state {
    dg_state base;
    float *X; /* [nodes, node classes] */
    float *E; /* [pairs, edge classes] */
} dg_gaussian_state;

/* In a state, the one-hot entry v is (v - bias) / value. */
typedef struct dg_scaling {
    double value, bias;
} dg_scaling;

/* Class counts are those of `statistics`. Errors: INPUT (a scaling that leaves classes too close to
 * each other for the noise at t = 0). */
digress_status dg_gaussian_create(dg_schedule_kind kind, size_t T, dg_prediction prediction,
                                  dg_scaling X, dg_scaling E, const dg_statistics *statistics,
                                  dg_noise_model **out);

#endif
