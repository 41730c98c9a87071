#include "diffusion/class_step.h"

#include "diffusion/flow.h"

dg_class_step dg_class_step_of(const dg_sampler *sampler, const dg_schedule *schedule,
                               dg_interval interval) {
    return (dg_class_step){.sampler = *sampler,
                           .jump = dg_jump_of(schedule, interval.s, interval.t),
                           .alpha_bar_s = dg_schedule_alpha_bar(schedule, interval.s),
                           .alpha_bar_t = dg_schedule_alpha_bar(schedule, interval.t),
                           .last = interval.s <= 0};
}

/* q(x_s | x) with x ~ p. */
static void renoise(const dg_class_step *step, const dg_transition *transition, const double *p,
                    double *prob_s) {
    for (size_t k = 0; k < transition->classes; k++)
        prob_s[k] = step->alpha_bar_s * p[k] + (1 - step->alpha_bar_s) * transition->limit[k];
}

static void normalize(size_t classes, double *p) {
    double sum = 0;
    for (size_t k = 0; k < classes; k++)
        sum += p[k];
    for (size_t k = 0; k < classes; k++)
        p[k] /= sum;
}

/* The flow's time is alpha_bar. It must be above 0 at T too: at 0, nothing would leave an absorbing
 * class. */
static void flow(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                 uint8_t z_1, double *prob_s) {
    dg_flow_step(transition, step->alpha_bar_t, step->alpha_bar_s - step->alpha_bar_t, x_t, z_1,
                 step->sampler.eta, step->sampler.omega, prob_s);
    normalize(transition->classes, prob_s);
}

uint8_t dg_class_step_draw(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                           const double *p, dg_stream *words, dg_stream *clean_words) {
    double prob_s[DIGRESS_MAX_CLASSES];
    const size_t classes = transition->classes;
    const uint32_t word = dg_stream_u32(words);
    if (step->sampler.kind == DG_SAMPLER_POSTERIOR) {
        dg_prob_s(transition, step->jump, x_t, p, prob_s);
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
