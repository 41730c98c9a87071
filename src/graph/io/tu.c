/* The TU collection's format (Morris et al. 2020): a folder with NAME_graph_indicator.txt (the
 * graph of each node, from 1), NAME_A.txt (both orders of each edge, nodes counted from 1 over all
 * graphs), and, if there are classes, NAME_node_labels.txt and NAME_edge_labels.txt (a label for
 * each line of NAME_A.txt).
 *
 * Labels are any whole numbers, and serve as names of classes: they are written as they were read.
 * NAME_classes.json, which we also write, lists the names of all classes. If these are words, the
 * labels are the classes' numbers; "node_labels" and "edge_labels" in it say which of the two they
 * are, "names" or "numbers" (the default). Its "targets" name the columns of
 * NAME_graph_attributes.txt (tu_targets.h). */
#include "graph/io/tu.h"
#include "graph/io/format.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "graph/classes.h"
#include "graph/io/skipped.h"
#include "graph/io/tu_table.h"
#include "graph/io/tu_targets.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char dg_tu_indicator_suffix[] = "_graph_indicator.txt";
static const char classes_suffix[] = "_classes.json";
const char dg_tu_labels_are_names[] = "names", dg_tu_labels_are_numbers[] = "numbers";

typedef struct tu_set {
    dg_tu_table indicator, edges, node_labels, edge_labels;
    char *node_names, *edge_names; /* JSON lists of the classes; NULL: none */
    char *target_names;            /* the same of the attributes of graphs */
    dg_targets targets;
    bool nodes_by_name, edges_by_name; /* the labels are names */
    size_t graphs;
    size_t *node_start; /* [graphs + 1] into `nodes` */
    size_t *nodes;      /* nodes by graph */
    int64_t *local;     /* [nodes] a node's number in its graph, from 0 */
    size_t *edge_start; /* [graphs + 1] into `rows` */
    size_t *rows;       /* rows of `edges` by graph */
} tu_set;

static void free_tu(tu_set *tu) {
    dg_tu_table_free(&tu->indicator);
    dg_tu_table_free(&tu->edges);
    dg_tu_table_free(&tu->node_labels);
    dg_tu_table_free(&tu->edge_labels);
    free(tu->node_names);
    free(tu->edge_names);
    free(tu->target_names);
    dg_targets_free(&tu->targets);
    free(tu->node_start);
    free(tu->nodes);
    free(tu->local);
    free(tu->edge_start);
    free(tu->rows);
}

/* Counting sort of items 0 .. count-1 by their group < groups; items of a group stay in order. */
static digress_status group_by(size_t groups, size_t count, const size_t *group, size_t **start,
                               size_t **items) {
    DG_TRY(dg_allocate(groups + 1, sizeof **start, start));
    DG_TRY(dg_allocate(count, sizeof **items, items));
    for (size_t k = 0; k < count; k++)
        (*start)[group[k] + 1]++;
    for (size_t g = 0; g < groups; g++)
        (*start)[g + 1] += (*start)[g];
    for (size_t k = 0; k < count; k++)
        (*items)[(*start)[group[k]]++] = k;
    for (size_t g = groups; g > 0; g--)
        (*start)[g] = (*start)[g - 1];
    (*start)[0] = 0;
    return DIGRESS_OK;
}

static digress_status group_nodes(tu_set *tu, size_t *graph_of) {
    const dg_tu_table *indicator = &tu->indicator;
    for (size_t k = 0; k < indicator->rows; k++) {
        int64_t graph = indicator->values[k];
        /* There are no more graphs than nodes. */
        if (graph < 1 || (uint64_t)graph > indicator->rows)
            return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: graph %" PRId64 ": expected 1 to %zu",
                            indicator->path, indicator->lines[k], graph, indicator->rows);
        graph_of[k] = (size_t)graph - 1;
        if ((size_t)graph > tu->graphs) tu->graphs = (size_t)graph;
    }
    DG_TRY(group_by(tu->graphs, indicator->rows, graph_of, &tu->node_start, &tu->nodes));
    DG_TRY(dg_allocate(indicator->rows, sizeof *tu->local, &tu->local));
    for (size_t g = 0; g < tu->graphs; g++)
        for (size_t k = tu->node_start[g]; k < tu->node_start[g + 1]; k++)
            tu->local[tu->nodes[k]] = (int64_t)(k - tu->node_start[g]);
    return DIGRESS_OK;
}

