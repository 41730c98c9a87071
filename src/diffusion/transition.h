/* Categorical transitions over d classes that all have one form,
 *
 *     Q = keep I + (1 - keep) 1 m',
 *
 * stay with probability `keep`, otherwise draw from the limit m (DiGress, sections 3 and 4.1; row =
 * from, column = to). Q^t keeps 1 - beta_t, the cumulative Qbar^t keeps alpha_bar_t, and the jump
 * Q_{t|s} keeps dg_schedule_keep(s, t). As 1 m' has rank one, no matrix is needed where speed
 * counts: a row of Q is m, scaled, with `keep` added to one entry. */
#ifndef DG_DIFFUSION_TRANSITION_H
#define DG_DIFFUSION_TRANSITION_H

#include "config/choices.h"
#include "core/rng.h"
#include "diffusion/schedule.h"

typedef struct dg_transition {
    size_t classes; /* d */
    double *limit;  /* [d] m; sums to 1 */
} dg_transition;

/* marginals: [classes], read for MARGINAL only, scaled to sum 1; absorbing: the class, for
 * ABSORBING only. Errors: INPUT for no classes, marginals that do not sum to a positive number, or
 * absorbing >= classes. Free with dg_transition_free. */
digress_status dg_transition_create(dg_transition_kind kind, size_t classes,
                                    const double *marginals, size_t absorbing, dg_transition *out);
void dg_transition_free(dg_transition *transition);

/* The matrices, dense, row-major, for users and tests. Q: [d * d]. */
void dg_Qt(const dg_transition *transition, const dg_schedule *schedule, size_t t, double *Q);
void dg_Qt_bar(const dg_transition *transition, const dg_schedule *schedule, size_t t, double *Q);
void dg_Qts(const dg_transition *transition, const dg_schedule *schedule, size_t s, size_t t,
            double *Q); /* Q_{t|s}, s < t */

/* A class x_t drawn from row x_0 of Qbar, and a class drawn from m. `word` is 32 random bits. */
uint8_t dg_transition_corrupt(const dg_transition *transition, double alpha_bar, uint8_t x_0,
                              uint32_t word);
uint8_t dg_transition_draw_limit(const dg_transition *transition, uint32_t word);
/* A class drawn with the given probabilities (which may sum to a little less or more than 1). */
size_t dg_draw_class(size_t classes, const double *p, uint32_t word);

/* The jump from t back to s < t. alpha_bar_t is alpha_bar_s * keep, so that posteriors sum to 1 at
 * t = T too, where the schedule's own alpha_bar has beta_T clipped. */
typedef struct dg_jump {
    double keep;                     /* of Q_{t|s} */
    double alpha_bar_s, alpha_bar_t; /* of Qbar^s and Qbar^t */
} dg_jump;
dg_jump dg_jump_of(const dg_schedule *schedule, double s, double t);

/* over0[x_0 * d + x_s] = q(x_s | x_t, x_0) for every x_0 (DiGress, section 3):
 * proportional to Q_{t|s}[x_s, x_t] Qbar^s[x_0, x_s]. All zero for an x_0 from which x_t cannot be
 * reached. */
void dg_posterior_over0(const dg_transition *transition, dg_jump jump, uint8_t x_t, double *over0);

/* out[x_s] = Q_{t|s}[x_s, x_t] (p Qbar^s)[x_s] / (p Qbar^t)[x_t] for a distribution p of x_0: for a
 * one-hot p the posterior, and for a predicted p the quotient of expectations that the reference's
 * bound uses. All zero if x_t cannot be reached from p. */
void dg_posterior_soft(const dg_transition *transition, dg_jump jump, uint8_t x_t, const double *p,
                       double *out);

/* p(x_s | x_t) = sum over x_0 of p(x_0) q(x_s | x_t, x_0), what sampling draws from: the network's
 * prediction marginalised out (DiGress, section 3). Uniform where x_t cannot be reached from any
 * x_0 (t = T, and a class to which the limit gives nothing: this happens in the bound, where the
 * posterior is then zero, and never in sampling). */
void dg_prob_s(const dg_transition *transition, dg_jump jump, uint8_t x_t, const double *p,
               double *out);

#endif
