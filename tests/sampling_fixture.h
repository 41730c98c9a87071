/* A tiny model of random graphs, and sampling from it. */
#ifndef DG_TESTS_SAMPLING_FIXTURE_H
#define DG_TESTS_SAMPLING_FIXTURE_H

#include "golden.h"

#include "graph/graph_set.h"
#include "model/model.h"
#include "sample/sampler.h"
#include <string.h>

enum { COUNT = 12, TRAIN = 30 };

/* Random graphs of 1 to 14 nodes, 2 node and 3 edge classes. */
static inline digress_graph_set *random_set(void) {
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(2, 3, &set));
    golden_ok(digress_graph_set_name_node(set, 1, "red"));
    dg_stream stream = {.key = {.seed = 11, .purpose = DG_RNG_TEST}};
    for (size_t g = 0; g < TRAIN; g++) {
        uint8_t node_class[14], pair_class[14 * 13 / 2];
        uint32_t n = 1 + dg_stream_below(&stream, 14);
        for (uint32_t i = 0; i < n; i++)
            node_class[i] = (uint8_t)dg_stream_below(&stream, 2);
        for (uint32_t pair = 0; pair < n * (n - 1) / 2; pair++)
            pair_class[pair] = dg_stream_below(&stream, 4) ? 0 : 1 + (uint8_t)(pair % 2);
        golden_ok(digress_graph_set_append(set, n, node_class, pair_class));
    }
    return set;
}

static inline void override(dg_config *config, const char *assignment) {
    golden_ok(dg_config_override(config, assignment));
}

/* extra: one more assignment, or NULL. */
static inline dg_model *tiny_model(const digress_graph_set *train, const char *extra) {
    static const char *const assignments[] = {
        "model.diffusion_steps=8",      "model.n_layers=2",
        "model.extra_features=all",     "model.hidden_mlp_dims.X=8",
        "model.hidden_mlp_dims.E=8",    "model.hidden_mlp_dims.y=8",
        "model.hidden_dims.dx=8",       "model.hidden_dims.de=4",
        "model.hidden_dims.dy=4",       "model.hidden_dims.n_head=2",
        "model.hidden_dims.dim_ffX=8",  "model.hidden_dims.dim_ffE=4",
        "model.hidden_dims.dim_ffy=4",  "train.ema_decay=0.9",
        "general.number_chain_steps=4",
    };
    dg_config config;
    dg_model *model = NULL;
    golden_ok(dg_config_create(&config));
    for (size_t k = 0; k < sizeof assignments / sizeof *assignments; k++)
        override(&config, assignments[k]);
    if (extra) override(&config, extra);
    golden_ok(dg_model_create(&config, train, NULL, "test", &model));
    dg_config_free(&config);
    return model;
}

typedef struct fixture {
    digress_graph_set *train;
    dg_model *model;
} fixture;

static inline void begin_with(fixture *f, const char *extra) {
    f->train = random_set();
    f->model = tiny_model(f->train, extra);
}

static inline void begin(fixture *f) {
    begin_with(f, NULL);
}

/* The same widths and T = 40 in the continuous mode. */
static const char continuous[] = "model={type: continuous, diffusion_steps: 40}";

static inline void end(fixture *f) {
    dg_model_free(f->model);
    digress_graph_set_free(f->train);
}

static inline digress_graph_set *sampled(const dg_model *model, size_t threads,
                                         dg_sample_options options) {
    dg_pool *pool = NULL;
    digress_graph_set *out = NULL;
    golden_ok(dg_pool_create(threads, &pool));
    golden_ok(digress_graph_set_create_like(model->classes, &out));
    golden_ok(dg_sample(model, pool, &options, out, NULL));
    dg_pool_free(pool);
    return out;
}

static inline bool equal_graphs(digress_graph a, digress_graph b) {
    return a.n == b.n && memcmp(a.node_class, b.node_class, a.n) == 0 &&
           memcmp(a.pair_class, b.pair_class, a.n * (a.n - 1) / 2) == 0;
}

/* Checks that graph k of `a` is graph offset + k of `b`, for all of `a`. */
static inline bool is_part_of(const digress_graph_set *a, const digress_graph_set *b,
                              size_t offset) {
    for (size_t k = 0; k < digress_graph_set_count(a); k++)
        if (!equal_graphs(digress_graph_set_get(a, k), digress_graph_set_get(b, offset + k)))
            return false;
    return true;
}

#endif
