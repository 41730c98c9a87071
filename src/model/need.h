/* How much memory a pack of graphs takes, before it is taken. */
#ifndef DG_MODEL_NEED_H
#define DG_MODEL_NEED_H

#include "model/model.h"

/* Bytes that one thread needs for `graphs` graphs of n nodes. backward: to train. For large graphs
 * it is extrapolated from smaller ones. */
digress_status dg_pack_need(const dg_model *model, size_t n, size_t graphs, bool backward,
                            size_t *bytes);

#endif
