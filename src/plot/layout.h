/* Where the nodes of any graph are drawn. */
#ifndef DG_PLOT_LAYOUT_H
#define DG_PLOT_LAYOUT_H

#include "digress/graph.h"

/* A larger graph takes too long to lay out, and nothing could be seen: its lines cover the page. */
enum { DG_MOST_DRAWN_NODES = 1000, DG_MOST_DRAWN_EDGES = 20000 };
bool dg_can_be_drawn(const digress_graph *graph);

/* at[2 u] and at[2 u + 1] are the x and y of node u, in the square of side 1. Trees are drawn in
 * layers, graphs with few edges (planar ones, meshes) flat, communities apart from each other, and
 * components side by side. The same graph and seed always give the same layout. Errors: MEMORY. */
digress_status dg_layout_of(const digress_graph *graph, uint32_t seed, double *at);

#endif
