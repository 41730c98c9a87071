#include "eval/descriptors/description_cache.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/safetensors.h"
#include "distributed/ranks.h"
#include "graph/graph_set.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* To be changed whenever a descriptor changes: older files are then replaced. */
static const char FORMAT[] = "digress description 1";

/* ---- which set a file belongs to ---- */

typedef struct set_key {
    char text[64];
} set_key;

static set_key key_of(const digress_graph_set *set, const dg_describe_options *options) {
    uint64_t state = DG_HASH_START;
    const uint64_t shape[] = {digress_graph_set_node_classes(set),
                              digress_graph_set_edge_classes(set), options->descriptors,
                              options->drop_above_two, options->most};
    state = dg_hash_graphs(dg_hash(state, shape, sizeof shape), set);
    set_key result;
    snprintf(result.text, sizeof result.text, "%zu graphs, %016" PRIx64,
             digress_graph_set_count(set), state);
    return result;
}

/* ---- between a description and tensors ---- */

enum { SUMMARY_NUMBERS = 6 };

static void numbers_of_summary(const dg_summary *summary, double *out) {
    out[0] = (double)summary->nodes;
    out[1] = (double)summary->edges;
    out[2] = (double)summary->components;
    out[3] = (double)summary->triangles;
    out[4] = summary->mean_degree;
    out[5] = summary->mean_clustering;
}

static dg_summary summary_of_numbers(const double *in) {
    return (dg_summary){.nodes = (size_t)in[0],
                        .edges = (size_t)in[1],
                        .components = (size_t)in[2],
                        .triangles = (uint64_t)in[3],
                        .mean_degree = in[4],
                        .mean_clustering = in[5]};
}

static char *tensor_name(enum dg_descriptor_id id, const char *part) {
    return dg_format("%s/%s", dg_descriptor_name(id), part);
}

/* One descriptor's rows, end to end. */
typedef struct joined_rows {
    size_t total;
    uint32_t *lengths; /* [count] */
    double *values;    /* [total] */
} joined_rows;

typedef struct joined {
    double *summaries; /* [count, SUMMARY_NUMBERS] */
    joined_rows rows[DG_DESCRIPTOR_COUNT];
} joined;

static digress_status join_rows(const dg_row *rows, size_t count, joined_rows *out) {
    DG_TRY(dg_allocate(count, sizeof *out->lengths, &out->lengths));
    for (size_t k = 0; k < count; k++) {
        out->lengths[k] = (uint32_t)rows[k].length;
        out->total += rows[k].length;
    }
    DG_TRY(dg_allocate(out->total, sizeof *out->values, &out->values));
    double *to = out->values;
    for (size_t k = 0; k < count; k++) {
        memcpy(to, rows[k].values, rows[k].length * sizeof *to);
        to += rows[k].length;
    }
    return DIGRESS_OK;
}

static void free_joined(joined *all) {
    free(all->summaries);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        free(all->rows[d].lengths);
        free(all->rows[d].values);
    }
}

static digress_status join_all(const dg_description *description, joined *out) {
    DG_TRY(dg_allocate(description->count, SUMMARY_NUMBERS * sizeof(double), &out->summaries));
    for (size_t k = 0; k < description->count; k++)
        numbers_of_summary(&description->summaries[k], out->summaries + k * SUMMARY_NUMBERS);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (description->rows[d])
            DG_TRY(join_rows(description->rows[d], description->count, &out->rows[d]));
    return DIGRESS_OK;
}

/* ---- writing ---- */

static digress_status add_rows(dg_tensor_writer *writer, enum dg_descriptor_id id, size_t count,
                               const joined_rows *rows) {
    char *lengths = tensor_name(id, "lengths"), *values = tensor_name(id, "values");
    digress_status status = dg_error(DIGRESS_ERROR_MEMORY, "out of memory");
    if (lengths && values)
        status = dg_tensor_writer_add(writer, lengths, DG_U32, 1, &count, rows->lengths);
    if (status == DIGRESS_OK)
        status = dg_tensor_writer_add(writer, values, DG_F64, 1, &rows->total, rows->values);
    free(lengths);
    free(values);
    return status;
}

