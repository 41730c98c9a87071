#include "plot/gallery.h"

#include "chem/molecule.h"
#include "core/memory.h"
#include "graph/graph_set.h"
#include "plot/graph_picture.h"
#include "plot/layout.h"
#include "plot/molecule_picture.h"
#include "plot/page.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double CAPTION = 20.0;

typedef struct hanging {
    const dg_gallery *gallery;
    size_t *chosen; /* [report->drawn] numbers of graphs */
    dg_grid grid;
    dg_canvas *canvas;
    bool molecules;
    dg_alphabet alphabet;
    dg_gallery_report *report;
} hanging;

static digress_status choose(hanging *h) {
    const digress_graph_set *set = h->gallery->set;
    const size_t all = digress_graph_set_count(set);
    DG_TRY(dg_allocate(all, sizeof *h->chosen, &h->chosen));
    for (size_t k = 0; k < all && h->report->drawn < h->gallery->count; k++) {
        const digress_graph graph = digress_graph_set_get(set, k);
        if (dg_can_be_drawn(&graph))
            h->chosen[h->report->drawn++] = k;
        else
            h->report->skipped++;
    }
    if (h->report->drawn > 0) return DIGRESS_OK;
    if (all == 0) return dg_error(DIGRESS_ERROR_INPUT, "there is no graph to draw");
    return dg_error(DIGRESS_ERROR_INPUT,
                    "no graph can be drawn: each has more than %d nodes or %d edges",
                    DG_MOST_DRAWN_NODES, DG_MOST_DRAWN_EDGES);
}

static digress_status draw_as_graph(const hanging *h, size_t index, const digress_graph *graph) {
    double *at = NULL;
    DG_TRY(dg_allocate(2 * graph->n, sizeof *at, &at));
    digress_status status = dg_layout_of(graph, h->gallery->seed, at);
    if (status == DIGRESS_OK)
        status = dg_draw_graph(h->canvas, h->gallery->set, index, at, h->grid.width);
    free(at);
    return status;
}

static void write_caption(const hanging *h, size_t index, const digress_graph *graph, bool valid) {
    char text[96];
    if (h->molecules && valid)
        snprintf(text, sizeof text, "%zu", index);
    else if (h->molecules)
        snprintf(text, sizeof text, "%zu · not a valid molecule", index);
    else
        snprintf(text, sizeof text, "%zu · %zu nodes, %zu edges", index, graph->n,
                 dg_count_edges(graph));
    dg_canvas_text(h->canvas, h->grid.width / 2, h->grid.width + 15.0, 10.0, DG_CENTRE,
                   DG_INK_FAINT, text);
}

static digress_status hang(const hanging *h, size_t place) {
    const size_t index = h->chosen[place];
    const digress_graph graph = digress_graph_set_get(h->gallery->set, index);
    bool valid = false;
    double x, y;
    DG_TRY(dg_watch_ask(h->gallery->watch));
    dg_grid_place(&h->grid, place, &x, &y);
    dg_canvas_enter(h->canvas, x, y, 1.0);
    digress_status status =
        h->molecules ? dg_draw_molecule(h->canvas, &h->alphabet, &graph, h->grid.width, &valid)
                     : DIGRESS_OK;
    if (status == DIGRESS_OK && !valid) status = draw_as_graph(h, index, &graph);
    write_caption(h, index, &graph, valid);
    dg_canvas_leave(h->canvas);
    h->report->invalid += h->molecules && !valid;
    return status;
}

static size_t columns_of(const hanging *h) {
    const size_t count = h->report->drawn, wanted = h->gallery->columns;
    const size_t columns = wanted ? wanted : (size_t)ceil(sqrt((double)count));
    return columns < count ? columns : count;
}

/* The side of a panel: the fewer columns, the larger. */
static double panel_of(size_t columns) {
    static const double sides[] = {420.0, 420.0, 300.0, 240.0};
    return columns < sizeof sides / sizeof *sides ? sides[columns] : 200.0;
}

static digress_status draw_page(hanging *h, dg_canvas_kind kind) {
    const digress_graph_set *set = h->gallery->set;
    char note[64];
    double x, y;
    snprintf(note, sizeof note, "%zu of %zu graphs", h->report->drawn,
             digress_graph_set_count(set));
    h->grid = (dg_grid){.count = h->report->drawn,
                        .columns = columns_of(h),
                        .width = panel_of(columns_of(h)),
                        .height = panel_of(columns_of(h)) + CAPTION,
                        .title = h->gallery->title,
                        .note = note};
    h->grid.below = h->molecules ? 0.0 : dg_legend_height(set, dg_grid_width(&h->grid));
    DG_TRY(dg_grid_open(&h->grid, kind, &h->canvas));
    for (size_t k = 0; k < h->report->drawn; k++)
        DG_TRY(hang(h, k));
    dg_grid_place(&h->grid, h->report->drawn, &x, &y);
    if (!h->molecules) dg_draw_legend(h->canvas, set, x, y, dg_grid_width(&h->grid));
    return DIGRESS_OK;
}

digress_status dg_draw_gallery(const dg_gallery *gallery, dg_canvas_kind kind, char **bytes,
                               size_t *size, dg_gallery_report *report) {
    hanging h = {.gallery = gallery, .report = report};
    *report = (dg_gallery_report){0};
    h.molecules = dg_rdkit_version() && dg_alphabet_of(gallery->set, &h.alphabet);
    digress_status status = choose(&h);
    if (status == DIGRESS_OK) status = draw_page(&h, kind);
    if (status == DIGRESS_OK) status = dg_canvas_take(h.canvas, bytes, size);
    dg_canvas_free(h.canvas);
    free(h.chosen);
    return status;
}
