/* Samples that are drawn by several ranks (distributed/ranks.h): divided by number, and gathered.
 */
#ifndef DG_SAMPLE_SHARE_H
#define DG_SAMPLE_SHARE_H

#include "digress/steering.h"
#include "distributed/ranks.h"
#include "sample/store.h"

/* Keeps of number[0 .. count-1] this rank's share, and returns how many: the first `chains`, whose
 * frames are kept, are rank 0's, and the others go round. */
size_t dg_share_numbers(const dg_ranks *ranks, size_t chains, size_t count, uint32_t *number);
/* What a rank's store has of its numbers reaches the stores of all. */
digress_status dg_share_samples(dg_ranks *ranks, dg_store *store, size_t count,
                                const uint32_t *number);
/* Adds to `total` what all ranks have counted. */
digress_status dg_share_interventions(dg_ranks *ranks, const digress_interventions *mine,
                                      digress_interventions *total);

#endif
