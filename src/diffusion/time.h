/* Diffusion times: real numbers from T (noise) down to 0 (data), for training and for the steps of
 * a sampler. */
#ifndef DG_DIFFUSION_TIME_H
#define DG_DIFFUSION_TIME_H

#include "config/choices.h"
#include "core/rng.h"

/* The distortion f(u), u in [0, 1]. */
double dg_distort(dg_distortion distortion, double u);

/* A time for training: a whole one, all of 0 .. T equally likely, or with a distortion T (1 - f(u))
 * for a uniform u. */
double dg_draw_time(size_t T, dg_distortion distortion, const dg_rng *key);
/* The same for graph `place` of a batch of `places`: the graphs' u are evenly spaced, shifted by
 * one random number of the batch (Kingma et al. 2021, Variational Diffusion Models, appendix I.1),
 * so that each batch covers early and late times equally. The key is the batch's. */
double dg_spread_time(size_t T, dg_distortion distortion, const dg_rng *key, size_t place,
                      size_t places);

/* What a network reads of a time (model.time_input): so many numbers, written at `row`. */
size_t dg_time_width(dg_time_input input);
void dg_write_time(dg_time_input input, size_t T, double t, float *row);

/* One reverse step, from t back to s < t. Its random numbers are drawn with dg_rng.step = key,
 * which is not 0 and differs from step to step. */
typedef struct dg_interval {
    double s, t;
    uint32_t key;
} dg_interval;

/* Step number `step` of `steps`, from 0: the first begins at T, the last ends at 0. Without a
 * distortion, up to T steps go through whole times. */
dg_interval dg_interval_of(size_t T, dg_distortion distortion, size_t steps, size_t step);

#endif
