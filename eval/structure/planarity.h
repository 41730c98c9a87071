/* Whether a graph can be drawn without crossings. */
#ifndef DG_EVAL_PLANARITY_H
#define DG_EVAL_PLANARITY_H

#include "eval/structure/adjacency.h"
#include <stdbool.h>

/* By libplanarity (Boyer and Myrvold 2004). Any thread may ask. */
digress_status dg_is_planar(const dg_adjacency *graph, bool *out);

#endif
