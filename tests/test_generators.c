/* Properties of every generator, and that a graph depends on its kind, seed and index only. */
#include "datasets/draft.h"
#include "datasets/generators.h"
#include "graph/dataset.h"

#include <math.h>
#include <planarity/graph.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static digress_graph_set *make(const char *kind, uint64_t seed, size_t count) {
    digress_graph_set *set = NULL;
    const dg_generator *generator = dg_generator_find(kind);
    assert_non_null(generator);
    assert_int_equal(dg_generate(generator, seed, count, &set), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(set), count);
    return set;
}

static size_t pair_count(const digress_graph *graph) {
    return graph->n * (graph->n - 1) / 2;
}

static bool equal(const digress_graph *a, const digress_graph *b) {
    return a->n == b->n && memcmp(a->pair_class, b->pair_class, pair_count(a)) == 0;
}

static size_t edge_count(const digress_graph *graph) {
    size_t edges = 0;
    for (size_t k = 0; k < pair_count(graph); k++)
        edges += graph->pair_class[k];
    return edges;
}

static size_t degree(const digress_graph *graph, size_t node) {
    size_t sum = 0;
    for (size_t other = 0; other < graph->n; other++)
        sum += digress_graph_pair(graph, node, other);
    return sum;
}

static size_t degree_count(const digress_graph *graph, size_t wanted) {
    size_t count = 0;
    for (size_t node = 0; node < graph->n; node++)
        count += degree(graph, node) == wanted;
    return count;
}

enum { LARGEST = 512 };

static void reach(const digress_graph *graph, size_t node, bool *seen) {
    seen[node] = true;
    for (size_t other = 0; other < graph->n; other++)
        if (!seen[other] && digress_graph_pair(graph, node, other)) reach(graph, other, seen);
}

static bool connected(const digress_graph *graph) {
    bool seen[LARGEST] = {false};
    assert_true(graph->n <= LARGEST);
    reach(graph, 0, seen);
    for (size_t node = 0; node < graph->n; node++)
        if (!seen[node]) return false;
    return true;
}

static bool is_tree(const digress_graph *graph) {
    return edge_count(graph) == graph->n - 1 && connected(graph);
}

static double mean_edges(const digress_graph_set *set) {
    double sum = 0.0;
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        sum += (double)edge_count(&graph);
    }
    return sum / (double)digress_graph_set_count(set);
}

static double mean_nodes(const digress_graph_set *set) {
    double sum = 0.0;
    for (size_t k = 0; k < digress_graph_set_count(set); k++)
        sum += (double)digress_graph_set_get(set, k).n;
    return sum / (double)digress_graph_set_count(set);
}

static void depends_on_kind_seed_and_index_only(void **state) {
    (void)state;
    for (const dg_generator *generator = dg_generators; generator->about; generator++) {
        digress_graph_set *few = make(dg_generator_name(generator), 7, 4),
                          *many = make(dg_generator_name(generator), 7, 9);
        digress_graph_set *other = make(dg_generator_name(generator), 8, 9), *alone = NULL;
        assert_int_equal(digress_graph_set_create_like(many, &alone), DIGRESS_OK);
        assert_int_equal(generator->generate(7, 6, alone), DIGRESS_OK);
        size_t same = 0;
        for (size_t k = 0; k < 9; k++) {
            digress_graph graph = digress_graph_set_get(many, k);
            digress_graph stranger = digress_graph_set_get(other, k);
            same += equal(&graph, &stranger);
            if (k >= 4) continue;
            digress_graph first = digress_graph_set_get(few, k);
            assert_true(equal(&graph, &first));
        }
        assert_true(same < 3);
        digress_graph graph = digress_graph_set_get(many, 6);
        digress_graph lone = digress_graph_set_get(alone, 0);
        assert_true(equal(&graph, &lone));
        digress_graph_set_free(few);
        digress_graph_set_free(many);
        digress_graph_set_free(other);
        digress_graph_set_free(alone);
    }
}