static digress_status check_row(const tu_set *tu, size_t row, const size_t *graph_of) {
    const dg_tu_table *edges = &tu->edges;
    size_t nodes = tu->indicator.rows;
    int64_t u = edges->values[2 * row], v = edges->values[2 * row + 1];
    if (u < 1 || v < 1 || (uint64_t)u > nodes || (uint64_t)v > nodes)
        return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: expected nodes from 1 to %zu", edges->path,
                        edges->lines[row], nodes);
    if (graph_of[u - 1] != graph_of[v - 1])
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s:%zu: nodes %" PRId64 " and %" PRId64 " are of different graphs",
                        edges->path, edges->lines[row], u, v);
    return DIGRESS_OK;
}

static digress_status group_edges(tu_set *tu, const size_t *graph_of, size_t *graph_of_row) {
    for (size_t row = 0; row < tu->edges.rows; row++) {
        DG_TRY(check_row(tu, row, graph_of));
        graph_of_row[row] = graph_of[tu->edges.values[2 * row] - 1];
    }
    return group_by(tu->graphs, tu->edges.rows, graph_of_row, &tu->edge_start, &tu->rows);
}

static digress_status group_by_graph(tu_set *tu) {
    size_t *graph_of = NULL, *graph_of_row = NULL;
    digress_status status = dg_allocate(tu->indicator.rows, sizeof *graph_of, &graph_of);
    if (status == DIGRESS_OK)
        status = dg_allocate(tu->edges.rows, sizeof *graph_of_row, &graph_of_row);
    if (status == DIGRESS_OK) status = group_nodes(tu, graph_of);
    if (status == DIGRESS_OK) status = group_edges(tu, graph_of, graph_of_row);
    free(graph_of);
    free(graph_of_row);
    return status;
}

static int compare_integers(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

/* A JSON list of the given names, then the distinct labels of the table in ascending order. */
static digress_status list_labels(const dg_tu_table *labels, json_t **names, char **out) {
    int64_t *sorted = NULL;
    DG_TRY(dg_allocate(labels->rows, sizeof *sorted, &sorted));
    memcpy(sorted, labels->values, labels->rows * sizeof *sorted);
    qsort(sorted, labels->rows, sizeof *sorted, compare_integers);
    for (size_t k = 0; k < labels->rows; k++) {
        char text[32];
        if (k > 0 && sorted[k] == sorted[k - 1]) continue;
        snprintf(text, sizeof text, "%" PRId64, sorted[k]);
        dg_json_append(names, json_string(text));
    }
    free(sorted);
    return dg_json_text(*names, JSON_COMPACT, out);
}

typedef struct label {
    int64_t value;
    size_t place;
} label;

static int compare_labels(const void *left, const void *right) {
    return compare_integers(&((const label *)left)->value, &((const label *)right)->value);
}

static digress_status place_labels(dg_tu_table *labels, const label *known, size_t count) {
    for (size_t k = 0; k < labels->rows; k++) {
        const label wanted = {.value = labels->values[k]};
        const label *found = bsearch(&wanted, known, count, sizeof *known, compare_labels);
        if (!found)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s:%zu: label %" PRId64 " is not one of the classes", labels->path,
                            labels->lines[k], labels->values[k]);
        labels->values[k] = (int64_t)found->place;
    }
    return DIGRESS_OK;
}

/* Replaces labels by their indices in `names`, a JSON list whose entries from `first` on are
 * labels. */
