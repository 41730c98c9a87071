#include "plot/chain.h"

#include "core/memory.h"
#include "graph/graph_set.h"
#include "plot/animation.h"
#include "plot/graph_picture.h"
#include "plot/layout.h"
#include "plot/page.h"
#include "plot/palette.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct film {
    const dg_chain *chain;
    size_t length; /* frames of the chain */
    double *at;    /* [2 n] places */
    dg_grid grid;
    dg_canvas *canvas;
} film;

static digress_status check(const dg_chain *chain) {
    const size_t length = digress_graph_set_count(chain->frames);
    if (length < 2)
        return dg_error(DIGRESS_ERROR_INPUT, "a chain has two frames or more, this one %zu",
                        length);
    const digress_graph last = digress_graph_set_get(chain->frames, length - 1);
    for (size_t k = 0; k < length; k++) {
        const size_t n = digress_graph_set_get(chain->frames, k).n;
        if (n != last.n)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "no chain: graph %zu has %zu nodes, the last has %zu", k, n, last.n);
    }
    if (dg_can_be_drawn(&last)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "its graph has more than %d nodes or %d edges",
                    DG_MOST_DRAWN_NODES, DG_MOST_DRAWN_EDGES);
}

static digress_status prepare(film *f) {
    DG_TRY(check(f->chain));
    f->length = digress_graph_set_count(f->chain->frames);
    const digress_graph last = digress_graph_set_get(f->chain->frames, f->length - 1);
    DG_TRY(dg_allocate(2 * last.n, sizeof *f->at, &f->at));
    return dg_layout_of(&last, f->chain->seed, f->at);
}

/* Which frame is shown as number `k` of `count`, spread evenly from the first to the last. */
static size_t frame_of(const film *f, size_t k, size_t count) {
    return (k * (f->length - 1) + (count - 1) / 2) / (count - 1);
}

static digress_status draw_frame(const film *f, size_t frame, size_t panel) {
    double x, y;
    DG_TRY(dg_watch_ask(f->chain->watch));
    dg_grid_place(&f->grid, panel, &x, &y);
    dg_canvas_enter(f->canvas, x, y, 1.0);
    digress_status status = dg_draw_graph(f->canvas, f->chain->frames, frame, f->at, f->grid.width);
    dg_canvas_leave(f->canvas);
    return status;
}

static void open_grid(film *f, size_t count, size_t columns, double side, double caption) {
    f->grid = (dg_grid){.count = count,
                        .columns = columns,
                        .width = side,
                        .height = side + caption,
                        .title = f->chain->title};
    f->grid.below = dg_legend_height(f->chain->frames, dg_grid_width(&f->grid));
}

static void draw_legend(const film *f) {
    double x, y;
    dg_grid_place(&f->grid, f->grid.count, &x, &y);
    dg_draw_legend(f->canvas, f->chain->frames, x, y, dg_grid_width(&f->grid));
}

/* ---- a strip ---- */

static void write_caption(const film *f, size_t frame, size_t panel) {
    const digress_graph graph = digress_graph_set_get(f->chain->frames, frame);
    char text[64];
    double x, y;
    snprintf(text, sizeof text, "frame %zu · %zu edges", frame + 1, dg_count_edges(&graph));
    dg_grid_place(&f->grid, panel, &x, &y);
    dg_canvas_text(f->canvas, x + f->grid.width / 2, y + f->grid.height - 5.0, 10.0, DG_CENTRE,
                   DG_INK_FAINT, text);
}

static digress_status draw_strip(film *f, dg_canvas_kind kind) {
    const double side = 170.0, caption = 20.0;
    const size_t wanted = f->chain->count < f->length ? f->chain->count : f->length;
    const size_t count = wanted < 2 ? 2 : wanted;
    const size_t columns =
        f->chain->columns && f->chain->columns < count ? f->chain->columns : count;
    char note[64];
    snprintf(note, sizeof note, "%zu of %zu frames", count, f->length);
    open_grid(f, count, columns, side, caption);
    f->grid.note = note;
    DG_TRY(dg_grid_open(&f->grid, kind, &f->canvas));
    for (size_t k = 0; k < count; k++) {
        const size_t frame = frame_of(f, k, count);
        DG_TRY(draw_frame(f, frame, k));
        write_caption(f, frame, k);
    }
    draw_legend(f);
    return DIGRESS_OK;
}

digress_status dg_draw_strip(const dg_chain *chain, dg_canvas_kind kind, char **bytes,
                             size_t *size) {
    film f = {.chain = chain};
    digress_status status = prepare(&f);
    if (status == DIGRESS_OK) status = draw_strip(&f, kind);
    if (status == DIGRESS_OK) status = dg_canvas_take(f.canvas, bytes, size);
    dg_canvas_free(f.canvas);
    free(f.at);
    return status;
}

/* ---- an animation ---- */

/* Draws how far the chain has come, as a line below the graph. */
static void draw_progress(const film *f, double share) {
    const double width = f->grid.width;
    double x, y;
    dg_grid_place(&f->grid, 0, &x, &y);
    y += f->grid.height - 4.0;
    dg_canvas_move(f->canvas, x, y);
    dg_canvas_line(f->canvas, x + width, y);
    dg_canvas_draw(f->canvas, 3.0, DG_INK_RULE);
    dg_canvas_move(f->canvas, x, y);
    dg_canvas_line(f->canvas, x + share * width, y);
    dg_canvas_draw(f->canvas, 3.0, dg_color(0));
}

static digress_status draw_page(film *f, size_t frame) {
    DG_TRY(dg_grid_open(&f->grid, DG_CANVAS_FRAME, &f->canvas));
    draw_progress(f, (double)frame / (double)(f->length - 1));
    DG_TRY(draw_frame(f, frame, 0));
    draw_legend(f);
    return DIGRESS_OK;
}

static digress_status take_frame(film *f, size_t k, dg_animation *out) {
    size_t width, height;
    dg_canvas_size(f->canvas, &width, &height);
    if (k == 0) DG_TRY(dg_animation_create(width, height, out->frames, out));
    const size_t first = k * width * height;
    return dg_canvas_pixels(f->canvas, out->red + first, out->green + first, out->blue + first);
}

static digress_status draw_frames(film *f, dg_animation *out) {
    const double side = 400.0, caption = 20.0;
    out->frames = f->length < DG_MOST_FRAMES ? f->length : DG_MOST_FRAMES;
    open_grid(f, 1, 1, side, caption);
    for (size_t k = 0; k < out->frames; k++) {
        digress_status status = draw_page(f, frame_of(f, k, out->frames));
        if (status == DIGRESS_OK) status = take_frame(f, k, out);
        dg_canvas_free(f->canvas);
        f->canvas = NULL;
        DG_TRY(status);
    }
    const size_t seconds = 6, delay = seconds * 100 / out->frames;
    out->delay = (unsigned)(delay < 4 ? 4 : delay > 25 ? 25 : delay);
    out->last_delay = 200;
    return DIGRESS_OK;
}

digress_status dg_draw_animation(const dg_chain *chain, char **bytes, size_t *size) {
    film f = {.chain = chain};
    dg_animation frames = {0};
    DG_TRY(dg_gif_require());
    digress_status status = prepare(&f);
    if (status == DIGRESS_OK) status = draw_frames(&f, &frames);
    if (status == DIGRESS_OK) status = dg_animation_encode(&frames, bytes, size);
    dg_animation_free(&frames);
    free(f.at);
    return status;
}
