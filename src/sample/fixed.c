#include "sample/fixed.h"

#include "graph/classes.h"
#include "graph/graph_set.h"
#include <stdlib.h>
#include <string.h>

/* ---- the part ---- */

/* An attachment point of a molecule stands for the rest, unless the model has such atoms. */
static bool is_attachment(const digress_graph_set *part, uint8_t node_class,
                          const digress_graph_set *classes) {
    const char *name = digress_graph_set_node_name(part, node_class);
    if (strcmp(name, "*") != 0 && strcmp(name, "[*]") != 0) return false;
    for (size_t k = 0; k < digress_graph_set_node_classes(classes); k++)
        if (strcmp(digress_graph_set_node_name(classes, k), name) == 0) return false;
    return true;
}

/* The nodes that are no attachment points, first: order [graph->n]. Returns how many they are. */
static size_t order_nodes(const digress_graph_set *part, const digress_graph_set *classes,
                          const digress_graph *graph, uint32_t *order) {
    size_t count = 0, last = graph->n;
    for (size_t i = graph->n; i-- > 0;)
        if (is_attachment(part, graph->node_class[i], classes)) order[--last] = (uint32_t)i;
    for (size_t i = 0; i < graph->n; i++)
        if (!is_attachment(part, graph->node_class[i], classes)) order[count++] = (uint32_t)i;
    return count;
}

/* Where there are attachment points, only the nodes next to them are open. */
static void open_nodes(const digress_graph *graph, const uint32_t *order, dg_fixed *out) {
    for (size_t i = 0; i < out->n; i++) {
        out->open[i] = out->n == graph->n;
        for (size_t j = out->n; j < graph->n; j++)
            out->open[i] |= digress_graph_pair(graph, order[i], order[j]) != 0;
    }
}

/* An empty set with the node classes of one and the edge classes of the other. */
static digress_status with_nodes_of(const digress_graph_set *nodes, const digress_graph_set *edges,
                                    digress_graph_set **out) {
    const size_t node_classes = digress_graph_set_node_classes(nodes),
                 edge_classes = digress_graph_set_edge_classes(edges);
    DG_TRY(digress_graph_set_create(node_classes, edge_classes, out));
    for (size_t k = 0; k < node_classes; k++)
        DG_TRY(digress_graph_set_name_node(*out, k, digress_graph_set_node_name(nodes, k)));
    for (size_t k = 1; k < edge_classes; k++)
        DG_TRY(digress_graph_set_name_edge(*out, k, digress_graph_set_edge_name(edges, k)));
    return DIGRESS_OK;
}

/* The part's own nodes and pairs as a set over the model's classes. */
static digress_status adopt(const digress_graph_set *part, const digress_graph *graph,
                            const uint32_t *order, const digress_graph_set *classes,
                            const dg_fixed *fixed, digress_graph_set **out) {
    size_t at = 0;
    for (size_t i = 0; i < fixed->n; i++) {
        fixed->node_class[i] = graph->node_class[order[i]];
        for (size_t j = i + 1; j < fixed->n; j++)
            fixed->pair_class[at++] = digress_graph_pair(graph, order[i], order[j]);
    }
    if (fixed->edges_only) { /* any class that the model has */
        DG_TRY(with_nodes_of(classes, part, out));
        memset(fixed->node_class, 0, fixed->n);
    } else {
        DG_TRY(digress_graph_set_create_like(part, out));
    }
    DG_TRY(digress_graph_set_append(*out, fixed->n, fixed->node_class, fixed->pair_class));
    digress_status status = dg_graph_set_adopt(out, classes, "the model");
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "the fixed part");
}

static void take_classes(const digress_graph_set *adopted, const dg_fixed *fixed) {
    const digress_graph graph = digress_graph_set_get(adopted, 0);
    memcpy(fixed->node_class, graph.node_class, fixed->n);
    for (size_t i = 0; i < fixed->n; i++)
        for (size_t j = 0; j < fixed->n; j++)
            fixed->pair_class[i * fixed->n + j] = digress_graph_pair(&graph, i, j);
}

