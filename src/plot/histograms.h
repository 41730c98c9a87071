/* Degrees, clustering and sizes of graphs, as histograms. */
#ifndef DG_PLOT_HISTOGRAMS_H
#define DG_PLOT_HISTOGRAMS_H

#include "core/threads.h"
#include "digress/graph.h"
#include "plot/canvas.h"

typedef struct dg_distributions {
    const digress_graph_set *samples, *reference; /* the reference may be NULL */
    const char *title, *samples_name, *reference_name;
} dg_distributions;

/* A panel for each of the three, with samples as bars and the reference as a line over them. The
 * caller frees *bytes. Errors: INPUT (an empty set; built without cairo), what the pool's watch
 * says. */
digress_status dg_draw_histograms(dg_pool *pool, const dg_distributions *histograms,
                                  dg_canvas_kind kind, char **bytes, size_t *size);

#endif
