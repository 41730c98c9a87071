/* Where the nodes of any graph are drawn. */
#ifndef DG_PLOT_LAYOUT_H
#define DG_PLOT_LAYOUT_H

#include "digress/graph.h"

/* What is larger takes too long to lay out, and shows nothing: the lines cover the page. */
enum { DG_MOST_DRAWN_NODES = 1000, DG_MOST_DRAWN_EDGES = 20000 };
bool dg_can_be_drawn(const digress_graph *graph);

/* at[2 u] and at[2 u + 1] are the x and y of node u, in the square of side 1. Trees stand in
 * layers, graphs with few edges (planar ones, meshes) lie flat, communities part; components lie
 * side by side. The same for the same graph and seed. Errors: MEMORY. */
digress_status dg_layout_of(const digress_graph *graph, uint32_t seed, double *at);

#endif
