/* Discrete flow matching over one trained categorical model (Qin et al. 2025, DeFoG, section 3 and
 * appendix A): the categorical process seen as a flow in the time tau = alpha_bar, 0 noise and 1
 * data, in which an entry with clean class z_1 is distributed as
 *
 *     p_tau(j) = tau [j = z_1] + (1 - tau) m(j),    d p_tau(j) / d tau = [j = z_1] - m(j) =: g(j).
 *
 * Rates of leaving the present class x. R* keeps these marginals, alone and together with R_db:
 *     R*(j)   = max(0, g(j) - g(x)) / (Z p_tau(x)),  Z = number of classes with p_tau > 0
 *     R_db(j) = eta p_tau(j)                         detailed balance: more jumps back and forth
 *     R_tg(j) = omega [j = z_1 != x] / (Z p_tau(x))  towards the target (not exact: a bias)
 * all 0 where p_tau(j) or p_tau(x) is 0. */
#ifndef DG_DIFFUSION_FLOW_H
#define DG_DIFFUSION_FLOW_H

#include "diffusion/transition.h"

/* p_tau(j), and Z, of an entry with clean class z_1. */
double dg_flow_p(const dg_transition *transition, double tau, uint8_t z_1, size_t j);
size_t dg_flow_reachable(const dg_transition *transition, double tau, uint8_t z_1);

/* rates[j], j = 0 .. classes-1: R* + R_db + R_tg; rates[x] means nothing. */
void dg_flow_rates(const dg_transition *transition, double tau, uint8_t x, uint8_t z_1, double eta,
                   double omega, double *rates);

/* out[j]: the probability of class j after one Euler step from tau to tau + d: d rates[j] for j !=
 * x, and max(0, 1 - the sum of these) to stay. They sum to 1 where the step is short enough; the
 * caller draws in proportion. */
void dg_flow_step(const dg_transition *transition, double tau, double d, uint8_t x, uint8_t z_1,
                  double eta, double omega, double *out);

#endif
