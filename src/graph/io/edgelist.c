/* Edge lists: one graph per file.
 *
 *     # nodes 4                      (otherwise those that occur: graph/io/edgelist_ids.h)
 *     # node classes ["C", "N", "O"] names of the classes, in the order of their numbers, if
 *                                    they have any. "# edge classes" likewise, "none" first
 *     # node 0 2                     class of a node; 0 by default
 *     0 1                            an edge of class 1
 *     1 2 3                          an edge of class 3
 *
 * Also read, as other programs write them: "# Nodes: 4 Edges: 4", a first line "n m", a header
 * "source,target". Other lines that start with # are comments. */
#include "graph/io/edgelist_ids.h"
#include "graph/io/format.h"

#include "core/file.h"
#include "core/memory.h"
#include "graph/classes.h"
#include "graph/io/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The rest of "# node classes [...]"; just a comment if it is not a list. */
static digress_status take_names(const char *at, const char *stop, char **names) {
    if (stop - at < 2 || memcmp(at, "[\"", 2) != 0 || *names) return DIGRESS_OK;
    *names = strndup(at, (size_t)(stop - at));
    return *names ? DIGRESS_OK : dg_out_of_memory();
}

/* The rest of SNAP's "# Nodes: 4 Edges: 4"; just a comment if it is something else. */
static void take_sizes(dg_edgelist *list, const dg_lines *lines, const char *at) {
    int64_t n = 0, edges = 0;
    if (!dg_take_integer(&at, lines->stop, &n) || !dg_take_word(&at, lines->stop, "Edges:") ||
        !dg_take_integer(&at, lines->stop, &edges) || at != lines->stop || n < 0 || edges < 0)
        return;
    list->said_n = n;
    list->said_edges = edges;
    list->line = lines->number;
}

static digress_status read_comment(dg_edgelist *list, dg_lines *lines) {
    const char *at = lines->at + 1, *stop = lines->stop;
    int64_t node = 0, value = 0;
    while (at < stop && dg_is_blank(*at))
        at++;
    if (dg_take_word(&at, stop, "nodes")) {
        if (!dg_take_integer(&at, stop, &value) || at != stop || value < 0) return DIGRESS_OK;
        list->n = value;
        list->line = lines->number;
    } else if (dg_take_word(&at, stop, "Nodes:")) {
        take_sizes(list, lines, at);
    } else if (dg_take_word(&at, stop, "edge")) {
        if (dg_take_word(&at, stop, "classes")) return take_names(at, stop, &list->edge_names);
    } else if (dg_take_word(&at, stop, "node")) {
        if (dg_take_word(&at, stop, "classes")) return take_names(at, stop, &list->node_names);
        if (!dg_take_integer(&at, stop, &node) || !dg_take_integer(&at, stop, &value) || at != stop)
            return DIGRESS_OK;
        return dg_edgelist_add(&list->nodes, (dg_item){node, 0, value, lines->number, false});
    }
    return DIGRESS_OK;
}

/* "0.5", "{'weight': 0.5}" and the like. */
static bool is_weight(const char *at, const char *stop) {
    return at < stop && (*at == '{' || memchr(at, '.', (size_t)(stop - at)));
}

static digress_status bad_edge(const dg_builder *builder, const dg_lines *lines, bool weighted) {
    const ptrdiff_t length = lines->stop - lines->at;
    return dg_error(
        DIGRESS_ERROR_INPUT, "%s:%zu: expected 'u v' or 'u v class', whole numbers, found '%.*s'%s",
        builder->path, lines->number, (int)(length > 40 ? 40 : length), lines->at,
        weighted ? ": give the option 'weights' ignore to read the edges without them" : "");
}

static digress_status read_edge(dg_edgelist *list, dg_builder *builder, const dg_lines *lines) {
    dg_item edge = {.value = 1, .line = lines->number};
    const char *at = lines->at, *stop = lines->stop;
    if (!dg_take_integer(&at, stop, &edge.u) || !dg_take_integer(&at, stop, &edge.v))
        return bad_edge(builder, lines, false);
    edge.bare = at == stop;
    if (edge.bare || dg_take_word(&at, stop, "{}")) /* networkx: an edge without data */
        return at == stop ? dg_edgelist_add(&list->edges, edge) : bad_edge(builder, lines, false);
    if (builder->options.ignore_weights) {
        builder->report.weights++;
        return dg_edgelist_add(&list->edges, edge);
    }
    const char *rest = at;
    if (list->weighted || !dg_take_integer(&at, stop, &edge.value) || at != stop)
        return bad_edge(builder, lines, list->weighted || is_weight(rest, stop));
    return dg_edgelist_add(&list->edges, edge);
}

/* ---- the header of a table ---- */

