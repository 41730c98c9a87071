/* A small graph transformer, and random graphs for it. Include after cmocka.h. */
#ifndef DG_TESTS_DENOISER_FIXTURE_H
#define DG_TESTS_DENOISER_FIXTURE_H

#include "denoiser/denoiser.h"
#include <stdio.h>
#include <string.h>

enum { IN_X = 6, IN_E = 3, IN_Y = 4, OUT_X = 2, OUT_E = 3, DENSE_E = 5, MAX_GRAPHS = 8 };

static const dg_denoiser_dims DIMS = {.n_layers = 3,
                                      .in_X = IN_X,
                                      .in_E = IN_E,
                                      .in_y = IN_Y,
                                      .mlp_X = 11,
                                      .mlp_E = 9,
                                      .mlp_y = 10,
                                      .dx = 20,
                                      .de = 12,
                                      .dy = 7,
                                      .n_head = 5,
                                      .dim_ffX = 21,
                                      .dim_ffE = 14,
                                      .dim_ffy = 33,
                                      .out_X = OUT_X,
                                      .out_E = OUT_E};

/* The widths of the published network. */
static const dg_denoiser_dims PAPER = {.n_layers = 2,
                                       .in_X = IN_X,
                                       .in_E = IN_E,
                                       .in_y = IN_Y,
                                       .mlp_X = 128,
                                       .mlp_E = 64,
                                       .mlp_y = 128,
                                       .dx = 256,
                                       .de = 64,
                                       .dy = 64,
                                       .n_head = 8,
                                       .dim_ffX = 256,
                                       .dim_ffE = 64,
                                       .dim_ffy = 2048,
                                       .out_X = OUT_X,
                                       .out_E = OUT_E};

/* With DENSE_E additional inputs for each pair. */
static inline dg_denoiser_dims mixed(dg_denoiser_dims dims) {
    dims.in_E += DENSE_E;
    dims.dense_E = DENSE_E;
    return dims;
}

/* With symmetric scores. */
static inline dg_denoiser_dims symmetric(dg_denoiser_dims dims) {
    dims.symmetric = true;
    return dims;
}

/* Random graphs: everything depends on the graph's key only, not on its place in the pack. */
typedef struct graphs {
    dg_arena *arena;
    dg_pack pack;
    uint32_t key[MAX_GRAPHS];
    float *X, *E, *y, *X_logits, *E_logits, *dX, *dE;
    uint8_t *E_class;
    float *E_dense, *E_mixed; /* [pairs, DENSE_E]; [pairs, IN_E + DENSE_E]: E and those */
    dg_input_rows input;
} graphs;

static inline void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static inline void *allocate(dg_arena *arena, size_t count, size_t size) {
    void *place = NULL;
    ok(dg_arena_allocate(arena, count, size, &place));
    memset(place, 0, count * size);
    return place;
}

static inline void fill(uint32_t key, uint32_t what, size_t count, float *out) {
    const dg_rng rng = {7, DG_RNG_TEST, key, what};
    dg_rng_fill_uniform(&rng, 0, count, out);
    for (size_t k = 0; k < count; k++)
        out[k] = 2.0f * out[k] - 1.0f;
}

static inline void fill_graph(graphs *s, size_t g) {
    const size_t n = s->pack.n[g], node = s->pack.node_start[g], pair = s->pack.pair_start[g];
    const dg_rng rng = {7, DG_RNG_TEST, s->key[g], 100};
    fill(s->key[g], 0, n * IN_X, s->X + node * IN_X);
    fill(s->key[g], 1, IN_Y, s->y + g * IN_Y);
    fill(s->key[g], 2, n * OUT_X, s->dX + node * OUT_X);
    fill(s->key[g], 3, n * n * OUT_E, s->dE + pair * OUT_E);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t low = i < j ? i : j, high = i < j ? j : i;
            uint32_t class = dg_rng_u32(&rng, (uint32_t)(low * n + high)) % IN_E;
            s->E_class[pair + i * n + j] = i == j ? IN_E : (uint8_t) class;
            if (i != j) s->E[(pair + i * n + j) * IN_E + class] = 1.0f;
        }
    fill(s->key[g], 4, n * n * DENSE_E, s->E_dense + pair * DENSE_E);
    for (size_t r = pair; r < pair + n * n; r++) {
        float *row = s->E_mixed + r * (IN_E + DENSE_E);
        memcpy(row, s->E + r * IN_E, IN_E * sizeof *row);
        memcpy(row + IN_E, s->E_dense + r * DENSE_E, DENSE_E * sizeof *row);
    }
}

