#include "graph/dataset.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/rng.h"
#include "core/text.h"
#include "graph/graph_set.h"
#include "graph/io/builder.h"
#include "graph/io/formats.h"
#include "graph/statistics.h"
#include <stdlib.h>
#include <string.h>

void dg_dataset_free(dg_dataset *dataset) {
    free(dataset->name);
    free(dataset->kind);
    digress_graph_set_free(dataset->train);
    digress_graph_set_free(dataset->val);
    digress_graph_set_free(dataset->test);
    *dataset = (dg_dataset){0};
}

digress_status dg_dataset_describe(dg_dataset *dataset, const char *name, const char *kind) {
    char *name_copy = strdup(name), *kind_copy = strdup(kind);
    if (!name_copy || !kind_copy) {
        free(name_copy);
        free(kind_copy);
        return dg_out_of_memory();
    }
    free(dataset->name);
    free(dataset->kind);
    dataset->name = name_copy;
    dataset->kind = kind_copy;
    return DIGRESS_OK;
}

/* A new set of the graphs set[order[0]], ..., set[order[count-1]]. */
static digress_status copy_graphs(const digress_graph_set *set, const uint32_t *order, size_t count,
                                  digress_graph_set **out) {
    DG_TRY(dg_graph_set_create_alike(set, out));
    for (size_t k = 0; k < count; k++)
        DG_TRY(dg_graph_set_append_from(*out, set, order[k]));
    return DIGRESS_OK;
}

/* Train is order[0 .. ends[0]-1], val goes from there to ends[1], test to ends[2]. */
static digress_status cut(const digress_graph_set *set, const uint32_t *order, const size_t *ends,
                          dg_dataset *out) {
    dg_dataset made = {0};
    digress_status status = dg_dataset_describe(&made, "", "");
    if (status == DIGRESS_OK) status = copy_graphs(set, order, ends[0], &made.train);
    if (status == DIGRESS_OK)
        status = copy_graphs(set, order + ends[0], ends[1] - ends[0], &made.val);
    if (status == DIGRESS_OK)
        status = copy_graphs(set, order + ends[1], ends[2] - ends[1], &made.test);
    if (status != DIGRESS_OK) {
        dg_dataset_free(&made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}

static digress_status number_graphs(size_t count, uint32_t **order) {
    if (count > UINT32_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "%zu graphs: more than a set can have", count);
    DG_TRY(dg_allocate(count, sizeof **order, order));
    for (size_t k = 0; k < count; k++)
        (*order)[k] = (uint32_t)k;
    return DIGRESS_OK;
}

digress_status dg_dataset_split(const digress_graph_set *set, uint64_t seed, dg_dataset *out) {
    size_t count = digress_graph_set_count(set);
    size_t val = (count * 16 + 50) / 100, test = (count * 20 + 50) / 100;
    if (val == 0 || test == 0 || val + test >= count)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%zu graphs are too few to split into train, val and test (64/16/20)",
                        count);
    uint32_t *order = NULL;
    DG_TRY(number_graphs(count, &order));
    dg_stream stream = {.key = {.seed = seed, .purpose = DG_RNG_SPLIT}};
    dg_stream_shuffle(&stream, count, order);
    digress_status status =
        cut(set, order, (size_t[]){count - val - test, count - test, count}, out);
    free(order);
    return status;
}

digress_status dg_dataset_cut(const digress_graph_set *set, const size_t counts[DG_PARTS],
                              dg_dataset *out) {
    size_t ends[DG_PARTS] = {counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]};
    size_t count = digress_graph_set_count(set);
    if (ends[DG_PARTS - 1] > count)
        return dg_error(DIGRESS_ERROR_INPUT, "%zu graphs are too few for parts of %zu, %zu and %zu",
                        count, counts[0], counts[1], counts[2]);
    uint32_t *order = NULL;
    DG_TRY(number_graphs(count, &order));
    digress_status status = cut(set, order, ends, out);
    free(order);
    return status;
}

