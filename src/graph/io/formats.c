#include "graph/io/formats.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/gzip.h"
#include "core/memory.h"
#include "graph/classes.h"
#include "graph/io/format.h"
#include "graph/io/list.h"
#include "graph/io/skipped.h"
#include "graph/set_folder.h"
#include <stdlib.h>
#include <string.h>

typedef struct named_format {
    const char *name, *extension; /* NULL: it can only be read */
    const dg_format_row *row;
} named_format;

#define DECLARATION(name, ...) extern const dg_format_row dg_##name##_format
#define WRITTEN(name, title, written, extension)                                                   \
    { #name, extension, &dg_##name##_format }
#define READ_ALONE(name, title)                                                                    \
    { NULL, NULL, &dg_##name##_format }
#define COMMA ,
DG_WRITTEN_FORMATS(DECLARATION, ;);
DG_FORMATS_READ_ALONE(DECLARATION, ;);

static const named_format formats[] = {DG_WRITTEN_FORMATS(WRITTEN, COMMA),
                                       DG_FORMATS_READ_ALONE(READ_ALONE, COMMA)};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static digress_format number_of(size_t index) {
    const digress_format given = formats[index].row->format;
    return given ? given : (digress_format)(DIGRESS_FORMAT_MATRIX_MARKET + 1 + index);
}

/* A format that can be written. */
static const named_format *find_format(digress_format format) {
    for (size_t k = 0; k < FORMATS; k++)
        if (number_of(k) == format && formats[k].name) return &formats[k];
    return NULL;
}

static bool is_format(digress_format format) {
    for (size_t k = 0; k < FORMATS; k++)
        if (number_of(k) == format) return true;
    return false;
}

const char *dg_format_name(digress_format format) {
    const named_format *found = find_format(format);
    return found ? found->name : NULL;
}

bool dg_format_keeps_targets(digress_format format) {
    const named_format *found = find_format(format);
    return found && found->row->keeps_targets;
}

bool dg_format_keeps_classes(digress_format format) {
    const named_format *found = find_format(format);
    return found && found->row->keeps_classes;
}

digress_status digress_format_parse(const char *name, digress_format *out) {
    DG_NEED(name);
    DG_NEED(out);
    for (size_t k = 0; k < FORMATS; k++) {
        if (!formats[k].name || strcmp(name, formats[k].name) != 0) continue;
        *out = number_of(k);
        return DIGRESS_OK;
    }
    return dg_error(DIGRESS_ERROR_INPUT, "format '%s': expected one of " DG_FORMAT_NAMES(", "),
                    name);
}

static digress_status choose_format(const char *path, digress_format wanted, const char *bytes,
                                    size_t size, const dg_format_row **out) {
    const char *foreign = wanted == DIGRESS_FORMAT_AUTO ? dg_foreign_format(bytes, size) : NULL;
    if (foreign)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "%s: %s, which is not read: write its graphs as GraphML or edge lists, one a "
            "file, from Python with networkx.write_graphml, say",
            path, foreign);
    for (size_t k = 0; k < FORMATS; k++) {
        const dg_format_row *row = formats[k].row;
        bool fits = wanted == DIGRESS_FORMAT_AUTO ? row->recognise && row->recognise(bytes, size)
                                                  : number_of(k) == wanted;
        if (!fits) continue;
        if (!row->read)
            return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a folder in TU format", path);
        if (wanted == DIGRESS_FORMAT_AUTO && row->format == DIGRESS_FORMAT_GRAPH6 &&
            !dg_is_named_graph6(path) && dg_is_smiles_text(bytes, size))
            break;
        *out = row;
        return DIGRESS_OK;
    }
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: %s: expected one of " DG_FORMAT_TITLES
                    " (molecules: digress data import FILE makes a set of them)",
                    path, size ? "of no known format" : "empty");
}

