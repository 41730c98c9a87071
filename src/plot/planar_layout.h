/* A drawing without crossings. */
#ifndef DG_PLOT_PLANAR_LAYOUT_H
#define DG_PLOT_PLANAR_LAYOUT_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DG_MOST_PLANAR_NODES = 250 }; /* more take too long */

/* Places the nodes of a connected planar graph: those of its longest face on a circle, every other
 * one at the centre of its neighbours (Tutte 1963); then forces spread them as far as possible
 * without crossings. *found: the graph is planar, and no two nodes coincide. at: as for
 * dg_igraph_layout. Errors: MEMORY. */
digress_status dg_planar_layout(size_t n, size_t edges, const uint32_t *ends, double *at,
                                bool *found);

#endif
