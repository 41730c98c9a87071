/* How each of the samplers draws a reverse step over classes: one entry, a node or a pair, at a
 * time. */
#ifndef DG_DIFFUSION_CLASS_STEP_H
#define DG_DIFFUSION_CLASS_STEP_H

#include "diffusion/noise_model.h"
#include "diffusion/transition.h"

/* One step, the same for every entry. */
typedef struct dg_class_step {
    dg_sampler sampler;
    dg_jump jump;
    double alpha_bar_s, alpha_bar_t;
    bool last;       /* ends at the data */
    double guidance; /* 1: none */
} dg_class_step;

dg_class_step dg_class_step_of(const dg_sampler *sampler, const dg_schedule *schedule,
                               dg_interval interval);

/* Draws x_s of one entry whose clean class is predicted by p, with the next of `words`; a flow
 * draws that clean class with the next of `clean_words`. */
uint8_t dg_class_step_draw(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                           const double *p, dg_stream *words, dg_stream *clean_words);

/* The same where p_free is predicted without targets: from p_free (p / p_free)^guidance of what is
 * drawn from, normalised: of x_s for posterior and renoise, and for all in a last step that draws
 * the clean class. A flow's rates are those that p and p_free expect, combined likewise; it draws
 * no clean class. tilt [classes]: then multiplied by its exponentials, normalised. Either may be
 * NULL. */
uint8_t dg_class_step_draw_guided(const dg_class_step *step, const dg_transition *transition,
                                  uint8_t x_t, const double *p, const double *p_free,
                                  const float *tilt, dg_stream *words, dg_stream *clean_words);

#endif
