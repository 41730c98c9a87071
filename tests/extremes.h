/* Small networks that learn the difference between empty and complete graphs, with a target that
 * tells them apart. */
#ifndef DG_TESTS_EXTREMES_H
#define DG_TESTS_EXTREMES_H

#include "golden.h"
#include "scratch.h"

#include "digress/digress.h"
#include <string.h>

enum { SIZE = 5, GRAPHS = 48 };

/* Complete graphs and empty ones; of a quarter of each nobody knows the target. Complete ones have
 * one node more. */
static inline digress_graph_set *extremes(void) {
    digress_graph_set *set = NULL;
    size_t target = 0;
    golden_ok(digress_graph_set_create(1, 2, &set));
    golden_ok(digress_graph_set_add_target(set, "full", &target));
    for (size_t k = 0; k < GRAPHS; k++) {
        uint8_t pairs[15];
        memset(pairs, (int)(k % 2), sizeof pairs);
        golden_ok(digress_graph_set_append(set, SIZE + k % 2, NULL, pairs));
        if (k % 8 < 6)
            golden_ok(digress_graph_set_set_target(set, k, target, 10.0 * (double)(k % 2)));
    }
    return set;
}

static const char *const learning[] = {
    "model.targets=[full, edges]",
    "train.n_epochs=50",
    "train.batch_size=16",
    "train.lr=5e-3",
    "train.seed=1",
    "general.sample_every_val=0",
    "general.check_val_every_n_epochs=1000",
    "model={diffusion_steps: 12, n_layers: 1, extra_features: null, dropout: 0}",
    "model.hidden_mlp_dims={X: 16, E: 16, y: 16}",
    "model.hidden_dims={dx: 16, de: 8, dy: 16, n_head: 2, dim_ffX: 16, dim_ffE: 8, dim_ffy: 16}",
};

/* Into the scratch folder NAME. */
static inline digress_model *trained(void **state, const char *name, const char *extra) {
    const char *all[sizeof learning / sizeof *learning + 1];
    const size_t count = sizeof learning / sizeof *learning;
    digress_graph_set *set = extremes();
    digress_model *model = NULL;
    memcpy(all, learning, sizeof learning);
    all[count] = extra;
    const digress_train_options options = {.run = scratch_path(state, name),
                                           .assignments = all,
                                           .assignment_count = count + (extra != NULL),
                                           .force = true,
                                           .train = set,
                                           .threads = 1};
    golden_ok(digress_train(&options));
    assert_int_equal(digress_graph_set_target_count(set), 1); /* the caller's stays as it is */
    golden_ok(digress_model_load(scratch_path(state, name), &model));
    digress_graph_set_free(set);
    return model;
}

static inline double density_of(const digress_graph_set *set, size_t first, size_t step) {
    double edges = 0, pairs = 0;
    for (size_t k = first; k < digress_graph_set_count(set); k += step) {
        const digress_graph graph = digress_graph_set_get(set, k);
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
            edges += graph.pair_class[pair];
        pairs += (double)(graph.n * (graph.n - 1) / 2);
    }
    return edges / pairs;
}

#endif
