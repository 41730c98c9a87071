/* Sets in the TU collection's format (tu.c). */
#include "graph/io/format.h"
#include "graph/io/tu.h"
#include "graph/io/tu_targets.h"

#include "core/file.h"
#include "core/memory.h"
#include "graph/classes.h"
#include <stdlib.h>

static digress_status write_indicator(const digress_graph_set *set, FILE *stream) {
    for (size_t g = 0; g < digress_graph_set_count(set); g++)
        for (size_t i = 0; i < digress_graph_set_get(set, g).n; i++)
            fprintf(stream, "%zu\n", g + 1);
    return DIGRESS_OK;
}

static digress_status write_edges(const digress_graph_set *set, FILE *stream) {
    size_t first = 1;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        for (size_t i = 0; i < graph.n; i++)
            for (size_t j = 0; j < graph.n; j++)
                if (digress_graph_pair(&graph, i, j))
                    fprintf(stream, "%zu, %zu\n", first + i, first + j);
        first += graph.n;
    }
    return DIGRESS_OK;
}

/* Whether all names are whole numbers: then they are the labels. */
static bool are_labels(const digress_graph_set *set, size_t first, size_t count,
                       const char *(*name)(const digress_graph_set *, size_t)) {
    for (size_t k = first; k < count; k++)
        if (!dg_is_class_number(name(set, k))) return false;
    return true;
}

static bool nodes_have_labels(const digress_graph_set *set) {
    return are_labels(set, 0, digress_graph_set_node_classes(set), digress_graph_set_node_name);
}

static bool edges_have_labels(const digress_graph_set *set) {
    return are_labels(set, 1, digress_graph_set_edge_classes(set), digress_graph_set_edge_name);
}

static digress_status write_node_labels(const digress_graph_set *set, FILE *stream) {
    const bool by_name = nodes_have_labels(set);
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        for (size_t i = 0; i < graph.n; i++)
            if (by_name)
                fprintf(stream, "%s\n", digress_graph_set_node_name(set, graph.node_class[i]));
            else
                fprintf(stream, "%d\n", graph.node_class[i]);
    }
    return DIGRESS_OK;
}

static void write_edge_label(const digress_graph_set *set, bool by_name, uint8_t edge_class,
                             FILE *stream) {
    if (edge_class == 0) return;
    if (by_name)
        fprintf(stream, "%s\n", digress_graph_set_edge_name(set, edge_class));
    else
        fprintf(stream, "%d\n", edge_class);
}

static digress_status write_edge_labels(const digress_graph_set *set, FILE *stream) {
    const bool by_name = edges_have_labels(set);
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        for (size_t i = 0; i < graph.n; i++)
            for (size_t j = 0; j < graph.n; j++)
                write_edge_label(set, by_name, digress_graph_pair(&graph, i, j), stream);
    }
    return DIGRESS_OK;
}

/* "nan" for a missing one, as the collection's readers are used to. */
static digress_status write_attributes(const digress_graph_set *set, FILE *stream) {
    const size_t count = digress_graph_set_target_count(set);
    for (size_t g = 0; g < digress_graph_set_count(set); g++)
        for (size_t k = 0; k < count; k++) {
            char text[DG_TARGET_TEXT_SIZE];
            dg_target_text(digress_graph_set_target(set, g, k), text);
            fprintf(stream, "%s%s", *text ? text : "nan", k + 1 < count ? ", " : "\n");
        }
    return DIGRESS_OK;
}

static void write_target_names(const digress_graph_set *set, const char *names, FILE *stream) {
    if (digress_graph_set_target_count(set) > 0) fprintf(stream, ",\n \"targets\": %s", names);
}

static digress_status write_classes(const digress_graph_set *set, FILE *stream) {
    char *nodes = dg_node_names_json(set), *edges = dg_edge_names_json(set);
    char *targets = dg_target_names_json(set);
    const bool named = nodes && edges && targets;
    if (named) {
        fprintf(stream,
                "{\"node_classes\": %s,\n \"edge_classes\": %s,\n \"node_labels\": \"%s\",\n "
                "\"edge_labels\": \"%s\"",
                nodes, edges,
                nodes_have_labels(set) ? dg_tu_labels_are_names : dg_tu_labels_are_numbers,
                edges_have_labels(set) ? dg_tu_labels_are_names : dg_tu_labels_are_numbers);
        write_target_names(set, targets, stream);
        fputs("}\n", stream);
    }
    free(targets);
    free(nodes);
    free(edges);
    return named ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status write_tu(const digress_graph_set *set, const char *name, const char *folder) {
    const struct {
        const char *suffix;
        digress_status (*write)(const digress_graph_set *set, FILE *stream);
        bool wanted;
    } files[] = {
        {dg_tu_indicator_suffix, write_indicator, true},
        {"_A.txt", write_edges, true},
        {"_node_labels.txt", write_node_labels, !dg_nodes_are_plain(set)},
        {"_edge_labels.txt", write_edge_labels, !dg_edges_are_plain(set)},
        {dg_tu_attributes_suffix, write_attributes, digress_graph_set_target_count(set) > 0},
        {"_classes.json", write_classes, true},
    };
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        if (!files[k].wanted) continue;
        dg_file file;
        char *path = dg_format("%s/%s%s", folder, name, files[k].suffix);
        digress_status status = path ? dg_file_begin_part(&file, path) : dg_out_of_memory();
        free(path);
        DG_TRY(status);
        status = files[k].write(set, file.stream);
        if (status == DIGRESS_OK)
            status = dg_file_commit(&file);
        else
            dg_file_abort(&file);
        DG_TRY(status);
    }
    return DIGRESS_OK;
}

const dg_format_row dg_tu_format = {.format = DIGRESS_FORMAT_TU,
                                    .write_folder = write_tu,
                                    .keeps_classes = true,
                                    .keeps_names = true,
                                    .keeps_targets = true};
