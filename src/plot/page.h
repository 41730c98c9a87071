/* A page with a title, and panels in rows and columns below it. */
#ifndef DG_PLOT_PAGE_H
#define DG_PLOT_PAGE_H

#include "plot/canvas.h"
#include <stdbool.h>

typedef struct dg_grid {
    size_t count, columns; /* panels */
    double width, height;  /* of a panel */
    double below;          /* height of what is below the panels, such as a legend */
    const char *title; /* at the left of the first line, which is left out if the title is "" and
                          there is no note */
    const char *note;  /* at its right, if there is room; may be NULL */
} dg_grid;

enum { DG_PAGE_MARGIN = 24, DG_PAGE_GAP = 16, DG_PAGE_TITLE = 30 };

/* How wide the page is between its margins. */
double dg_grid_width(const dg_grid *grid);
/* Creates the page, with only the title on it. Errors: as dg_canvas_create. */
digress_status dg_grid_open(const dg_grid *grid, dg_canvas_kind kind, dg_canvas **out);
/* The upper left corner of panel k, or for k = count of the legend. */
void dg_grid_place(const dg_grid *grid, size_t k, double *x, double *y);

#endif
