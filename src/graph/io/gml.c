/* GML and Pajek, through igraph; they are only read. Classes are made as for GraphML. */
#include "graph/io/format.h"

#include "graph/io/igraph_build.h"
#include "graph/io/text.h"
#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

static digress_status read_with_igraph(dg_igraph_format format, dg_builder *builder,
                                       const char *bytes, size_t size) {
    dg_graphml graph = {0};
    const digress_read_options *options = &builder->options;
    DG_TRY(dg_igraph_read(format, builder->path, bytes, size, options, &graph));
    const bool lacks_nodes = options->node_attribute && !graph.has_node_attribute,
               lacks_edges = options->edge_attribute && !graph.has_edge_attribute;
    const digress_status status =
        lacks_nodes || lacks_edges
            ? dg_error(DIGRESS_ERROR_INPUT, "%s: its %s have no attribute '%s'", builder->path,
                       lacks_nodes ? "nodes" : "edges",
                       lacks_nodes ? options->node_attribute : options->edge_attribute)
            : dg_igraph_build(&graph, NULL, builder);
    dg_graphml_free(&graph);
    return status;
}

/* ---- GML ---- */

static bool begins_word(const char *text, const char *at) {
    return at == text || isspace((unsigned char)at[-1]) || at[-1] == '[' || at[-1] == ']';
}

/* The number of "graph [" in a text that ends with a zero byte. */
static size_t count_graphs(const char *text) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, "graph")); at++) {
        const char *behind = at + strlen("graph");
        while (isspace((unsigned char)*behind))
            behind++;
        count += *behind == '[' && begins_word(text, at);
    }
    return count;
}

static bool is_gml(const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop || *lines.at == '#') continue;
        return isalpha((unsigned char)*lines.at) && count_graphs(bytes) > 0;
    }
    return false;
}

static digress_status read_gml(dg_builder *builder, const char *bytes, size_t size) {
    const size_t graphs = count_graphs(bytes);
    if (graphs > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu graphs in one file: expected one per file",
                        builder->path, graphs);
    return read_with_igraph(DG_IGRAPH_GML, builder, bytes, size);
}

/* ---- Pajek ---- */

static bool begins_with(const dg_lines *line, const char *word) {
    const size_t length = strlen(word);
    return (size_t)(line->stop - line->at) >= length && strncasecmp(line->at, word, length) == 0;
}

static bool is_pajek(const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop || *lines.at == '%') continue;
        return begins_with(&lines, "*vertices") || begins_with(&lines, "*network");
    }
    return false;
}

typedef struct pajek {
    enum { NEITHER, ARCS, EDGES } section;
    bool lists; /* each line of the section is a node and all its neighbours */
    size_t networks, lines_of[3];
    int64_t n;
} pajek;

static void begin_section(pajek *file, dg_lines *line) {
    file->section = begins_with(line, "*arcs")    ? ARCS
                    : begins_with(line, "*edges") ? EDGES
                                                  : NEITHER;
    file->lists = begins_with(line, "*arcslist") || begins_with(line, "*edgeslist");
    if (!begins_with(line, "*vertices")) return;
    file->networks++;
    line->at += strlen("*vertices");
    while (line->at < line->stop && dg_is_blank(*line->at))
        line->at++;
    dg_take_integer(&line->at, line->stop, &file->n);
}

/* igraph would allocate nodes for any number that an edge names, however large. */
static digress_status check_line(const dg_builder *builder, const pajek *file, dg_lines *line) {
    int64_t node = 0;
    for (size_t k = 0; file->section != NEITHER && (k < 2 || file->lists); k++) {
        if (!dg_take_integer(&line->at, line->stop, &node)) break;
        if (node < 1 || node > file->n)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s:%zu: node %" PRId64 ": the graph has the nodes 1 to %" PRId64,
                            builder->path, line->number, node, file->n);
    }
    return DIGRESS_OK;
}

/* If a file has edges and arcs, igraph does not say which are which. */
static digress_status check_pajek(const dg_builder *builder, const pajek *file) {
    const char *path = builder->path;
    if (file->n > DG_MAX_NODES)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: a graph of %" PRId64 " nodes: at most %d can be held", path, file->n,
                        DG_MAX_NODES);
    if (file->networks > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu networks in one file: expected one per file",
                        path, file->networks);
    if (file->lines_of[ARCS] && file->lines_of[EDGES])
        return dg_error(DIGRESS_ERROR_INPUT, "%s: both *Arcs and *Edges: expected one of them",
                        path);
    return DIGRESS_OK;
}

static digress_status read_pajek(dg_builder *builder, const char *bytes, size_t size) {
    pajek file = {.section = NEITHER};
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop || *lines.at == '%') continue;
        if (*lines.at == '*') {
            begin_section(&file, &lines);
            continue;
        }
        file.lines_of[file.section]++;
        DG_TRY(check_line(builder, &file, &lines));
    }
    DG_TRY(check_pajek(builder, &file));
    return read_with_igraph(DG_IGRAPH_PAJEK, builder, bytes, size);
}

const dg_format_row dg_gml_format = {
    .format = DIGRESS_FORMAT_GML, .recognise = is_gml, .read = read_gml};
const dg_format_row dg_pajek_format = {
    .format = DIGRESS_FORMAT_PAJEK, .recognise = is_pajek, .read = read_pajek};
