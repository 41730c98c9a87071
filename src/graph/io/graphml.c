/* GraphML, through igraph. Classes are the attribute "class" of nodes and edges; the names of all
 * classes are attributes of the graph. */
#include "graph/io/format.h"

#include "core/memory.h"
#include "graph/igraph.h"
#include "graph/io/text.h"
#include <ctype.h>
#include <stdlib.h>

/* -1, which no class is, for what is no whole number. */
static int64_t whole(double value) {
    return value >= 0 && value <= 1e9 && value == (double)(int64_t)value ? (int64_t)value : -1;
}

static digress_status build(const dg_graphml *graph, dg_builder *builder) {
    DG_TRY(dg_builder_declare(builder, graph->node_names, graph->edge_names));
    builder->unit = ": graph ";
    DG_TRY(dg_builder_begin(builder, 0, graph->n, graph->directed));
    builder->unit = ": node ";
    for (size_t i = 0; graph->node_class && i < graph->n; i++)
        DG_TRY(dg_builder_node(builder, i, (int64_t)i, whole(graph->node_class[i])));
    builder->unit = ": edge ";
    for (size_t e = 0; e < graph->edges; e++) {
        int64_t edge_class = graph->edge_class ? whole(graph->edge_class[e]) : 1;
        DG_TRY(dg_builder_edge(builder, e, graph->ends[2 * e], graph->ends[2 * e + 1], edge_class));
    }
    return dg_builder_end(builder);
}

/* ---- keys: what igraph would keep for every node, though nothing here reads it ---- */

enum { MOST_KEYS = 8 };

/* The value of an attribute in a tag [at, stop); NULL when there is none. */
static const char *attribute(const char *at, const char *stop, const char *name, size_t *length) {
    const size_t size = strlen(name);
    for (; at + size < stop; at++) {
        if (!isspace((unsigned char)at[-1]) || memcmp(at, name, size) != 0) continue;
        const char *value = at + size;
        while (value < stop && (isspace((unsigned char)*value) || *value == '='))
            value++;
        if (value == at + size || value >= stop || (*value != '"' && *value != '\'')) continue;
        const char *end = memchr(value + 1, *value, (size_t)(stop - value - 1));
        if (!end) return NULL;
        *length = (size_t)(end - value - 1);
        return value + 1;
    }
    return NULL;
}

static bool is_read(const char *tag, const char *stop) {
    static const char *const names[] = {"class", "node_classes", "edge_classes"};
    size_t length = 0;
    const char *name = attribute(tag, stop, "attr.name", &length);
    if (!name) name = attribute(tag, stop, "id", &length);
    for (size_t k = 0; name && k < sizeof names / sizeof *names; k++)
        if (strlen(names[k]) == length && memcmp(names[k], name, length) == 0) return true;
    return false;
}

/* The '>' that ends a tag; NULL when nothing does. */
static char *end_of_tag(char *at) {
    for (char quote = 0; *at; at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? 0 : *at;
        else if (!quote && *at == '>')
            return at;
    }
    return NULL;
}

/* Behind the comment or literal text that begins at `at`, or `at` itself. */
static char *skip_literal(char *at) {
    static const char *const marks[][2] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}};
    for (size_t k = 0; k < 2; k++) {
        if (strncmp(at, marks[k][0], strlen(marks[k][0])) != 0) continue;
        char *end = strstr(at, marks[k][1]);
        return end ? end + strlen(marks[k][1]) : at + strlen(at);
    }
    return at;
}

static void make_blank(char *at, const char *stop) {
    for (; at < stop; at++)
        if (*at != '\n') *at = ' ';
}

/* Behind the <key ...>, or <key ...> ... </key>, that begins at `at`, blank now unless it is read;
 * NULL where it does not end. */
static char *pass_key(char *at, size_t *kept) {
    static const char close[] = "</key>";
    char *tag_end = end_of_tag(at);
    if (!tag_end) return NULL;
    const bool reads = is_read(at + 5, tag_end);
    char *behind = tag_end[-1] == '/' ? tag_end + 1 : strstr(tag_end, close);
    if (!behind) return NULL;
    if (tag_end[-1] != '/') behind += strlen(close);
    *kept += reads;
    if (!reads) make_blank(at, behind);
    return behind;
}

