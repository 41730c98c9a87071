#include "diffusion/flow.h"

#include <math.h>

double dg_flow_p(const dg_transition *transition, double tau, uint8_t z_1, size_t j) {
    return tau * (j == z_1) + (1 - tau) * transition->limit[j];
}

size_t dg_flow_reachable(const dg_transition *transition, double tau, uint8_t z_1) {
    size_t reachable = 0;
    for (size_t j = 0; j < transition->classes; j++)
        reachable += dg_flow_p(transition, tau, z_1, j) > 0;
    return reachable;
}

void dg_flow_rates(const dg_transition *transition, double tau, uint8_t x, uint8_t z_1, double eta,
                   double omega, double *rates) {
    const double *m = transition->limit, p_x = dg_flow_p(transition, tau, z_1, x);
    const double g_x = (x == z_1) - m[x];
    const double reachable = (double)dg_flow_reachable(transition, tau, z_1);
    for (size_t j = 0; j < transition->classes; j++) {
        const double p = dg_flow_p(transition, tau, z_1, j), g = (j == z_1) - m[j];
        rates[j] = 0;
        if (!(p > 0) || !(p_x > 0)) continue;
        const double target = omega * (j == z_1 && x != z_1);
        rates[j] = (fmax(0, g - g_x) + target) / (reachable * p_x) + eta * p;
    }
}

void dg_flow_step(const dg_transition *transition, double tau, double d, uint8_t x, uint8_t z_1,
                  double eta, double omega, double *out) {
    double leaving = 0;
    dg_flow_rates(transition, tau, x, z_1, eta, omega, out);
    for (size_t j = 0; j < transition->classes; j++) {
        out[j] *= d;
        if (j != x) leaving += out[j];
    }
    out[x] = fmax(0, 1 - leaving);
}
