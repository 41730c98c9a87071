/* A set of graphs as a safetensors file, which any reader of that format understands:
 *
 *     node_ptr   I64 (G+1)   graph g has the nodes node_ptr[g] .. node_ptr[g+1]-1
 *     node_class U8  (N)
 *     edge_ptr   I64 (G+1)   and the edges edge_ptr[g] .. edge_ptr[g+1]-1
 *     edge_index I32 (M, 2)  u < v, node numbers within the graph
 *     edge_class U8  (M)     1 and up
 *
 *     targets    F64 (G, K)  where graphs carry any; NAN where one is missing
 *
 * The metadata "node_classes", "edge_classes" and "targets" are JSON lists of their names. */
#include "graph/io/format.h"

#include "core/json.h"
#include "core/memory.h"
#include "core/safetensors.h"
#include "graph/graph_set.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8 };

/* The tensors of a set. */
typedef struct layout {
    const dg_tensor *node_ptr, *node_class, *edge_ptr, *edge_index, *edge_class;
    const dg_tensor *targets; /* NULL: none */
    json_t *target_names;     /* a list, as long as a row of them */
} layout;

static int64_t integer_at(const dg_tensor *tensor, size_t index) {
    if (tensor->dtype == DG_I64) return ((const int64_t *)tensor->data)[index];
    if (tensor->dtype == DG_I32) return ((const int32_t *)tensor->data)[index];
    return ((const uint8_t *)tensor->data)[index];
}

/* Accepts every integer type that Python users are likely to write. */
static digress_status require_integers(const dg_tensor_file *file, const char *name, size_t rank,
                                       const size_t *shape, const dg_tensor **out) {
    const dg_tensor *tensor = dg_tensor_file_find(file, name);
    dg_dtype dtype =
        tensor && (tensor->dtype == DG_I32 || tensor->dtype == DG_U8) ? tensor->dtype : DG_I64;
    return dg_tensor_file_require(file, name, dtype, rank, shape, out);
}

static digress_status find_tensors(const dg_tensor_file *file, layout *out) {
    const size_t any = SIZE_MAX;
    if (!dg_tensor_file_find(file, "node_ptr"))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: %s: expected a set of graphs, with 'node_ptr'",
                        dg_tensor_file_path(file),
                        dg_tensor_file_metadata(file, "digress.format") ? "a checkpoint"
                                                                        : "other tensors");
    DG_TRY(require_integers(file, "node_ptr", 1, &any, &out->node_ptr));
    DG_TRY(require_integers(file, "node_class", 1, &any, &out->node_class));
    DG_TRY(require_integers(file, "edge_ptr", 1, out->node_ptr->shape, &out->edge_ptr));
    DG_TRY(require_integers(file, "edge_index", 2, (size_t[]){any, 2}, &out->edge_index));
    return require_integers(file, "edge_class", 1, out->edge_index->shape, &out->edge_class);
}

/* Offsets start at 0, never fall, and end at `count`. */
static digress_status check_offsets(const dg_tensor_file *file, const dg_tensor *offsets,
                                    size_t count) {
    int64_t before = 0;
    bool good = offsets->count >= 1 && integer_at(offsets, 0) == 0;
    for (size_t k = 0; k < offsets->count && good; k++) {
        good = integer_at(offsets, k) >= before;
        before = integer_at(offsets, k);
    }
    if (good && (uint64_t)before == count) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: tensor '%s': expected offsets that rise from 0 to %zu",
                    dg_tensor_file_path(file), offsets->name, count);
}

/* Their names are many as a row is long. */
static digress_status check_target_names(const dg_tensor_file *file, const layout *from) {
    bool good = json_array_size(from->target_names) == from->targets->shape[1];
    for (size_t k = 0; k < json_array_size(from->target_names); k++)
        good = good && json_is_string(json_array_get(from->target_names, k));
    if (good) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: metadata 'targets': expected a list of %zu names, one a column of the "
                    "tensor 'targets'",
                    dg_tensor_file_path(file), from->targets->shape[1]);
}

static digress_status find_targets(const dg_tensor_file *file, layout *out) {
    const char *names = dg_tensor_file_metadata(file, "targets");
    const size_t shape[] = {out->node_ptr->count - 1, SIZE_MAX};
    if (!dg_tensor_file_find(file, "targets")) return DIGRESS_OK;
    DG_TRY(dg_tensor_file_require(file, "targets", DG_F64, 2, shape, &out->targets));
    if (names)
        DG_TRY(dg_json_parse(dg_tensor_file_path(file), names, strlen(names), &out->target_names));
    return check_target_names(file, out);
}