digress_status dg_dataset_read_parts(const char *train, const char *val, const char *test,
                                     const digress_read_options *options, const dg_watch *watch,
                                     digress_read_report *report, dg_dataset *out) {
    const char *const paths[] = {train, val ? val : test, test};
    const size_t count = val ? DG_PARTS : DG_PARTS - 1;
    digress_graph_set *set = NULL;
    size_t ends[DG_PARTS];
    uint32_t *order = NULL;
    DG_TRY(dg_graph_sets_read(count, paths, options, watch, report, ends, &set));
    if (!val) {
        ends[2] = ends[1];
        ends[1] = ends[0];
    }
    digress_status status = number_graphs(ends[DG_PARTS - 1], &order);
    if (status == DIGRESS_OK) status = cut(set, order, ends, out);
    free(order);
    digress_graph_set_free(set);
    if (status != DIGRESS_OK || val) return status;
    digress_graph_set_free(out->val);
    out->val = NULL;
    return DIGRESS_OK;
}

static json_t *names_of(const digress_graph_set *set, char *(*names)(const digress_graph_set *)) {
    char *text = names(set);
    json_t *list = NULL;
    if (text) (void)dg_json_parse("names of classes", text, strlen(text), &list);
    free(text);
    return list;
}

/* What the training graphs' targets are like, by name; NULL where there are none. */
static json_t *targets_of(const digress_graph_set *set) {
    const size_t count = digress_graph_set_target_count(set);
    json_t *targets = count ? json_object() : NULL;
    for (size_t k = 0; k < count; k++) {
        const dg_target_statistics of = dg_target_statistics_of(set, k);
        dg_json_put(&targets, digress_graph_set_target_name(set, k),
                    of.given ? json_pack("{s:I, s:f, s:f, s:f, s:f}", "given", (json_int_t)of.given,
                                         "mean", of.mean, "deviation", of.deviation, "min", of.min,
                                         "max", of.max)
                             : json_pack("{s:i}", "given", 0));
    }
    return targets;
}

/* dataset.json; the caller frees it. */
static digress_status describe(const dg_dataset *dataset, char **out) {
    if (!dg_is_utf8(dataset->name) || !dg_is_utf8(dataset->kind))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: the name or the kind is not valid UTF-8",
                        dataset->name);
    json_t *description =
        json_pack("{s:i, s:s, s:s, s:o, s:o, s:{s:I, s:I, s:I}}", "format", DG_SET_FORMAT, "name",
                  dataset->name, "kind", dataset->kind, "node_classes",
                  names_of(dataset->train, dg_node_names_json), "edge_classes",
                  names_of(dataset->train, dg_edge_names_json), "graphs", dg_part_names[0],
                  (json_int_t)digress_graph_set_count(dataset->train), dg_part_names[1],
                  (json_int_t)(dataset->val ? digress_graph_set_count(dataset->val) : 0),
                  dg_part_names[2], (json_int_t)digress_graph_set_count(dataset->test));
    if (digress_graph_set_target_count(dataset->train) > 0)
        dg_json_put(&description, "targets", targets_of(dataset->train));
    digress_status status = dg_json_text(description, JSON_INDENT(2), out);
    json_decref(description);
    return status;
}

static digress_status write_description(const dg_dataset *dataset, const char *folder) {
    char *text = NULL;
    DG_TRY(describe(dataset, &text));
    char *line = dg_format("%s\n", text), *path = dg_path_join(folder, "dataset.json");
    digress_status status =
        line && path ? dg_file_write(path, line, strlen(line)) : dg_out_of_memory();
    free(line);
    free(path);
    free(text);
    return status;
}

static digress_status fill_folder(const dg_dataset *dataset, const char *folder) {
    const digress_graph_set *parts[DG_PARTS] = {dataset->train, dataset->val, dataset->test};
    for (size_t k = 0; k < DG_PARTS; k++) {
        if (!parts[k]) continue;
        char *path = dg_set_part_path(folder, k);
        digress_status status =
            path ? digress_graph_set_write(parts[k], path, DIGRESS_FORMAT_SAFETENSORS, false, NULL)
                 : dg_out_of_memory();
        free(path);
        DG_TRY(status);
    }
    return write_description(dataset, folder);
}