static digress_status fill_writer(dg_tensor_writer *writer, const dg_description *description,
                                  const joined *all, const set_key *owner) {
    size_t count = description->count;
    const size_t summaries[] = {count, SUMMARY_NUMBERS};
    const size_t nodes[] = {count, description->node_classes};
    const size_t edges[] = {count, description->edge_classes};
    DG_TRY(dg_tensor_writer_metadata(writer, "format", FORMAT));
    DG_TRY(dg_tensor_writer_metadata(writer, "set", owner->text));
    DG_TRY(dg_tensor_writer_add(writer, "summaries", DG_F64, 2, summaries, all->summaries));
    DG_TRY(dg_tensor_writer_add(writer, "node_class_counts", DG_U32, 2, nodes,
                                description->node_class_counts));
    DG_TRY(dg_tensor_writer_add(writer, "edge_class_counts", DG_U32, 2, edges,
                                description->edge_class_counts));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (description->rows[d]) DG_TRY(add_rows(writer, d, count, &all->rows[d]));
    return DIGRESS_OK;
}

static digress_status save_description(const dg_description *description, const set_key *owner,
                                       const char *path) {
    joined all = {0};
    dg_tensor_writer *writer = NULL;
    DG_TRY(dg_tensor_writer_create(&writer));
    digress_status status = join_all(description, &all);
    if (status == DIGRESS_OK) status = fill_writer(writer, description, &all, owner);
    if (status == DIGRESS_OK) status = dg_tensor_writer_save(writer, path);
    dg_tensor_writer_free(writer);
    free_joined(&all);
    return status;
}

/* ---- reading ---- */

static digress_status incomplete(const char *path) {
    return dg_error(DIGRESS_ERROR_INPUT, "%s: incomplete: delete it, and it will be written again",
                    path);
}

static digress_status split_rows(const char *path, const dg_tensor *lengths,
                                 const dg_tensor *values, dg_row *rows) {
    const uint32_t *length = lengths->data;
    const double *from = values->data;
    size_t left = values->count;
    for (size_t k = 0; k < lengths->count; k++) {
        if (length[k] > left) return incomplete(path);
        DG_TRY(dg_allocate(length[k], sizeof *rows[k].values, &rows[k].values));
        rows[k].length = length[k];
        memcpy(rows[k].values, from, length[k] * sizeof *from);
        for (size_t c = 0; c < length[k]; c++)
            rows[k].sum += from[c];
        from += length[k];
        left -= length[k];
    }
    return left == 0 ? DIGRESS_OK : incomplete(path);
}

static digress_status read_rows(const dg_tensor_file *file, enum dg_descriptor_id id, size_t count,
                                dg_row **out) {
    char *lengths_name = tensor_name(id, "lengths"), *values_name = tensor_name(id, "values");
    const dg_tensor *lengths = NULL, *values = NULL;
    const size_t any = SIZE_MAX;
    digress_status status = dg_error(DIGRESS_ERROR_MEMORY, "out of memory");
    if (lengths_name && values_name)
        status = dg_tensor_file_require(file, lengths_name, DG_U32, 1, &count, &lengths);
    if (status == DIGRESS_OK)
        status = dg_tensor_file_require(file, values_name, DG_F64, 1, &any, &values);
    free(lengths_name);
    free(values_name);
    DG_TRY(status);
    DG_TRY(dg_allocate(count, sizeof **out, out));
    return split_rows(dg_tensor_file_path(file), lengths, values, *out);
}

static digress_status read_counts(const dg_tensor_file *file, const char *name, size_t count,
                                  size_t classes, uint32_t **out) {
    const size_t shape[] = {count, classes};
    const dg_tensor *counts = NULL;
    DG_TRY(dg_tensor_file_require(file, name, DG_U32, 2, shape, &counts));
    DG_TRY(dg_allocate(counts->count, sizeof **out, out));
    memcpy(*out, counts->data, counts->count * sizeof **out);
    return DIGRESS_OK;
}

/* Fills a description whose count and classes are set; freed by the caller, even after a failure.
 */