/* Takes one of `names`, quoted or not, with the separator that follows it. */
static bool take_heading(const char **at, const char *stop, const char *const *names) {
    const char *p = *at;
    const bool quoted = p < stop && *p == '"';
    p += quoted;
    for (; *names; names++) {
        const size_t length = strlen(*names);
        if ((size_t)(stop - p) < length || strncasecmp(p, *names, length) != 0) continue;
        const char *end = p + length;
        if (quoted && (end == stop || *end++ != '"')) continue;
        if (end < stop && !dg_is_comma(*end) && !dg_is_blank(*end)) continue;
        while (end < stop && (dg_is_comma(*end) || dg_is_blank(*end)))
            end++;
        *at = end;
        return true;
    }
    return false;
}

/* "source,target" and the like, possibly with more columns, which then begin at *at. */
static bool take_header(const char **at, const char *stop) {
    static const char *const first[] = {"source", "from",   "src",        "u",
                                        "node1",  "node_1", "fromnodeid", NULL},
                             *const second[] = {"target", "to",     "dst",      "v",
                                                "node2",  "node_2", "tonodeid", NULL};
    const char *p = *at;
    if ((!take_heading(&p, stop, first) || !take_heading(&p, stop, second)) &&
        (p = *at, !take_heading(&p, stop, second) || !take_heading(&p, stop, first)))
        return false;
    *at = p;
    return true;
}

/* The name of the third column says whether it holds classes or weights. */
static bool read_header(dg_edgelist *list, const dg_lines *lines) {
    static const char *const classes[] = {"class", "label", "type", NULL};
    const char *at = lines->at;
    if (list->edges.count > 0 || !take_header(&at, lines->stop)) return false;
    list->weighted = at < lines->stop && !take_heading(&at, lines->stop, classes);
    return true;
}

static digress_status read_lines(dg_edgelist *list, dg_builder *builder, const char *bytes,
                                 size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop || read_header(list, &lines)) continue;
        DG_TRY(*lines.at == '#' ? read_comment(list, &lines) : read_edge(list, builder, &lines));
    }
    return DIGRESS_OK;
}

static digress_status begin_graph(const dg_edgelist *list, dg_builder *builder) {
    char why[512];
    const digress_status status = dg_builder_begin(builder, list->line, (uint64_t)list->n, false);
    if (status != DIGRESS_ERROR_INPUT || !list->gaps) return status;
    snprintf(why, sizeof why, "%s", digress_last_error());
    return dg_error(status, "%s; give the option 'ids' compact to renumber those that occur from 0",
                    why);
}

static digress_status build_graph(const dg_edgelist *list, dg_builder *builder) {
    if (list->n < 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: a graph without nodes: expected '# nodes n' or lines 'u v'",
                        builder->path);
    DG_TRY(dg_builder_declare(builder, list->node_names, list->edge_names));
    DG_TRY(begin_graph(list, builder));
    for (size_t k = 0; k < list->nodes.count; k++) {
        const dg_item *node = &list->nodes.items[k];
        DG_TRY(dg_builder_node(builder, node->line, node->u, node->value));
    }
    for (size_t k = 0; k < list->edges.count; k++) {
        const dg_item *edge = &list->edges.items[k];
        DG_TRY(dg_builder_edge(builder, edge->line, edge->u, edge->v, edge->value));
    }
    return dg_builder_end(builder);
}

static digress_status read_edgelist(dg_builder *builder, const char *bytes, size_t size) {
    dg_edgelist list = {.n = -1, .said_n = -1, .said_edges = -1, .line = 1};
    digress_status status = read_lines(&list, builder, bytes, size);
    if (status == DIGRESS_OK) status = dg_edgelist_settle(&list, builder);
    if (status == DIGRESS_OK) status = build_graph(&list, builder);
    free(list.nodes.items);
    free(list.edges.items);
    free(list.node_names);
    free(list.edge_names);
    return status;
}

/* Whether the first line with an edge begins with a number. */
static bool begins_with_number(dg_lines *lines) {
    int64_t number = 0;
    while (dg_lines_next(lines))
        if (lines->at != lines->stop) return dg_take_integer(&lines->at, lines->stop, &number);
    return false;
}

/* A table of edges: its header, "source,target" or the like, and numbers. */
static bool is_edge_table(const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop || *lines.at == '#') continue;
        return take_header(&lines.at, lines.stop) && begins_with_number(&lines);
    }
    return false;
}

/* The first line that is not a comment starts with a number, or there are only comments. */
bool dg_is_edgelist(const char *bytes, size_t size) {
    if (is_edge_table(bytes, size)) return true;
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

/* Names that are just the classes' numbers are not written. */
static digress_status write_names(const char *what, bool numbered, char *names, FILE *stream) {
    if (names && !numbered) fprintf(stream, "# %s classes %s\n", what, names);
    free(names);
    return names ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status write_edgelist(const digress_graph_set *set, size_t index, FILE *stream) {
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

const dg_format_row dg_edgelist_format = {.format = DIGRESS_FORMAT_EDGELIST,
                                          .recognise = dg_is_edgelist,
                                          .read = read_edgelist,
                                          .write_graph = write_edgelist,
                                          .keeps_classes = true,
                                          .keeps_names = true};
