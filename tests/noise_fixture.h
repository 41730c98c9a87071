/* A pack of three small random graphs, for the tests of a noise model. */
#ifndef DG_TESTS_NOISE_FIXTURE_H
#define DG_TESTS_NOISE_FIXTURE_H

#include "golden.h"

#include "diffusion/noise_model.h"
#include <string.h>

enum { A = 3, B = 4, GRAPHS = 3, T = 40 };
static const uint32_t sizes[GRAPHS] = {5, 1, 8}; /* a single node among them */

typedef struct fixture {
    dg_statistics statistics;
    dg_arena *arena;
    digress_graph_set *set;
    dg_noise_model *model;
    const dg_noise_operations *operations;
    dg_state *clean;
    const dg_pack *pack;
} fixture;

static inline void append_graph(digress_graph_set *set, uint32_t n, uint32_t seed) {
    uint8_t node_class[64], pair_class[64 * 63 / 2];
    dg_stream stream = {.key = {.seed = seed, .purpose = DG_RNG_TEST}};
    for (uint32_t i = 0; i < n; i++)
        node_class[i] = (uint8_t)dg_stream_below(&stream, A);
    for (uint32_t pair = 0; pair < n * (n - 1) / 2; pair++)
        pair_class[pair] = (uint8_t)dg_stream_below(&stream, B);
    golden_ok(digress_graph_set_append(set, n, node_class, pair_class));
}

/* Makes graphs and statistics; the test then makes f->model and calls encode_graphs. */
static inline void make_graphs(fixture *f) {
    golden_ok(dg_arena_create(&f->arena));
    golden_ok(digress_graph_set_create(A, B, &f->set));
    for (uint32_t g = 0; g < GRAPHS; g++)
        append_graph(f->set, sizes[g], g);
    golden_ok(dg_statistics_of(f->set, &f->statistics));
}

static inline void encode_graphs(fixture *f) {
    const uint32_t index[GRAPHS] = {0, 1, 2};
    f->operations = f->model->operations;
    golden_ok(f->operations->encode(f->model, f->arena, f->set, GRAPHS, index, &f->clean));
    f->pack = &f->clean->pack;
}

static inline void end(fixture *f) {
    dg_noise_model_free(f->model);
    dg_statistics_free(&f->statistics);
    digress_graph_set_free(f->set);
    dg_arena_free(f->arena);
}

static inline const dg_rng *keys_of(uint64_t seed) {
    static dg_rng keys[GRAPHS];
    for (uint32_t g = 0; g < GRAPHS; g++)
        keys[g] = (dg_rng){.seed = seed, .graph = g};
    return keys;
}

static inline dg_state *corrupted(fixture *f, const double *t, uint64_t seed) {
    dg_state *noisy = NULL;
    golden_ok(f->operations->corrupt(f->model, f->arena, f->clean, t, keys_of(seed),
                                     DG_RNG_NOISE_NODE, DG_RNG_NOISE_PAIR, &noisy));
    return noisy;
}

static inline digress_graph_set *decoded(fixture *f, const dg_state *state) {
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(A, B, &set));
    for (size_t g = 0; g < GRAPHS; g++)
        golden_ok(f->operations->decode(f->model, state, g, set));
    return set;
}

static inline bool equal_graphs(digress_graph a, digress_graph b) {
    return a.n == b.n && memcmp(a.node_class, b.node_class, a.n) == 0 &&
           memcmp(a.pair_class, b.pair_class, a.n * (a.n - 1) / 2) == 0;
}

static inline bool equal_sets(const digress_graph_set *a, const digress_graph_set *b) {
    for (size_t g = 0; g < GRAPHS; g++)
        if (!equal_graphs(digress_graph_set_get(a, g), digress_graph_set_get(b, g))) return false;
    return true;
}

static inline float *random_logits(fixture *f, size_t rows, size_t classes, uint32_t seed) {
    float *logits = NULL;
    dg_rng key = {.seed = seed, .purpose = DG_RNG_TEST};
    golden_ok(dg_arena_allocate(f->arena, rows * classes, sizeof *logits, &logits));
    dg_rng_fill_uniform(&key, 0, rows * classes, logits);
    for (size_t k = 0; k < rows * classes; k++)
        logits[k] = 4 * logits[k] - 2;
    return logits;
}

static inline double loss_of(fixture *f, const dg_state *noisy, const double *t, const float *X,
                             const float *E, float *dX, float *dE) {
    dg_loss loss = {0};
    golden_ok(f->operations->loss(f->model, f->clean, noisy, t, X, E, 1.0 / 14, 1.0 / 76, 5, &loss,
                                  dX, dE));
    return loss.X + 5 * loss.E;
}

/* Compares the gradient of the loss with central differences, at random outputs of a network. */
static inline void check_slope(fixture *f, const dg_state *noisy, const double *t,
                               double tolerance) {
    size_t pairs = f->pack->pairs, nodes = f->pack->nodes;
    float *X = random_logits(f, nodes, A, 1), *E = random_logits(f, pairs, B, 2);
    float *dX = random_logits(f, nodes, A, 3), *dE = random_logits(f, pairs, B, 4);
    loss_of(f, noisy, t, X, E, dX, dE);
    const float step = 0x1p-6f;
    for (size_t at = 0; at < nodes * A + pairs * B; at += 7) {
        float *logit = at < nodes * A ? X + at : E + (at - nodes * A);
        float gradient = at < nodes * A ? dX[at] : dE[at - nodes * A], before = *logit;
        *logit = before + step;
        double up = loss_of(f, noisy, t, X, E, NULL, NULL);
        *logit = before - step;
        double down = loss_of(f, noisy, t, X, E, NULL, NULL);
        *logit = before;
        assert_close((up - down) / (2 * (double)step), (double)gradient, tolerance);
    }
    for (size_t k = 0; k < B; k++) /* the first graph's first diagonal row */
        assert_close((double)dE[k], 0, 0);
}

#endif
