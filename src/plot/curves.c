#include "plot/curves.h"

#include "core/number.h"
#include "plot/axes.h"
#include "plot/page.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>

static const char *const titles[DG_CURVES] = {
    [DG_CURVE_LOSS] = "training loss",
    [DG_CURVE_BOUND] = "bound on -log p of a graph, validation",
    [DG_CURVE_VUN] = "valid, unique and novel samples",
    [DG_CURVE_RATIO] = "mean ratio of the MMDs of samples"};

enum { MANY_POINTS = 80, WINDOWS = 60 };
static const double WIDTH = 420.0, HEIGHT = 250.0, LEGEND_LINE = 18.0;

typedef struct board {
    size_t count; /* runs */
    const dg_run_curves *runs;
    bool by_steps;
    double unit, last; /* the unit of the x axis, in minutes or steps; where the axis ends */
    const char *x_label;
    size_t shown[DG_CURVES], shown_count;
    dg_canvas *canvas;
} board;

static void widen(double range[2], double value) {
    range[0] = fmin(range[0], value);
    range[1] = fmax(range[1], value);
}

static void choose_unit(board *b) {
    double last = 0.0;
    for (size_t r = 0; r < b->count; r++)
        for (size_t k = 0; k < DG_CURVES; k++) {
            const dg_curve *curve = &b->runs[r].curves[k];
            for (size_t p = 0; p < curve->count; p++)
                last = fmax(last, curve->points[2 * p]);
        }
    const bool hours = !b->by_steps && last > 180.0;
    b->unit = hours ? 60.0 : 1.0;
    b->last = last > 0.0 ? last / b->unit : 1.0;
    b->x_label = b->by_steps ? "steps" : hours ? "hours of training" : "minutes of training";
}

static void choose_panels(board *b) {
    for (size_t k = 0; k < DG_CURVES; k++)
        for (size_t r = 0; r < b->count; r++) {
            if (b->runs[r].curves[k].count == 0) continue;
            b->shown[b->shown_count++] = k;
            break;
        }
}

/* ---- a curve ---- */

/* The mean over up to `reach` points on either side; 0: the point itself. */
static double smoothed(const dg_curve *curve, size_t at, size_t reach) {
    const size_t room = at < curve->count - 1 - at ? at : curve->count - 1 - at;
    double sum = 0.0;
    if (reach > room) reach = room;
    for (size_t k = at - reach; k <= at + reach; k++)
        sum += curve->points[2 * k + 1];
    return sum / (double)(2 * reach + 1);
}

static void draw_line(const board *b, const dg_axes *axes, const dg_curve *curve, size_t reach,
                      double width, dg_ink ink) {
    for (size_t k = 0; k < curve->count; k++) {
        const double x = dg_axes_x(axes, curve->points[2 * k] / b->unit);
        const double y = dg_axes_y(axes, smoothed(curve, k, reach));
        (k == 0 ? dg_canvas_move : dg_canvas_line)(b->canvas, x, y);
    }
    dg_canvas_draw(b->canvas, width, ink);
}

/* A long curve is drawn twice: all points faintly, and a running mean over a sixtieth of it. */
static void draw_curve(const board *b, const dg_axes *axes, const dg_curve *curve, dg_ink ink) {
    if (curve->count > MANY_POINTS) {
        draw_line(b, axes, curve, 0, 0.8, (dg_ink){ink.rgb, 0.3});
        draw_line(b, axes, curve, curve->count / WINDOWS / 2 + 1, 1.8, ink);
        return;
    }
    draw_line(b, axes, curve, 0, 1.6, ink);
    for (size_t k = 0; k < curve->count; k++)
        dg_canvas_dot(b->canvas, dg_axes_x(axes, curve->points[2 * k] / b->unit),
                      dg_axes_y(axes, curve->points[2 * k + 1]));
    dg_canvas_draw(b->canvas, curve->count > 30 ? 3.0 : 4.5, ink);
}

/* ---- a panel ---- */

