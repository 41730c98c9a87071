/* Muon (Jordan et al. 2024): the momentum of a weight matrix is made nearly orthogonal before the
 * matrix moves by it, so that every direction of the space learns alike. For the matrices between
 * hidden states; AdamW has the rest. An update is scaled to the size of one of AdamW's (Liu et al.
 * 2025, Muon is scalable for LLM training), so that both go by the same learning rate.
 *
 * Each matrix is worked through by one thread: bits do not depend on how many there are. */
#ifndef DG_TRAIN_MUON_H
#define DG_TRAIN_MUON_H

#include "core/threads.h"
#include "denoiser/denoiser.h"

typedef struct dg_muon dg_muon;

typedef struct dg_muon_step {
    double lr, weight_decay;
    double scale; /* of the gradient */
} dg_muon_step;

/* For the denoiser's hidden matrices that are in use. The caller frees with dg_muon_free. */
digress_status dg_muon_create(const dg_denoiser *denoiser, dg_muon **out);
void dg_muon_free(dg_muon *muon); /* NULL is allowed */

/* One step of those matrices in the flat vectors; the rest of them is left alone. */
digress_status dg_muon_run(dg_muon *muon, dg_pool *pool, const dg_muon_step *step,
                           const float *gradient, float *momentum, float *parameters);

/* Floats that each thread needs for a step. */
size_t dg_muon_room(const dg_denoiser *denoiser);

/* Floats that dg_orthogonalise needs to work in. */
size_t dg_orthogonalise_room(size_t rows, size_t cols);
/* X: [rows, cols], in place: singular values near 1 (0.68 .. 1.14) where they were more than about
 * a hundredth of the norm, smaller ones on the way there, by five steps of Newton and Schulz. 0
 * where the norm is under 1e-8: then the gradient has vanished, and its direction means nothing. */
void dg_orthogonalise(size_t rows, size_t cols, float *X, float *room);

#endif
