#include "graph/io/builder.h"

#include "core/json.h"
#include "core/memory.h"
#include "graph/graph_set.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORWARD = 1, BACKWARD = 2, BOTH = FORWARD | BACKWARD };
enum { NO_CLASS_YET = DIGRESS_MAX_CLASSES }; /* no class has this number */
/* The longest list of names, in characters, that fits on a line. */
enum { NAMES_SHOWN = 80 };
_Static_assert(NAMES_SHOWN <= sizeof((digress_read_report *)0)->unread_attributes, "has room");

digress_status dg_builder_create(const digress_read_options *options, dg_builder *out) {
    dg_builder made = {.unit = ":"};
    if (options) made.options = *options;
    dg_class_table_init("node", 0, &made.nodes);
    dg_class_table_init("edge", 1, &made.edges);
    DG_TRY(digress_graph_set_create(DIGRESS_MAX_CLASSES, DIGRESS_MAX_CLASSES, &made.set));
    *out = made;
    return DIGRESS_OK;
}

void dg_builder_free(dg_builder *builder) {
    dg_class_table_free(&builder->nodes);
    dg_class_table_free(&builder->edges);
    digress_graph_set_free(builder->set);
    free(builder->node_class);
    free(builder->pair_class);
    free(builder->seen);
    *builder = (dg_builder){0};
}

void dg_builder_next_file(dg_builder *builder, const char *path) {
    builder->path = path;
    builder->unit = ":";
    dg_class_table_next_file(&builder->nodes);
    dg_class_table_next_file(&builder->edges);
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
    DG_TRY(dg_watch_ask(builder->watch));
    if (n == 0) return bad(builder, number, "a graph without nodes: at least one is needed");
    if (n > DG_MAX_NODES)
        return bad(builder, number, "a graph of %" PRIu64 " nodes: at most %d can be held", n,
                   DG_MAX_NODES);
    if (n > DG_FREE_NODES && n > builder->bytes)
        return bad(builder, number,
                   "a graph of %" PRIu64 " nodes in a file of %zu bytes: most of them would be "
                   "isolated, which is refused as a mistake (are these identifiers that should be "
                   "renumbered from 0?)",
                   n, builder->bytes);
    size_t nodes = (size_t)n, pairs = nodes * (nodes - 1) / 2;
    DG_TRY(dg_grow(&builder->node_class, &builder->node_capacity, nodes, 1));
    DG_TRY(dg_grow(&builder->pair_class, &builder->pair_capacity, pairs + 1, 1));
    DG_TRY(dg_grow(&builder->seen, &builder->seen_capacity, pairs + 1, 1));
    memset(builder->node_class, NO_CLASS_YET, nodes);
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
    return dg_class_table_find(&builder->nodes, (size_t)node_class, &builder->node_class[node]);
}

