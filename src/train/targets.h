/* The targets that a model reads, in the sets that it is trained on. */
#ifndef DG_TRAIN_TARGETS_H
#define DG_TRAIN_TARGETS_H

#include "train/session.h"

/* Those of model.targets that the session's sets lack are computed, where they can be; a set of the
 * caller's is copied first. Errors: INPUT (RDKit is needed, or molecules). */
digress_status dg_complete_targets(dg_session *s, const dg_config *config);

#endif