/* Makes blanks of every <key> but those that are read; *kept: how many these are. Lines stay. */
static void blank_keys(char *text, size_t *kept) {
    *kept = 0;
    for (char *at = strchr(text, '<'); at; at = at ? strchr(at, '<') : NULL) {
        char *behind = skip_literal(at);
        if (behind != at)
            at = behind;
        else if (strncmp(at, "<key", 4) == 0 && isspace((unsigned char)at[4]))
            at = pass_key(at, kept);
        else
            at++;
    }
}

static digress_status read_without_keys(dg_builder *builder, const char *bytes, size_t size,
                                        dg_graphml *out) {
    size_t kept = 0;
    char *text = NULL;
    DG_TRY(dg_allocate(size + 1, 1, &text));
    memcpy(text, bytes, size);
    blank_keys(text, &kept);
    digress_status status = kept > MOST_KEYS
                                ? dg_error(DIGRESS_ERROR_INPUT,
                                           "%s: %zu keys called 'class' or the like: expected one "
                                           "for the nodes and one for the edges",
                                           builder->path, kept)
                                : dg_igraph_read_graphml(builder->path, text, size, out);
    free(text);
    return status;
}

/* The number of <graph> elements in a text that ends with a zero byte. */
static size_t count_graphs(const char *text) {
    size_t count = 0;
    while ((text = strstr(text, "<graph"))) {
        text += strlen("<graph");
        count += *text == '>' || *text == '\n' || dg_is_blank(*text);
    }
    return count;
}

digress_status dg_graphml_read(dg_builder *builder, const char *bytes, size_t size) {
    dg_graphml graph = {0};
    if (count_graphs(bytes) > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu graphs in one file: expected one a file",
                        builder->path, count_graphs(bytes));
    DG_TRY(read_without_keys(builder, bytes, size, &graph));
    digress_status status = build(&graph, builder);
    dg_graphml_free(&graph);
    return status;
}

bool dg_is_graphml(const char *bytes, size_t size) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (size >= 3 && memcmp(bytes, byte_order_mark, 3) == 0) {
        bytes += 3;
        size -= 3;
    }
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines))
        if (lines.at != lines.stop) return *lines.at == '<';
    return false;
}

static digress_status list_edges(const digress_graph *graph, dg_graphml *out) {
    size_t pairs = graph->n * (graph->n - 1) / 2;
    for (size_t pair = 0; pair < pairs; pair++)
        out->edges += graph->pair_class[pair] != 0;
    DG_TRY(dg_allocate(out->edges * 2, sizeof *out->ends, &out->ends));
    DG_TRY(dg_allocate(out->edges, sizeof *out->edge_class, &out->edge_class));
    const uint8_t *pair = graph->pair_class;
    for (size_t i = 0, e = 0; i < graph->n; i++) {
        for (size_t j = i + 1; j < graph->n; j++, pair++) {
            if (*pair == 0) continue;
            out->ends[2 * e] = (int64_t)i;
            out->ends[2 * e + 1] = (int64_t)j;
            out->edge_class[e++] = *pair;
        }
    }
    return DIGRESS_OK;
}

static digress_status describe(const digress_graph_set *set, const digress_graph *graph,
                               dg_graphml *out) {
    out->n = graph->n;
    out->node_names = dg_node_names_json(set);
    out->edge_names = dg_edge_names_json(set);
    if (!out->node_names || !out->edge_names) return dg_out_of_memory();
    DG_TRY(dg_allocate(graph->n, sizeof *out->node_class, &out->node_class));
    for (size_t i = 0; i < graph->n; i++)
        out->node_class[i] = graph->node_class[i];
    return list_edges(graph, out);
}

digress_status dg_graphml_write(const digress_graph_set *set, size_t index, FILE *stream) {
    digress_graph graph = digress_graph_set_get(set, index);
    dg_graphml described = {0};
    digress_status status = describe(set, &graph, &described);
    if (status == DIGRESS_OK) status = dg_igraph_write_graphml(&described, stream);
    dg_graphml_free(&described);
    return status;
}