static bool embeds_in_the_plane(const digress_graph *graph) {
    graphP embedding = gp_New();
    assert_int_equal(gp_InitGraph(embedding, (int)graph->n), OK);
    int base = gp_GetFirstVertex(embedding);
    for (size_t u = 0; u < graph->n; u++)
        for (size_t v = u + 1; v < graph->n; v++)
            if (digress_graph_pair(graph, u, v))
                assert_int_equal(gp_AddEdge(embedding, (int)u + base, 0, (int)v + base, 0), OK);
    int result = gp_Embed(embedding, EMBEDFLAGS_PLANAR);
    gp_Free(&embedding);
    return result == OK;
}

typedef double point[2];

static double turn(const double *a, const double *b, const double *c) {
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/* Positive when d lies inside the circle through a, b, c, which turn left. */
static double in_circle(const double *a, const double *b, const double *c, const double *d) {
    double row[3][3];
    const double *corner[3] = {a, b, c};
    for (int k = 0; k < 3; k++) {
        row[k][0] = corner[k][0] - d[0];
        row[k][1] = corner[k][1] - d[1];
        row[k][2] = row[k][0] * row[k][0] + row[k][1] * row[k][1];
    }
    return row[0][0] * (row[1][1] * row[2][2] - row[1][2] * row[2][1]) -
           row[0][1] * (row[1][0] * row[2][2] - row[1][2] * row[2][0]) +
           row[0][2] * (row[1][0] * row[2][1] - row[1][1] * row[2][0]);
}

static bool circle_is_empty(const point *points, size_t n, size_t a, size_t b, size_t c) {
    double sign = turn(points[a], points[b], points[c]) > 0 ? 1.0 : -1.0;
    for (size_t d = 0; d < n; d++) {
        if (d == a || d == b || d == c) continue;
        if (sign * in_circle(points[a], points[b], points[c], points[d]) > 0) return false;
    }
    return true;
}

static size_t hull_size(const point *points, size_t n) {
    size_t sides = 0;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            bool side = a != b;
            for (size_t c = 0; c < n && side; c++)
                side = c == a || c == b || turn(points[a], points[b], points[c]) > 0;
            sides += side;
        }
    return sides;
}

/* The edges are those of all triangles whose circumcircle is empty. */
static void planar_is_delaunay(void **state) {
    (void)state;
    enum { GRAPHS = 3, NODES = 64 };
    digress_graph_set *set = make("planar", 5, GRAPHS);
    for (uint32_t k = 0; k < GRAPHS; k++) {
        dg_stream stream = dg_draft_stream(5, k);
        point points[NODES];
        for (size_t node = 0; node < NODES; node++)
            for (size_t axis = 0; axis < 2; axis++)
                points[node][axis] = dg_stream_uniform(&stream);
        dg_draft expected;
        assert_int_equal(dg_draft_begin(&expected, NODES), DIGRESS_OK);
        for (size_t a = 0; a < NODES; a++)
            for (size_t b = a + 1; b < NODES; b++)
                for (size_t c = b + 1; c < NODES; c++) {
                    if (!circle_is_empty((const point *)points, NODES, a, b, c)) continue;
                    dg_draft_join(&expected, a, b);
                    dg_draft_join(&expected, b, c);
                    dg_draft_join(&expected, a, c);
                }
        digress_graph graph = digress_graph_set_get(set, k);
        assert_int_equal(graph.n, NODES);
        assert_memory_equal(graph.pair_class, expected.pair_class, pair_count(&graph));
        assert_int_equal(edge_count(&graph),
                         3 * NODES - 3 - hull_size((const point *)points, NODES));
        dg_draft_free(&expected);
    }
    digress_graph_set_free(set);
}

static void planar_is_connected_and_planar(void **state) {
    (void)state;
    digress_graph_set *set = make("planar", 1, 40);
    for (size_t k = 0; k < 40; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        assert_int_equal(graph.n, 64);
        assert_true(connected(&graph));
        assert_true(embeds_in_the_plane(&graph));
    }
    digress_graph_set_free(set);
}

