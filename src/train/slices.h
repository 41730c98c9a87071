/* The slices of the parameters: each rank (distributed/ranks.h) updates one, and has the
 * optimizer's moments of that one only. They are cut between tensors, so that an optimizer of whole
 * matrices (muon.h) works on them too, and are of nearly the same size. Alone, the slice is
 * everything. */
#ifndef DG_TRAIN_SLICES_H
#define DG_TRAIN_SLICES_H

#include "denoiser/denoiser.h"
#include "distributed/ranks.h"
#include "train/chunks.h"

typedef struct dg_slices {
    dg_ranks *ranks; /* borrowed; NULL: alone */
    size_t count;    /* of parameters */
    dg_span *slice;  /* [ranks] */
    dg_part *bytes;  /* [ranks] the same, in bytes of a vector of floats */
} dg_slices;

/* The caller frees with dg_slices_free. */
digress_status dg_slices_create(const dg_denoiser *denoiser, dg_ranks *ranks, dg_slices *out);
/* The same, cut where a tensor begins: border[0] = 0 .. border[tensors] = all of them. */
digress_status dg_slices_cut(size_t tensors, const size_t *border, dg_ranks *ranks, dg_slices *out);
void dg_slices_free(dg_slices *slices);
dg_span dg_slices_own(const dg_slices *slices);

/* Each rank has changed its slice of the vector: now all have all of it. */
digress_status dg_slices_share_out(const dg_slices *slices, float *vector);
/* Rank 0 gets the whole vector, of which each rank has its slice; whole: NULL on the others. */
digress_status dg_slices_collect(const dg_slices *slices, const float *mine, float *whole);

#endif
