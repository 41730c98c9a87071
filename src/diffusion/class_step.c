#include "diffusion/class_step.h"

#include "diffusion/flow.h"
#include <math.h>
#include <string.h>

dg_class_step dg_class_step_of(const dg_sampler *sampler, const dg_schedule *schedule,
                               dg_interval interval) {
    return (dg_class_step){.sampler = *sampler,
                           .jump = dg_jump_of(schedule, interval.s, interval.t),
                           .alpha_bar_s = dg_schedule_alpha_bar(schedule, interval.s),
                           .alpha_bar_t = dg_schedule_alpha_bar(schedule, interval.t),
                           .last = interval.s <= 0,
                           .guidance = 1};
}

/* q(x_s | x) with x ~ p. */
static void renoise(const dg_class_step *step, const dg_transition *transition, const double *p,
                    double *prob_s) {
    for (size_t k = 0; k < transition->classes; k++)
        prob_s[k] = step->alpha_bar_s * p[k] + (1 - step->alpha_bar_s) * transition->limit[k];
}

/* A share eta of the entries is noised anew, the others go by the posterior: each keeps the
 * marginals q(x_s | x), and so does any mixture (Song et al. 2021, DDIM, appendix A). */
static void posterior(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                      const double *p, double *prob_s) {
    dg_prob_s(transition, step->jump, x_t, p, prob_s);
    const double eta = step->sampler.eta;
    if (eta == 0) return;
    double anew[DIGRESS_MAX_CLASSES];
    renoise(step, transition, p, anew);
    for (size_t k = 0; k < transition->classes; k++)
        prob_s[k] = (1 - eta) * prob_s[k] + eta * anew[k];
}

/* Whether there is anything. */
static bool normalize(size_t classes, double *p) {
    double sum = 0;
    for (size_t k = 0; k < classes; k++)
        sum += p[k];
    if (!(sum > 0)) return false;
    for (size_t k = 0; k < classes; k++)
        p[k] /= sum;
    return true;
}

/* The flow's time is alpha_bar. It must be above 0 at T too: at 0, nothing would leave an absorbing
 * class. */
static void flow(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                 uint8_t z_1, double *prob_s) {
    dg_flow_step(transition, step->alpha_bar_t, step->alpha_bar_s - step->alpha_bar_t, x_t, z_1,
                 step->sampler.eta, step->sampler.omega, prob_s);
    (void)normalize(transition->classes, prob_s);
}

uint8_t dg_class_step_draw(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                           const double *p, dg_stream *words, dg_stream *clean_words) {
    double prob_s[DIGRESS_MAX_CLASSES];
    const size_t classes = transition->classes;
    const uint32_t word = dg_stream_u32(words);
    if (step->sampler.kind == DG_SAMPLER_POSTERIOR) {
        posterior(step, transition, x_t, p, prob_s);
    } else if (step->last) {
        return (uint8_t)dg_draw_class(classes, p, word);
    } else if (step->sampler.kind == DG_SAMPLER_RENOISE) {
        renoise(step, transition, p, prob_s);
    } else {
        const uint32_t clean_word = dg_stream_u32(clean_words);
        flow(step, transition, x_t, (uint8_t)dg_draw_class(classes, p, clean_word), prob_s);
    }
    return (uint8_t)dg_draw_class(classes, prob_s, word);
}

/* ---- guided ---- */

static const double LARGEST = 600; /* whose exponential is far from infinite */

/* q^(1 - guidance) p^guidance; 0 where either is, without guidance beyond p where q is. */
static double combine(double p, double q, double guidance) {
    if (!(p > 0)) return guidance > 0 ? 0 : q;
    if (!(q > 0)) return guidance < 1 ? 0 : p;
    return exp(fmin(LARGEST, (1 - guidance) * log(q) + guidance * log(p)));
}

/* Of a flow's step, by the rates that p expects: the sum over the clean classes. */
static void expected_rates(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                           const double *p, double *out) {
    double rates[DIGRESS_MAX_CLASSES];
    for (size_t j = 0; j < transition->classes; j++)
        out[j] = 0;
    for (size_t clean = 0; clean < transition->classes; clean++) {
        dg_flow_rates(transition, step->alpha_bar_t, x_t, (uint8_t)clean, step->sampler.eta,
                      step->sampler.omega, rates);
        for (size_t j = 0; j < transition->classes; j++)
            out[j] += p[clean] * rates[j];
    }
}

static void guided_flow(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                        const double *p, const double *p_free, double *prob_s) {
    double rates[DIGRESS_MAX_CLASSES], free_rates[DIGRESS_MAX_CLASSES], leaving = 0;
    expected_rates(step, transition, x_t, p, rates);
    expected_rates(step, transition, x_t, p_free, free_rates);
    for (size_t j = 0; j < transition->classes; j++) {
        prob_s[j] = (step->alpha_bar_s - step->alpha_bar_t) *
                    combine(rates[j], free_rates[j], step->guidance);
        if (j != x_t) leaving += prob_s[j];
    }
    prob_s[x_t] = fmax(0, 1 - leaving);
}

/* What posterior and renoise draw from, and any sampler in its last step. */
static void distribution(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                         const double *p, double *out) {
    if (step->sampler.kind == DG_SAMPLER_POSTERIOR)
        posterior(step, transition, x_t, p, out);
    else if (step->last)
        memcpy(out, p, transition->classes * sizeof *out);
    else
        renoise(step, transition, p, out);
}

static void guided(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                   const double *p, const double *p_free, double *prob_s) {
    double free_s[DIGRESS_MAX_CLASSES];
    if (step->sampler.kind == DG_SAMPLER_FLOW && !step->last) {
        guided_flow(step, transition, x_t, p, p_free, prob_s);
    } else {
        distribution(step, transition, x_t, p, prob_s);
        distribution(step, transition, x_t, p_free, free_s);
        for (size_t k = 0; k < transition->classes; k++)
            prob_s[k] = combine(prob_s[k], free_s[k], step->guidance);
    }
    if (!normalize(transition->classes, prob_s)) /* they agree on no class */
        distribution(step, transition, x_t, p, prob_s);
}

/* The largest exponential is 1: of the classes that can be. */
static void tilt_by(size_t classes, const float *tilt, double *p) {
    double largest = -HUGE_VAL;
    for (size_t k = 0; k < classes; k++)
        if (p[k] > 0) largest = fmax(largest, (double)tilt[k]);
    for (size_t k = 0; k < classes; k++)
        if (p[k] > 0) p[k] *= exp((double)tilt[k] - largest);
    (void)normalize(classes, p);
}

uint8_t dg_class_step_draw_guided(const dg_class_step *step, const dg_transition *transition,
                                  uint8_t x_t, const double *p, const double *p_free,
                                  const float *tilt, dg_stream *words, dg_stream *clean_words) {
    double prob_s[DIGRESS_MAX_CLASSES];
    const size_t classes = transition->classes;
    if (p_free)
        guided(step, transition, x_t, p, p_free, prob_s);
    else if (step->sampler.kind == DG_SAMPLER_FLOW && !step->last)
        flow(step, transition, x_t, (uint8_t)dg_draw_class(classes, p, dg_stream_u32(clean_words)),
             prob_s);
    else
        distribution(step, transition, x_t, p, prob_s);
    if (tilt) tilt_by(classes, tilt, prob_s);
    return (uint8_t)dg_draw_class(classes, prob_s, dg_stream_u32(words));
}
