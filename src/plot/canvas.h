/* A page to draw on: the only interface to cairo (canvas.c). Built without cairo (no_cairo.c), no
 * page can be made, and the failure says how to get it.
 *
 * Coordinates are in screen pixels, from the upper left corner. Errors in drawing are reported by
 * dg_canvas_take. */
#ifndef DG_PLOT_CANVAS_H
#define DG_PLOT_CANVAS_H

#include "core/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct dg_canvas dg_canvas;

typedef enum dg_canvas_kind {
    DG_CANVAS_SVG,
    DG_CANVAS_PNG,  /* two image pixels for one of the page, in each direction */
    DG_CANVAS_FRAME /* of an animation: as large as the page; only its pixels can be taken */
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

/* The path, which lasts until it is drawn or filled. */
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

/* One line of text on the base line y, which begins, ends or is centred at x. */
void dg_canvas_text(dg_canvas *canvas, double x, double y, double size, dg_align align, dg_ink ink,
                    const char *text);
double dg_canvas_text_width(dg_canvas *canvas, double size, const char *text);

/* Until dg_canvas_leave, coordinates are relative to (x, y), in units of `scale`. */
void dg_canvas_enter(dg_canvas *canvas, double x, double y, double scale);
/* The same, turned upright: text runs from bottom to top. */
void dg_canvas_enter_upright(dg_canvas *canvas, double x, double y);
void dg_canvas_leave(dg_canvas *canvas);

/* The finished page as the bytes of a file; nothing more can be drawn on it. The caller frees
 * *bytes. */
digress_status dg_canvas_take(dg_canvas *canvas, char **bytes, size_t *size);
/* The size of a frame, and its pixels, three bytes each. */
void dg_canvas_size(const dg_canvas *canvas, size_t *width, size_t *height);
digress_status dg_canvas_pixels(dg_canvas *canvas, uint8_t *red, uint8_t *green, uint8_t *blue);

#endif
