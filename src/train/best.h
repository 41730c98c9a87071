/* Which checkpoint of a run is the best: by the bound on the validation set, and by the samples
 * that it draws. train.best_by says which of the two best.safetensors is; the other is kept beside
 * it, as best-bound.safetensors or best-samples.safetensors. */
#ifndef DG_TRAIN_BEST_H
#define DG_TRAIN_BEST_H

#include "eval/score.h"
#include "train/session.h"

/* Saves the training as the best of its kind, and notes that in s->training, if it is better than
 * all before. Errors: as dg_session_save; the caller then restores s->training. */
digress_status dg_best_by_bound(dg_session *s, const dg_bound *bound, bool *best);
digress_status dg_best_by_samples(dg_session *s, const dg_score *score, bool *best);

#endif
