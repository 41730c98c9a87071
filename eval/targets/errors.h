/* How far samples are from the targets that they were asked for. */
#ifndef DG_EVAL_TARGET_ERRORS_H
#define DG_EVAL_TARGET_ERRORS_H

#include "core/threads.h"
#include "digress/eval.h"

typedef struct dg_target_errors {
    size_t count;
    digress_target_error *list; /* [count] */
} dg_target_errors;

/* Of each target that the graphs carry, by what they have: dg_target_measure. Free with
 * dg_target_errors_free, failing or not. */
digress_status dg_target_errors_of(dg_pool *pool, const digress_graph_set *set,
                                   dg_target_errors *out);
void dg_target_errors_free(dg_target_errors *errors);

#endif