static digress_status number_labels(dg_tu_table *labels, size_t first, const char *names) {
    json_t *list = json_loads(names, 0, NULL);
    if (!list) return dg_out_of_memory(); /* it is valid JSON, as it has been read before */
    label *known = NULL;
    size_t count = json_array_size(list);
    digress_status status = dg_allocate(count, sizeof *known, &known);
    for (size_t k = first; k < count && status == DIGRESS_OK; k++) {
        const char *name = json_string_value(json_array_get(list, k));
        known[k - first].place = k;
        if (!name || !dg_is_class_number(name))
            status = dg_error(DIGRESS_ERROR_INPUT, "%s: the names of its classes are not labels",
                              labels->path);
        else
            known[k - first].value = strtoll(name, NULL, 10);
    }
    json_decref(list);
    if (status == DIGRESS_OK && count > first) {
        qsort(known, count - first, sizeof *known, compare_labels);
        status = place_labels(labels, known, count - first);
    }
    free(known);
    return status;
}

static digress_status name_labels(tu_set *tu) {
    digress_status status = DIGRESS_OK;
    json_t *nodes = json_array(), *edges = json_pack("[s]", "none");
    if (tu->node_labels.rows) status = list_labels(&tu->node_labels, &nodes, &tu->node_names);
    if (tu->edge_labels.rows && status == DIGRESS_OK)
        status = list_labels(&tu->edge_labels, &edges, &tu->edge_names);
    json_decref(nodes);
    json_decref(edges);
    tu->nodes_by_name = tu->edges_by_name = true;
    return status;
}

/* The names of the classes, if a file gives them. */
static digress_status take_names(const json_t *classes, const char *key, char **out) {
    const json_t *names = json_object_get(classes, key);
    return names ? dg_json_text(names, JSON_COMPACT, out) : DIGRESS_OK;
}

static bool says_names(const json_t *classes, const char *key) {
    const char *value = json_string_value(json_object_get(classes, key));
    return value && strcmp(value, dg_tu_labels_are_names) == 0;
}

static digress_status load_names(tu_set *tu, const char *path) {
    char *text = NULL;
    size_t size = 0;
    json_t *classes = NULL;
    DG_TRY(dg_file_read(path, &text, &size));
    digress_status status = dg_json_parse(path, text, size, &classes);
    free(text);
    DG_TRY(status);
    status = take_names(classes, "node_classes", &tu->node_names);
    if (status == DIGRESS_OK) status = take_names(classes, "edge_classes", &tu->edge_names);
    if (status == DIGRESS_OK) status = take_names(classes, "targets", &tu->target_names);
    tu->nodes_by_name = says_names(classes, "node_labels");
    tu->edges_by_name = says_names(classes, "edge_labels");
    json_decref(classes);
    return status;
}

static digress_status read_names(tu_set *tu, const char *prefix) {
    char *path = dg_format("%s%s", prefix, classes_suffix);
    if (!path) return dg_out_of_memory();
    digress_status status = dg_exists(path) ? load_names(tu, path) : name_labels(tu);
    free(path);
    DG_TRY(status);
    if (tu->nodes_by_name && tu->node_labels.rows && tu->node_names)
        DG_TRY(number_labels(&tu->node_labels, 0, tu->node_names));
    if (tu->edges_by_name && tu->edge_labels.rows && tu->edge_names)
        DG_TRY(number_labels(&tu->edge_labels, 1, tu->edge_names));
    return DIGRESS_OK;
}

static digress_status check_rows(const dg_tu_table *labels, const dg_tu_table *of,
                                 const char *what) {
    if (!labels->values || labels->rows == of->rows) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu labels for %zu %s", labels->path, labels->rows,
                    of->rows, what);
}

