#include "plot/histograms.h"

#include "core/memory.h"
#include "eval/descriptors/description.h"
#include "plot/axes.h"
#include "plot/page.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PANELS = 3, MOST_BARS = 50, CLUSTERING_BARS = 25 };
static const char *const titles[PANELS] = {"degrees of nodes", "clustering coefficients of nodes",
                                           "nodes of graphs"};
static const char *const labels[PANELS] = {"degree", "clustering coefficient", "nodes"};
static const double WIDTH = 330.0, HEIGHT = 230.0;

/* The share of each bar in the total; bars are equally wide, from `from` on. */
typedef struct histogram {
    double from, bar; /* the first bar's left end, and a bar's width */
    size_t bars;
    double *share[2]; /* [bars] of the samples and of the reference, NULL if there is none */
} histogram;

typedef struct board {
    const dg_distributions *wanted;
    size_t sets; /* 2 with a reference */
    dg_description described[2];
    histogram panels[PANELS];
    dg_canvas *canvas;
} board;

/* ---- counting ---- */

static digress_status describe(board *b, dg_pool *pool) {
    const dg_describe_options options = {.descriptors = 1u << DG_DEGREE | 1u << DG_CLUSTERING};
    const digress_graph_set *sets[] = {b->wanted->samples, b->wanted->reference};
    for (size_t s = 0; s < b->sets; s++) {
        if (digress_graph_set_count(sets[s]) == 0)
            return dg_error(DIGRESS_ERROR_INPUT, "%s has no graph",
                            s ? b->wanted->reference_name : b->wanted->samples_name);
        DG_TRY(dg_describe(pool, sets[s], &options, &b->described[s]));
    }
    return DIGRESS_OK;
}

static void add(histogram *h, size_t set, double value, double weight) {
    const double place = floor((value - h->from) / h->bar + 1e-9);
    const size_t bar = place < 0.0 ? 0 : (size_t)place;
    h->share[set][bar < h->bars ? bar : h->bars - 1] += weight;
}

static void count(board *b, size_t set) {
    const dg_description *d = &b->described[set];
    for (size_t k = 0; k < d->count; k++) {
        const dg_row *degree = &d->rows[DG_DEGREE][k], *clustering = &d->rows[DG_CLUSTERING][k];
        const double n = (double)d->summaries[k].nodes;
        for (size_t v = 0; v < degree->length; v++)
            add(&b->panels[0], set, (double)v, n * degree->values[v] / degree->sum);
        for (size_t v = 0; v < clustering->length; v++)
            add(&b->panels[1], set, ((double)v + 0.5) / (double)clustering->length,
                n * clustering->values[v] / clustering->sum);
        add(&b->panels[2], set, n, 1.0);
    }
    for (size_t p = 0; p < PANELS; p++) {
        histogram *h = &b->panels[p];
        double sum = 0.0;
        for (size_t k = 0; k < h->bars; k++)
            sum += h->share[set][k];
        for (size_t k = 0; k < h->bars; k++)
            h->share[set][k] /= sum;
    }
}

/* Bars for whole numbers: all cover the same number of them, 1 if possible. */
static void span(histogram *h, const double range[2]) {
    h->bar = ceil((range[1] - range[0] + 1.0) / MOST_BARS);
    h->from = range[0] - 0.5;
    h->bars = (size_t)ceil((range[1] - range[0] + 1.0) / h->bar);
}

static digress_status make_panels(board *b) {
    double degrees[2] = {0.0, 0.0}, sizes[2] = {INFINITY, 0.0};
    for (size_t s = 0; s < b->sets; s++)
        for (size_t k = 0; k < b->described[s].count; k++) {
            const double n = (double)b->described[s].summaries[k].nodes;
            sizes[0] = fmin(sizes[0], n);
            sizes[1] = fmax(sizes[1], n);
            degrees[1] = fmax(degrees[1], (double)b->described[s].rows[DG_DEGREE][k].length - 1);
        }
    span(&b->panels[0], degrees);
    b->panels[1] = (histogram){.bar = 1.0 / CLUSTERING_BARS, .bars = CLUSTERING_BARS};
    span(&b->panels[2], sizes);
    for (size_t p = 0; p < PANELS; p++)
        for (size_t s = 0; s < b->sets; s++)
            DG_TRY(dg_allocate(b->panels[p].bars, sizeof(double), &b->panels[p].share[s]));
    for (size_t s = 0; s < b->sets; s++)
        count(b, s);
    return DIGRESS_OK;
}

/* ---- drawing ---- */

