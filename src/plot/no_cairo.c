/* plot/canvas.h where cairo was not found. */
#include "plot/canvas.h"

const char *dg_cairo_version(void) {
    return NULL;
}

digress_status dg_canvas_create(dg_canvas_kind kind, double width, double height, dg_canvas **out) {
    (void)kind, (void)width, (void)height, (void)out;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "this digress was built without cairo: install it (Debian: libcairo2-dev and "
                    "libgif-dev) and build again");
}

/* Never called, as no page can be created. */

void dg_canvas_free(dg_canvas *canvas) {
    (void)canvas;
}

void dg_canvas_move(dg_canvas *canvas, double x, double y) {
    (void)canvas, (void)x, (void)y;
}

void dg_canvas_line(dg_canvas *canvas, double x, double y) {
    (void)canvas, (void)x, (void)y;
}

void dg_canvas_curve(dg_canvas *canvas, const double at[6]) {
    (void)canvas, (void)at;
}

void dg_canvas_close(dg_canvas *canvas) {
    (void)canvas;
}

void dg_canvas_rectangle(dg_canvas *canvas, double x, double y, double width, double height) {
    (void)canvas, (void)x, (void)y, (void)width, (void)height;
}

void dg_canvas_dot(dg_canvas *canvas, double x, double y) {
    (void)canvas, (void)x, (void)y;
}

void dg_canvas_draw(dg_canvas *canvas, double width, dg_ink ink) {
    (void)canvas, (void)width, (void)ink;
}

void dg_canvas_fill(dg_canvas *canvas, dg_ink ink) {
    (void)canvas, (void)ink;
}

void dg_canvas_text(dg_canvas *canvas, double x, double y, double size, dg_align align, dg_ink ink,
                    const char *text) {
    (void)canvas, (void)x, (void)y, (void)size, (void)align, (void)ink, (void)text;
}

double dg_canvas_text_width(dg_canvas *canvas, double size, const char *text) {
    (void)canvas, (void)size, (void)text;
    return 0.0;
}

void dg_canvas_enter(dg_canvas *canvas, double x, double y, double scale) {
    (void)canvas, (void)x, (void)y, (void)scale;
}

void dg_canvas_enter_upright(dg_canvas *canvas, double x, double y) {
    (void)canvas, (void)x, (void)y;
}

void dg_canvas_leave(dg_canvas *canvas) {
    (void)canvas;
}

digress_status dg_canvas_take(dg_canvas *canvas, char **bytes, size_t *size) {
    (void)canvas, (void)bytes, (void)size;
    return DIGRESS_ERROR_INPUT;
}

void dg_canvas_size(const dg_canvas *canvas, size_t *width, size_t *height) {
    (void)canvas;
    *width = *height = 0;
}

digress_status dg_canvas_pixels(dg_canvas *canvas, uint8_t *red, uint8_t *green, uint8_t *blue) {
    (void)canvas, (void)red, (void)green, (void)blue;
    return DIGRESS_ERROR_INPUT;
}
