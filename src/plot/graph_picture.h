/* One graph, drawn in a square. */
#ifndef DG_PLOT_GRAPH_PICTURE_H
#define DG_PLOT_GRAPH_PICTURE_H

#include "digress/graph.h"
#include "plot/canvas.h"

/* Draws graph `index` of a set into the square of `side` from (0, 0), nodes and edges coloured by
 * class, the more of them, the thinner. Symbols of atoms, and names that are as short, are written
 * on nodes with enough room. at: see dg_layout_of. */
digress_status dg_draw_graph(dg_canvas *canvas, const digress_graph_set *set, size_t index,
                             const double *at, double side);

/* The legend: what the colours stand for, unless there is only one class of nodes and one of edges.
 * Its height on a page that is `width` wide, and drawing it from (x, y) on. */
double dg_legend_height(const digress_graph_set *set, double width);
void dg_draw_legend(dg_canvas *canvas, const digress_graph_set *set, double x, double y,
                    double width);

#endif