static digress_status fill(const digress_fixed_part *asked, const digress_graph_set *classes,
                           uint32_t *order, dg_fixed *out) {
    const digress_graph graph = digress_graph_set_get(asked->part, 0);
    digress_graph_set *adopted = NULL;
    out->n = order_nodes(asked->part, classes, &graph, order);
    if (out->n == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the fixed part has attachment points alone");
    DG_TRY(dg_allocate(out->n, 1, &out->node_class));
    DG_TRY(dg_allocate(out->n * out->n, 1, &out->pair_class));
    DG_TRY(dg_allocate(out->n, sizeof *out->open, &out->open));
    open_nodes(&graph, order, out);
    digress_status status = adopt(asked->part, &graph, order, classes, out, &adopted);
    if (status == DIGRESS_OK) take_classes(adopted, out);
    digress_graph_set_free(adopted);
    return status;
}

digress_status dg_fixed_of(const digress_fixed_part *asked, const digress_graph_set *classes,
                           dg_fixed *out) {
    enum { MOST_TIMES = 4095 };
    *out = (dg_fixed){.resample = asked->resample ? asked->resample : 1,
                      .edges_only = asked->edges_only};
    if (!asked->part) return DIGRESS_OK;
    const size_t graphs = digress_graph_set_count(asked->part);
    if (graphs != 1)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the fixed part: expected one graph, got %zu: put one into a file of its "
                        "own",
                        graphs);
    if (asked->resample > MOST_TIMES)
        return dg_error(DIGRESS_ERROR_INPUT, "the option 'resample': expected at most %d, got %zu",
                        MOST_TIMES, asked->resample);
    uint32_t *order = NULL;
    DG_TRY(dg_allocate(digress_graph_set_get(asked->part, 0).n, sizeof *order, &order));
    digress_status status = fill(asked, classes, order, out);
    free(order);
    return status;
}

void dg_fixed_free(dg_fixed *fixed) {
    free(fixed->node_class);
    free(fixed->pair_class);
    free(fixed->open);
}

dg_class_rows dg_fixed_rows(const dg_fixed *fixed) {
    return (dg_class_rows){fixed->n, fixed->node_class, fixed->pair_class};
}

/* ---- in a graph ---- */

bool dg_fixed_knows(const dg_fixed *fixed, size_t i, size_t j, uint8_t *out) {
    const size_t n = fixed->n;
    *out = 0;
    if (i == j) {
        if (i >= n || fixed->edges_only) return false;
        *out = fixed->node_class[i];
        return true;
    }
    if (i >= n && j >= n) return false;
    if (i >= n || j >= n) return !fixed->open[i < n ? i : j];
    *out = fixed->pair_class[i * n + j];
    return true;
}

void dg_fixed_mark(const dg_fixed *fixed, size_t n, bool *known_node, bool *known_pair) {
    uint8_t class;
    for (size_t i = 0; i < n; i++) {
        known_node[i] = dg_fixed_knows(fixed, i, i, &class);
        for (size_t j = 0; j < n; j++)
            known_pair[i * n + j] = i != j && dg_fixed_knows(fixed, i, j, &class);
    }
}

static void be_certain(size_t classes, uint8_t class, float *logits) {
    static const float IMPOSSIBLE = -1e4f; /* exp of it is 0 */
    for (size_t k = 0; k < classes; k++)
        logits[k] = k == class ? 0 : IMPOSSIBLE;
}

static void clear(size_t classes, uint8_t class, float *row) {
    (void)class;
    memset(row, 0, classes * sizeof *row);
}

typedef struct rows {
    size_t out_X, out_E;
    float *X, *E; /* [n, out_X], [n, n, out_E] */
} rows;

/* Calls change for the row of each node and pair whose class is fixed. */
static void for_known_rows(const dg_fixed *fixed, size_t n, rows of,
                           void (*change)(size_t classes, uint8_t class, float *row)) {
    uint8_t class;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (!dg_fixed_knows(fixed, i, j, &class)) continue;
            if (i == j)
                change(of.out_X, class, of.X + i * of.out_X);
            else
                change(of.out_E, class, of.E + (i * n + j) * of.out_E);
        }
}

void dg_fixed_predict(const dg_fixed *fixed, size_t n, size_t out_X, size_t out_E, float *X,
                      float *E) {
    for_known_rows(fixed, n, (rows){out_X, out_E, X, E}, be_certain);
}

void dg_fixed_clear(const dg_fixed *fixed, size_t n, size_t out_X, size_t out_E, float *X,
                    float *E) {
    for_known_rows(fixed, n, (rows){out_X, out_E, X, E}, clear);
}

void dg_fixed_set(const dg_fixed *fixed, const dg_class_rows *graph) {
    uint8_t class;
    for (size_t i = 0; i < graph->n; i++)
        for (size_t j = 0; j < graph->n; j++) {
            if (!dg_fixed_knows(fixed, i, j, &class)) continue;
            if (i == j)
                graph->node_class[i] = class;
            else
                graph->pair_class[i * graph->n + j] = class;
        }
}
