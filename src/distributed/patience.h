/* How long a rank waits for the others. Of a cut network nothing is heard, and not every launcher
 * asks whether the other machines are still there. */
#ifndef DG_DISTRIBUTED_PATIENCE_H
#define DG_DISTRIBUTED_PATIENCE_H

#include "core/status.h"
#include <stddef.h>

/* From DIGRESS_RANK_TIMEOUT, in seconds (a day; 0: for ever). Errors: INPUT. */
digress_status dg_patience_set(size_t rank);
/* Around a wait: when it takes longer than that, the process says so and ends with status 2, and
 * the launcher ends the others. */
void dg_patience_begin(void);
void dg_patience_end(void);

#endif