static inline graphs make_graphs(size_t count, const uint32_t *n, const uint32_t *key) {
    graphs s = {0};
    ok(dg_arena_create(&s.arena));
    ok(dg_pack_layout(s.arena, count, n, &s.pack));
    memcpy(s.key, key, count * sizeof *key);
    s.X = allocate(s.arena, s.pack.nodes * IN_X, sizeof(float));
    s.E = allocate(s.arena, s.pack.pairs * IN_E, sizeof(float));
    s.E_dense = allocate(s.arena, s.pack.pairs * DENSE_E, sizeof(float));
    s.E_mixed = allocate(s.arena, s.pack.pairs * (IN_E + DENSE_E), sizeof(float));
    s.y = allocate(s.arena, count * IN_Y, sizeof(float));
    s.E_class = allocate(s.arena, s.pack.pairs, 1);
    s.X_logits = allocate(s.arena, s.pack.nodes * OUT_X, sizeof(float));
    s.E_logits = allocate(s.arena, s.pack.pairs * OUT_E, sizeof(float));
    s.dX = allocate(s.arena, s.pack.nodes * OUT_X, sizeof(float));
    s.dE = allocate(s.arena, s.pack.pairs * OUT_E, sizeof(float));
    for (size_t g = 0; g < count; g++)
        fill_graph(&s, g);
    return s;
}

/* The backend and precision of the tests' matrix products. */
static dg_backend backend;
static dg_precision precision;

typedef struct machine {
    dg_denoiser *denoiser;
    dg_workspace *workspace;
    dg_dropout dropout;
    bool dense;
} machine;

static inline machine make_machine_of(dg_denoiser_dims dims, dg_pooling pooling, float dropout) {
    dims.pooling = pooling;
    machine m = {.dropout = {.p = dropout, .seed = 3, .step = 17}};
    ok(dg_denoiser_create(&dims, 5, &m.denoiser));
    ok(dg_denoiser_use(m.denoiser, backend, precision, true));
    ok(dg_workspace_create(m.denoiser, &m.workspace));
    return m;
}

static inline void free_machine(machine *m) {
    dg_workspace_free(m->workspace);
    dg_denoiser_free(m->denoiser);
}

static inline void forward(machine *m, graphs *s, const dg_team *team, bool keep) {
    m->dropout.graph_key = s->key;
    const bool is_mixed = dg_denoiser_get_dims(m->denoiser)->dense_E > 0;
    s->input = (dg_input_rows){.pack = &s->pack, .X = s->X, .y = s->y};
    if (m->dense) s->input.E = is_mixed ? s->E_mixed : s->E;
    if (!m->dense) s->input.E_class = s->E_class;
    if (!m->dense && is_mixed) s->input.E_dense = s->E_dense;
    ok(dg_denoiser_forward(m->denoiser, m->workspace, team, &s->input, &m->dropout, keep,
                           s->X_logits, s->E_logits));
}

static const dg_team ALONE = {NULL, 1};

static inline int run_group(const char *what, dg_backend by, dg_precision in,
                            const struct CMUnitTest *tests, size_t count) {
    char name[64];
    backend = by;
    precision = in;
    snprintf(name, sizeof name, "%s by %s in %s", what, dg_backend_name(by), dg_precision_name(in));
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}

/* Runs all tests with each backend in float32, and the first `in_any_precision` also in every other
 * precision. */
static inline int run_by_each_backend(const char *what, const struct CMUnitTest *tests,
                                      size_t count, size_t in_any_precision) {
    int failures = 0;
    for (int by = 0; by < DG_BACKENDS; by++)
        for (int in = 0; in < DG_PRECISIONS; in++)
            if (!dg_engine_lacks((dg_backend)by, (dg_precision)in))
                failures += run_group(what, (dg_backend)by, (dg_precision)in, tests,
                                      in == DG_PRECISION_F32 ? count : in_any_precision);
    return failures;
}

#endif
