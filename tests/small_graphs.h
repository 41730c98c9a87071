/* Sets of small graphs that are written down as text, or shuffled. Include after metrics.h. */
#ifndef DG_TESTS_SMALL_GRAPHS_H
#define DG_TESTS_SMALL_GRAPHS_H

#include "core/rng.h"
#include "digress/graph.h"
#include <stdio.h>
#include <stdlib.h>

static inline digress_graph_set *make_empty(size_t node_classes, size_t edge_classes) {
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create(node_classes, edge_classes, &set));
    return set;
}

/* Appends a graph given as "0-1 1-2 ...". */
static inline void append(digress_graph_set *set, size_t n, const char *edges) {
    uint8_t pair_class[512] = {0};
    unsigned u, v;
    int used = 0;
    assert_true(n * (n - 1) / 2 <= sizeof pair_class);
    for (; sscanf(edges, " %u-%u%n", &u, &v, &used) == 2; edges += used)
        pair_class[u < v ? digress_pair_index(n, u, v) : digress_pair_index(n, v, u)] = 1;
    ok(digress_graph_set_append(set, n, NULL, pair_class));
}

/* A copy of the graph with its nodes in another order. */
static inline void append_shuffled(digress_graph_set *set, const digress_graph *graph,
                                   uint32_t step) {
    size_t n = graph->n;
    uint32_t *order = calloc(n, sizeof *order);
    uint8_t *node_class = calloc(n, 1), *pair_class = calloc(n * n + 1, 1);
    dg_stream stream = {.key = {.seed = 5, .purpose = DG_RNG_TEST, .step = step}};
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    dg_stream_shuffle(&stream, n, order);
    for (size_t i = 0; i < n; i++) {
        node_class[i] = graph->node_class[order[i]];
        for (size_t j = i + 1; j < n; j++)
            pair_class[digress_pair_index(n, i, j)] = digress_graph_pair(graph, order[i], order[j]);
    }
    ok(digress_graph_set_append(set, n, node_class, pair_class));
    free(order);
    free(node_class);
    free(pair_class);
}

#endif
