/* Sets of graphs from lists of edges in flat arrays, and back. */
#include "graph/graph_set.h"

#include "core/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The graph under way. */
typedef struct filling {
    const digress_arrays *arrays;
    size_t graph;
    uint8_t *pair_class, *listed; /* [pairs] whether a pair has had its class */
    size_t pair_capacity, listed_capacity;
    size_t self_loops;
} filling;

static digress_status check_starts(const digress_arrays *arrays, const int64_t *start,
                                   const char *what) {
    if (start[0] != 0)
        return dg_error(DIGRESS_ERROR_INPUT, "%s_start begins with %" PRId64 ": expected 0", what,
                        start[0]);
    for (size_t g = 0; g < arrays->graphs; g++)
        if (start[g + 1] < start[g])
            return dg_error(DIGRESS_ERROR_INPUT,
                            "graph %zu: %s_start descends from %" PRId64 " to %" PRId64, g, what,
                            start[g], start[g + 1]);
    return DIGRESS_OK;
}

static digress_status check_arrays(const digress_arrays *arrays) {
    DG_NEED(arrays->node_start);
    DG_NEED(arrays->edge_start);
    DG_TRY(check_starts(arrays, arrays->node_start, "node"));
    DG_TRY(check_starts(arrays, arrays->edge_start, "edge"));
    if (arrays->edge_start[arrays->graphs] == 0) return DIGRESS_OK;
    DG_NEED(arrays->source);
    DG_NEED(arrays->target);
    return DIGRESS_OK;
}

static digress_status add_edge(filling *f, size_t n, size_t edge) {
    const digress_arrays *arrays = f->arrays;
    const int64_t u = arrays->source[edge], v = arrays->target[edge];
    const uint8_t class = arrays->edge_class ? arrays->edge_class[edge] : 1;
    if (u < 0 || v < 0 || (uint64_t)u >= n || (uint64_t)v >= n)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "graph %zu: an edge %" PRId64 " - %" PRId64
                        ": its %zu nodes are counted from 0",
                        f->graph, u, v, n);
    if (u == v && !arrays->simplify)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "graph %zu: an edge from node %" PRId64
                        " to itself; the option 'simplify' drops such edges",
                        f->graph, u);
    if (u == v) {
        f->self_loops++;
        return DIGRESS_OK;
    }
    const size_t i = (size_t)(u < v ? u : v), j = (size_t)(u < v ? v : u);
    const size_t pair = digress_pair_index(n, i, j);
    if (f->listed[pair] && f->pair_class[pair] != class)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "graph %zu: the edge %zu - %zu is listed with the classes %d and %d",
                        f->graph, i, j, f->pair_class[pair], class);
    f->listed[pair] = 1;
    f->pair_class[pair] = class;
    return DIGRESS_OK;
}

static digress_status append_graph(filling *f, digress_graph_set *set) {
    const digress_arrays *arrays = f->arrays;
    const size_t first = (size_t)arrays->node_start[f->graph];
    const size_t n = (size_t)arrays->node_start[f->graph + 1] - first;
    if (n > 0 && n <= DIGRESS_MAX_NODES) { /* other sizes are refused where graphs are appended */
        const size_t pairs = n * (n - 1) / 2;
        DG_TRY(dg_grow(&f->pair_class, &f->pair_capacity, pairs + 1, 1));
        DG_TRY(dg_grow(&f->listed, &f->listed_capacity, pairs + 1, 1));
        memset(f->pair_class, 0, pairs + 1);
        memset(f->listed, 0, pairs + 1);
        for (int64_t e = arrays->edge_start[f->graph]; e < arrays->edge_start[f->graph + 1]; e++)
            DG_TRY(add_edge(f, n, (size_t)e));
    }
    digress_status status = digress_graph_set_append(
        set, n, arrays->node_class ? arrays->node_class + first : NULL, f->pair_class);
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "graph %zu", f->graph);
}

digress_status digress_graph_set_append_arrays(digress_graph_set *set, const digress_arrays *arrays,
                                               size_t *self_loops) {
    DG_NEED(set);
    DG_NEED(arrays);
    DG_TRY(check_arrays(arrays));
    const size_t before = digress_graph_set_count(set);
    filling f = {.arrays = arrays};
    digress_status status = dg_grow(&f.pair_class, &f.pair_capacity, 1, 1);
    for (; f.graph < arrays->graphs && status == DIGRESS_OK; f.graph++)
        status = append_graph(&f, set);
    free(f.pair_class);
    free(f.listed);
    if (status != DIGRESS_OK) dg_graph_set_truncate(set, before);
    if (status == DIGRESS_OK && self_loops) *self_loops = f.self_loops;
    return status;
}

size_t digress_graph_set_edges(const digress_graph_set *set, size_t index, int64_t *source,
                               int64_t *target, uint8_t *edge_class) {
    const digress_graph graph = digress_graph_set_get(set, index);
    const uint8_t *pair = graph.pair_class;
    size_t edges = 0;
    for (size_t i = 0; i < graph.n; i++)
        for (size_t j = i + 1; j < graph.n; j++, pair++) {
            if (!*pair) continue;
            if (source) source[edges] = (int64_t)i;
            if (target) target[edges] = (int64_t)j;
            if (edge_class) edge_class[edges] = *pair;
            edges++;
        }
    return edges;
}

/* Of the set itself, whose arrays move as it grows: a copy. */
static digress_status append_own(digress_graph_set *set, size_t index) {
    const digress_graph graph = digress_graph_set_get(set, index);
    const size_t pairs = graph.n * (graph.n - 1) / 2;
    uint8_t *copy = NULL;
    DG_TRY(dg_allocate(graph.n + pairs, 1, &copy));
    memcpy(copy, graph.node_class, graph.n);
    memcpy(copy + graph.n, graph.pair_class, pairs);
    digress_status status = digress_graph_set_append(set, graph.n, copy, copy + graph.n);
    free(copy);
    const size_t last = digress_graph_set_count(set) - 1;
    for (size_t k = 0; k < digress_graph_set_target_count(set) && status == DIGRESS_OK; k++)
        status =
            digress_graph_set_set_target(set, last, k, digress_graph_set_target(set, index, k));
    return status;
}

static digress_status append_chosen(digress_graph_set *set, const digress_graph_set *from,
                                    size_t index) {
    if (from == set) return append_own(set, index);
    digress_status status = dg_graph_set_append_from(set, from, index);
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "graph %zu", index);
}

digress_status digress_graph_set_append_set(digress_graph_set *set, const digress_graph_set *from,
                                            size_t count, const size_t *index) {
    DG_NEED(set);
    DG_NEED(from);
    const size_t before = digress_graph_set_count(set), graphs = digress_graph_set_count(from);
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < count; k++)
        if ((index ? index[k] : k) >= graphs)
            return dg_error(DIGRESS_ERROR_INPUT, "graph %zu: the set has %zu, counted from 0",
                            index ? index[k] : k, graphs);
    for (size_t k = 0; k < count && status == DIGRESS_OK; k++)
        status = append_chosen(set, from, index ? index[k] : k);
    if (status != DIGRESS_OK) dg_graph_set_truncate(set, before);
    return status;
}
