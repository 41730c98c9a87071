/* One graph, drawn in a square. */
#ifndef DG_PLOT_GRAPH_PICTURE_H
#define DG_PLOT_GRAPH_PICTURE_H

#include "digress/graph.h"
#include "plot/canvas.h"

/* Draws graph `index` of a set into the square of `side` from (0, 0), nodes and edges coloured by
 * class, both thinner the more there are. Symbols of atoms, and names as short, stand on nodes that
 * have the room. at: see dg_layout_of. */
digress_status dg_draw_graph(dg_canvas *canvas, const digress_graph_set *set, size_t index,
                             const double *at, double side);

/* What the colours stand for: the names of the classes, unless there is but one of nodes and one of
 * edges. Its height on a page that is `width` wide; and drawn from (x, y) on. */
double dg_legend_height(const digress_graph_set *set, double width);
void dg_draw_legend(dg_canvas *canvas, const digress_graph_set *set, double x, double y,
                    double width);

#endif