static digress_status build_targets(const layout *from, size_t graph, dg_builder *builder) {
    const size_t count = from->targets ? from->targets->shape[1] : 0;
    for (size_t k = 0; k < count; k++)
        DG_TRY(dg_builder_target(builder, json_string_value(json_array_get(from->target_names, k)),
                                 ((const double *)from->targets->data)[graph * count + k]));
    return DIGRESS_OK;
}

static digress_status build_graph(const layout *from, size_t graph, dg_builder *builder) {
    int64_t first = integer_at(from->node_ptr, graph), last = integer_at(from->node_ptr, graph + 1);
    builder->unit = ": graph ";
    DG_TRY(dg_builder_begin(builder, graph, (uint64_t)(last - first), false));
    builder->unit = ": node ";
    for (int64_t k = first; k < last; k++)
        DG_TRY(dg_builder_node(builder, (size_t)k, k - first,
                               integer_at(from->node_class, (size_t)k)));
    builder->unit = ": edge ";
    last = integer_at(from->edge_ptr, graph + 1);
    for (size_t e = (size_t)integer_at(from->edge_ptr, graph); e < (size_t)last; e++)
        DG_TRY(dg_builder_edge(builder, e, integer_at(from->edge_index, 2 * e),
                               integer_at(from->edge_index, 2 * e + 1),
                               integer_at(from->edge_class, e)));
    return dg_builder_end(builder);
}

static digress_status build_graphs(const dg_tensor_file *file, layout *of, dg_builder *builder) {
    const layout from = *of;
    DG_TRY(check_offsets(file, from.node_ptr, from.node_class->count));
    DG_TRY(check_offsets(file, from.edge_ptr, from.edge_class->count));
    DG_TRY(find_targets(file, of));
    DG_TRY(dg_builder_declare(builder, dg_tensor_file_metadata(file, "node_classes"),
                              dg_tensor_file_metadata(file, "edge_classes")));
    for (size_t graph = 0; graph + 1 < from.node_ptr->count; graph++) {
        DG_TRY(build_graph(&from, graph, builder));
        DG_TRY(build_targets(of, graph, builder));
    }
    return DIGRESS_OK;
}

static digress_status build_set(const dg_tensor_file *file, dg_builder *builder) {
    layout from = {0};
    DG_TRY(find_tensors(file, &from));
    digress_status status = build_graphs(file, &from, builder);
    json_decref(from.target_names);
    return status;
}

static digress_status read_safetensors(dg_builder *builder, const char *bytes, size_t size) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_view(builder->path, bytes, size, &file));
    digress_status status = build_set(file, builder);
    dg_tensor_file_close(file);
    return status;
}

bool dg_is_safetensors(const char *bytes, size_t size) {
    return size > LENGTH_BYTES && bytes[LENGTH_BYTES] == '{' && bytes[LENGTH_BYTES - 1] == 0;
}

/* The arrays of a set that is being written. */
typedef struct arrays {
    size_t graphs, nodes, edges;
    int64_t *node_ptr, *edge_ptr;
    uint8_t *node_class, *edge_class;
    int32_t *edge_index;
    double *targets; /* [graphs, targets] */
} arrays;

static void fill_graph(const digress_graph *graph, arrays *out, size_t node, size_t edge) {
    const uint8_t *pair = graph->pair_class;
    memcpy(out->node_class + node, graph->node_class, graph->n);
    for (size_t i = 0; i < graph->n; i++) {
        for (size_t j = i + 1; j < graph->n; j++, pair++) {
            if (*pair == 0) continue;
            out->edge_index[2 * edge] = (int32_t)i;
            out->edge_index[2 * edge + 1] = (int32_t)j;
            out->edge_class[edge++] = *pair;
        }
    }
}

static digress_status fill_offsets(const digress_graph_set *set, arrays *out) {
    out->graphs = digress_graph_set_count(set);
    DG_TRY(dg_allocate(out->graphs + 1, sizeof *out->node_ptr, &out->node_ptr));
    DG_TRY(dg_allocate(out->graphs + 1, sizeof *out->edge_ptr, &out->edge_ptr));
    for (size_t g = 0; g < out->graphs; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        out->nodes += graph.n;
        out->edges += dg_count_edges(&graph);
        out->node_ptr[g + 1] = (int64_t)out->nodes;
        out->edge_ptr[g + 1] = (int64_t)out->edges;
    }
    return DIGRESS_OK;
}