static void draw_bars(const board *b, const dg_axes *axes, const histogram *h) {
    const double base = dg_axes_y(axes, 0.0);
    for (size_t k = 0; k < h->bars; k++) {
        const double left = dg_axes_x(axes, h->from + (double)k * h->bar),
                     right = dg_axes_x(axes, h->from + (double)(k + 1) * h->bar),
                     top = dg_axes_y(axes, h->share[0][k]), gap = 0.08 * (right - left);
        if (h->share[0][k] > 0.0)
            dg_canvas_rectangle(b->canvas, left + gap, top, right - left - 2 * gap, base - top);
    }
    dg_canvas_fill(b->canvas, (dg_ink){dg_color(0).rgb, 0.55});
}

static void draw_steps(const board *b, const dg_axes *axes, const histogram *h) {
    dg_canvas_move(b->canvas, dg_axes_x(axes, h->from), dg_axes_y(axes, 0.0));
    for (size_t k = 0; k < h->bars; k++) {
        const double y = dg_axes_y(axes, h->share[1][k]);
        dg_canvas_line(b->canvas, dg_axes_x(axes, h->from + (double)k * h->bar), y);
        dg_canvas_line(b->canvas, dg_axes_x(axes, h->from + (double)(k + 1) * h->bar), y);
    }
    dg_canvas_line(b->canvas, dg_axes_x(axes, h->from + (double)h->bars * h->bar),
                   dg_axes_y(axes, 0.0));
    dg_canvas_draw(b->canvas, 1.6, dg_color(3));
}

static void draw_panel(const board *b, size_t panel) {
    const histogram *h = &b->panels[panel];
    double highest[2] = {0.0, 0.0};
    for (size_t s = 0; s < b->sets; s++)
        for (size_t k = 0; k < h->bars; k++)
            highest[1] = fmax(highest[1], h->share[s][k]);
    dg_axes_round(highest);
    const dg_axes axes = {.width = WIDTH,
                          .height = HEIGHT,
                          .x = {h->from, h->from + (double)h->bars * h->bar},
                          .y = {0.0, highest[1]},
                          .percent = true,
                          .title = titles[panel],
                          .x_label = labels[panel]};
    dg_axes_draw(b->canvas, &axes);
    draw_bars(b, &axes, h);
    if (b->sets > 1) draw_steps(b, &axes, h);
}

static void draw_legend(const board *b, double x, double y) {
    const char *const names[] = {b->wanted->samples_name, b->wanted->reference_name};
    for (size_t s = 0; s < b->sets; s++, y += 18.0) {
        char text[256];
        snprintf(text, sizeof text, "%s (%zu graphs)", names[s], b->described[s].count);
        dg_canvas_move(b->canvas, x + 4.0, y + 9.0);
        dg_canvas_line(b->canvas, x + 15.0, y + 9.0);
        dg_canvas_draw(b->canvas, s ? 2.0 : 8.0, s ? dg_color(3) : (dg_ink){dg_color(0).rgb, 0.55});
        dg_canvas_text(b->canvas, x + 26.0, y + 13.0, 11.0, DG_LEFT, DG_INK_TEXT, text);
    }
}

static digress_status draw_page(board *b, dg_canvas_kind kind) {
    const dg_grid grid = {.count = PANELS,
                          .columns = PANELS,
                          .width = WIDTH,
                          .height = HEIGHT,
                          .below = 18.0 * (double)b->sets,
                          .title = b->wanted->title};
    double x, y;
    DG_TRY(dg_grid_open(&grid, kind, &b->canvas));
    for (size_t k = 0; k < PANELS; k++) {
        dg_grid_place(&grid, k, &x, &y);
        dg_canvas_enter(b->canvas, x, y, 1.0);
        draw_panel(b, k);
        dg_canvas_leave(b->canvas);
    }
    dg_grid_place(&grid, PANELS, &x, &y);
    draw_legend(b, x, y);
    return DIGRESS_OK;
}

digress_status dg_draw_histograms(dg_pool *pool, const dg_distributions *histograms,
                                  dg_canvas_kind kind, char **bytes, size_t *size) {
    board b = {.wanted = histograms, .sets = histograms->reference ? 2 : 1};
    digress_status status = describe(&b, pool);
    if (status == DIGRESS_OK) status = make_panels(&b);
    if (status == DIGRESS_OK) status = draw_page(&b, kind);
    if (status == DIGRESS_OK) status = dg_canvas_take(b.canvas, bytes, size);
    dg_canvas_free(b.canvas);
    for (size_t s = 0; s < 2; s++) {
        dg_description_free(&b.described[s]);
        for (size_t p = 0; p < PANELS; p++)
            free(b.panels[p].share[s]);
    }
    return status;
}
