/* A panel with axes: thin light lines and few numbers. */
#ifndef DG_PLOT_AXES_H
#define DG_PLOT_AXES_H

#include "plot/canvas.h"
#include <stdbool.h>

typedef struct dg_axes {
    double width, height; /* of the panel, whose upper left corner is at (0, 0) */
    double x[2], y[2];    /* the ranges of the axes; the first number is less than the second */
    bool logarithmic;     /* the y axis; y[0] > 0 */
    bool percent;         /* y is a share, written as a percentage */
    const char *title, *note, *x_label; /* the note, at the right of the title, may be NULL */
} dg_axes;

void dg_axes_draw(dg_canvas *canvas, const dg_axes *axes);
/* Where a value lies on the page. */
double dg_axes_x(const dg_axes *axes, double value);
double dg_axes_y(const dg_axes *axes, double value);
/* Widens a range to round numbers. */
void dg_axes_round(double range[2]);

#endif