static digress_status fill_arrays(const digress_graph_set *set, arrays *out) {
    DG_TRY(fill_offsets(set, out));
    DG_TRY(dg_allocate(out->nodes, sizeof *out->node_class, &out->node_class));
    DG_TRY(dg_allocate(out->edges, sizeof *out->edge_class, &out->edge_class));
    DG_TRY(dg_allocate(out->edges * 2, sizeof *out->edge_index, &out->edge_index));
    for (size_t g = 0; g < out->graphs; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        fill_graph(&graph, out, (size_t)out->node_ptr[g], (size_t)out->edge_ptr[g]);
    }
    const size_t count = digress_graph_set_target_count(set);
    DG_TRY(dg_allocate(out->graphs * count, sizeof *out->targets, &out->targets));
    for (size_t k = 0; k < out->graphs * count; k++)
        out->targets[k] = digress_graph_set_target(set, k / count, k % count);
    return DIGRESS_OK;
}

static digress_status add_names(const digress_graph_set *set, dg_tensor_writer *writer) {
    char *nodes = dg_node_names_json(set), *edges = dg_edge_names_json(set);
    digress_status status = nodes && edges ? DIGRESS_OK : dg_out_of_memory();
    if (status == DIGRESS_OK) status = dg_tensor_writer_metadata(writer, "node_classes", nodes);
    if (status == DIGRESS_OK) status = dg_tensor_writer_metadata(writer, "edge_classes", edges);
    free(nodes);
    free(edges);
    return status;
}

/* Nothing where there are none, as before there could be some. */
static digress_status add_targets(const digress_graph_set *set, const arrays *from,
                                  dg_tensor_writer *writer) {
    const size_t shape[] = {from->graphs, digress_graph_set_target_count(set)};
    if (shape[1] == 0) return DIGRESS_OK;
    char *names = dg_target_names_json(set);
    digress_status status =
        names ? dg_tensor_writer_metadata(writer, "targets", names) : dg_out_of_memory();
    free(names);
    DG_TRY(status);
    return dg_tensor_writer_add(writer, "targets", DG_F64, 2, shape, from->targets);
}

static digress_status save_arrays(const digress_graph_set *set, const arrays *from,
                                  const dg_set_note *notes, dg_tensor_writer *writer,
                                  const char *path) {
    const size_t offsets = from->graphs + 1;
    DG_TRY(add_names(set, writer));
    for (const dg_set_note *note = notes; note->key; note++)
        DG_TRY(dg_tensor_writer_metadata(writer, note->key, note->value));
    DG_TRY(dg_tensor_writer_add(writer, "node_ptr", DG_I64, 1, &offsets, from->node_ptr));
    DG_TRY(dg_tensor_writer_add(writer, "edge_ptr", DG_I64, 1, &offsets, from->edge_ptr));
    DG_TRY(dg_tensor_writer_add(writer, "edge_index", DG_I32, 2, (size_t[]){from->edges, 2},
                                from->edge_index));
    DG_TRY(dg_tensor_writer_add(writer, "node_class", DG_U8, 1, &from->nodes, from->node_class));
    DG_TRY(dg_tensor_writer_add(writer, "edge_class", DG_U8, 1, &from->edges, from->edge_class));
    DG_TRY(add_targets(set, from, writer));
    return dg_tensor_writer_save(writer, path);
}

static digress_status write_safetensors(const digress_graph_set *set, const char *path) {
    return dg_safetensors_write_noted(set, &(dg_set_note){0}, path);
}

digress_status dg_safetensors_write_noted(const digress_graph_set *set, const dg_set_note *notes,
                                          const char *path) {
    dg_tensor_writer *writer = NULL;
    arrays from = {0};
    digress_status status = fill_arrays(set, &from);
    if (status == DIGRESS_OK) status = dg_tensor_writer_create(&writer);
    if (status == DIGRESS_OK) status = save_arrays(set, &from, notes, writer, path);
    dg_tensor_writer_free(writer);
    free(from.node_ptr);
    free(from.edge_ptr);
    free(from.node_class);
    free(from.edge_class);
    free(from.edge_index);
    free(from.targets);
    return status;
}

const dg_format_row dg_safetensors_format = {.format = DIGRESS_FORMAT_SAFETENSORS,
                                             .recognise = dg_is_safetensors,
                                             .read = read_safetensors,
                                             .write_set = write_safetensors,
                                             .keeps_classes = true,
                                             .keeps_names = true,
                                             .keeps_targets = true};
