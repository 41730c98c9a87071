/* GraphML, through igraph. Classes are the attribute "class" of nodes and edges, with the names of
 * all classes as attributes of the graph; or the values of another attribute. */
#include "graph/io/format.h"

#include "core/memory.h"
#include "graph/igraph.h"
#include "graph/io/graphml_tags.h"
#include "graph/io/text.h"
#include "graph/io/value_classes.h"
#include <math.h>
#include <stdlib.h>

/* -1, which no class is, for what is no whole number. */
static int64_t whole(double value) {
    return value >= 0 && value <= 1e9 && value == (double)(int64_t)value ? (int64_t)value : -1;
}

/* Element k's class: by its value, or its number; `least`, and counted, where it has none. */
static int64_t class_of(dg_builder *builder, const dg_value_classes *classes, const double *numbers,
                        size_t k, int64_t least) {
    if (classes->of) {
        builder->report.unclassed += classes->missing[k];
        return classes->of[k];
    }
    if (!numbers) return least;
    if (!isnan(numbers[k])) return whole(numbers[k]);
    builder->report.unclassed++;
    return least;
}

typedef struct classes_of_file {
    dg_value_classes nodes, edges;
} classes_of_file;

static digress_status add_graph(const dg_graphml *graph, const dg_graphml_tags *tags,
                                const classes_of_file *classes, dg_builder *builder) {
    builder->unit = ": graph ";
    DG_TRY(dg_builder_begin(builder, 0, graph->n, graph->directed));
    builder->unit = ": node ";
    for (size_t i = 0; i < graph->n; i++)
        if (graph->node_class || classes->nodes.of)
            DG_TRY(dg_builder_node(builder, i, (int64_t)i,
                                   class_of(builder, &classes->nodes, graph->node_class, i, 0)));
    builder->unit = ": edge ";
    for (size_t e = 0; e < graph->edges; e++) {
        const int64_t edge_class = class_of(builder, &classes->edges, graph->edge_class, e, 1);
        if (tags->edges == graph->edges) builder->directed = tags->directed[e];
        DG_TRY(dg_builder_edge(builder, e, graph->ends[2 * e], graph->ends[2 * e + 1], edge_class));
    }
    return dg_builder_end(builder);
}

static digress_status build(const dg_graphml *graph, const dg_graphml_tags *tags,
                            dg_builder *builder) {
    classes_of_file classes = {0};
    digress_status status = DIGRESS_OK;
    if (graph->node_values)
        status = dg_value_classes_of("node", 0, graph->n, graph->node_values, &classes.nodes);
    if (status == DIGRESS_OK && graph->edge_values)
        status = dg_value_classes_of("edge", 1, graph->edges, graph->edge_values, &classes.edges);
    if (status != DIGRESS_OK) dg_error_prefix(status, "%s", builder->path);
    if (status == DIGRESS_OK)
        status = dg_builder_declare(builder,
                                    classes.nodes.names ? classes.nodes.names : graph->node_names,
                                    classes.edges.names ? classes.edges.names : graph->edge_names);
    if (status == DIGRESS_OK) status = add_graph(graph, tags, &classes, builder);
    dg_value_classes_free(&classes.nodes);
    dg_value_classes_free(&classes.edges);
    return status;
}

static void report_reading(const dg_graphml *graph, const dg_graphml_tags *tags,
                           digress_read_report *report) {
    if (graph->n > tags->nodes) report->undeclared_nodes += graph->n - tags->nodes;
    if (report->warnings == 0)
        snprintf(report->warning, sizeof report->warning, "%s", graph->warning);
    report->warnings += graph->warnings;
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
    dg_graphml_tags tags;
    if (count_graphs(bytes) > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu graphs in one file: expected one a file",
                        builder->path, count_graphs(bytes));
    DG_TRY(dg_graphml_scan(builder, bytes, size, &tags));
    digress_status status =
        dg_igraph_read_graphml(builder->path, tags.text, tags.size, &builder->options, &graph);
    if (status == DIGRESS_OK) {
        report_reading(&graph, &tags, &builder->report);
        status = build(&graph, &tags, builder);
    }
    dg_graphml_free(&graph);
    dg_graphml_tags_free(&tags);
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