static digress_status read_file(dg_builder *builder, const char *path, digress_format wanted) {
    char *bytes = NULL;
    size_t size = 0;
    const dg_format_row *row = NULL;
    DG_TRY(dg_watch_ask(builder->watch));
    DG_TRY(dg_file_read(path, &bytes, &size));
    digress_status status = dg_gunzip(path, &bytes, &size);
    dg_builder_next_file(builder, path);
    builder->bytes = size;
    if (status == DIGRESS_OK) status = choose_format(path, wanted, bytes, size, &row);
    if (status == DIGRESS_OK) status = row->read(builder, bytes, size);
    free(bytes);
    return status;
}

static digress_status read_named(dg_builder *builder, const char *folder, const char *name,
                                 digress_format wanted) {
    char *path = dg_path_join(folder, name);
    if (!path) return dg_out_of_memory();
    digress_status status =
        dg_is_folder(path) ? DIGRESS_OK : read_file(builder, path, wanted); /* not recursive */
    free(path);
    return status;
}

static bool is_no_folder(const char *folder, const char *name, const void *context) {
    (void)context;
    char *path = dg_path_join(folder, name);
    bool other = path && !dg_is_folder(path);
    free(path);
    return other;
}

static digress_status read_folder(dg_builder *builder, const char *folder, digress_format wanted) {
    dg_names names = {0};
    DG_TRY(dg_say_skipped(folder, is_no_folder, NULL));
    DG_TRY(dg_folder_names(folder, &names));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < names.count && status == DIGRESS_OK; k++)
        status = read_named(builder, folder, names.names[k], wanted);
    dg_names_free(&names);
    return status;
}

static digress_status read_split(dg_builder *builder, const char *folder, const char *split) {
    char *name = dg_format("%s.safetensors", split);
    if (!name) return dg_out_of_memory();
    digress_status status = read_named(builder, folder, name, DIGRESS_FORMAT_SAFETENSORS);
    free(name);
    return status;
}

static digress_status read_set_folder(dg_builder *builder, const char *folder) {
    dg_set_description description;
    DG_TRY(dg_set_folder_say_skipped(folder));
    DG_TRY(dg_set_folder_describe(folder, &description));
    const bool has_val = description.has_val;
    dg_set_description_free(&description);
    DG_TRY(read_split(builder, folder, "train"));
    if (has_val) DG_TRY(read_split(builder, folder, "val"));
    return read_split(builder, folder, "test");
}

static digress_status read_path(dg_builder *builder, const char *path, digress_format wanted) {
    if (!dg_is_folder(path)) return read_file(builder, path, wanted);
    if (dg_is_set_folder(path)) return read_set_folder(builder, path);
    dg_builder_next_file(builder, path);
    bool is_tu = wanted == DIGRESS_FORMAT_TU;
    if (wanted == DIGRESS_FORMAT_AUTO) DG_TRY(dg_is_tu_folder(path, &is_tu));
    if (is_tu) return dg_tu_read(builder, path);
    return read_folder(builder, path, wanted);
}

/* "FOLDER:train" and the like. */
static digress_status read_with_split(dg_builder *builder, const char *path, size_t colon) {
    const char *split = path + colon + 1;
    char *folder = strndup(path, colon);
    if (!folder) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    if (dg_is_set_folder(folder))
        status = read_split(builder, folder, split);
    else
        status =
            dg_error(DIGRESS_ERROR_INPUT,
                     "%s: not a set folder (one with dataset.json): only those have parts", folder);
    free(folder);
    return status;
}

static bool has_split(const char *path, size_t *colon) {
    const char *last = strrchr(path, ':');
    if (!last || last == path || dg_exists(path)) return false;
    *colon = (size_t)(last - path);
    for (size_t k = 0; k < DG_PARTS; k++)
        if (strcmp(last + 1, dg_part_names[k]) == 0) return true;
    return false;
}

