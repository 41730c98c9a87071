/* Probabilities of classes, from a network's logits. */
#ifndef DG_DIFFUSION_CLASS_LOGITS_H
#define DG_DIFFUSION_CLASS_LOGITS_H

#include <stddef.h>
#include <stdint.h>

/* p = softmax(logits); returns log sum exp(logits). */
double dg_softmax(size_t classes, const float *logits, double *p);

/* -log p(x); gradient, when not NULL, = weight * d(-log p(x)) / d logits. */
double dg_cross_entropy(size_t classes, const float *logits, uint8_t x, double weight,
                        float *gradient);

#endif
