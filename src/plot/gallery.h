/* The graphs of a set, side by side. */
#ifndef DG_PLOT_GALLERY_H
#define DG_PLOT_GALLERY_H

#include "core/threads.h"
#include "digress/graph.h"
#include "plot/canvas.h"

typedef struct dg_gallery {
    const digress_graph_set *set;
    size_t count, columns; /* the first graphs that can be drawn; columns 0: a square */
    uint32_t seed;
    const char *title;
    const dg_watch *watch; /* asked before each graph; may be NULL */
} dg_gallery;

typedef struct dg_gallery_report {
    size_t drawn;
    size_t skipped; /* too large (see dg_can_be_drawn) */
    size_t invalid; /* invalid molecules, drawn as graphs */
} dg_gallery_report;

/* A page with a panel for each graph; molecules are drawn by RDKit. The caller frees *bytes.
 * Errors: INPUT (no graph that can be drawn; too large a page; built without cairo), or what the
 * watch returns. */
digress_status dg_draw_gallery(const dg_gallery *gallery, dg_canvas_kind kind, char **bytes,
                               size_t *size, dg_gallery_report *report);

#endif
