#include "graph/io/builder.h"

#include "core/memory.h"
#include "graph/graph_set.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORWARD = 1, BACKWARD = 2, BOTH = FORWARD | BACKWARD };

digress_status dg_builder_create(bool simplify, dg_builder *out) {
    dg_builder made = {.simplify = simplify, .unit = ":", .node_classes = 1, .edge_classes = 2};
    DG_TRY(digress_graph_set_create(DIGRESS_MAX_CLASSES, DIGRESS_MAX_CLASSES, &made.set));
    *out = made;
    return DIGRESS_OK;
}

void dg_builder_free(dg_builder *builder) {
    for (size_t k = 0; k < DIGRESS_MAX_CLASSES; k++) {
        free(builder->node_names[k]);
        free(builder->edge_names[k]);
    }
    digress_graph_set_free(builder->set);
    free(builder->node_class);
    free(builder->pair_class);
    free(builder->seen);
    *builder = (dg_builder){0};
}

static digress_status bad(const dg_builder *builder, size_t number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static digress_status bad(const dg_builder *builder, size_t number, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return dg_error(DIGRESS_ERROR_INPUT, "%s%s%zu: %s", builder->path, builder->unit, number, text);
}

digress_status dg_builder_begin(dg_builder *builder, size_t number, uint64_t n, bool directed) {
    if (n == 0) return bad(builder, number, "a graph without nodes: at least one is needed");
    if (n > DG_MAX_NODES)
        return bad(builder, number, "a graph of %" PRIu64 " nodes: at most %d can be held", n,
                   DG_MAX_NODES);
    size_t nodes = (size_t)n, pairs = nodes * (nodes - 1) / 2;
    DG_TRY(dg_grow(&builder->node_class, &builder->node_capacity, nodes, 1));
    DG_TRY(dg_grow(&builder->pair_class, &builder->pair_capacity, pairs + 1, 1));
    DG_TRY(dg_grow(&builder->seen, &builder->seen_capacity, pairs + 1, 1));
    memset(builder->node_class, 0, nodes);
    memset(builder->pair_class, 0, pairs);
    memset(builder->seen, 0, pairs);
    builder->n = nodes;
    builder->directed = directed;
    return DIGRESS_OK;
}

static digress_status check_node(const dg_builder *builder, size_t number, int64_t node) {
    if (node >= 0 && (uint64_t)node < builder->n) return DIGRESS_OK;
    return bad(builder, number, "node %" PRId64 ": the graph has the nodes 0 to %zu", node,
               builder->n - 1);
}

digress_status dg_builder_node(dg_builder *builder, size_t number, int64_t node,
                               int64_t node_class) {
    DG_TRY(check_node(builder, number, node));
    if (node_class < 0 || node_class >= DIGRESS_MAX_CLASSES)
        return bad(builder, number, "node class %" PRId64 ": expected 0 to %d", node_class,
                   DIGRESS_MAX_CLASSES - 1);
    builder->node_class[node] = (uint8_t)node_class;
    if ((size_t)node_class >= builder->node_classes) builder->node_classes = (size_t)node_class + 1;
    return DIGRESS_OK;
}

/* What is not simple is counted in *dropped where `simplify` allows it. */
static digress_status drop(dg_builder *builder, size_t number, size_t *dropped, const char *what,
                           int64_t u, int64_t v) {
    if (!builder->simplify)
        return bad(builder, number,
                   "edge %" PRId64 " %" PRId64 " %s: give the option 'simplify' to read a simple, "
                   "undirected graph all the same",
                   u, v, what);
    ++*dropped;
    return DIGRESS_OK;
}

static digress_status check_edge(const dg_builder *builder, size_t number, int64_t u, int64_t v,
                                 int64_t edge_class) {
    DG_TRY(check_node(builder, number, u));
    DG_TRY(check_node(builder, number, v));
    if (edge_class < 1 || edge_class >= DIGRESS_MAX_CLASSES)
        return bad(builder, number, "edge class %" PRId64 ": expected 1 to %d (0 is \"no edge\")",
                   edge_class, DIGRESS_MAX_CLASSES - 1);
    return DIGRESS_OK;
}

static size_t pair_of(const dg_builder *builder, int64_t u, int64_t v) {
    size_t i = (size_t)(u < v ? u : v), j = (size_t)(u < v ? v : u);
    return digress_pair_index(builder->n, i, j);
}

static void set_pair(dg_builder *builder, size_t pair, int64_t edge_class) {
    builder->pair_class[pair] = (uint8_t)edge_class;
    if ((size_t)edge_class >= builder->edge_classes) builder->edge_classes = (size_t)edge_class + 1;
}

/* Notes that u v is listed, in this order. *before: the orders in which the pair was listed until
 * now; *pair: SIZE_MAX where the edge is dropped. */
static digress_status list_edge(dg_builder *builder, size_t number, int64_t u, int64_t v,
                                int64_t edge_class, size_t *pair, uint8_t *before) {
    digress_read_report *report = &builder->report;
    *pair = SIZE_MAX;
    DG_TRY(check_edge(builder, number, u, v, edge_class));
    if (u == v) return drop(builder, number, &report->self_loops, "is a self-loop", u, v);
    uint8_t *seen = &builder->seen[pair_of(builder, u, v)], order = u < v ? FORWARD : BACKWARD;
    if (*seen & order) return drop(builder, number, &report->multi_edges, "is listed twice", u, v);
    *pair = pair_of(builder, u, v);
    *before = *seen;
    *seen |= order;
    return DIGRESS_OK;
}

digress_status dg_builder_edge(dg_builder *builder, size_t number, int64_t u, int64_t v,
                               int64_t edge_class) {
    size_t *directions = &builder->report.directions, pair;
    uint8_t before;
    DG_TRY(list_edge(builder, number, u, v, edge_class, &pair, &before));
    if (pair == SIZE_MAX) return DIGRESS_OK;
    if (!before) set_pair(builder, pair, edge_class);
    if (builder->directed) return drop(builder, number, directions, "is directed", u, v);
    if (!before) return DIGRESS_OK;
    return drop(builder, number, directions, "is listed in both directions", u, v);
}

digress_status dg_builder_entry(dg_builder *builder, size_t number, int64_t u, int64_t v,
                                int64_t edge_class) {
    size_t *directions = &builder->report.directions, pair;
    uint8_t before;
    DG_TRY(list_edge(builder, number, u, v, edge_class, &pair, &before));
    if (pair == SIZE_MAX) return DIGRESS_OK;
    if (!before) set_pair(builder, pair, edge_class);
    if (!before || builder->pair_class[pair] == edge_class) return DIGRESS_OK;
    return drop(builder, number, directions, "has another label than its opposite", u, v);
}

digress_status dg_builder_check_entry(dg_builder *builder, size_t number, int64_t u, int64_t v) {
    if (u == v || builder->seen[pair_of(builder, u, v)] == BOTH) return DIGRESS_OK;
    return drop(builder, number, &builder->report.directions, "has no opposite: it is directed", u,
                v);
}

digress_status dg_builder_end(dg_builder *builder) {
    return digress_graph_set_append(builder->set, builder->n, builder->node_class,
                                    builder->pair_class);
}

static digress_status declare_name(const dg_builder *builder, const char *what, char **names,
                                   size_t index, const char *name) {
    if (!name)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a list of the names of %s classes",
                        builder->path, what);
    if (names[index] && strcmp(names[index], name) != 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: %s class %zu is called '%s', but '%s' in an earlier file",
                        builder->path, what, index, name, names[index]);
    if (names[index]) return DIGRESS_OK;
    names[index] = strdup(name);
    return names[index] ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status declare(const dg_builder *builder, const char *what, const char *text,
                              char **names, size_t *classes) {
    if (!text) return DIGRESS_OK;
    json_t *list = json_loads(text, 0, NULL);
    size_t count = json_array_size(list);
    digress_status status = DIGRESS_OK;
    if (count < 1 || count > DIGRESS_MAX_CLASSES)
        status = dg_error(DIGRESS_ERROR_INPUT, "%s: expected a list of 1 to %d names of %s classes",
                          builder->path, DIGRESS_MAX_CLASSES, what);
    for (size_t k = 0; k < count && status == DIGRESS_OK; k++)
        status = declare_name(builder, what, names, k, json_string_value(json_array_get(list, k)));
    json_decref(list);
    if (status == DIGRESS_OK && count > *classes) *classes = count;
    return status;
}

digress_status dg_builder_declare(dg_builder *builder, const char *node_names,
                                  const char *edge_names) {
    DG_TRY(declare(builder, "node", node_names, builder->node_names, &builder->node_classes));
    return declare(builder, "edge", edge_names, builder->edge_names, &builder->edge_classes);
}

static digress_status name_from_list(const char *what, const char *list, char **names,
                                     size_t *classes) {
    size_t count = 0;
    if (!list || names[0]) return DIGRESS_OK;
    for (const char *from = list; *from && count < DIGRESS_MAX_CLASSES; from += *from == ',') {
        size_t length = strcspn(from, ",");
        names[count] = strndup(from, length);
        if (!names[count++]) return dg_out_of_memory();
        from += length;
    }
    if (count < *classes)
        return dg_error(DIGRESS_ERROR_INPUT, "'%s' names %zu %s classes: the graphs have %zu", list,
                        count, what, *classes);
    *classes = count;
    return DIGRESS_OK;
}

digress_status dg_builder_name(dg_builder *builder, const char *node_names,
                               const char *edge_names) {
    DG_TRY(name_from_list("node", node_names, builder->node_names, &builder->node_classes));
    return name_from_list("edge", edge_names, builder->edge_names, &builder->edge_classes);
}

static digress_status name_classes(const dg_builder *builder, digress_graph_set *set) {
    for (size_t k = 0; k < builder->node_classes; k++)
        if (builder->node_names[k])
            DG_TRY(digress_graph_set_name_node(set, k, builder->node_names[k]));
    for (size_t k = 0; k < builder->edge_classes; k++)
        if (builder->edge_names[k])
            DG_TRY(digress_graph_set_name_edge(set, k, builder->edge_names[k]));
    return DIGRESS_OK;
}

digress_status dg_builder_finish(dg_builder *builder, digress_graph_set **out) {
    digress_graph_set *set = NULL;
    DG_TRY(digress_graph_set_create(builder->node_classes, builder->edge_classes, &set));
    const digress_status status = name_classes(builder, set);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(set);
        return status;
    }
    dg_graph_set_move(builder->set, set);
    *out = set;
    return DIGRESS_OK;
}

static char *names_json(const digress_graph_set *set, size_t count,
                        const char *(*name)(const digress_graph_set *, size_t)) {
    json_t *list = json_array();
    for (size_t k = 0; k < count; k++)
        json_array_append_new(list, json_string(name(set, k)));
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

char *dg_node_names_json(const digress_graph_set *set) {
    return names_json(set, digress_graph_set_node_classes(set), digress_graph_set_node_name);
}

char *dg_edge_names_json(const digress_graph_set *set) {
    return names_json(set, digress_graph_set_edge_classes(set), digress_graph_set_edge_name);
}
