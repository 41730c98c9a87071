/* Classes of isomorphic graphs, against pairwise tests. */
#include "core/rng.h"
#include "eval/structure/canonical.h"

#include <igraph/igraph.h>
#include <stdlib.h>

#include "metrics.h"
#include "small_graphs.h"

/* Graphs with classes and so few nodes that many are isomorphic. */
static void append_random(digress_graph_set *set, uint32_t index) {
    uint8_t node_class[5], pair_class[10] = {0};
    dg_stream stream = {.key = {.seed = 6, .purpose = DG_RNG_TEST, .graph = index}};
    size_t n = 2 + dg_stream_below(&stream, 4);
    uint32_t nodes = (uint32_t)digress_graph_set_node_classes(set);
    uint32_t edges = (uint32_t)digress_graph_set_edge_classes(set);
    for (size_t i = 0; i < n; i++)
        node_class[i] = (uint8_t)dg_stream_below(&stream, nodes);
    for (size_t k = 0; k < n * (n - 1) / 2; k++)
        pair_class[k] = (uint8_t)dg_stream_below(&stream, edges);
    ok(digress_graph_set_append(set, n, node_class, pair_class));
}

typedef struct colored_graph {
    igraph_t graph;
    igraph_vector_int_t nodes, edges;
} colored_graph;

static void to_igraph(const digress_graph *graph, colored_graph *out) {
    igraph_vector_int_t ends;
    igraph_vector_int_init(&ends, 0);
    igraph_vector_int_init(&out->nodes, 0);
    igraph_vector_int_init(&out->edges, 0);
    for (size_t i = 0; i < graph->n; i++)
        igraph_vector_int_push_back(&out->nodes, graph->node_class[i]);
    for (size_t i = 0; i < graph->n; i++)
        for (size_t j = i + 1; j < graph->n; j++) {
            if (!digress_graph_pair(graph, i, j)) continue;
            igraph_vector_int_push_back(&ends, (igraph_integer_t)i);
            igraph_vector_int_push_back(&ends, (igraph_integer_t)j);
            igraph_vector_int_push_back(&out->edges, digress_graph_pair(graph, i, j));
        }
    igraph_create(&out->graph, &ends, (igraph_integer_t)graph->n, IGRAPH_UNDIRECTED);
    igraph_vector_int_destroy(&ends);
}

static void free_igraph(colored_graph *graph) {
    igraph_destroy(&graph->graph);
    igraph_vector_int_destroy(&graph->nodes);
    igraph_vector_int_destroy(&graph->edges);
}

/* igraph's VF2, with colours of nodes and edges. */
static bool pair_is_isomorphic(const digress_graph *a, const digress_graph *b) {
    colored_graph left, right;
    igraph_bool_t same = false;
    to_igraph(a, &left);
    to_igraph(b, &right);
    if (a->n == b->n && igraph_ecount(&left.graph) == igraph_ecount(&right.graph))
        igraph_isomorphic_vf2(&left.graph, &right.graph, &left.nodes, &right.nodes, &left.edges,
                              &right.edges, &same, NULL, NULL, NULL, NULL, NULL);
    free_igraph(&left);
    free_igraph(&right);
    return same;
}

static void check_classes(dg_pool *pool, const digress_graph_set *set, size_t expected_classes) {
    size_t count = digress_graph_set_count(set), classes = 0;
    digress_graph *graphs = calloc(count, sizeof *graphs);
    size_t *first = calloc(count, sizeof *first);
    for (size_t k = 0; k < count; k++)
        graphs[k] = digress_graph_set_get(set, k);
    ok(dg_isomorphism_classes(pool, count, graphs, first));
    for (size_t k = 0; k < count; k++) {
        size_t j = 0;
        while (j < k && !pair_is_isomorphic(&graphs[j], &graphs[k]))
            j++;
        assert_int_equal(first[k], j);
        classes += j == k;
    }
    if (expected_classes) assert_int_equal(classes, expected_classes);
    assert_true(classes < count);
    free(graphs);
    free(first);
}

static void canonical_forms_agree_with_pairwise_tests(void **state) {
    (void)state;
    static const size_t classes[][2] = {{1, 2}, {2, 2}, {1, 4}, {3, 3}};
    for (size_t c = 0; c < 4; c++) {
        dg_pool *pool = make_pool(1 + c % 2);
        digress_graph_set *set = make_empty(classes[c][0], classes[c][1]);
        for (uint32_t k = 0; k < 200; k++)
            append_random(set, k);
        check_classes(pool, set, 0);
        digress_graph_set_free(set);
        dg_pool_free(pool);
    }
}

/* Two triangles and a hexagon, and the two 4-regular graphs of 16 nodes below, look the same from
 * every node and its neighbours: the hash cannot tell them apart. */
static void canonical_forms_tell_regular_graphs_apart(void **state) {
    (void)state;
    dg_pool *pool = make_pool(2);
    digress_graph_set *set = make_empty(1, 2);
    append(set, 6, "0-1 1-2 2-0 3-4 4-5 5-3");
    append(set, 6, "0-1 1-2 2-3 3-4 4-5 5-0");
    uint8_t rook[120] = {0}, shrikhande[120] = {0};
    for (size_t u = 0; u < 16; u++)
        for (size_t v = u + 1; v < 16; v++) {
            size_t x = (v / 4 + 4 - u / 4) % 4, y = (v % 4 + 4 - u % 4) % 4;
            bool near_x = x == 1 || x == 3, near_y = y == 1 || y == 3;
            rook[digress_pair_index(16, u, v)] = x == 0 || y == 0;
            shrikhande[digress_pair_index(16, u, v)] =
                (x == 0 && near_y) || (y == 0 && near_x) || (x == y && near_x);
        }
    ok(digress_graph_set_append(set, 16, NULL, rook));
    ok(digress_graph_set_append(set, 16, NULL, shrikhande));
    uint64_t hash[4], scratch[32];
    for (uint32_t k = 0; k < 4; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        hash[k] = dg_invariant_hash(&graph, scratch);
        append_shuffled(set, &graph, k);
    }
    assert_true(hash[0] == hash[1]);
    assert_true(hash[2] == hash[3]);
    check_classes(pool, set, 4);
    digress_graph_set_free(set);
    dg_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_forms_agree_with_pairwise_tests),
        cmocka_unit_test(canonical_forms_tell_regular_graphs_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
