/* GraphML, through igraph. Classes are the attribute "class" of nodes and edges, with the names of
 * all classes as attributes of the graph; or the values of another attribute. Targets are
 * attributes of the graph, whose names its attribute "targets" lists. */
#include "graph/io/format.h"

#include "core/memory.h"
#include "graph/igraph.h"
#include "graph/io/graphml_tags.h"
#include "graph/io/igraph_build.h"
#include "graph/io/text.h"
#include <stdlib.h>
#include <string.h>

static void report_reading(const dg_graphml *graph, const dg_graphml_tags *tags,
                           digress_read_report *report) {
    if (graph->n > tags->nodes) report->undeclared_nodes += graph->n - tags->nodes;
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

static digress_status read_graphml(dg_builder *builder, const char *bytes, size_t size) {
    dg_graphml graph = {0};
    dg_graphml_tags tags;
    if (count_graphs(bytes) > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu graphs in one file: expected one per file",
                        builder->path, count_graphs(bytes));
    DG_TRY(dg_graphml_scan(builder, bytes, size, &tags));
    digress_status status = dg_igraph_read(DG_IGRAPH_GRAPHML, builder->path, tags.text, tags.size,
                                           &builder->options, &graph);
    if (status == DIGRESS_OK) {
        report_reading(&graph, &tags, &builder->report);
        status = dg_igraph_build(&graph, tags.edges == graph.edges ? tags.directed : NULL, builder);
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

static bool is_reserved(const char *name) {
    static const char *const names[] = {"targets", "node_classes", "edge_classes"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(name, names[k]) == 0) return true;
    return false;
}

static digress_status list_targets(const digress_graph_set *set, size_t index, dg_graphml *out) {
    const size_t count = digress_graph_set_target_count(set);
    if (count == 0) return DIGRESS_OK;
    out->target_names = dg_target_names_json(set);
    if (!out->target_names) return dg_out_of_memory();
    DG_TRY(dg_allocate(count, sizeof *out->numbers, &out->numbers));
    for (; out->number_count < count; out->number_count++) {
        const char *name = digress_graph_set_target_name(set, out->number_count);
        dg_named_number *number = &out->numbers[out->number_count];
        if (is_reserved(name))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "GraphML has no room for a target of the name '%s'", name);
        number->value = digress_graph_set_target(set, index, out->number_count);
        number->name = strdup(name);
        if (!number->name) return dg_out_of_memory();
    }
    return DIGRESS_OK;
}

static digress_status describe(const digress_graph_set *set, size_t index,
                               const digress_graph *graph, dg_graphml *out) {
    out->n = graph->n;
    out->node_names = dg_node_names_json(set);
    out->edge_names = dg_edge_names_json(set);
    if (!out->node_names || !out->edge_names) return dg_out_of_memory();
    DG_TRY(dg_allocate(graph->n, sizeof *out->node_class, &out->node_class));
    for (size_t i = 0; i < graph->n; i++)
        out->node_class[i] = graph->node_class[i];
    DG_TRY(list_targets(set, index, out));
    return list_edges(graph, out);
}

static digress_status write_graphml(const digress_graph_set *set, size_t index, FILE *stream) {
    digress_graph graph = digress_graph_set_get(set, index);
    dg_graphml described = {0};
    digress_status status = describe(set, index, &graph, &described);
    if (status == DIGRESS_OK) status = dg_igraph_write_graphml(&described, stream);
    dg_graphml_free(&described);
    return status;
}

const dg_format_row dg_graphml_format = {.format = DIGRESS_FORMAT_GRAPHML,
                                         .recognise = dg_is_graphml,
                                         .read = read_graphml,
                                         .write_graph = write_graphml,
                                         .keeps_classes = true,
                                         .keeps_names = true,
                                         .keeps_targets = true};
