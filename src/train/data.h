/* The sets that a config trains on. */
#ifndef DG_TRAIN_DATA_H
#define DG_TRAIN_DATA_H

#include "config/config.h"
#include "core/threads.h"
#include "graph/dataset.h"

/* dataset.path: a set folder as it is, anything else, molecules too, split 64/16/20 by seed 0. Or
 * dataset.generate: as `digress data` makes it. Says what the reading dropped. The watch
 * (NULL: none) is asked while graphs are read or generated. The caller frees with dg_dataset_free.
 */
digress_status dg_training_data(const dg_config *config, const dg_watch *watch, dg_dataset *out);

#endif