static void choose_ranges(const board *b, size_t kind, dg_axes *axes) {
    double y[2] = {INFINITY, -INFINITY};
    for (size_t r = 0; r < b->count; r++) {
        const dg_curve *curve = &b->runs[r].curves[kind];
        for (size_t k = 0; k < curve->count; k++)
            widen(y, curve->points[2 * k + 1]);
    }
    axes->percent = kind == DG_CURVE_VUN;
    axes->logarithmic = !axes->percent && y[0] > 0.0 && y[1] > 8.0 * y[0];
    if (axes->percent) {
        y[0] = 0.0;
        y[1] = 1.0;
    } else if (!axes->logarithmic) {
        dg_axes_round(y);
    } else {
        y[0] /= 1.1;
        y[1] *= 1.1;
    }
    axes->x[1] = b->last;
    axes->y[0] = y[0];
    axes->y[1] = y[1];
}

/* For a single run, the last value and the best. */
static void write_note(const board *b, size_t kind, char note[96]) {
    const dg_curve *curve = &b->runs[0].curves[kind];
    const bool share = kind == DG_CURVE_VUN;
    double best = curve->points[1];
    char texts[2][32];
    for (size_t k = 1; k < curve->count; k++) {
        const double value = curve->points[2 * k + 1];
        if (share ? value > best : value < best) best = value;
    }
    const double scale = share ? 100.0 : 1.0;
    dg_number_text(scale * curve->points[2 * curve->count - 1], 4, texts[0], sizeof *texts);
    dg_number_text(scale * best, 4, texts[1], sizeof *texts);
    snprintf(note, 96, "last %s, %s %s%s", texts[0], share ? "highest" : "lowest", texts[1],
             share ? " %" : "");
}

static void draw_panel(const board *b, size_t kind) {
    char note[96] = "";
    dg_axes axes = {.width = WIDTH,
                    .height = HEIGHT,
                    .title = titles[kind],
                    .x_label = b->x_label,
                    .note = note};
    choose_ranges(b, kind, &axes);
    if (b->count == 1) write_note(b, kind, note);
    dg_axes_draw(b->canvas, &axes);
    for (size_t r = 0; r < b->count; r++)
        if (b->runs[r].curves[kind].count > 0)
            draw_curve(b, &axes, &b->runs[r].curves[kind], dg_color(r));
}

/* ---- the page ---- */

static void draw_legend(const board *b, double x, double y) {
    for (size_t r = 0; b->count > 1 && r < b->count; r++, y += LEGEND_LINE) {
        dg_canvas_move(b->canvas, x + 1.0, y + 9.0);
        dg_canvas_line(b->canvas, x + 17.0, y + 9.0);
        dg_canvas_draw(b->canvas, 2.5, dg_color(r));
        dg_canvas_text(b->canvas, x + 26.0, y + 13.0, 11.0, DG_LEFT, DG_INK_TEXT, b->runs[r].name);
    }
}

digress_status dg_draw_curves(size_t count, const dg_run_curves *runs, bool by_steps,
                              const char *title, dg_canvas_kind kind, char **bytes, size_t *size) {
    board b = {.count = count, .runs = runs, .by_steps = by_steps};
    double x, y;
    choose_unit(&b);
    choose_panels(&b);
    if (b.shown_count == 0) return dg_error(DIGRESS_ERROR_INPUT, "there is no curve to draw");
    const dg_grid grid = {.count = b.shown_count,
                          .columns = b.shown_count > 1 ? 2 : 1,
                          .width = WIDTH,
                          .height = HEIGHT,
                          .below = count > 1 ? LEGEND_LINE * (double)count : 0.0,
                          .title = title};
    DG_TRY(dg_grid_open(&grid, kind, &b.canvas));
    for (size_t k = 0; k < b.shown_count; k++) {
        dg_grid_place(&grid, k, &x, &y);
        dg_canvas_enter(b.canvas, x, y, 1.0);
        draw_panel(&b, b.shown[k]);
        dg_canvas_leave(b.canvas);
    }
    dg_grid_place(&grid, b.shown_count, &x, &y);
    draw_legend(&b, x, y);
    digress_status status = dg_canvas_take(b.canvas, bytes, size);
    dg_canvas_free(b.canvas);
    return status;
}