static digress_status read_any(dg_builder *builder, const char *path, digress_format wanted) {
    size_t colon = 0, before = digress_graph_set_count(builder->set);
    DG_TRY(has_split(path, &colon) ? read_with_split(builder, path, colon)
                                   : read_path(builder, path, wanted));
    if (digress_graph_set_count(builder->set) == before)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: no graphs in it", path);
    return DIGRESS_OK;
}

static digress_status read_all(dg_builder *builder, size_t count, const char *const *paths,
                               digress_format wanted, size_t *ends) {
    for (size_t k = 0; k < count; k++) {
        DG_TRY(read_any(builder, paths[k], wanted));
        ends[k] = digress_graph_set_count(builder->set);
    }
    return DIGRESS_OK;
}

/* Every target that the options name is one that some graph could have had. */
static digress_status check_targets(const digress_graph_set *set, const char *path,
                                    const char *list) {
    for (const char *at = list; at; at++) {
        const size_t length = strcspn(at, ",");
        char *name = strndup(at, length);
        size_t found = 0;
        if (!name) return dg_out_of_memory();
        const bool has = digress_graph_set_find_target(set, name, &found);
        free(name);
        if (!has)
            return dg_error(
                DIGRESS_ERROR_INPUT,
                "%s: no graph has a target '%.*s': targets are attributes of GraphML and "
                "GML graphs, and graph_label and graph_attribute of TU sets",
                path, (int)length, at);
        at += length;
        if (!*at) break;
    }
    return DIGRESS_OK;
}

digress_status dg_graph_sets_read(size_t count, const char *const *paths,
                                  const digress_read_options *options, const dg_watch *watch,
                                  digress_read_report *report, size_t *ends,
                                  digress_graph_set **out) {
    dg_builder builder;
    DG_TRY(dg_builder_create(options, &builder));
    builder.watch = watch;
    digress_status status =
        read_all(&builder, count, paths, options ? options->format : DIGRESS_FORMAT_AUTO, ends);
    if (status == DIGRESS_OK && options)
        status = dg_builder_name(&builder, options->node_names, options->edge_names);
    if (status == DIGRESS_OK && options)
        status = check_targets(builder.set, paths[0], options->targets);
    if (status == DIGRESS_OK) status = dg_builder_finish(&builder, out);
    if (status == DIGRESS_OK && report) *report = builder.report;
    dg_builder_free(&builder);
    return status;
}

digress_status digress_graph_set_read(const char *path, const digress_read_options *options,
                                      digress_read_report *report, digress_graph_set **out) {
    size_t end = 0;
    DG_NEED(path);
    DG_NEED(out);
    if (options && options->format != DIGRESS_FORMAT_AUTO && !is_format(options->format))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: there is no format %d", path,
                        (int)options->format);
    return dg_graph_sets_read(1, &path, options, NULL, report, &end, out);
}

static digress_status write_graph_file(const digress_graph_set *set, const named_format *as,
                                       size_t index, const char *folder) {
    dg_file file;
    char *path = dg_format("%s/%06zu.%s", folder, index, as->extension);
    digress_status status = path ? dg_file_begin_part(&file, path) : dg_out_of_memory();
    free(path);
    DG_TRY(status);
    status = as->row->write_graph(set, index, file.stream);
    if (status == DIGRESS_OK) return dg_file_commit(&file);
    dg_error_prefix(status, "%s", file.path);
    dg_file_abort(&file);
    return status;
}

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static digress_status fill_folder(const digress_graph_set *set, const named_format *as,
                                  const char *name, const char *folder) {
    if (as->row->write_folder) return as->row->write_folder(set, name, folder);
    for (size_t g = 0; g < digress_graph_set_count(set); g++)
        DG_TRY(write_graph_file(set, as, g, folder));
    return DIGRESS_OK;
}

/* The names of the files that are written for the set NAME, from list.h. `#` stands for the number
 * of a graph, or of a chain; `*` for the name of a TU set. */
