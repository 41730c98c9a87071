/* A session on several ranks (distributed/ranks.h): all run the same training and come to the same
 * decisions; rank 0 alone writes files and speaks. What only one of them can know (a signal, the
 * time, a failure to write) they tell each other here. */
#ifndef DG_TRAIN_TOGETHER_H
#define DG_TRAIN_TOGETHER_H

#include "train/session.h"

/* Between two steps: learns of a signal to any rank, and what is due by rank 0's clock; sets
 * s->signal, s->stopped, s->save_is_due and s->time_is_up. */
digress_status dg_session_hear(dg_session *s);
/* The same; fails if it is time to stop. */
digress_status dg_session_listen(dg_session *s);
/* For what one rank alone does: a failure becomes that of all. */
digress_status dg_session_agree(dg_session *s, digress_status status);
/* In place of train.accumulators 0: one for each thread of each rank. */
digress_status dg_session_count_accumulators(dg_session *s);
/* Compares how the ranks compute, and what; then keeps only this rank's slice of the moments. */
digress_status dg_session_divide(dg_session *s);
/* Completes the moving average of the weights, of which each rank updates its slice. */
digress_status dg_session_complete_average(dg_session *s);

#endif
