/* The gradients of a step: one flat vector for each accumulator, and their sum.
 *
 * Accumulators are added by a binary tree: 0 + 1, 2 + 3, ..., then (0 + 1) + (2 + 3), .... The
 * order depends on their number only, and a rank adds up its own before it sends anything: with 2^k
 * of them on each rank, that is one vector, whatever k is. Each rank then adds up its slice
 * (train/slices.h) of what the others send. */
#ifndef DG_TRAIN_GRADIENTS_H
#define DG_TRAIN_GRADIENTS_H

#include "core/threads.h"
#include "train/slices.h"

typedef struct dg_gradients dg_gradients;

/* Borrows the slices. Errors: MEMORY. */
digress_status dg_gradients_create(const dg_slices *slices, size_t accumulators,
                                   dg_gradients **out);
void dg_gradients_free(dg_gradients *gradients); /* NULL is allowed */

/* The accumulators of this rank. */
dg_part dg_gradients_own(const dg_gradients *gradients);
/* [accumulators] flat vectors to add to, zero at first; NULL: another rank's. */
float *const *dg_gradients_slots(const dg_gradients *gradients);
/* For a team that adds to several vectors at once: `count` of them, zero at first, of which the
 * first is accumulator `index`, this rank's, to which nothing has been added yet in this step. What
 * is added to all of them becomes that accumulator by dg_gradients_gather, in the same order
 * whatever the ranks. Errors: MEMORY. */
digress_status dg_gradients_lend(dg_gradients *gradients, size_t index, size_t count,
                                 float **vectors);
digress_status dg_gradients_gather(dg_gradients *gradients, dg_pool *pool, size_t index,
                                   size_t count, float *const *vectors);

/* Adds up all accumulators, which become zero but for what dg_gradients_total gives. *norm is the
 * L2 norm of the sum. */
digress_status dg_gradients_sum(dg_gradients *gradients, dg_pool *pool, double *norm);
/* The sum of this rank's slice, from its first element on. To be zeroed before the next step. */
float *dg_gradients_total(const dg_gradients *gradients);

#endif
