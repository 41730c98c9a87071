#include "plot/page.h"

#include "plot/palette.h"
#include <math.h>

static const double TITLE_SIZE = 15.0, NOTE_SIZE = 11.0;

static size_t rows_of(const dg_grid *grid) {
    return (grid->count + grid->columns - 1) / grid->columns;
}

static double across(size_t count, double size) {
    return (double)count * (size + DG_PAGE_GAP) - DG_PAGE_GAP;
}

static double title_height(const dg_grid *grid) {
    return *grid->title || grid->note ? DG_PAGE_TITLE : 0.0;
}

double dg_grid_width(const dg_grid *grid) {
    return across(grid->columns, grid->width);
}

void dg_grid_place(const dg_grid *grid, size_t k, double *x, double *y) {
    const size_t row = k < grid->count ? k / grid->columns : rows_of(grid);
    const size_t column = k < grid->count ? k % grid->columns : 0;
    *x = DG_PAGE_MARGIN + (double)column * (grid->width + DG_PAGE_GAP);
    *y = DG_PAGE_MARGIN + title_height(grid) + (double)row * (grid->height + DG_PAGE_GAP);
}

digress_status dg_grid_open(const dg_grid *grid, dg_canvas_kind kind, dg_canvas **out) {
    const double inner = dg_grid_width(grid), width = inner + 2 * DG_PAGE_MARGIN;
    const double below = grid->below > 0.0 ? grid->below + DG_PAGE_GAP : 0.0;
    const double height =
        across(rows_of(grid), grid->height) + below + title_height(grid) + 2 * DG_PAGE_MARGIN;
    const double base = DG_PAGE_MARGIN + 12.0;
    DG_TRY(dg_canvas_create(kind, width, height, out));
    const double title = dg_canvas_text_width(*out, TITLE_SIZE, grid->title);
    const double note = grid->note ? dg_canvas_text_width(*out, NOTE_SIZE, grid->note) : 0.0;
    dg_canvas_text(*out, DG_PAGE_MARGIN, base, TITLE_SIZE * fmin(1.0, inner / fmax(title, 1.0)),
                   DG_LEFT, DG_INK_TEXT, grid->title);
    if (grid->note && title + DG_PAGE_GAP + note <= inner)
        dg_canvas_text(*out, width - DG_PAGE_MARGIN, base, NOTE_SIZE, DG_RIGHT, DG_INK_FAINT,
                       grid->note);
    return DIGRESS_OK;
}
