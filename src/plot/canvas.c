#include "plot/canvas.h"

#include "core/memory.h"
#include "core/text.h"
#include <cairo-svg.h>
#include <cairo.h>
#include <stdlib.h>

struct dg_canvas {
    dg_canvas_kind kind;
    cairo_surface_t *surface;
    cairo_t *cairo;
    dg_text svg;
};

/* The largest image that cairo can make, in pixels. */
enum { LARGEST_SIDE = 32767 };
static const double FINE = 2.0; /* for high-resolution screens and print */

#ifdef DIGRESS_SANITIZED
/* fontconfig keeps patterns until the program ends, behind pointers that a leak checker does not
 * recognise. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig";
}
#endif

const char *dg_cairo_version(void) {
    return cairo_version_string();
}

static digress_status status_of(cairo_status_t status) {
    if (status == CAIRO_STATUS_SUCCESS) return DIGRESS_OK;
    if (status == CAIRO_STATUS_NO_MEMORY) return dg_out_of_memory();
    return dg_error(DIGRESS_ERROR_INTERNAL, "cairo: %s", cairo_status_to_string(status));
}

static cairo_status_t add_text(void *context, const unsigned char *bytes, unsigned length) {
    dg_text_add(context, (const char *)bytes, length);
    return ((dg_text *)context)->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static void open_page(dg_canvas *canvas, double width, double height) {
    if (canvas->kind == DG_CANVAS_SVG) {
        canvas->surface =
            cairo_svg_surface_create_for_stream(add_text, &canvas->svg, width, height);
        cairo_svg_surface_set_document_unit(canvas->surface, CAIRO_SVG_UNIT_PX);
    } else {
        const double scale = canvas->kind == DG_CANVAS_PNG ? FINE : 1.0;
        canvas->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(width * scale),
                                                     (int)(height * scale));
        cairo_surface_set_device_scale(canvas->surface, scale, scale);
    }
    canvas->cairo = cairo_create(canvas->surface);
    cairo_set_line_cap(canvas->cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(canvas->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_source_rgb(canvas->cairo, 1, 1, 1);
    cairo_paint(canvas->cairo);
    cairo_select_font_face(canvas->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
}

digress_status dg_canvas_create(dg_canvas_kind kind, double width, double height, dg_canvas **out) {
    dg_canvas *canvas = NULL;
    if (width * FINE > LARGEST_SIDE || height * FINE > LARGEST_SIDE)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the picture would have %.0f by %.0f pixels, at most %.0f each way are "
                        "possible: ask for fewer graphs, or other columns",
                        width, height, LARGEST_SIDE / FINE);
    DG_TRY(dg_allocate(1, sizeof *canvas, &canvas));
    canvas->kind = kind;
    open_page(canvas, width, height);
    digress_status status = status_of(cairo_status(canvas->cairo));
    if (status == DIGRESS_OK)
        *out = canvas;
    else
        dg_canvas_free(canvas);
    return status;
}

void dg_canvas_free(dg_canvas *canvas) {
    if (!canvas) return;
    cairo_destroy(canvas->cairo);
    cairo_surface_destroy(canvas->surface);
    free(canvas->svg.bytes);
    free(canvas);
}

/* ---- the path ---- */

void dg_canvas_move(dg_canvas *canvas, double x, double y) {
    cairo_move_to(canvas->cairo, x, y);
}

void dg_canvas_line(dg_canvas *canvas, double x, double y) {
    cairo_line_to(canvas->cairo, x, y);
}

void dg_canvas_curve(dg_canvas *canvas, const double at[6]) {
    cairo_curve_to(canvas->cairo, at[0], at[1], at[2], at[3], at[4], at[5]);
}

void dg_canvas_close(dg_canvas *canvas) {
    cairo_close_path(canvas->cairo);
}

void dg_canvas_rectangle(dg_canvas *canvas, double x, double y, double width, double height) {
    cairo_rectangle(canvas->cairo, x, y, width, height);
}

/* A line of length 0, whose round ends make the disc: a tenth of the bytes of an arc. */
void dg_canvas_dot(dg_canvas *canvas, double x, double y) {
    cairo_move_to(canvas->cairo, x, y);
    cairo_line_to(canvas->cairo, x, y);
}

