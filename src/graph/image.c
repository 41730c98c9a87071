#include "graph/image.h"

#include "graph/graph_set.h"
#include <stdlib.h>
#include <string.h>

enum { ITEM = 8 }; /* everything begins at a multiple of it */

/* Where the next piece of an image is, in writing and in reading. Without an image, writing only
 * counts. */
typedef struct cursor {
    char *image;
    size_t at;
} cursor;

/* What a set begins with. */
typedef struct head {
    uint64_t graphs, node_classes, edge_classes, targets;
} head;

static void *skip(cursor *c, size_t size) {
    void *piece = c->image ? c->image + c->at : NULL;
    c->at += (size + ITEM - 1) / ITEM * ITEM;
    return piece;
}

static void put(cursor *c, const void *from, size_t size) {
    void *piece = skip(c, size);
    if (piece && size > 0) memcpy(piece, from, size);
}

static void put_text(cursor *c, const char *text) {
    put(c, text, strlen(text) + 1);
}

static const char *take_text(cursor *c) {
    const char *text = c->image + c->at;
    skip(c, strlen(text) + 1);
    return text;
}

/* ---- writing ---- */

static void put_targets(cursor *c, const digress_graph_set *set) {
    for (size_t k = 0; k < digress_graph_set_target_count(set); k++) {
        put_text(c, digress_graph_set_target_name(set, k));
        for (size_t g = 0; g < digress_graph_set_count(set); g++) {
            const double value = digress_graph_set_target(set, g, k);
            put(c, &value, sizeof value);
        }
    }
}

static void put_set(cursor *c, const digress_graph_set *set) {
    const dg_graph_arrays from = dg_graph_set_arrays(set);
    const head of = {from.count, digress_graph_set_node_classes(set),
                     digress_graph_set_edge_classes(set), digress_graph_set_target_count(set)};
    put(c, &of, sizeof of);
    for (size_t k = 0; k < of.node_classes; k++)
        put_text(c, digress_graph_set_node_name(set, k));
    for (size_t k = 0; k < of.edge_classes; k++)
        put_text(c, digress_graph_set_edge_name(set, k));
    put(c, from.node_start, (from.count + 1) * sizeof *from.node_start);
    put(c, from.pair_start, (from.count + 1) * sizeof *from.pair_start);
    put(c, from.node_class, from.node_start[from.count]);
    put(c, from.pair_class, from.pair_start[from.count]);
    put_targets(c, set);
}

static void put_dataset(cursor *c, const dg_dataset *dataset) {
    const digress_graph_set *const parts[DG_PARTS] = {dataset->train, dataset->val, dataset->test};
    put_text(c, dataset->name);
    put_text(c, dataset->kind);
    for (size_t k = 0; k < DG_PARTS; k++) {
        const uint64_t there = parts[k] != NULL;
        put(c, &there, sizeof there);
        if (parts[k]) put_set(c, parts[k]);
    }
}

size_t dg_image_size(const dg_dataset *dataset) {
    cursor c = {0};
    put_dataset(&c, dataset);
    return c.at;
}

void dg_image_write(const dg_dataset *dataset, void *image) {
    cursor c = {.image = image};
    put_dataset(&c, dataset);
}

/* ---- reading ---- */

static digress_status take_names(cursor *c, digress_graph_set *set) {
    for (size_t k = 0; k < digress_graph_set_node_classes(set); k++)
        DG_TRY(digress_graph_set_name_node(set, k, take_text(c)));
    for (size_t k = 0; k < digress_graph_set_edge_classes(set); k++)
        DG_TRY(digress_graph_set_name_edge(set, k, take_text(c)));
    return DIGRESS_OK;
}

static void take_graphs(cursor *c, size_t count, digress_graph_set *set) {
    dg_graph_arrays arrays = {.count = count};
    arrays.node_start = skip(c, (count + 1) * sizeof *arrays.node_start);
    arrays.pair_start = skip(c, (count + 1) * sizeof *arrays.pair_start);
    arrays.node_class = skip(c, arrays.node_start[count]);
    arrays.pair_class = skip(c, arrays.pair_start[count]);
    dg_graph_set_borrow(set, &arrays);
}

static digress_status take_targets(cursor *c, size_t count, digress_graph_set *set) {
    const size_t graphs = digress_graph_set_count(set);
    for (size_t k = 0; k < count; k++) {
        size_t target = 0;
        DG_TRY(digress_graph_set_add_target(set, take_text(c), &target));
        const double *values = skip(c, graphs * sizeof *values);
        for (size_t g = 0; g < graphs; g++)
            DG_TRY(digress_graph_set_set_target(set, g, target, values[g]));
    }
    return DIGRESS_OK;
}

static digress_status take_set(cursor *c, digress_graph_set **out) {
    const head *of = skip(c, sizeof *of);
    DG_TRY(digress_graph_set_create(of->node_classes, of->edge_classes, out));
    DG_TRY(take_names(c, *out));
    take_graphs(c, of->graphs, *out);
    return take_targets(c, of->targets, *out);
}

static digress_status take_parts(cursor *c, dg_dataset *dataset) {
    digress_graph_set **const parts[DG_PARTS] = {&dataset->train, &dataset->val, &dataset->test};
    for (size_t k = 0; k < DG_PARTS; k++) {
        const uint64_t *there = skip(c, sizeof *there);
        if (*there) DG_TRY(take_set(c, parts[k]));
    }
    return DIGRESS_OK;
}

digress_status dg_image_open(void *image, dg_dataset *out) {
    cursor c = {.image = image};
    const char *name = take_text(&c), *kind = take_text(&c);
    dg_dataset opened = {0};
    digress_status status = dg_dataset_describe(&opened, name, kind);
    if (status == DIGRESS_OK) status = take_parts(&c, &opened);
    if (status != DIGRESS_OK) {
        dg_dataset_free(&opened);
        return status;
    }
    *out = opened;
    return DIGRESS_OK;
}
