/* A page to draw on: the only door to cairo (canvas.c). Built without cairo (no_cairo.c), no page
 * can be made, and the failure says how to get it.
 *
 * Coordinates are in pixels of a screen, from the upper left corner. What fails while something is
 * drawn is reported when the page is taken. */
#ifndef DG_PLOT_CANVAS_H
#define DG_PLOT_CANVAS_H

#include "core/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct dg_canvas dg_canvas;

typedef enum dg_canvas_kind {
    DG_CANVAS_SVG,
    DG_CANVAS_PNG,  /* two pixels of the image for one of the page */
    DG_CANVAS_FRAME /* of an animation: as large as the page; its pixels alone are taken */
} dg_canvas_kind;

typedef struct dg_ink {
    uint32_t rgb;   /* 0xRRGGBB */
    double opacity; /* 0 .. 1 */
} dg_ink;

/* "1.16.0"; NULL when built without cairo. */
const char *dg_cairo_version(void);

/* A white page. Errors: INPUT (larger than an image can be; built without cairo), MEMORY. */
digress_status dg_canvas_create(dg_canvas_kind kind, double width, double height, dg_canvas **out);
void dg_canvas_free(dg_canvas *canvas); /* NULL is allowed */

/* The path: it is there until it is drawn or filled. */
void dg_canvas_move(dg_canvas *canvas, double x, double y);
void dg_canvas_line(dg_canvas *canvas, double x, double y);
void dg_canvas_curve(dg_canvas *canvas, const double at[6]);
void dg_canvas_close(dg_canvas *canvas);
void dg_canvas_rectangle(dg_canvas *canvas, double x, double y, double width, double height);
/* A disc, as wide as the path is drawn. */
void dg_canvas_dot(dg_canvas *canvas, double x, double y);
void dg_canvas_draw(dg_canvas *canvas, double width, dg_ink ink); /* with round ends */
void dg_canvas_fill(dg_canvas *canvas, dg_ink ink);

typedef enum dg_align { DG_LEFT, DG_CENTRE, DG_RIGHT } dg_align;

/* One line of text on the base line y, which ends, begins or has its middle at x. */
void dg_canvas_text(dg_canvas *canvas, double x, double y, double size, dg_align align, dg_ink ink,
                    const char *text);
double dg_canvas_text_width(dg_canvas *canvas, double size, const char *text);

/* Until it is left, coordinates are counted from (x, y), in units of `scale`. */
void dg_canvas_enter(dg_canvas *canvas, double x, double y, double scale);
/* The same upright: text runs from the bottom to the top. */
void dg_canvas_enter_upright(dg_canvas *canvas, double x, double y);
void dg_canvas_leave(dg_canvas *canvas);

/* The page as a file; it is finished. The caller frees *bytes. */
digress_status dg_canvas_take(dg_canvas *canvas, char **bytes, size_t *size);
/* Of a frame: its size, and its pixels, three bytes each. */
void dg_canvas_size(const dg_canvas *canvas, size_t *width, size_t *height);
digress_status dg_canvas_pixels(dg_canvas *canvas, uint8_t *red, uint8_t *green, uint8_t *blue);

#endif
