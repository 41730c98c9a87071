/* The sets that a config trains on. */
#ifndef DG_TRAIN_DATA_H
#define DG_TRAIN_DATA_H

#include "config/config.h"
#include "core/threads.h"
#include "distributed/ranks.h"
#include "graph/dataset.h"

/* dataset.path: a set folder as it is; anything else, molecules included, split 64/16/20 with seed
 * 0. Or dataset.generate: the set that `digress data` would make. What was dropped in reading is
 * said on stderr. The watch (NULL: none) can stop the reading and the generating. The caller frees
 * with dg_dataset_free. */
digress_status dg_training_data(const dg_config *config, const dg_watch *watch, dg_dataset *out);
/* The same of several ranks (NULL: alone), all of which call it: one on each machine reads them for
 * all that are there, which then have one copy in common as long as the ranks are together. A
 * failure to read is that of all. */
digress_status dg_training_data_once(const dg_config *config, dg_ranks *ranks,
                                     const dg_watch *watch, dg_dataset *out);

#endif
