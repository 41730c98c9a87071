#include "plot/axes.h"

#include "core/number.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>

/* Margins for numbers and texts. */
static const double LEFT = 46.0, RIGHT = 8.0, TOP = 26.0, BOTTOM = 38.0;
static const double NUMBER_SIZE = 10.0;

double dg_axes_x(const dg_axes *axes, double value) {
    const double share = (value - axes->x[0]) / (axes->x[1] - axes->x[0]);
    return LEFT + share * (axes->width - LEFT - RIGHT);
}

double dg_axes_y(const dg_axes *axes, double value) {
    double low = axes->y[0], high = axes->y[1];
    if (axes->logarithmic) {
        low = log(low);
        high = log(high);
        value = log(value);
    }
    return axes->height - BOTTOM - (value - low) / (high - low) * (axes->height - TOP - BOTTOM);
}

/* A step of 1, 2 or 5 times a power of ten, about `count` of which fit into the range. */
static double step_of(const double range[2], double count) {
    const double rough = (range[1] - range[0]) / count, power = pow(10.0, floor(log10(rough)));
    const double factor = rough / power;
    return power * (factor < 1.5 ? 1.0 : factor < 3.5 ? 2.0 : factor < 7.5 ? 5.0 : 10.0);
}

void dg_axes_round(double range[2]) {
    if (!(range[1] > range[0])) {
        const double room = fmax(fabs(range[0]) * 0.1, 0.5);
        range[0] -= room;
        range[1] += room;
    }
    const double step = step_of(range, 5.0);
    range[0] = floor(range[0] / step + 1e-9) * step;
    range[1] = ceil(range[1] / step - 1e-9) * step;
}

static void number_text(double value, double step, bool percent, char text[32]) {
    if (fabs(value) < step * 1e-6) value = 0.0;
    if (percent) {
        snprintf(text, 32, "%.*f %%", step < 0.01 - 1e-9 ? 1 : 0, 100.0 * value);
        return;
    }
    dg_number_text(value, 4, text, 32);
}

static void draw_level(dg_canvas *canvas, const dg_axes *axes, double value, double step) {
    const double y = dg_axes_y(axes, value);
    char text[32];
    number_text(value, step, axes->percent, text);
    dg_canvas_move(canvas, LEFT, y);
    dg_canvas_line(canvas, axes->width - RIGHT, y);
    dg_canvas_draw(canvas, 0.8, DG_INK_RULE);
    dg_canvas_text(canvas, LEFT - 7.0, y + 3.5, NUMBER_SIZE, DG_RIGHT, DG_INK_FAINT, text);
}

/* Powers of ten; if there are few, also 2 and 5 times those. */
static void draw_logarithmic_levels(dg_canvas *canvas, const dg_axes *axes) {
    const bool few = axes->y[1] / axes->y[0] < 200.0;
    for (double power = pow(10.0, floor(log10(axes->y[0]))); power <= axes->y[1]; power *= 10.0)
        for (double factor = 1.0; factor <= 5.0; factor = factor < 2.0 ? 2.0 : factor + 3.0) {
            const double value = power * factor;
            const bool inside = value >= axes->y[0] * (1 - 1e-9) && value <= axes->y[1];
            if (inside && (few || factor < 2.0)) draw_level(canvas, axes, value, value);
        }
}

static void draw_levels(dg_canvas *canvas, const dg_axes *axes) {
    if (axes->logarithmic) {
        draw_logarithmic_levels(canvas, axes);
        return;
    }
    const double step = step_of(axes->y, 5.0);
    for (double k = ceil(axes->y[0] / step - 1e-9); k * step <= axes->y[1] + step * 1e-9; k++)
        draw_level(canvas, axes, k * step, step);
}

static void draw_marks(dg_canvas *canvas, const dg_axes *axes) {
    const double base = axes->height - BOTTOM, step = step_of(axes->x, 6.0);
    char text[32];
    for (double k = ceil(axes->x[0] / step - 1e-9); k * step <= axes->x[1] + step * 1e-9; k++) {
        const double x = dg_axes_x(axes, k * step);
        number_text(k * step, step, false, text);
        dg_canvas_move(canvas, x, base);
        dg_canvas_line(canvas, x, base + 4.0);
        dg_canvas_draw(canvas, 0.8, DG_INK_FAINT);
        dg_canvas_text(canvas, x, base + 16.0, NUMBER_SIZE, DG_CENTRE, DG_INK_FAINT, text);
    }
}

void dg_axes_draw(dg_canvas *canvas, const dg_axes *axes) {
    const double base = axes->height - BOTTOM, middle = (LEFT + axes->width - RIGHT) / 2;
    draw_levels(canvas, axes);
    draw_marks(canvas, axes);
    dg_canvas_move(canvas, LEFT, base);
    dg_canvas_line(canvas, axes->width - RIGHT, base);
    dg_canvas_draw(canvas, 0.8, DG_INK_FAINT);
    dg_canvas_text(canvas, LEFT, 12.0, 12.0, DG_LEFT, DG_INK_TEXT, axes->title);
    if (axes->note)
        dg_canvas_text(canvas, axes->width - RIGHT, 12.0, NUMBER_SIZE, DG_RIGHT, DG_INK_FAINT,
                       axes->note);
    dg_canvas_text(canvas, middle, base + 32.0, NUMBER_SIZE, DG_CENTRE, DG_INK_FAINT,
                   axes->x_label);
}
