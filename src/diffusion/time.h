/* Diffusion times: real numbers from T (noise) down to 0 (data), for training and for the steps of
 * a sampler. */
#ifndef DG_DIFFUSION_TIME_H
#define DG_DIFFUSION_TIME_H

#include "core/rng.h"

/* How the progress u in [0, 1] from noise to data is distorted, f(u) (Qin et al. 2025, DeFoG,
 * section 4.2): t = T (1 - f(u)). In the order of the names of train.distortion. */
typedef enum dg_distortion {
    DG_DISTORTION_IDENTITY, /* u */
    DG_DISTORTION_POLYINC,  /* u^2: more steps near noise */
    DG_DISTORTION_POLYDEC,  /* 2 u - u^2: more steps near data */
    DG_DISTORTION_COS,      /* (1 - cos(pi u)) / 2: more at both ends */
    DG_DISTORTION_REVCOS    /* 2 u - (1 - cos(pi u)) / 2: more in the middle */
} dg_distortion;

double dg_distort(dg_distortion distortion, double u);

/* A time for training: a whole one, 0 .. T alike, or where there is a distortion, T (1 - f(u)) of a
 * uniform u. */
double dg_draw_time(size_t T, dg_distortion distortion, const dg_rng *key);

/* One reverse step, from t back to s < t. Its random numbers are drawn with dg_rng.step = key,
 * which is not 0 and differs from step to step. */
typedef struct dg_interval {
    double s, t;
    uint32_t key;
} dg_interval;

/* Step number `step` of `steps`, from 0: the first begins at T, the last ends at 0. Undistorted, up
 * to T steps go over whole times. */
dg_interval dg_interval_of(size_t T, dg_distortion distortion, size_t steps, size_t step);

#endif