static digress_status load_tables(tu_set *tu, const char *prefix) {
    DG_TRY(dg_tu_table_read(prefix, dg_tu_indicator_suffix, 1, false, &tu->indicator));
    DG_TRY(dg_tu_table_read(prefix, "_A.txt", 2, false, &tu->edges));
    DG_TRY(dg_tu_table_read(prefix, "_node_labels.txt", 1, true, &tu->node_labels));
    DG_TRY(dg_tu_table_read(prefix, "_edge_labels.txt", 1, true, &tu->edge_labels));
    DG_TRY(check_rows(&tu->node_labels, &tu->indicator, "nodes"));
    DG_TRY(check_rows(&tu->edge_labels, &tu->edges, "edges"));
    DG_TRY(read_names(tu, prefix));
    return group_by_graph(tu);
}

static digress_status build_nodes(const tu_set *tu, size_t graph, dg_builder *builder) {
    builder->path = tu->indicator.path;
    builder->unit = ": graph ";
    DG_TRY(dg_builder_begin(builder, graph + 1, tu->node_start[graph + 1] - tu->node_start[graph],
                            false));
    if (!tu->node_labels.values) return DIGRESS_OK;
    builder->path = tu->node_labels.path;
    builder->unit = ":";
    for (size_t k = tu->node_start[graph]; k < tu->node_start[graph + 1]; k++) {
        size_t node = tu->nodes[k];
        DG_TRY(dg_builder_node(builder, tu->node_labels.lines[node], tu->local[node],
                               tu->node_labels.values[node]));
    }
    return DIGRESS_OK;
}

static digress_status build_edges(const tu_set *tu, size_t graph, dg_builder *builder) {
    builder->path = tu->edges.path;
    builder->unit = ":";
    for (size_t k = tu->edge_start[graph]; k < tu->edge_start[graph + 1]; k++) {
        size_t row = tu->rows[k];
        int64_t edge_class = tu->edge_labels.values ? tu->edge_labels.values[row] : 1;
        DG_TRY(dg_builder_entry(builder, tu->edges.lines[row],
                                tu->local[tu->edges.values[2 * row] - 1],
                                tu->local[tu->edges.values[2 * row + 1] - 1], edge_class));
    }
    for (size_t k = tu->edge_start[graph]; k < tu->edge_start[graph + 1]; k++) {
        size_t row = tu->rows[k];
        DG_TRY(dg_builder_check_entry(builder, tu->edges.lines[row],
                                      tu->local[tu->edges.values[2 * row] - 1],
                                      tu->local[tu->edges.values[2 * row + 1] - 1]));
    }
    return DIGRESS_OK;
}

static digress_status build_graphs(const tu_set *tu, dg_builder *builder) {
    DG_TRY(dg_builder_declare(builder, tu->node_names, tu->edge_names));
    for (size_t graph = 0; graph < tu->graphs; graph++) {
        DG_TRY(build_nodes(tu, graph, builder));
        DG_TRY(build_edges(tu, graph, builder));
        DG_TRY(dg_builder_end(builder));
        DG_TRY(dg_tu_targets_give(&tu->targets, graph, builder));
    }
    return DIGRESS_OK;
}

/* Cuts the suffix off; false if it is not there, or nothing precedes it. */
static bool cut_suffix(char *name, const char *suffix) {
    size_t length = strlen(name), cut = strlen(suffix);
    if (length <= cut || strcmp(name + length - cut, suffix) != 0) return false;
    name[length - cut] = '\0';
    return true;
}

/* Finds the NAME of each NAME_graph_indicator.txt. */
static digress_status find_sets(const char *folder, dg_names *out) {
    size_t found = 0;
    DG_TRY(dg_folder_names(folder, out));
    for (size_t k = 0; k < out->count; k++) {
        char *name = out->names[k];
        if (cut_suffix(name, dg_tu_indicator_suffix))
            out->names[found++] = name;
        else
            free(name);
    }
    out->count = found;
    return DIGRESS_OK;
}

