/* The padded batches of the golden files: X is [graphs, padded, a], E [graphs, padded, padded, b];
 * finding the rows of the graphs' own nodes and pairs, and making graphs from one-hot rows. */
#ifndef DG_TESTS_PADDED_H
#define DG_TESTS_PADDED_H

#include "golden.h"

#include "core/memory.h"
#include "diffusion/noise_model.h"
#include <string.h>

enum { MAX_GRAPHS = 64 };

typedef struct padded_batch {
    size_t graphs, padded, a, b; /* padded: nodes of the largest graph; a, b: class counts */
    uint32_t n[MAX_GRAPHS];
} padded_batch;

static inline padded_batch padded_like(const dg_tensor_file *file, const dg_tensor *X,
                                       const dg_tensor *E) {
    padded_batch batch = {
        .graphs = X->shape[0], .padded = X->shape[1], .a = X->shape[2], .b = E->shape[3]};
    assert_in_range(batch.graphs, 1, MAX_GRAPHS);
    assert_int_equal(golden_sizes(file, "sizes", MAX_GRAPHS, batch.n), batch.graphs);
    return batch;
}

/* The index in a padded tensor of the channels of node i, or of pair (i, j), of graph g. */
static inline size_t padded_node(const padded_batch *batch, size_t g, size_t i) {
    return (g * batch->padded + i) * batch->a;
}

static inline size_t padded_pair(const padded_batch *batch, size_t g, size_t i, size_t j) {
    return ((g * batch->padded + i) * batch->padded + j) * batch->b;
}

/* The class of a one-hot row, or `classes` for an all-zero one. */
static inline uint8_t class_of(const dg_tensor *one_hot, size_t row, size_t classes) {
    size_t k = 0;
    while (k < classes && golden_at(one_hot, row * classes + k) == 0)
        k++;
    return (uint8_t)k;
}

/* The graphs of one-hot tensors X and E. The caller frees the set. */
static inline digress_graph_set *padded_set(const padded_batch *batch, const dg_tensor *X,
                                            const dg_tensor *E) {
    digress_graph_set *set = NULL;
    uint8_t *node_class = NULL, *pair_class = NULL;
    golden_ok(digress_graph_set_create(batch->a, batch->b, &set));
    golden_ok(dg_allocate(batch->padded, 1, &node_class));
    golden_ok(dg_allocate(batch->padded * batch->padded, 1, &pair_class));
    for (size_t g = 0; g < batch->graphs; g++) {
        uint8_t *pair = pair_class;
        for (size_t i = 0; i < batch->n[g]; i++) {
            node_class[i] = class_of(X, g * batch->padded + i, batch->a);
            for (size_t j = i + 1; j < batch->n[g]; j++)
                *pair++ = class_of(E, padded_pair(batch, g, i, j) / batch->b, batch->b);
        }
        golden_ok(digress_graph_set_append(set, batch->n[g], node_class, pair_class));
    }
    free(node_class);
    free(pair_class);
    return set;
}

/* The state of one-hot tensors X and E. */
static inline dg_state *padded_state(const padded_batch *batch, const dg_noise_model *model,
                                     dg_arena *arena, const dg_tensor *X, const dg_tensor *E) {
    uint32_t index[MAX_GRAPHS];
    dg_state *state = NULL;
    digress_graph_set *set = padded_set(batch, X, E);
    for (size_t g = 0; g < batch->graphs; g++)
        index[g] = (uint32_t)g;
    golden_ok(model->operations->encode(model, arena, set, batch->graphs, index, &state));
    digress_graph_set_free(set);
    return state;
}

/* The rows of valid nodes and pairs of a padded tensor, one after another. */
static inline float *padded_node_rows(const padded_batch *batch, dg_arena *arena,
                                      const dg_tensor *X) {
    float *rows = NULL;
    golden_ok(dg_arena_allocate(arena, X->count, sizeof *rows, &rows));
    float *row = rows;
    for (size_t g = 0; g < batch->graphs; g++)
        for (size_t i = 0; i < batch->n[g]; i++, row += batch->a)
            memcpy(row, golden_floats(X) + padded_node(batch, g, i), batch->a * sizeof *row);
    return rows;
}

static inline float *padded_pair_rows(const padded_batch *batch, dg_arena *arena,
                                      const dg_tensor *E) {
    float *rows = NULL;
    golden_ok(dg_arena_allocate(arena, E->count, sizeof *rows, &rows));
    float *row = rows;
    for (size_t g = 0; g < batch->graphs; g++)
        for (size_t i = 0; i < batch->n[g]; i++)
            for (size_t j = 0; j < batch->n[g]; j++, row += batch->b)
                memcpy(row, golden_floats(E) + padded_pair(batch, g, i, j), batch->b * sizeof *row);
    return rows;
}

#endif
