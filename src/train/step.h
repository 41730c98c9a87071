/* The gradient of one batch (DiGress, algorithm 1), in parallel: by the threads of a pool, and by
 * the ranks that the pool has joined. Its bits depend on neither: gradients go to a fixed number of
 * accumulators by a static rule. */
#ifndef DG_TRAIN_STEP_H
#define DG_TRAIN_STEP_H

#include "core/memory.h"
#include "core/threads.h"
#include "model/model.h"
#include "train/slices.h"

/* Which accumulator the gradient of each graph of a batch goes to: it depends only on the sizes of
 * the graphs and the number of accumulators. Accumulator k has the graphs order[start[k]] ..
 * order[start[k + 1] - 1] of the batch. The first teams[k] of them are too large for a thread: all
 * threads of the accumulator's rank work on each of them, as a team. */
typedef struct dg_plan {
    size_t *order; /* [graphs] */
    size_t *start; /* [accumulators + 1] */
    size_t *teams; /* [accumulators] */
} dg_plan;

/* Graphs of this size and above always go to a team, one at a time, so that the memory for their
 * n^2 pairs a layer is needed only once, not once for each thread. */
enum { DG_TEAM_ALWAYS_NODES = 256 };

/* A team adds to as many vectors as there are accumulators, up to this number, and their sum goes
 * to the graph's accumulator. As adding up takes time, only so many accumulators get any. */
enum { DG_TEAM_MOST_VECTORS = 64, DG_TEAM_MOST_SUMS = 16 };

/* Balances n (n + 8) by longest processing time first (Graham 1969). While that leaves the busiest
 * accumulator more than a fifth above the mean, the largest graph with n >= 128 goes to a team.
 * Those of teams are balanced in the same way, by themselves, among accumulators that are evenly
 * spaced, so that the ranks have as much to do. */
digress_status dg_plan_batch(dg_arena *arena, size_t graphs, const uint32_t *n, size_t accumulators,
                             dg_plan *out);

typedef struct dg_batch {
    const digress_graph_set *set;
    size_t count;
    const uint32_t *index; /* [count] graphs of the set */
    uint32_t step;         /* number of the training step: a key of the random numbers */
} dg_batch;

typedef struct dg_batch_result {
    double loss, loss_X, loss_E; /* loss = loss_X + lambda_E * loss_E */
    double gradient_norm;
} dg_batch_result;

/* The workspaces of the threads and the accumulators, kept from batch to batch. */
typedef struct dg_stepper dg_stepper;

/* Borrows model and pool. The model must have been set to train (dg_model_use). Of several ranks,
 * each works on its accumulators. Errors: MEMORY. */
digress_status dg_stepper_create(const dg_model *model, dg_pool *pool, size_t accumulators,
                                 dg_stepper **out);
void dg_stepper_free(dg_stepper *stepper); /* NULL is allowed */

/* Noise, forward with dropout, loss, backward. The loss is the mean over the batch's nodes plus
 * lambda_E times that over its ordered pairs i != j, of the noise model's loss for each. Its
 * gradient is then in dg_stepper_gradient, which must be zero before (dg_adamw_step leaves it so).
 * Of several ranks, each has that of its slice.
 */
digress_status dg_stepper_run(dg_stepper *stepper, const dg_batch *batch, dg_batch_result *out);
/* Seconds spent in matrix products so far, summed over the threads. */
double dg_stepper_product_seconds(const dg_stepper *stepper);
float *dg_stepper_gradient(dg_stepper *stepper); /* flat, owned by the stepper */
/* Which parameters each rank has the gradient of, and is to update. */
const dg_slices *dg_stepper_slices(const dg_stepper *stepper);

#endif
