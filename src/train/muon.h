/* Muon (Jordan et al. 2024): a weight matrix moves by its momentum made nearly orthogonal, so that
 * all directions learn at the same pace. For the matrices between hidden states; AdamW updates the
 * rest. An update is scaled to the usual size of an AdamW update (Liu et al. 2025, Muon is scalable
 * for LLM training), so that both use the same learning rate.
 *
 * Each matrix is updated by one thread, so the bits do not depend on how many there are. */
#ifndef DG_TRAIN_MUON_H
#define DG_TRAIN_MUON_H

#include "core/threads.h"
#include "denoiser/denoiser.h"
#include "train/chunks.h"

typedef struct dg_muon dg_muon;

typedef struct dg_muon_step {
    double lr, weight_decay;
    double scale; /* of the gradient */
} dg_muon_step;

/* For the denoiser's hidden matrices, as far as in use. The caller frees with dg_muon_free. */
digress_status dg_muon_create(const dg_denoiser *denoiser, dg_muon **out);
void dg_muon_free(dg_muon *muon); /* NULL is allowed */

/* From now on for the matrices in the span alone, which must not cut one; vectors begin with it. */
void dg_muon_cut(dg_muon *muon, dg_span span);

/* Updates those matrices within the flat vectors; everything else in the vectors is left alone. */
digress_status dg_muon_run(dg_muon *muon, dg_pool *pool, const dg_muon_step *step,
                           const float *gradient, float *momentum, float *parameters);

/* Floats that each thread needs for a step. */
size_t dg_muon_room(const dg_denoiser *denoiser);

/* Floats of scratch that dg_orthogonalise needs. */
size_t dg_orthogonalise_room(size_t rows, size_t cols);
/* X: [rows, cols], in place, by five Newton-Schulz steps. Singular values above about a hundredth
 * of the norm come out near 1 (0.68 .. 1.14), smaller ones below. X becomes 0 if its norm is below
 * 1e-8: the gradient has vanished, and its direction means nothing. */
void dg_orthogonalise(size_t rows, size_t cols, float *X, float *room);

#endif
