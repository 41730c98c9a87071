#include "diffusion/transition.h"

#include "core/memory.h"
#include <stdlib.h>
#include <string.h>

static digress_status fill_limit(dg_transition_kind kind, size_t classes, const double *marginals,
                                 size_t absorbing, double *limit) {
    double sum = 0;
    for (size_t k = 0; k < classes; k++) {
        if (kind == DG_TRANSITION_UNIFORM) limit[k] = 1;
        if (kind == DG_TRANSITION_MARGINAL) limit[k] = marginals[k];
        if (kind == DG_TRANSITION_ABSORBING) limit[k] = k == absorbing;
        sum += limit[k];
    }
    if (kind == DG_TRANSITION_ABSORBING && absorbing >= classes)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.absorbing: there is no class %zu: the last one is %zu", absorbing,
                        classes - 1);
    if (!(sum > 0)) return dg_error(DIGRESS_ERROR_INPUT, "the class marginals do not sum to 1");
    for (size_t k = 0; k < classes; k++)
        limit[k] /= sum;
    return DIGRESS_OK;
}

digress_status dg_transition_create(dg_transition_kind kind, size_t classes,
                                    const double *marginals, size_t absorbing, dg_transition *out) {
    if (classes == 0) return dg_error(DIGRESS_ERROR_INPUT, "a transition needs a class");
    dg_transition transition = {.classes = classes};
    DG_TRY(dg_allocate(classes, sizeof *transition.limit, &transition.limit));
    digress_status status = fill_limit(kind, classes, marginals, absorbing, transition.limit);
    if (status != DIGRESS_OK) {
        dg_transition_free(&transition);
        return status;
    }
    *out = transition;
    return DIGRESS_OK;
}

void dg_transition_free(dg_transition *transition) {
    free(transition->limit);
    *transition = (dg_transition){0};
}

static void fill_matrix(const dg_transition *transition, double keep, double *Q) {
    size_t d = transition->classes;
    for (size_t from = 0; from < d; from++)
        for (size_t to = 0; to < d; to++)
            Q[from * d + to] = keep * (from == to) + (1 - keep) * transition->limit[to];
}

void dg_Qt(const dg_transition *transition, const dg_schedule *schedule, size_t t, double *Q) {
    fill_matrix(transition, 1 - schedule->beta[t], Q);
}

void dg_Qt_bar(const dg_transition *transition, const dg_schedule *schedule, size_t t, double *Q) {
    fill_matrix(transition, schedule->alpha_bar[t], Q);
}

void dg_Qts(const dg_transition *transition, const dg_schedule *schedule, size_t s, size_t t,
            double *Q) {
    fill_matrix(transition, dg_schedule_keep(schedule, (double)s, (double)t), Q);
}

/* In (0, 1), with all 32 bits: in the many draws of a large graph, probabilities of 1e-9 matter. */
static double to_unit(uint32_t word) {
    return ((double)word + 0.5) * 0x1p-32;
}

static size_t invert(size_t classes, const double *p, double u) {
    size_t last = 0; /* the last possible class takes what rounding leaves over */
    for (size_t k = 0; k < classes; k++) {
        if (!(p[k] > 0)) continue;
        last = k;
        if (u < p[k]) break;
        u -= p[k];
    }
    return last;
}

size_t dg_draw_class(size_t classes, const double *p, uint32_t word) {
    return invert(classes, p, to_unit(word));
}

uint8_t dg_transition_draw_limit(const dg_transition *transition, uint32_t word) {
    return (uint8_t)dg_draw_class(transition->classes, transition->limit, word);
}

uint8_t dg_transition_corrupt(const dg_transition *transition, double alpha_bar, uint8_t x_0,
                              uint32_t word) {
    double u = to_unit(word);
    if (u < alpha_bar) return x_0;
    return (uint8_t)invert(transition->classes, transition->limit,
                           (u - alpha_bar) / (1 - alpha_bar));
}

dg_jump dg_jump_of(const dg_schedule *schedule, double s, double t) {
    double keep = dg_schedule_keep(schedule, s, t),
           alpha_bar_s = dg_schedule_alpha_bar(schedule, s);
    return (dg_jump){keep, alpha_bar_s, alpha_bar_s * keep};
}

/* (p Qbar^t)[x_t], where `same` is p[x_t]. */
static double reach(const dg_transition *transition, dg_jump jump, uint8_t x_t, double same) {
    return jump.alpha_bar_t * same + (1 - jump.alpha_bar_t) * transition->limit[x_t];
}

/* Q_{t|s}[x_s, x_t] */
static double forward(const dg_transition *transition, dg_jump jump, size_t x_s, uint8_t x_t) {
    return jump.keep * (x_s == x_t) + (1 - jump.keep) * transition->limit[x_t];
}

void dg_posterior_over0(const dg_transition *transition, dg_jump jump, uint8_t x_t, double *over0) {
    size_t d = transition->classes;
    for (size_t x_0 = 0; x_0 < d; x_0++) {
        double denominator = reach(transition, jump, x_t, x_0 == x_t);
        for (size_t x_s = 0; x_s < d; x_s++) {
            double cumulative =
                jump.alpha_bar_s * (x_0 == x_s) + (1 - jump.alpha_bar_s) * transition->limit[x_s];
            over0[x_0 * d + x_s] =
                denominator > 0 ? forward(transition, jump, x_s, x_t) * cumulative / denominator
                                : 0;
        }
    }
}

void dg_posterior_soft(const dg_transition *transition, dg_jump jump, uint8_t x_t, const double *p,
                       double *out) {
    double denominator = reach(transition, jump, x_t, p[x_t]);
    for (size_t x_s = 0; x_s < transition->classes; x_s++) {
        double cumulative =
            jump.alpha_bar_s * p[x_s] + (1 - jump.alpha_bar_s) * transition->limit[x_s];
        out[x_s] =
            denominator > 0 ? forward(transition, jump, x_s, x_t) * cumulative / denominator : 0;
    }
}

/* With w(x_0) = p(x_0) / Qbar^t[x_0, x_t], whose denominator has one value for x_0 = x_t and
 * another for all others:  p(x_s | x_t) = Q_{t|s}[x_s, x_t] (alpha_bar_s w(x_s) + (1 - alpha_bar_s)
 * m(x_s) sum w). */
void dg_prob_s(const dg_transition *transition, dg_jump jump, uint8_t x_t, const double *p,
               double *out) {
    size_t d = transition->classes;
    double same = reach(transition, jump, x_t, 1), other = reach(transition, jump, x_t, 0);
    double weight_same = same > 0 ? 1 / same : 0, weight_other = other > 0 ? 1 / other : 0;
    double weight_x_t = p[x_t] * weight_same, weights = 0, sum = 0;
    if (other == 0 && same > 0 && weight_x_t == 0) /* then x_t comes from x_0 = x_t alone, */
        weight_x_t = 1;                            /* however small its p is */
    for (size_t x_0 = 0; x_0 < d; x_0++)
        weights += x_0 == x_t ? weight_x_t : p[x_0] * weight_other;
    for (size_t x_s = 0; x_s < d; x_s++) {
        double weight = x_s == x_t ? weight_x_t : p[x_s] * weight_other;
        out[x_s] =
            forward(transition, jump, x_s, x_t) *
            (jump.alpha_bar_s * weight + (1 - jump.alpha_bar_s) * transition->limit[x_s] * weights);
        sum += out[x_s];
    }
    for (size_t x_s = 0; x_s < d; x_s++)
        out[x_s] = sum == 0 ? 1 / (double)d : out[x_s] / sum; /* a NaN stays one */
}