/* Expected: 3.5 blocks of mean size 30 and E[s(s-1)] = 906.7; 5 pairs of blocks. */
static void sbm_has_its_parameters(void **state) {
    (void)state;
    digress_graph_set *set = make("sbm", 1, 200);
    for (size_t k = 0; k < 200; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        assert_in_range(graph.n, 40, 200);
    }
    assert_true(fabs(mean_nodes(set) - 105.0) < 10.0);
    assert_true(fabs(mean_edges(set) - (3.5 * 906.7 / 2 * 0.3 + 5 * 900 * 0.005)) < 50.0);
    digress_graph_set_free(set);
}

static void communities_are_bridged(void **state) {
    (void)state;
    digress_graph_set *set = make("community", 1, 300);
    double inside = 0.0, inside_pairs = 0.0, bridges = 0.0, nodes = 0.0;
    for (size_t k = 0; k < 300; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        assert_in_range(graph.n, 12, 20);
        assert_int_equal(graph.n % 2, 0);
        assert_true(connected(&graph));
        size_t half = graph.n / 2;
        for (size_t u = 0; u < graph.n; u++)
            for (size_t v = u + 1; v < graph.n; v++) {
                bool joined = digress_graph_pair(&graph, u, v);
                if (u < half && v >= half) {
                    bridges += joined;
                } else {
                    inside += joined;
                    inside_pairs++;
                }
            }
        nodes += (double)graph.n;
    }
    assert_true(fabs(inside / inside_pairs - 0.7) < 0.02);
    /* 0.05 n on average, and one more wherever none was drawn: e^-0.8 of the graphs. */
    assert_true(fabs(bridges / 300 - (0.05 * nodes / 300 + exp(-0.05 * nodes / 300))) < 0.15);
    digress_graph_set_free(set);
}

/* A uniform tree has n (1 - 1/n)^(n-2) leaves on average. */
static void trees_are_uniform(void **state) {
    (void)state;
    digress_graph_set *set = make("tree", 1, 200);
    double leaves = 0.0;
    for (size_t k = 0; k < 200; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        assert_int_equal(graph.n, 64);
        assert_true(is_tree(&graph));
        leaves += (double)degree_count(&graph, 1);
    }
    assert_true(fabs(leaves / 200 - 64 * pow(63.0 / 64.0, 62)) < 0.6);
    digress_graph_set_free(set);
}

/* Removes all leaves: *keep holds the nodes that are left. */
static void prune(const digress_graph *graph, bool *keep) {
    bool before[LARGEST];
    memcpy(before, keep, sizeof before);
    for (size_t u = 0; u < graph->n; u++) {
        size_t neighbours = 0;
        for (size_t v = 0; v < graph->n; v++)
            neighbours += before[v] && digress_graph_pair(graph, u, v);
        if (neighbours <= 1) keep[u] = false;
    }
}

/* A lobster is a tree of which a path is left after its leaves have been removed twice. */
static void lobsters_prune_to_a_path(void **state) {
    (void)state;
    digress_graph_set *set = make("lobster", 1, 100);
    for (size_t k = 0; k < 100; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        assert_in_range(graph.n, 10, 100);
        assert_true(is_tree(&graph));
        bool keep[LARGEST];
        memset(keep, true, sizeof keep);
        prune(&graph, keep);
        prune(&graph, keep);
        for (size_t u = 0; u < graph.n; u++) {
            size_t neighbours = 0;
            for (size_t v = 0; v < graph.n; v++)
                neighbours += keep[u] && keep[v] && digress_graph_pair(&graph, u, v);
            assert_true(neighbours <= 2);
        }
    }
    digress_graph_set_free(set);
}

/* Of 20,000 draws of networkx's random_lobster(80, 0.7, 0.7) with 10 to 100 nodes, 68.6 % of the
 * nodes are leaves (61.3 % with a chance of claws of 0.5). */
static void lobsters_have_their_claws(void **state) {
    (void)state;
    digress_graph_set *set = make("lobster", 2, 400);
    double nodes = 0, leaves = 0;
    for (size_t k = 0; k < 400; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        nodes += (double)graph.n;
        leaves += (double)degree_count(&graph, 1);
    }
    assert_true(fabs(leaves / nodes - 0.686) < 0.02);
    assert_true(fabs(nodes / 400 - 55) < 5);
    digress_graph_set_free(set);
}

