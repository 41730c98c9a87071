#include "graph/io/igraph_build.h"

#include "core/json.h"
#include "graph/io/value_classes.h"
#include "graph/targets.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The value if it is a whole number, otherwise -1, which is never a class. */
static int64_t whole(double value) {
    return value >= 0 && value <= 1e9 && value == (double)(int64_t)value ? (int64_t)value : -1;
}

/* The class of element k, by its value or its number. If it has none, that is counted, and it gets
 * `least`. */
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

/* what: "node" or "edge". */
static digress_status check_numbers(const dg_builder *builder, const char *what, size_t count,
                                    const double *numbers) {
    for (size_t k = 0; numbers && k < count; k++)
        if (!isnan(numbers[k]) && whole(numbers[k]) < 0)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s: %s %zu: class %g: expected a whole number (the option "
                            "'%s-attribute' class takes any values)",
                            builder->path, what, k, numbers[k], what);
    return DIGRESS_OK;
}

typedef struct classes_of_file {
    dg_value_classes nodes, edges;
} classes_of_file;

static digress_status add_graph(const dg_graphml *graph, const uint8_t *directed,
                                const classes_of_file *classes, dg_builder *builder) {
    if (!classes->nodes.of) DG_TRY(check_numbers(builder, "node", graph->n, graph->node_class));
    if (!classes->edges.of) DG_TRY(check_numbers(builder, "edge", graph->edges, graph->edge_class));
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
        if (directed) builder->directed = directed[e];
        DG_TRY(dg_builder_edge(builder, e, graph->ends[2 * e], graph->ends[2 * e + 1], edge_class));
    }
    return dg_builder_end(builder);
}

static void report_reading(const dg_graphml *graph, dg_builder *builder) {
    digress_read_report *report = &builder->report;
    for (size_t k = 0; k < graph->unread_count; k++)
        dg_builder_note_unread(builder, graph->unread[k], strlen(graph->unread[k]));
    if (report->warnings == 0)
        snprintf(report->warning, sizeof report->warning, "%s", graph->warning);
    report->warnings += graph->warnings;
}

static bool is_in(const json_t *names, const char *name) {
    for (size_t k = 0; k < json_array_size(names); k++) {
        const char *entry = json_string_value(json_array_get(names, k));
        if (entry && strcmp(entry, name) == 0) return true;
    }
    return false;
}

/* The numbers that the file or the options call targets. */
static digress_status add_targets(const dg_graphml *graph, dg_builder *builder) {
    json_t *names = NULL;
    digress_status status = DIGRESS_OK;
    if (graph->target_names)
        DG_TRY(
            dg_json_parse(builder->path, graph->target_names, strlen(graph->target_names), &names));
    for (size_t k = 0; k < graph->number_count && status == DIGRESS_OK; k++) {
        const dg_named_number *number = &graph->numbers[k];
        const size_t length = strlen(number->name);
        if (is_in(names, number->name) ||
            dg_target_is_listed(builder->options.targets, number->name, length))
            status = dg_builder_target(builder, number->name, number->value);
        else
            dg_builder_note_unread(builder, number->name, length);
    }
    json_decref(names);
    return status;
}

digress_status dg_igraph_build(const dg_graphml *graph, const uint8_t *directed,
                               dg_builder *builder) {
    report_reading(graph, builder);
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
    if (status == DIGRESS_OK) status = add_graph(graph, directed, &classes, builder);
    if (status == DIGRESS_OK) status = add_targets(graph, builder);
    dg_value_classes_free(&classes.nodes);
    dg_value_classes_free(&classes.edges);
    return status;
}
