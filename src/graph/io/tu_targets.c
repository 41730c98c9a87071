#include "graph/io/tu_targets.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/json.h"
#include "core/memory.h"
#include "graph/io/text.h"
#include <stdlib.h>
#include <string.h>

const char dg_tu_attributes_suffix[] = "_graph_attributes.txt";

/* The files, and what their columns are called. */
static const struct {
    const char *suffix, *name;
} files[] = {{"_graph_labels.txt", "graph_label"}, {dg_tu_attributes_suffix, "graph_attribute"}};
enum { FILES = sizeof files / sizeof *files };

/* Whether `wanted` lists the name, or the name with a number. */
static bool is_named(const char *wanted, const char *name) {
    const size_t length = strlen(name);
    for (const char *at = wanted; at && *at; at += *at == ',') {
        if (strncmp(at, name, length) == 0 && strchr(",_", at[length])) return true;
        at += strcspn(at, ",");
    }
    return false;
}

bool dg_tu_has_targets(const char *suffix, const char *wanted) {
    for (size_t k = 0; k < FILES; k++)
        if (strcmp(suffix, files[k].suffix) == 0) return is_named(wanted, files[k].name);
    return false;
}

/* A file that is being read. */
typedef struct table {
    char *path;
    const char *name, *wanted;
    json_t *names; /* of all columns; NULL: by their numbers */
    size_t graphs, rows, columns;
    size_t *target; /* [columns] in *out; SIZE_MAX: not wanted */
    dg_targets *out;
} table;

static size_t count_columns(const dg_lines *lines) {
    size_t count = 1;
    for (const char *at = lines->at; at < lines->stop; at++)
        count += *at == ',';
    return count;
}

static digress_status add_column(table *t, size_t column) {
    const char *given = json_string_value(json_array_get(t->names, column));
    char *name = given             ? strdup(given)
                 : t->columns == 1 ? strdup(t->name)
                                   : dg_format("%s_%zu", t->name, column + 1);
    if (!name) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    t->target[column] = SIZE_MAX;
    if (given || dg_target_is_listed(t->wanted, name, strlen(name))) {
        t->target[column] = t->out->count;
        status = dg_targets_add(t->out, name, t->graphs);
    }
    free(name);
    return status;
}

static digress_status add_columns(table *t, const dg_lines *first) {
    t->columns = count_columns(first);
    if (t->names && json_array_size(t->names) != t->columns)
        return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: %zu columns, and %zu targets in %s", t->path,
                        first->number, t->columns, json_array_size(t->names), "NAME_classes.json");
    DG_TRY(dg_allocate(t->columns, sizeof *t->target, &t->target));
    for (size_t k = 0; k < t->columns; k++)
        DG_TRY(add_column(t, k));
    return DIGRESS_OK;
}

static digress_status read_row(table *t, const dg_lines *lines) {
    const char *at = lines->at;
    if (count_columns(lines) != t->columns || t->rows >= t->graphs)
        return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: expected %zu lines of %zu numbers", t->path,
                        lines->number, t->graphs, t->columns);
    for (size_t k = 0; k < t->columns; k++) {
        const char *comma = memchr(at, ',', (size_t)(lines->stop - at));
        const size_t length = (size_t)((comma ? comma : lines->stop) - at);
        double value = 0;
        if (t->target[k] != SIZE_MAX && !dg_target_parse(at, length, &value))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s:%zu: target '%s': expected a number, or nothing, got '%.*s'",
                            t->path, lines->number, t->out->list[t->target[k]].name,
                            length > 60 ? 60 : (int)length, at);
        if (t->target[k] != SIZE_MAX) t->out->list[t->target[k]].values[t->rows] = value;
        at += length + (comma != NULL);
    }
    t->rows++;
    return DIGRESS_OK;
}

static digress_status read_rows(table *t, const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop) continue;
        if (t->columns == 0) DG_TRY(add_columns(t, &lines));
        DG_TRY(read_row(t, &lines));
    }
    if (t->rows == t->graphs) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu lines for %zu graphs", t->path, t->rows,
                    t->graphs);
}

static digress_status read_table(table *t) {
    char *bytes = NULL;
    size_t size = 0;
    if (!dg_exists(t->path)) return DIGRESS_OK;
    DG_TRY(dg_file_read(t->path, &bytes, &size));
    digress_status status = read_rows(t, bytes, size);
    free(bytes);
    return status;
}

digress_status dg_tu_targets_read(const char *prefix, const char *wanted, const char *names,
                                  size_t graphs, dg_targets *out) {
    for (size_t k = 0; k < FILES; k++) {
        const bool named = names && strcmp(files[k].suffix, dg_tu_attributes_suffix) == 0;
        table t = {.name = files[k].name, .wanted = wanted, .graphs = graphs, .out = out};
        if (!named && !is_named(wanted, t.name)) continue;
        t.path = dg_format("%s%s", prefix, files[k].suffix);
        digress_status status = t.path ? DIGRESS_OK : dg_out_of_memory();
        if (named && status == DIGRESS_OK)
            status = dg_json_parse(t.path, names, strlen(names), &t.names);
        if (status == DIGRESS_OK) status = read_table(&t);
        free(t.path);
        free(t.target);
        json_decref(t.names);
        DG_TRY(status);
    }
    return DIGRESS_OK;
}

digress_status dg_tu_targets_give(const dg_targets *targets, size_t graph, dg_builder *builder) {
    for (size_t k = 0; k < targets->count; k++)
        DG_TRY(dg_builder_target(builder, targets->list[k].name, targets->list[k].values[graph]));
    return DIGRESS_OK;
}
