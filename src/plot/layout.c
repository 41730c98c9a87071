#include "plot/layout.h"

#include "core/memory.h"
#include "graph/graph_set.h"
#include "graph/igraph_layout.h"
#include "plot/planar_layout.h"
#include <math.h>
#include <stdlib.h>

bool dg_can_be_drawn(const digress_graph *graph) {
    return graph->n <= DG_MOST_DRAWN_NODES && dg_count_edges(graph) <= DG_MOST_DRAWN_EDGES;
}

typedef struct component {
    size_t n, edges;
    double width, height; /* of its box, whose upper left corner is at 0, 0 */
    double x, y;          /* where the box goes */
} component;

/* A graph, and its nodes by component. */
typedef struct plan {
    size_t n, edges, count;
    uint32_t *order;       /* [n] the nodes, component after component */
    bool *listed;          /* [n] a node is in `order` */
    uint32_t *ends;        /* [2 edges] by component, as places among its nodes */
    component *components; /* [count] */
    component **by_size;   /* [count] the tallest first */
    double *at;            /* [2 n] in the order of `order` */
} plan;

static digress_status make_plan(const digress_graph *graph, plan *p) {
    p->n = graph->n;
    p->edges = dg_count_edges(graph);
    DG_TRY(dg_allocate(p->n, sizeof *p->order, &p->order));
    DG_TRY(dg_allocate(p->n, sizeof *p->listed, &p->listed));
    DG_TRY(dg_allocate(2 * p->edges, sizeof *p->ends, &p->ends));
    DG_TRY(dg_allocate(p->n, sizeof *p->components, &p->components));
    DG_TRY(dg_allocate(p->n, sizeof *p->by_size, &p->by_size));
    return dg_allocate(2 * p->n, sizeof *p->at, &p->at);
}

static void free_plan(plan *p) {
    free(p->order);
    free(p->listed);
    free(p->ends);
    free(p->components);
    free(p->by_size);
    free(p->at);
}

/* ---- components ---- */

/* Lists the nodes of the component of `first`. */
static void list_nodes(const digress_graph *graph, size_t first, uint32_t *nodes, plan *p) {
    component *c = &p->components[p->count++];
    nodes[c->n++] = (uint32_t)first;
    p->listed[first] = true;
    for (size_t next = 0; next < c->n; next++)
        for (size_t v = 0; v < p->n; v++) {
            if (p->listed[v] || digress_graph_pair(graph, nodes[next], v) == 0) continue;
            p->listed[v] = true;
            nodes[c->n++] = (uint32_t)v;
        }
}

static void list_edges(const digress_graph *graph, const uint32_t *nodes, component *c,
                       uint32_t *ends) {
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = i + 1; j < c->n; j++) {
            if (digress_graph_pair(graph, nodes[i], nodes[j]) == 0) continue;
            ends[2 * c->edges] = (uint32_t)i;
            ends[2 * c->edges++ + 1] = (uint32_t)j;
        }
}

static void split(const digress_graph *graph, plan *p) {
    uint32_t *nodes = p->order, *ends = p->ends;
    for (size_t u = 0; u < p->n; u++) {
        if (p->listed[u]) continue;
        component *c = &p->components[p->count];
        list_nodes(graph, u, nodes, p);
        list_edges(graph, nodes, c, ends);
        nodes += c->n;
        ends += 2 * c->edges;
    }
}

/* ---- one component ---- */

/* A planar graph has at most 3 n - 6 edges: with only a few more, it can still be drawn nearly
 * flat. In small graphs, forces drive the parts too far apart. */
static dg_layout_kind kind_of(const component *c) {
    if (c->edges + 1 == c->n) return DG_LAYOUT_TREE;
    return c->edges <= 3 * c->n || c->n <= 40 ? DG_LAYOUT_SPRING : DG_LAYOUT_FORCE;
}

/* If the number of edges suggests that the graph is planar, it is drawn without crossings where
 * that is possible. */
static digress_status choose_places(const component *c, const uint32_t *ends, uint32_t seed,
                                    double *at) {
    bool found = false;
    if (5 * c->edges >= 12 * c->n && c->edges <= 3 * c->n && c->n <= DG_MOST_PLANAR_NODES)
        DG_TRY(dg_planar_layout(c->n, c->edges, ends, at, &found));
    return found ? DIGRESS_OK : dg_igraph_layout(kind_of(c), c->n, c->edges, ends, seed, at);
}

static double mean_length(const component *c, const uint32_t *ends, const double *at) {
    double sum = 0.0;
    for (size_t e = 0; e < c->edges; e++) {
        const double *a = at + 2 * ends[2 * e], *b = at + 2 * ends[2 * e + 1];
        sum += hypot(a[0] - b[0], a[1] - b[1]);
    }
    return sum / (double)c->edges;
}

static void bounds_of(size_t n, const double *at, double low[2], double high[2]) {
    low[0] = low[1] = INFINITY;
    high[0] = high[1] = -INFINITY;
    for (size_t k = 0; k < 2 * n; k++) {
        low[k % 2] = fmin(low[k % 2], at[k]);
        high[k % 2] = fmax(high[k % 2], at[k]);
    }
}

/* Brings the component into a box of its own, in units of its mean edge. */
static void bring_to_box(component *c, double unit, double *at) {
    double low[2], high[2];
    bounds_of(c->n, at, low, high);
    for (size_t k = 0; k < 2 * c->n; k++)
        at[k] = (at[k] - low[k % 2]) / unit;
    c->width = (high[0] - low[0]) / unit;
    c->height = (high[1] - low[1]) / unit;
}