digress_status dg_is_tu_folder(const char *path, bool *out) {
    dg_names sets = {0};
    DG_TRY(find_sets(path, &sets));
    *out = sets.count > 0;
    dg_names_free(&sets);
    return DIGRESS_OK;
}

/* What is read of a folder. */
typedef struct reading {
    const dg_names *sets;
    const char *targets; /* of the options */
} reading;

static bool has_file(const char *folder, const char *name, const char *suffix) {
    char *path = dg_format("%s/%s%s", folder, name, suffix);
    bool found = path && dg_exists(path);
    free(path);
    return found;
}

/* NAME_classes.json names the attributes of graphs: then they are targets. */
static bool is_read(const char *folder, const char *set, const char *suffix, const char *targets) {
    static const char *const suffixes[] = {dg_tu_indicator_suffix, "_A.txt", "_node_labels.txt",
                                           "_edge_labels.txt", classes_suffix};
    for (size_t k = 0; k < sizeof suffixes / sizeof *suffixes; k++)
        if (strcmp(suffix, suffixes[k]) == 0) return true;
    return dg_tu_has_targets(suffix, targets) ||
           (strcmp(suffix, dg_tu_attributes_suffix) == 0 && has_file(folder, set, classes_suffix));
}

static bool is_of_sets(const char *folder, const char *name, const void *context) {
    const reading *of = context;
    for (size_t k = 0; k < of->sets->count; k++) {
        const char *set = of->sets->names[k];
        const size_t length = strlen(set);
        if (strncmp(name, set, length) == 0 && is_read(folder, set, name + length, of->targets))
            return true;
    }
    return false;
}

static digress_status read_set(dg_builder *builder, const char *folder, const char *name) {
    char *prefix = dg_path_join(folder, name);
    if (!prefix) return dg_out_of_memory();
    tu_set tu = {0};
    dg_builder_next_file(builder, folder);
    digress_status status = load_tables(&tu, prefix);
    if (status == DIGRESS_OK)
        status = dg_tu_targets_read(prefix, builder->options.targets, tu.target_names, tu.graphs,
                                    &tu.targets);
    builder->bytes = tu.indicator.rows; /* one line for each node */
    if (status == DIGRESS_OK) status = build_graphs(&tu, builder);
    builder->path = folder;
    free_tu(&tu);
    free(prefix);
    return status;
}

/* Refuses labels in only some of the sets: nodes without labels would become the first class of the
 * other sets. */
static digress_status check_labels(const char *folder, const dg_names *sets, const char *suffix) {
    for (size_t k = 1; k < sets->count; k++)
        if (has_file(folder, sets->names[k], suffix) != has_file(folder, sets->names[0], suffix))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s: of the TU sets %s and %s only one has a file NAME%s: read each "
                            "from a folder of its own",
                            folder, sets->names[0], sets->names[k], suffix);
    return DIGRESS_OK;
}

static digress_status read_sets(dg_builder *builder, const char *folder, const dg_names *sets) {
    if (sets->count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: expected a folder in TU format, with NAME%s and NAME_A.txt", folder,
                        dg_tu_indicator_suffix);
    DG_TRY(check_labels(folder, sets, "_node_labels.txt"));
    DG_TRY(check_labels(folder, sets, "_edge_labels.txt"));
    const reading of = {sets, builder->options.targets};
    DG_TRY(dg_say_skipped(folder, is_of_sets, &of));
    if (sets->count > 1)
        dg_log("%s: %zu TU sets, from %s to %s, are read as one", folder, sets->count,
               sets->names[0], sets->names[sets->count - 1]);
    for (size_t k = 0; k < sets->count; k++)
        DG_TRY(read_set(builder, folder, sets->names[k]));
    return DIGRESS_OK;
}

digress_status dg_tu_read(dg_builder *builder, const char *folder) {
    dg_names sets = {0};
    DG_TRY(find_sets(folder, &sets));
    digress_status status = read_sets(builder, folder, &sets);
    dg_names_free(&sets);
    return status;
}
