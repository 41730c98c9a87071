/* The Gaussian diffusion process of one real entry, variance preserving (Ho et al. 2020, DDPM;
 * Kingma et al. 2021, VDM, whose alpha, sigma, SNR and gamma are the schedule's):
 *
 *     z_t = alpha_t x + sigma_t eps,   eps ~ N(0, 1),   alpha_t^2 + sigma_t^2 = 1.
 *
 * Why is the reverse step the same, whether the network predicts the clean x, the noise eps, or v =
 * alpha_t eps - sigma_t x (Salimans & Ho 2022)? Because z_t is known, and with it any one of the
 * three gives the other two:
 *
 *     x   = (z_t - sigma_t eps) / alpha_t = alpha_t z_t - sigma_t v
 *     eps = (z_t - alpha_t x) / sigma_t   = sigma_t z_t + alpha_t v.
 *
 * These are linear, so they hold for expectations too: E[eps | z_t] gives E[x | z_t]. And the mean
 * of q(z_s | z_t, x) is linear in z_t and x. So a reverse step is one blend of z_t and the
 * prediction, whatever is predicted; only the numbers of the blend differ. What does differ is the
 * weight of a squared error: an error of eps is SNR(t) = (alpha_t / sigma_t)^2 times that of x, and
 * alpha_t^2 times that of v. So a loss on eps cares most about the fine details left at low noise,
 * one on x about the outline at high noise; and where alpha_t is nearly 0, x from eps is an error
 * divided by alpha_t, which is why long jumps from t = T need x0 or v. */
#ifndef DG_DIFFUSION_GAUSSIAN_PROCESS_H
#define DG_DIFFUSION_GAUSSIAN_PROCESS_H

#include "diffusion/schedule.h"

typedef struct dg_level {
    double alpha, sigma;
} dg_level;
dg_level dg_level_at(const dg_schedule *schedule, double t);

/* z * z_t + other * w, where w is the clean x or the network's prediction. */
typedef struct dg_blend {
    double z, other;
} dg_blend;

dg_blend dg_target_of(dg_prediction kind, dg_level t); /* blend with x: what is to be predicted */
dg_blend dg_clean_of(dg_prediction kind, dg_level t);  /* blend with the prediction: x */
dg_blend dg_eps_of(dg_prediction kind, dg_level t);    /* blend with the prediction: eps */

/* A draw: mean + deviation * N(0, 1). */
typedef struct dg_gaussian_step {
    dg_blend mean;
    double deviation;
} dg_gaussian_step;

/* q(z_t | x), as a blend of x alone. */
dg_gaussian_step dg_forward_step(dg_level t);

/* z_s ~ p(z_s | z_t), s < t, given the prediction (Song et al. 2021, DDIM, equations 12 and 16):
 *
 *     z_s = alpha_s x + sqrt(sigma_s^2 - d^2) eps + d N(0, 1),   d = eta sigma_{t|s} sigma_s /
 * sigma_t
 *
 * where sigma_{t|s}^2 = 1 - (alpha_t / alpha_s)^2 is the noise of the jump from s to t. With eta =
 * 1 this is DDPM's ancestral step, the posterior q(z_s | z_t, x), with mean z_t / alpha_{t|s} -
 * sigma_{t|s}^2 / (alpha_{t|s} sigma_t) eps; with eta = 0 it is deterministic. */
dg_gaussian_step dg_reverse_step(const dg_schedule *schedule, dg_prediction kind, double s,
                                 double t, double eta);

/* x ~ p(x | z_0) = N(x by the prediction, (eta sigma_0 / alpha_0)^2). */
dg_gaussian_step dg_last_step(const dg_schedule *schedule, dg_prediction kind, double eta);

/* KL(q(z_s | z_t, x) || p(z_s | z_t)) for s = t - 1, divided by the squared error of the
 * prediction: (SNR(s) - SNR(t)) / 2 of an error of x (VDM, equation 13), (SNR(s) / SNR(t) - 1) / 2
 * of one of eps. */
double dg_kl_per_square(const dg_schedule *schedule, dg_prediction kind, double t);

/* KL(N(alpha_T x, sigma_T^2) || N(0, 1)) */
double dg_kl_prior_of(dg_level T, double x);

/* log p(x | z_0) of the class x given the entries z_0 in units of classes (one-hot, so about 1 at x
 * and 0 elsewhere), each with noise of the given deviation: the normal density's integral from 1/2
 * to 3/2 around the entry, normalised over classes (Hoogeboom et al. 2022, EDM, section 3.2). */
double dg_log_p_class(size_t classes, const double *z_0, double deviation, size_t x);

#endif