/* The side of the square that holds the nodes when they are turned by the angle. */
static double side_of(size_t n, const double *at, double angle) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t u = 0; u < n; u++) {
        const double turned[2] = {cos(angle) * at[2 * u] - sin(angle) * at[2 * u + 1],
                                  sin(angle) * at[2 * u] + cos(angle) * at[2 * u + 1]};
        for (size_t k = 0; k < 2; k++) {
            low[k] = fmin(low[k], turned[k]);
            high[k] = fmax(high[k], turned[k]);
        }
    }
    return fmax(high[0] - low[0], high[1] - low[1]);
}

/* Turns a long drawing to the diagonal of the square, where it can be larger. */
static void turn_to_fill(size_t n, double *at) {
    const double step = 3.14159265358979 / 36, gain = 0.95;
    double best = 0.0, side = gain * side_of(n, at, 0.0);
    for (int k = 1; k < 18; k++) {
        const double turned = side_of(n, at, step * k);
        if (turned >= side) continue;
        side = turned;
        best = step * k;
    }
    for (size_t u = 0; u < n; u++) {
        const double x = at[2 * u], y = at[2 * u + 1];
        at[2 * u] = cos(best) * x - sin(best) * y;
        at[2 * u + 1] = sin(best) * x + cos(best) * y;
    }
}

/* Moves the layers of a tree apart, so that it is about as high as wide. */
static void stretch_tree(component *c, double *at) {
    const double wanted = 0.85 * c->width;
    if (c->height <= 0.0 || c->height >= wanted) return;
    for (size_t u = 0; u < c->n; u++)
        at[2 * u + 1] *= wanted / c->height;
    c->height = wanted;
}

/* alone: it is the only component. */
static digress_status place_component(component *c, const uint32_t *ends, uint32_t seed, bool alone,
                                      double *at) {
    if (c->n == 1) return DIGRESS_OK;
    DG_TRY(choose_places(c, ends, seed, at));
    const double unit = mean_length(c, ends, at);
    for (size_t k = 0; k < 2 * c->n; k++)
        if (!isfinite(at[k]) || !(unit > 0.0))
            return dg_error(DIGRESS_ERROR_INTERNAL, "igraph gives nodes no finite place");
    if (alone && kind_of(c) != DG_LAYOUT_TREE) turn_to_fill(c->n, at);
    bring_to_box(c, unit, at);
    if (kind_of(c) == DG_LAYOUT_TREE) stretch_tree(c, at);
    return DIGRESS_OK;
}

static digress_status place_components(plan *p, uint32_t seed) {
    const uint32_t *ends = p->ends;
    double *at = p->at;
    for (size_t k = 0; k < p->count; k++) {
        DG_TRY(place_component(&p->components[k], ends, seed, p->count == 1, at));
        ends += 2 * p->components[k].edges;
        at += 2 * p->components[k].n;
    }
    return DIGRESS_OK;
}

/* ---- all of them ---- */

static int by_height(const void *left, const void *right) {
    const component *a = *(component *const *)left, *b = *(component *const *)right;
    if (a->height != b->height) return a->height < b->height ? 1 : -1;
    if (a->width != b->width) return a->width < b->width ? 1 : -1;
    return (a > b) - (a < b);
}

/* Packs the boxes in rows, the tallest first, of about the width that makes the whole a square. */
static void pack(plan *p) {
    const double gap = 1.0;
    double area = 0.0, widest = 0.0, x = 0.0, y = 0.0, row = 0.0;
    for (size_t k = 0; k < p->count; k++) {
        const component *c = &p->components[k];
        p->by_size[k] = &p->components[k];
        area += (c->width + gap) * (c->height + gap);
        widest = fmax(widest, c->width + gap);
    }
    qsort(p->by_size, p->count, sizeof *p->by_size, by_height);
    const double across = fmax(widest, 1.1 * sqrt(area));
    for (size_t k = 0; k < p->count; k++) {
        component *c = p->by_size[k];
        if (x > 0.0 && x + c->width > across) {
            x = 0.0;
            y += row + gap;
            row = 0.0;
        }
        c->x = x;
        c->y = y;
        x += c->width + gap;
        row = fmax(row, c->height);
    }
}

/* Scales everything and moves it to the middle of the square. */
static void fit(size_t n, double *at) {
    double low[2], high[2];
    bounds_of(n, at, low, high);
    const double side = fmax(high[0] - low[0], high[1] - low[1]);
    for (size_t k = 0; k < 2 * n; k++) {
        const double middle = (low[k % 2] + high[k % 2]) / 2;
        at[k] = side > 0.0 ? 0.5 + (at[k] - middle) / side : 0.5;
    }
}

static void collect(const plan *p, double *at) {
    size_t k = 0;
    for (const component *c = p->components; c < p->components + p->count; c++)
        for (size_t j = 0; j < c->n; j++, k++) {
            at[2 * p->order[k]] = p->at[2 * k] + c->x;
            at[2 * p->order[k] + 1] = p->at[2 * k + 1] + c->y;
        }
    fit(p->n, at);
}

digress_status dg_layout_of(const digress_graph *graph, uint32_t seed, double *at) {
    plan p = {0};
    digress_status status = make_plan(graph, &p);
    if (status == DIGRESS_OK) split(graph, &p);
    if (status == DIGRESS_OK) status = place_components(&p, seed);
    if (status == DIGRESS_OK) {
        pack(&p);
        collect(&p, at);
    }
    free_plan(&p);
    return status;
}