static void grids_have_four_corners(void **state) {
    (void)state;
    digress_graph_set *set = make("grid", 1, 60);
    for (size_t k = 0; k < 60; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        assert_in_range(graph.n, 100, 361);
        size_t sides = 2 * graph.n - edge_count(&graph); /* edges = 2ab - a - b */
        assert_int_equal(degree_count(&graph, 2), 4);
        assert_int_equal(degree_count(&graph, 3), 2 * sides - 8);
        assert_int_equal(degree_count(&graph, 4), graph.n - 2 * sides + 4);
        double root = sqrt((double)(sides * sides - 4 * graph.n));
        double a = ((double)sides - root) / 2;
        assert_true(fabs(a - round(a)) < 1e-9);
        assert_true(a >= 10 && (double)sides - a <= 19);
        assert_true(connected(&graph));
    }
    assert_true(fabs(mean_nodes(set) - 210.25) < 30.0);
    digress_graph_set_free(set);
}

static void er_has_its_density(void **state) {
    (void)state;
    digress_graph_set *set = make("er", 1, 100);
    assert_true(fabs(mean_edges(set) - 0.088 * 2016) < 5.0);
    digress_graph_set_free(set);
}

static void twin_has_the_sizes_and_the_density(void **state) {
    (void)state;
    digress_graph_set *set = make("community", 3, 200), *twin = NULL, *again = NULL;
    assert_int_equal(dg_erdos_renyi_like(set, 3, &twin), DIGRESS_OK);
    assert_int_equal(dg_erdos_renyi_like(set, 3, &again), DIGRESS_OK);
    assert_int_equal(digress_graph_set_count(twin), 200);
    for (size_t k = 0; k < 200; k++) {
        digress_graph graph = digress_graph_set_get(twin, k);
        digress_graph same = digress_graph_set_get(again, k);
        assert_int_equal(graph.n, digress_graph_set_get(set, k).n);
        assert_true(equal(&graph, &same));
    }
    assert_true(fabs(mean_edges(twin) / mean_edges(set) - 1.0) < 0.03);
    digress_graph_set_free(set);
    digress_graph_set_free(twin);
    digress_graph_set_free(again);
}

static void exact_parts_follow_each_other(void **state) {
    (void)state;
    digress_graph_set *set = make("tree", 1, 9);
    dg_dataset dataset = {0};
    assert_int_equal(dg_dataset_cut(set, (size_t[]){4, 2, 4}, &dataset), DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_dataset_cut(set, (size_t[]){4, 2, 3}, &dataset), DIGRESS_OK);
    const digress_graph_set *parts[] = {dataset.train, dataset.val, dataset.test};
    size_t next = 0;
    for (size_t part = 0; part < 3; part++)
        for (size_t k = 0; k < digress_graph_set_count(parts[part]); k++) {
            digress_graph a = digress_graph_set_get(parts[part], k);
            digress_graph b = digress_graph_set_get(set, next++);
            assert_true(equal(&a, &b));
        }
    assert_int_equal(next, 9);
    assert_int_equal(digress_graph_set_count(dataset.val), 2);
    dg_dataset_free(&dataset);
    digress_graph_set_free(set);
}

static void unknown_kind_is_not_found(void **state) {
    (void)state;
    assert_null(dg_generator_find("plane"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depends_on_kind_seed_and_index_only),
        cmocka_unit_test(planar_is_delaunay),
        cmocka_unit_test(planar_is_connected_and_planar),
        cmocka_unit_test(sbm_has_its_parameters),
        cmocka_unit_test(communities_are_bridged),
        cmocka_unit_test(trees_are_uniform),
        cmocka_unit_test(lobsters_prune_to_a_path),
        cmocka_unit_test(lobsters_have_their_claws),
        cmocka_unit_test(grids_have_four_corners),
        cmocka_unit_test(er_has_its_density),
        cmocka_unit_test(twin_has_the_sizes_and_the_density),
        cmocka_unit_test(exact_parts_follow_each_other),
        cmocka_unit_test(unknown_kind_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