/* Counts the edge in *dropped if `simplify` is given; otherwise it is an error. */
static digress_status drop_edge(dg_builder *builder, size_t number, size_t *dropped,
                                const char *what, int64_t u, int64_t v) {
    if (!builder->options.simplify)
        return bad(builder, number,
                   "edge %" PRId64 " %" PRId64 " %s: give the option 'simplify' to read a simple, "
                   "undirected graph anyway",
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

static digress_status set_pair(dg_builder *builder, size_t pair, int64_t edge_class) {
    return dg_class_table_find(&builder->edges, (size_t)edge_class, &builder->pair_class[pair]);
}

/* Notes that u v is listed, in this order. *before: the orders in which the pair had been listed;
 * *pair: SIZE_MAX if the edge is dropped. */
static digress_status list_edge(dg_builder *builder, size_t number, int64_t u, int64_t v,
                                int64_t edge_class, size_t *pair, uint8_t *before) {
    digress_read_report *report = &builder->report;
    *pair = SIZE_MAX;
    DG_TRY(check_edge(builder, number, u, v, edge_class));
    if (u == v) return drop_edge(builder, number, &report->self_loops, "is a self-loop", u, v);
    uint8_t *seen = &builder->seen[pair_of(builder, u, v)], order = u < v ? FORWARD : BACKWARD;
    if (*seen & order)
        return drop_edge(builder, number, &report->multi_edges, "is listed twice", u, v);
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
    if (!before) DG_TRY(set_pair(builder, pair, edge_class));
    if (builder->directed) return drop_edge(builder, number, directions, "is directed", u, v);
    if (!before) return DIGRESS_OK;
    return drop_edge(builder, number, directions, "is listed in both directions", u, v);
}

digress_status dg_builder_entry(dg_builder *builder, size_t number, int64_t u, int64_t v,
                                int64_t edge_class) {
    size_t *directions = &builder->report.directions, pair;
    uint8_t before, class_of_set;
    DG_TRY(list_edge(builder, number, u, v, edge_class, &pair, &before));
    if (pair == SIZE_MAX) return DIGRESS_OK;
    if (!before) return set_pair(builder, pair, edge_class);
    DG_TRY(dg_class_table_find(&builder->edges, (size_t)edge_class, &class_of_set));
    if (builder->pair_class[pair] == class_of_set) return DIGRESS_OK;
    return drop_edge(builder, number, directions, "has a different label from its opposite", u, v);
}

digress_status dg_builder_check_entry(dg_builder *builder, size_t number, int64_t u, int64_t v) {
    if (u == v || builder->seen[pair_of(builder, u, v)] == BOTH) return DIGRESS_OK;
    return drop_edge(builder, number, &builder->report.directions,
                     "has no opposite: it is directed", u, v);
}

digress_status dg_builder_check_entries(dg_builder *builder, size_t number) {
    const size_t n = builder->n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (builder->seen[digress_pair_index(n, i, j)])
                DG_TRY(dg_builder_check_entry(builder, number, (int64_t)i, (int64_t)j));
    return DIGRESS_OK;
}

digress_status dg_builder_end(dg_builder *builder) {
    for (size_t k = 0; k < builder->n; k++)
        if (builder->node_class[k] == NO_CLASS_YET)
            DG_TRY(dg_class_table_find(&builder->nodes, 0, &builder->node_class[k]));
    return digress_graph_set_append(builder->set, builder->n, builder->node_class,
                                    builder->pair_class);
}

digress_status dg_builder_target(dg_builder *builder, const char *name, double value) {
    const size_t graph = digress_graph_set_count(builder->set) - 1;
    size_t target = 0;
    digress_status status = digress_graph_set_add_target(builder->set, name, &target);
    if (status == DIGRESS_OK)
        status = digress_graph_set_set_target(builder->set, graph, target, value);
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "%s", builder->path);
}

static bool has_name(const char *names, const char *name, size_t length) {
    for (const char *at = names; *at;) {
        const size_t found = strcspn(at, ",");
        if (found == length && memcmp(at, name, length) == 0) return true;
        at += found + (at[found] ? 2 : 0);
    }
    return false;
}

void dg_builder_note_unread(dg_builder *builder, const char *name, size_t length) {
    static const char more[] = ", ...";
    char *names = builder->report.unread_attributes;
    const size_t room = NAMES_SHOWN, used = strlen(names);
    builder->report.attributes++;
    if (has_name(names, name, length) || has_name(names, more + 2, sizeof more - 3)) return;
    const bool fits = used + length + sizeof more + 2 < room;
    snprintf(names + used, room - used, "%s%.*s", used ? ", " : "",
             fits ? (int)length : (int)sizeof more - 3, fits ? name : more + 2);
}

digress_status dg_builder_declare(dg_builder *builder, const char *node_names,
                                  const char *edge_names) {
    DG_TRY(dg_class_table_declare(&builder->nodes, builder->path, node_names));
    return dg_class_table_declare(&builder->edges, builder->path, edge_names);
}

digress_status dg_builder_name(dg_builder *builder, const char *node_names,
                               const char *edge_names) {
    DG_TRY(dg_class_table_name(&builder->nodes, node_names));
    return dg_class_table_name(&builder->edges, edge_names);
}

static digress_status name_classes(const dg_builder *builder, digress_graph_set *set) {
    for (size_t k = 0; k < builder->nodes.count; k++)
        if (builder->nodes.names[k])
            DG_TRY(digress_graph_set_name_node(set, k, builder->nodes.names[k]));
    for (size_t k = 0; k < builder->edges.count; k++)
        if (builder->edges.names[k])
            DG_TRY(digress_graph_set_name_edge(set, k, builder->edges.names[k]));
    return DIGRESS_OK;
}

static size_t at_least(size_t count, size_t least) {
    return count < least ? least : count;
}

digress_status dg_builder_finish(dg_builder *builder, digress_graph_set **out) {
    digress_graph_set *set = NULL;
    DG_TRY(digress_graph_set_create(at_least(builder->nodes.count, 1),
                                    at_least(builder->edges.count, 2), &set));
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
        dg_json_append(&list, json_string(name(set, k)));
    char *text = NULL;
    digress_status status = dg_json_text(list, JSON_COMPACT, &text);
    json_decref(list);
    return status == DIGRESS_OK ? text : NULL;
}

char *dg_node_names_json(const digress_graph_set *set) {
    return names_json(set, digress_graph_set_node_classes(set), digress_graph_set_node_name);
}

char *dg_edge_names_json(const digress_graph_set *set) {
    return names_json(set, digress_graph_set_edge_classes(set), digress_graph_set_edge_name);
}

char *dg_target_names_json(const digress_graph_set *set) {
    return names_json(set, digress_graph_set_target_count(set), digress_graph_set_target_name);
}
