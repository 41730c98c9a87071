#include "plot/graph_picture.h"

#include "core/memory.h"
#include "core/text.h"
#include "graph/classes.h"
#include "graph/graph_set.h"
#include "plot/palette.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double between(double low, double value, double high) {
    return fmin(fmax(value, low), high);
}

/* ---- a graph ---- */

typedef struct look {
    double radius, halo, line, opacity;
} look;

static int compare(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* How much room a node has where the page is crowded: the first quintile of the distances to the
 * nearest other node. *out is in the unit of `at`. */
static digress_status find_room(size_t n, const double *at, double *out) {
    double *nearest = NULL;
    DG_TRY(dg_allocate(n, sizeof *nearest, &nearest));
    for (size_t i = 0; i < n; i++) {
        nearest[i] = 2.0;
        for (size_t j = 0; j < n; j++)
            if (i != j)
                nearest[i] =
                    fmin(nearest[i], hypot(at[2 * i] - at[2 * j], at[2 * i + 1] - at[2 * j + 1]));
    }
    qsort(nearest, n, sizeof *nearest, compare);
    *out = nearest[n / 5];
    free(nearest);
    return DIGRESS_OK;
}

/* Chooses sizes that leave room between nodes; if lines would cover the page, they are thin and
 * light. */
static look look_of(const digress_graph *graph, double room, double side) {
    const double n = (double)graph->n, ink = (double)dg_count_edges(graph) / n;
    const double most = fmin(0.175 * side / sqrt(n + 4.0), 0.032 * side);
    look out = {.radius = between(0.45 * most, 0.34 * room * side, most)};
    out.line = between(0.25, 0.3 * out.radius, 1.4) * between(0.6, 3.0 / (ink + 0.1), 1.0);
    out.opacity = between(0.35, 2.4 / (ink + 0.1), 0.85) * between(0.4, sqrt(300.0 / n), 1.0);
    out.halo = between(0.3, 0.22 * out.radius, 1.0);
    return out;
}

typedef struct drawing {
    dg_canvas *canvas;
    const digress_graph *graph;
    double *places; /* [2 n] on the page */
    look look;
} drawing;

static bool class_in_use(size_t count, const uint8_t *classes, size_t wanted) {
    for (size_t k = 0; k < count; k++)
        if (classes[k] == wanted) return true;
    return false;
}

static void draw_edges(const drawing *d, size_t edge_class) {
    const size_t n = d->graph->n;
    dg_ink ink = dg_edge_color(edge_class);
    for (size_t i = 0, pair = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, pair++) {
            if (d->graph->pair_class[pair] != edge_class) continue;
            dg_canvas_move(d->canvas, d->places[2 * i], d->places[2 * i + 1]);
            dg_canvas_line(d->canvas, d->places[2 * j], d->places[2 * j + 1]);
        }
    ink.opacity *= d->look.opacity;
    dg_canvas_draw(d->canvas, d->look.line, ink);
}

/* Draws the nodes of class `only`, or all (SIZE_MAX). */
static void draw_nodes(const drawing *d, size_t only, double radius, dg_ink ink) {
    for (size_t u = 0; u < d->graph->n; u++)
        if (only == SIZE_MAX || d->graph->node_class[u] == only)
            dg_canvas_dot(d->canvas, d->places[2 * u], d->places[2 * u + 1]);
    dg_canvas_draw(d->canvas, 2.0 * radius, ink);
}

/* Black or white, whichever is more legible on the colour. */
static dg_ink ink_on(dg_ink ground) {
    const double light = 0.30 * (ground.rgb >> 16 & 255u) + 0.59 * (ground.rgb >> 8 & 255u) +
                         0.11 * (ground.rgb & 255u);
    return light > 140.0 ? DG_INK_TEXT : DG_INK_WHITE;
}

static void write_symbols(const drawing *d, const digress_graph_set *set) {
    const double size = 1.25 * d->look.radius, least = 5.0;
    for (size_t u = 0; u < d->graph->n; u++) {
        const size_t node_class = d->graph->node_class[u];
        const char *name = digress_graph_set_node_name(set, node_class);
        if (size < least || strlen(name) > 2 || dg_is_class_number(name)) continue;
        dg_canvas_text(d->canvas, d->places[2 * u], d->places[2 * u + 1] + 0.36 * size, size,
                       DG_CENTRE, ink_on(dg_color(node_class)), name);
    }
}

digress_status dg_draw_graph(dg_canvas *canvas, const digress_graph_set *set, size_t index,
                             const double *at, double side) {
    const digress_graph graph = digress_graph_set_get(set, index);
    double room = 0.0;
    DG_TRY(find_room(graph.n, at, &room));
    drawing d = {canvas, &graph, NULL, look_of(&graph, room, side)};
    const double margin = d.look.radius + d.look.halo;
    DG_TRY(dg_allocate(2 * graph.n, sizeof *d.places, &d.places));
    for (size_t k = 0; k < 2 * graph.n; k++)
        d.places[k] = margin + at[k] * (side - 2.0 * margin);
    for (size_t k = 1; k < digress_graph_set_edge_classes(set); k++)
        if (class_in_use(graph.n * (graph.n - 1) / 2, graph.pair_class, k)) draw_edges(&d, k);
    draw_nodes(&d, SIZE_MAX, margin, DG_INK_WHITE);
    for (size_t k = 0; k < digress_graph_set_node_classes(set); k++)
        if (class_in_use(graph.n, graph.node_class, k))
            draw_nodes(&d, k, d.look.radius, dg_color(k));
    write_symbols(&d, set);
    free(d.places);
    return DIGRESS_OK;
}

/* ---- the legend ---- */

static const double TEXT_SIZE = 11.0, LINE = 18.0, ENTRY = 96.0;

typedef struct legend {
    dg_canvas *canvas; /* NULL: entries are only counted */
    double x, y;
    size_t columns, entries;
} legend;

/* Shortens a name so that it fits its column. */
static void shorten(const char *name, char out[32]) {
    enum { MOST = 12 };
    size_t bytes = 0, count = 0;
    for (; name[bytes] && count < MOST; count++) {
        const size_t length = dg_utf8_length(name + bytes);
        bytes += length ? length : 1;
    }
    snprintf(out, 32, "%.*s%s", bytes > 28 ? 28 : (int)bytes, name, name[bytes] ? "…" : "");
}

static void add_entry(legend *l, const char *name, dg_ink ink, bool node) {
    char text[32];
    const double x = l->x + ENTRY * (double)(l->entries % l->columns);
    const double y = l->y + LINE * (double)(l->entries / l->columns);
    l->entries++;
    if (!l->canvas) return;
    if (dg_is_class_number(name))
        snprintf(text, sizeof text, "%s class %.8s", node ? "node" : "edge", name);
    else
        shorten(name, text);
    dg_canvas_move(l->canvas, x + (node ? 6.0 : 1.0), y + 9.0);
    dg_canvas_line(l->canvas, x + (node ? 6.0 : 11.0), y + 9.0);
    dg_canvas_draw(l->canvas, node ? 9.0 : 2.0, ink);
    dg_canvas_text(l->canvas, x + 17.0, y + 13.0, TEXT_SIZE, DG_LEFT, DG_INK_TEXT, text);
}

static void add_entries(legend *l, const digress_graph_set *set) {
    const size_t nodes = digress_graph_set_node_classes(set),
                 edges = digress_graph_set_edge_classes(set);
    for (size_t k = 0; nodes > 1 && k < nodes; k++)
        add_entry(l, digress_graph_set_node_name(set, k), dg_color(k), true);
    for (size_t k = 1; edges > 2 && k < edges; k++)
        add_entry(l, digress_graph_set_edge_name(set, k), dg_edge_color(k), false);
}

static size_t columns_of(double width) {
    return width < ENTRY ? 1 : (size_t)(width / ENTRY);
}

double dg_legend_height(const digress_graph_set *set, double width) {
    legend l = {.columns = columns_of(width)};
    add_entries(&l, set);
    return LINE * (double)((l.entries + l.columns - 1) / l.columns);
}

void dg_draw_legend(dg_canvas *canvas, const digress_graph_set *set, double x, double y,
                    double width) {
    legend l = {.canvas = canvas, .x = x, .y = y, .columns = columns_of(width)};
    add_entries(&l, set);
}
