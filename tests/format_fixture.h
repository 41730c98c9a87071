/* For the tests of formats: random sets, and comparing what is read with what was written. Include
 * after cmocka.h. */
#ifndef DG_TESTS_FORMAT_FIXTURE_H
#define DG_TESTS_FORMAT_FIXTURE_H

#include "core/rng.h"
#include "digress/graph.h"
#include <stdlib.h>

static inline digress_graph_set *random_set(uint64_t seed, size_t graphs, size_t max_n,
                                            size_t node_classes, size_t edge_classes) {
    dg_stream stream = {.key = {.seed = seed, .purpose = DG_RNG_TEST}};
    digress_graph_set *set = NULL;
    uint8_t *nodes = malloc(max_n), *pairs = malloc(max_n * max_n);
    assert_int_equal(digress_graph_set_create(node_classes, edge_classes, &set), DIGRESS_OK);
    for (size_t g = 0; g < graphs; g++) {
        size_t n = 1 + dg_stream_below(&stream, (uint32_t)max_n);
        uint32_t sparsity = 1 + dg_stream_below(&stream, 6);
        for (size_t i = 0; i < n; i++)
            nodes[i] = (uint8_t)dg_stream_below(&stream, (uint32_t)node_classes);
        for (size_t k = 0; k < n * (n - 1) / 2; k++)
            pairs[k] = dg_stream_below(&stream, sparsity)
                           ? 0
                           : (uint8_t)dg_stream_below(&stream, (uint32_t)edge_classes);
        assert_int_equal(digress_graph_set_append(set, n, nodes, pairs), DIGRESS_OK);
    }
    free(nodes);
    free(pairs);
    return set;
}

static inline void assert_same_graph(const digress_graph *a, const digress_graph *b, bool classes) {
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_int_equal(a->node_class[i], classes ? b->node_class[i] : 0);
    for (size_t k = 0; k < a->n * (a->n - 1) / 2; k++)
        assert_int_equal(a->pair_class[k], classes ? b->pair_class[k] : b->pair_class[k] != 0);
}

/* `classes`: whether the format keeps classes; otherwise the set that was read has one node class
 * and one kind of edge. */
static inline void assert_same(const digress_graph_set *read, const digress_graph_set *written,
                               bool classes, bool names) {
    assert_int_equal(digress_graph_set_count(read), digress_graph_set_count(written));
    assert_int_equal(digress_graph_set_node_classes(read),
                     classes ? digress_graph_set_node_classes(written) : 1);
    assert_int_equal(digress_graph_set_edge_classes(read),
                     classes ? digress_graph_set_edge_classes(written) : 2);
    for (size_t g = 0; g < digress_graph_set_count(read); g++) {
        digress_graph a = digress_graph_set_get(read, g), b = digress_graph_set_get(written, g);
        assert_same_graph(&a, &b, classes);
    }
    for (size_t k = 0; names && k < digress_graph_set_node_classes(written); k++)
        assert_string_equal(digress_graph_set_node_name(read, k),
                            digress_graph_set_node_name(written, k));
    for (size_t k = 0; names && k < digress_graph_set_edge_classes(written); k++)
        assert_string_equal(digress_graph_set_edge_name(read, k),
                            digress_graph_set_edge_name(written, k));
}

#endif