digress_status dg_dataset_write(const dg_dataset *dataset, const char *path, bool force) {
    dg_folder folder;
    DG_TRY(dg_folder_begin(&folder, path, &dg_set_folder, force));
    digress_status status = fill_folder(dataset, folder.temporary);
    if (status == DIGRESS_OK) return dg_folder_commit(&folder);
    dg_folder_abort(&folder);
    return status;
}

static digress_status read_folder(const char *folder, bool val, const dg_watch *watch,
                                  dg_dataset *out) {
    char *paths[DG_PARTS];
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < DG_PARTS; k++) {
        paths[k] = dg_set_part_path(folder, k);
        if (!paths[k]) status = dg_out_of_memory();
    }
    const digress_read_options options = {.format = DIGRESS_FORMAT_SAFETENSORS};
    if (status == DIGRESS_OK) status = dg_set_folder_say_skipped(folder);
    if (status == DIGRESS_OK)
        status = dg_dataset_read_parts(paths[0], val ? paths[1] : NULL, paths[2], &options, watch,
                                       NULL, out);
    for (size_t k = 0; k < DG_PARTS; k++)
        free(paths[k]);
    return status;
}

digress_status dg_dataset_read(const char *folder, const dg_watch *watch, dg_dataset *out) {
    dg_set_description described;
    DG_TRY(dg_set_folder_describe(folder, &described));
    digress_status status = read_folder(folder, described.has_val, watch, out);
    if (status == DIGRESS_OK) {
        status = dg_dataset_describe(out, described.name, described.kind);
        if (status != DIGRESS_OK) dg_dataset_free(out);
    }
    dg_set_description_free(&described);
    return status;
}

digress_status dg_dataset_read_split(const char *path, const digress_read_options *options,
                                     const dg_watch *watch, digress_read_report *report,
                                     dg_dataset *out) {
    char *parts[DG_PARTS];
    *out = (dg_dataset){0};
    DG_TRY(dg_split_folder(path, parts));
    digress_status status =
        parts[0] ? dg_dataset_read_parts(parts[0], parts[1], parts[2], options, watch, report, out)
                 : DIGRESS_OK;
    dg_split_folder_free(parts);
    return status;
}

/* The path of one part: in a set folder, in a folder that was split elsewhere, or `path` itself. */
static digress_status choose_part(const char *path, const char *part, char **chosen) {
    char *parts[DG_PARTS] = {NULL};
    *chosen = dg_is_set_folder(path) ? dg_format("%s:%s", path, part) : NULL;
    if (*chosen) return DIGRESS_OK;
    DG_TRY(dg_split_folder(path, parts));
    for (size_t k = 0; k < DG_PARTS; k++) {
        if (!parts[k] || strcmp(dg_part_names[k], part) != 0) continue;
        *chosen = parts[k];
        parts[k] = NULL;
    }
    const bool lacks_it = parts[0] && !*chosen;
    dg_split_folder_free(parts);
    if (lacks_it) return dg_error(DIGRESS_ERROR_INPUT, "%s: no part '%s' in it", path, part);
    if (!*chosen) *chosen = strdup(path);
    return *chosen ? DIGRESS_OK : dg_out_of_memory();
}

digress_status dg_dataset_read_part(const char *path, const char *part,
                                    const digress_read_options *options, const dg_watch *watch,
                                    digress_read_report *report, digress_graph_set **out) {
    size_t end = 0;
    char *chosen = NULL;
    DG_TRY(choose_part(path, part, &chosen));
    const char *const paths[] = {chosen};
    digress_status status = dg_graph_sets_read(1, paths, options, watch, report, &end, out);
    free(chosen);
    return status;
}