static void take_ink(dg_canvas *canvas, dg_ink ink) {
    cairo_set_source_rgba(canvas->cairo, (ink.rgb >> 16 & 255u) / 255.0,
                          (ink.rgb >> 8 & 255u) / 255.0, (ink.rgb & 255u) / 255.0, ink.opacity);
}

void dg_canvas_draw(dg_canvas *canvas, double width, dg_ink ink) {
    take_ink(canvas, ink);
    cairo_set_line_width(canvas->cairo, width);
    cairo_stroke(canvas->cairo);
}

void dg_canvas_fill(dg_canvas *canvas, dg_ink ink) {
    take_ink(canvas, ink);
    cairo_fill(canvas->cairo);
}

/* ---- text ---- */

double dg_canvas_text_width(dg_canvas *canvas, double size, const char *text) {
    cairo_text_extents_t extents;
    cairo_set_font_size(canvas->cairo, size);
    cairo_text_extents(canvas->cairo, text, &extents);
    return extents.x_advance;
}

void dg_canvas_text(dg_canvas *canvas, double x, double y, double size, dg_align align, dg_ink ink,
                    const char *text) {
    const double shares[] = {[DG_LEFT] = 0.0, [DG_CENTRE] = 0.5, [DG_RIGHT] = 1.0};
    if (!dg_is_utf8(text)) return; /* after such a text cairo would draw nothing any more */
    const double width = dg_canvas_text_width(canvas, size, text);
    take_ink(canvas, ink);
    cairo_move_to(canvas->cairo, x - shares[align] * width, y);
    cairo_show_text(canvas->cairo, text);
    cairo_new_path(canvas->cairo);
}

/* ---- coordinates ---- */

void dg_canvas_enter(dg_canvas *canvas, double x, double y, double scale) {
    cairo_save(canvas->cairo);
    cairo_translate(canvas->cairo, x, y);
    cairo_scale(canvas->cairo, scale, scale);
}

void dg_canvas_enter_upright(dg_canvas *canvas, double x, double y) {
    const double quarter = 1.5707963267948966;
    cairo_save(canvas->cairo);
    cairo_translate(canvas->cairo, x, y);
    cairo_rotate(canvas->cairo, -quarter);
}

void dg_canvas_leave(dg_canvas *canvas) {
    cairo_restore(canvas->cairo);
}

/* ---- the result ---- */

digress_status dg_canvas_take(dg_canvas *canvas, char **bytes, size_t *size) {
    dg_text png = {0}, *text = canvas->kind == DG_CANVAS_SVG ? &canvas->svg : &png;
    DG_TRY(status_of(cairo_status(canvas->cairo)));
    cairo_status_t status = CAIRO_STATUS_SUCCESS;
    if (canvas->kind == DG_CANVAS_PNG)
        status = cairo_surface_write_to_png_stream(canvas->surface, add_text, &png);
    cairo_surface_finish(canvas->surface);
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(canvas->surface);
    *size = text->length;
    if (status == CAIRO_STATUS_SUCCESS) return dg_text_take(text, bytes);
    free(png.bytes);
    return status_of(status);
}

void dg_canvas_size(const dg_canvas *canvas, size_t *width, size_t *height) {
    *width = (size_t)cairo_image_surface_get_width(canvas->surface);
    *height = (size_t)cairo_image_surface_get_height(canvas->surface);
}

digress_status dg_canvas_pixels(dg_canvas *canvas, uint8_t *red, uint8_t *green, uint8_t *blue) {
    DG_TRY(status_of(cairo_status(canvas->cairo)));
    cairo_surface_flush(canvas->surface);
    size_t width, height;
    dg_canvas_size(canvas, &width, &height);
    const unsigned char *bytes = cairo_image_surface_get_data(canvas->surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(canvas->surface);
    for (size_t k = 0; k < width * height; k++) {
        const void *at = bytes + k / width * stride + k % width * sizeof(uint32_t);
        const uint32_t pixel = *(const uint32_t *)at;
        red[k] = (uint8_t)(pixel >> 16);
        green[k] = (uint8_t)(pixel >> 8);
        blue[k] = (uint8_t)pixel;
    }
    return DIGRESS_OK;
}
