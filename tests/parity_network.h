/* Networks of golden files, for the parity of the denoiser. */
#ifndef DG_TESTS_PARITY_NETWORK_H
#define DG_TESTS_PARITY_NETWORK_H

#include "golden.h"

#include "denoiser/graph_transformer/network.h"
#include <string.h>

static const golden_tolerance LOGITS = {5e-6, 5e-6}, MID = {1e-5, 1e-5}, LOSS = {1e-5, 0};
static const double GRADIENT_ABSOLUTE = 1e-6, GRADIENT_OF_LARGEST = 5e-5;

/* A golden file's network, its graphs laid out without padding, and room for the results. */
typedef struct network {
    dg_tensor_file *file;
    dg_denoiser *denoiser;
    dg_workspace *workspace;
    dg_arena *arena;
    dg_denoiser_dims dims;
    dg_pack pack;
    size_t padded_n;
    float *X, *E, *y;
    uint8_t *E_class;
    float *X_logits, *E_logits, *gradient;
} network;

static const dg_team ALONE = {NULL, 1};

static inline float *floats(dg_arena *arena, size_t count) {
    float *values = NULL;
    golden_ok(dg_arena_allocate(arena, count + 1, sizeof *values, &values));
    memset(values, 0, (count + 1) * sizeof *values);
    return values;
}

/* Row of node i or pair (i, j) of graph g in the golden file's padded tensors. */
static inline size_t padded_node(const network *net, size_t g, size_t i) {
    return g * net->padded_n + i;
}

static inline size_t padded_pair(const network *net, size_t g, size_t i, size_t j) {
    return padded_node(net, g, i) * net->padded_n + j;
}

static inline size_t ragged_pair(const network *net, size_t g, size_t i, size_t j) {
    return net->pack.pair_start[g] + i * net->pack.n[g] + j;
}

static inline void copy_nodes(const network *net, const dg_tensor *from, size_t width, float *to) {
    const float *rows = golden_floats(from);
    for (size_t g = 0; g < net->pack.graphs; g++)
        memcpy(to + net->pack.node_start[g] * width, rows + padded_node(net, g, 0) * width,
               net->pack.n[g] * width * sizeof *to);
}

static inline void copy_pairs(const network *net, const dg_tensor *from, size_t width, float *to) {
    const float *rows = golden_floats(from);
    for (size_t g = 0; g < net->pack.graphs; g++)
        for (size_t i = 0; i < net->pack.n[g]; i++)
            memcpy(to + ragged_pair(net, g, i, 0) * width, rows + padded_pair(net, g, i, 0) * width,
                   net->pack.n[g] * width * sizeof *to);
}

static inline void lay_out_graphs(network *net) {
    const dg_tensor *mask = golden_tensor(net->file, "in/node_mask");
    const size_t graphs = mask->shape[0];
    uint32_t *sizes = NULL;
    net->padded_n = mask->shape[1];
    golden_ok(dg_arena_create(&net->arena));
    golden_ok(dg_arena_allocate(net->arena, graphs, sizeof *sizes, &sizes));
    for (size_t g = 0; g < graphs; g++) {
        sizes[g] = 0;
        for (size_t i = 0; i < net->padded_n; i++)
            sizes[g] += golden_at(mask, padded_node(net, g, i)) > 0.5;
    }
    golden_ok(dg_pack_layout(net->arena, graphs, sizes, &net->pack));
}

/* The backend of the tests' matrix products, in float32. */
static dg_backend backend;

static inline void close_network(network *net) {
    dg_workspace_free(net->workspace);
    dg_denoiser_free(net->denoiser);
    dg_arena_free(net->arena);
    dg_tensor_file_close(net->file);
}

static inline double largest(const dg_tensor *tensor) {
    double value = 0.0;
    for (size_t k = 0; k < tensor->count; k++)
        value = fmax(value, fabs(golden_at(tensor, k)));
    return value;
}

static inline int run_by_each_backend(const char *what, const struct CMUnitTest *tests,
                                      size_t count) {
    int failures = 0;
    for (int k = 0; k < DG_BACKENDS; k++) {
        backend = (dg_backend)k;
        if (dg_engine_lacks(backend, DG_PRECISION_F32)) continue;
        char name[64];
        snprintf(name, sizeof name, "%s by %s", what, dg_backend_name(backend));
        failures += _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    }
    return failures;
}

#endif