static digress_status read_all(const dg_tensor_file *file, unsigned descriptors,
                               dg_description *out) {
    const size_t shape[] = {out->count, SUMMARY_NUMBERS};
    const dg_tensor *summaries = NULL;
    DG_TRY(dg_tensor_file_require(file, "summaries", DG_F64, 2, shape, &summaries));
    DG_TRY(dg_allocate(out->count, sizeof *out->summaries, &out->summaries));
    for (size_t k = 0; k < out->count; k++)
        out->summaries[k] =
            summary_of_numbers((const double *)summaries->data + k * SUMMARY_NUMBERS);
    DG_TRY(read_counts(file, "node_class_counts", out->count, out->node_classes,
                       &out->node_class_counts));
    DG_TRY(read_counts(file, "edge_class_counts", out->count, out->edge_classes,
                       &out->edge_class_counts));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (dg_describes(descriptors, d)) DG_TRY(read_rows(file, d, out->count, &out->rows[d]));
    return DIGRESS_OK;
}

static digress_status refuse_other_file(const dg_tensor_file *file, const char *path) {
    const char *format = dg_tensor_file_metadata(file, "format");
    if (format && strncmp(format, FORMAT, sizeof FORMAT - 2) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: not a cache of descriptors: name another file", path);
}

/* *found is false if the file is about another set. */
static digress_status load_description(const char *path, const digress_graph_set *set,
                                       const dg_describe_options *options, const set_key *owner,
                                       bool *found, dg_description *out) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    const char *format = dg_tensor_file_metadata(file, "format");
    const char *of = dg_tensor_file_metadata(file, "set");
    digress_status status = refuse_other_file(file, path);
    *found = format && of && strcmp(format, FORMAT) == 0 && strcmp(of, owner->text) == 0;
    if (status == DIGRESS_OK && *found) {
        size_t count = digress_graph_set_count(set);
        dg_description description = {
            .count = options->most > 0 && options->most < count ? options->most : count,
            .node_classes = digress_graph_set_node_classes(set),
            .edge_classes = digress_graph_set_edge_classes(set)};
        status = read_all(file, options->descriptors, &description);
        if (status == DIGRESS_OK) {
            *out = description;
        } else {
            dg_description_free(&description);
        }
    }
    dg_tensor_file_close(file);
    return status;
}

static digress_status check_writable(const char *path) {
    dg_file file;
    DG_TRY(dg_file_begin(&file, path));
    dg_file_abort(&file);
    return DIGRESS_OK;
}

digress_status dg_description_cache_check(const char *path) {
    dg_tensor_file *file = NULL;
    if (!dg_exists(path)) return check_writable(path);
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = refuse_other_file(file, path);
    dg_tensor_file_close(file);
    return status;
}

/* Loads it if all ranks can. */
static digress_status load_together(const char *path, const digress_graph_set *set,
                                    const dg_describe_options *options, const set_key *owner,
                                    dg_ranks *ranks, bool *found, dg_description *out) {
    digress_status status = DIGRESS_OK;
    bool mine = false;
    if (dg_exists(path)) status = load_description(path, set, options, owner, &mine, out);
    uint32_t missing = !mine;
    status = dg_ranks_agree(ranks, status);
    if (status == DIGRESS_OK) status = dg_ranks_or(ranks, &missing);
    *found = status == DIGRESS_OK && !missing;
    if (mine && !*found) dg_description_free(out);
    return status;
}

digress_status dg_describe_cached(dg_pool *pool, const digress_graph_set *set,
                                  const dg_describe_options *options, const char *path,
                                  dg_description *out) {
    const set_key owner = key_of(set, options);
    dg_ranks *ranks = dg_pool_ranks(pool);
    const bool first = dg_is_first_rank(ranks);
    bool found = false;
    DG_TRY(load_together(path, set, options, &owner, ranks, &found, out));
    if (found) return DIGRESS_OK;
    DG_TRY(dg_ranks_agree(ranks, first ? check_writable(path) : DIGRESS_OK));
    dg_description description;
    DG_TRY(dg_describe(pool, set, options, &description));
    digress_status status =
        dg_ranks_agree(ranks, first ? save_description(&description, &owner, path) : DIGRESS_OK);
    if (status != DIGRESS_OK) {
        dg_description_free(&description);
        return status;
    }
    *out = description;
    return DIGRESS_OK;
}
