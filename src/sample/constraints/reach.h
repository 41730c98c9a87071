/* Which nodes of a graph can be reached from which. */
#ifndef DG_SAMPLE_CONSTRAINTS_REACH_H
#define DG_SAMPLE_CONSTRAINTS_REACH_H

#include "diffusion/noise_model.h"

/* component[i]: the number of node i's, from 0, in the order of their first nodes. Both arrays are
 * [n]; queue is scratch. Returns how many there are. */
size_t dg_label_components(const dg_class_rows *graph, uint32_t *component, uint32_t *queue);

#endif
