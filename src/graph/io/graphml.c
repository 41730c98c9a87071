/* GraphML, through igraph. Classes are the attribute "class" of nodes and edges; the names of all
 * classes are attributes of the graph. */
#include "graph/io/format.h"

#include "core/memory.h"
#include "graph/igraph.h"
#include "graph/io/text.h"
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
    DG_TRY(dg_igraph_read_graphml(builder->path, bytes, size, &graph));
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
