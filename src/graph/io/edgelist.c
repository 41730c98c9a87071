/* Edge lists: one graph a file, 0-based.
 *
 *     # nodes 4                      (else one more than the largest node named)
 *     # node classes ["C", "N", "O"] names of the classes, in the order of their numbers; else
 *                                    they have none. "# edge classes" likewise, "none" first
 *     # node 0 2                     class of a node; 0 where none is given
 *     0 1                            an edge of class 1
 *     1 2 3                          an edge of class 3
 *
 * Other lines that start with # are comments. */
#include "graph/io/format.h"

#include "core/memory.h"
#include "graph/classes.h"
#include "graph/io/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct item { /* an edge and its class, or a node and its class */
    int64_t u, v, value;
    size_t line;
} item;

typedef struct item_list {
    item *items;
    size_t count, capacity;
} item_list;

typedef struct edgelist {
    item_list edges, nodes;
    int64_t n, largest;            /* -1: not known */
    size_t line;                   /* that gave n */
    char *node_names, *edge_names; /* JSON lists; NULL: none */
} edgelist;

static digress_status add_item(item_list *list, item added) {
    DG_TRY(dg_grow(&list->items, &list->capacity, list->count + 1, sizeof added));
    list->items[list->count++] = added;
    return DIGRESS_OK;
}

/* The rest of "# node classes [...]"; another comment where it is no list. */
static digress_status take_names(const char *at, const char *stop, char **names) {
    if (stop - at < 2 || memcmp(at, "[\"", 2) != 0 || *names) return DIGRESS_OK;
    *names = strndup(at, (size_t)(stop - at));
    return *names ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status read_comment(edgelist *list, dg_lines *lines) {
    const char *at = lines->at + 1, *stop = lines->stop;
    int64_t node = 0, value = 0;
    while (at < stop && dg_is_blank(*at))
        at++;
    if (dg_take_word(&at, stop, "nodes")) {
        if (!dg_take_integer(&at, stop, &value) || at != stop || value < 0) return DIGRESS_OK;
        list->n = value;
        list->line = lines->number;
    } else if (dg_take_word(&at, stop, "edge")) {
        if (dg_take_word(&at, stop, "classes")) return take_names(at, stop, &list->edge_names);
    } else if (dg_take_word(&at, stop, "node")) {
        if (dg_take_word(&at, stop, "classes")) return take_names(at, stop, &list->node_names);
        if (!dg_take_integer(&at, stop, &node) || !dg_take_integer(&at, stop, &value) || at != stop)
            return DIGRESS_OK;
        if (node > list->largest) list->largest = node;
        return add_item(&list->nodes, (item){node, 0, value, lines->number});
    }
    return DIGRESS_OK;
}

static digress_status read_edge(edgelist *list, const char *path, dg_lines *lines) {
    item edge = {.value = 1, .line = lines->number};
    const char *at = lines->at, *stop = lines->stop;
    bool good = dg_take_integer(&at, stop, &edge.u) && dg_take_integer(&at, stop, &edge.v);
    if (good && at != stop && !dg_take_word(&at, stop, "{}")) /* networkx: an edge without data */
        good = dg_take_integer(&at, stop, &edge.value);
    if (!good || at != stop)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s:%zu: expected 'u v' or 'u v class', whole numbers, found '%.*s'", path,
                        lines->number, (int)(stop - lines->at > 40 ? 40 : stop - lines->at),
                        lines->at);
    if (edge.u > list->largest) list->largest = edge.u;
    if (edge.v > list->largest) list->largest = edge.v;
    return add_item(&list->edges, edge);
}

static digress_status read_lines(edgelist *list, const char *path, const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop) continue;
        DG_TRY(*lines.at == '#' ? read_comment(list, &lines) : read_edge(list, path, &lines));
    }
    if (list->n < 0 && list->largest < 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: a graph without nodes: expected '# nodes n' or lines 'u v'", path);
    return DIGRESS_OK;
}

static digress_status build(const edgelist *list, dg_builder *builder) {
    int64_t n = list->n >= 0 ? list->n : list->largest + 1;
    DG_TRY(dg_builder_declare(builder, list->node_names, list->edge_names));
    DG_TRY(dg_builder_begin(builder, list->line, (uint64_t)n, false));
    for (size_t k = 0; k < list->nodes.count; k++) {
        const item *node = &list->nodes.items[k];
        DG_TRY(dg_builder_node(builder, node->line, node->u, node->value));
    }
    for (size_t k = 0; k < list->edges.count; k++) {
        const item *edge = &list->edges.items[k];
        DG_TRY(dg_builder_edge(builder, edge->line, edge->u, edge->v, edge->value));
    }
    return dg_builder_end(builder);
}

digress_status dg_edgelist_read(dg_builder *builder, const char *bytes, size_t size) {
    edgelist list = {.n = -1, .largest = -1, .line = 1};
    digress_status status = read_lines(&list, builder->path, bytes, size);
    if (status == DIGRESS_OK) status = build(&list, builder);
    free(list.nodes.items);
    free(list.edges.items);
    free(list.node_names);
    free(list.edge_names);
    return status;
}

/* The first line that is no comment starts with a number; or there are comments only. */
bool dg_is_edgelist(const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    bool comments = false;
    while (dg_lines_next(&lines)) {
        int64_t number = 0;
        if (lines.at == lines.stop) continue;
        if (*lines.at != '#') return dg_take_integer(&lines.at, lines.stop, &number);
        comments = true;
    }
    return comments;
}

/* Numbers that stand for themselves are not told. */
static digress_status write_names(const char *what, bool numbered, char *names, FILE *stream) {
    if (names && !numbered) fprintf(stream, "# %s classes %s\n", what, names);
    free(names);
    return names ? DIGRESS_OK : dg_out_of_memory();
}

digress_status dg_edgelist_write(const digress_graph_set *set, size_t index, FILE *stream) {
    digress_graph graph = digress_graph_set_get(set, index);
    const uint8_t *pair = graph.pair_class;
    fprintf(stream, "# nodes %zu\n", graph.n);
    DG_TRY(write_names("node", dg_node_classes_are_numbered(set), dg_node_names_json(set), stream));
    DG_TRY(write_names("edge", dg_edge_classes_are_numbered(set), dg_edge_names_json(set), stream));
    for (size_t i = 0; digress_graph_set_node_classes(set) > 1 && i < graph.n; i++)
        fprintf(stream, "# node %zu %d\n", i, graph.node_class[i]);
    for (size_t i = 0; i < graph.n; i++) {
        for (size_t j = i + 1; j < graph.n; j++, pair++) {
            if (*pair == 0) continue;
            if (digress_graph_set_edge_classes(set) > 2)
                fprintf(stream, "%zu %zu %d\n", i, j, *pair);
            else
                fprintf(stream, "%zu %zu\n", i, j);
        }
    }
    return DIGRESS_OK;
}