#define GRAPH_FILES(folder, name, extension) folder "#." extension
#define SET_FILES(folder, name, extension) folder name "." extension
#define TU_FILES(folder, name, extension)                                                          \
    folder "*_A." extension, folder "*_graph_indicator." extension,                                \
        folder "*_node_labels." extension, folder "*_edge_labels." extension,                      \
        folder "*_classes.json", folder "*_graph_attributes." extension
#define MOLECULE_FILES(folder, name)                                                               \
    folder name ".smi", folder name ".sdf", folder name ".csv", folder name ".svg"
#define SAMPLES(format, title, written, extension) written##_FILES("", "samples", extension)
#define FRAMES(format, title, written, extension) written##_FILES("chains/#/", "frames", extension)
static const char *const samples_content[] = {DG_WRITTEN_FORMATS(SAMPLES, COMMA),
                                              MOLECULE_FILES("", "samples"),
                                              "chains/",
                                              "chains/#/",
                                              DG_WRITTEN_FORMATS(FRAMES, COMMA),
                                              MOLECULE_FILES("chains/#/", "frames"),
                                              NULL};
/* Other programs use the same names for their files: only the mark tells a folder of digress's
 * apart. */
const dg_folder_kind dg_samples_folder = {.name = "samples", .content = samples_content};

#define GRAPHS(format, title, written, extension) written##_FILES("", "graphs", extension)
static const char *const graphs_content[] = {DG_WRITTEN_FORMATS(GRAPHS, COMMA),
                                             MOLECULE_FILES("", "graphs"), NULL};
const dg_folder_kind dg_graphs_folder = {.name = "graphs", .content = graphs_content};

static digress_status write_folder(const digress_graph_set *set, const named_format *as,
                                   const char *path, bool force) {
    dg_folder folder;
    DG_TRY(dg_folder_begin(&folder, path, &dg_samples_folder, force));
    digress_status status = fill_folder(set, as, last_part(folder.path), folder.temporary);
    if (status == DIGRESS_OK) return dg_folder_commit(&folder);
    dg_folder_abort(&folder);
    return status;
}

static bool loses_classes(const digress_graph_set *set, const named_format *as) {
    bool classes =
        digress_graph_set_node_classes(set) > 1 || digress_graph_set_edge_classes(set) > 2;
    bool names = !dg_node_classes_are_numbered(set) || !dg_edge_classes_are_numbered(set);
    return (classes && !as->row->keeps_classes) || (names && !as->row->keeps_names);
}

static bool loses_targets(const digress_graph_set *set, const named_format *as) {
    return digress_graph_set_target_count(set) > 0 && !as->row->keeps_targets;
}

digress_status digress_graph_set_write(const digress_graph_set *set, const char *path,
                                       digress_format format, bool force, bool *lossy) {
    const named_format *as = find_format(format);
    DG_NEED(set);
    DG_NEED(path);
    if (!as) return dg_error(DIGRESS_ERROR_INPUT, "%s: no format given to write it in", path);
    if (as->row->write_set && dg_exists(path) && !force)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: exists already: give the option 'force' to replace it", path);
    DG_TRY(as->row->write_set ? as->row->write_set(set, path) : write_folder(set, as, path, force));
    if (lossy) *lossy = loses_classes(set, as) || loses_targets(set, as);
    return DIGRESS_OK;
}

digress_status dg_graph_set_write_into(const digress_graph_set *set, const char *folder,
                                       const char *name, digress_format format, bool *lossy) {
    const named_format *as = find_format(format);
    if (!as) return dg_error(DIGRESS_ERROR_INPUT, "%s: no format given to write in", folder);
    *lossy = loses_classes(set, as);
    if (!as->row->write_set) return fill_folder(set, as, name, folder);
    char *path = dg_format("%s/%s.%s", folder, name, as->extension);
    if (!path) return dg_out_of_memory();
    digress_status status = as->row->write_set(set, path);
    free(path);
    return status;
}
