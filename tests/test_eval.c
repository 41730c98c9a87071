/* Properties of descriptors and squared MMDs; test_metrics.c compares them with the reference's
 * numbers. */
#include "core/file.h"
#include "core/rng.h"
#include "eval/descriptors/description_cache.h"
#include "eval/distances/distinct.h"
#include "eval/distances/mmd.h"
#include "eval/statistics/halves.h"

#include <igraph.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "scratch.h"

/* The bins into which numpy.histogram(x, bins=100, range=(0, 1)) puts these values. */
static void bins_are_numpys(void **state) {
    (void)state;
    static const struct {
        double value;
        size_t bin;
    } cases[] = {{0.0, 0},          {1.0, 99},    {0.29, 29},      {0.57, 56},  {0.58, 58},
                 {0.07, 7},         {0.5, 50},    {1.0 / 3.0, 33}, {0.999, 99}, {0.1, 10},
                 {1.0 + 1e-9, 100}, {-1e-9, 100}, {2.0 / 3.0, 66}, {0.6, 60},   {0.14, 14}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        assert_int_equal(dg_histogram_bin(cases[k].value, 0.0, 1.0, 100), cases[k].bin);
}

/* Two sets of one made-up graph each. */
static double mmd_of_rows(dg_kernel kernel, enum dg_descriptor_id id, dg_row a, dg_row b) {
    dg_pool *pool = make_pool(1);
    dg_description of_a = {.count = 1, .rows = {[DG_DEGREE] = NULL}}, of_b = of_a;
    of_a.rows[id] = &a;
    of_b.rows[id] = &b;
    double value = mmd_of(pool, kernel, id, &of_a, &of_b);
    dg_pool_free(pool);
    return value;
}

/* k(a, a) = k(b, b) = 1, so that the MMD is 2 (1 - k(a, b)). */
static void kernels_are_as_published(void **state) {
    (void)state;
    double short_values[] = {1.0, 1.0}, long_values[] = {0.0, 0.0, 3.0};
    dg_row a = {2, short_values, 2.0}, b = {3, long_values, 3.0};
    double one_apart = 2.0 * (1.0 - exp(-0.5));
    assert_true(fabs(mmd_of_rows(DG_KERNEL_TV, DG_DEGREE, a, b) - one_apart) < 1e-5);
    assert_true(fabs(mmd_of_rows(DG_KERNEL_TV, DG_DEGREE, b, a) - one_apart) < 1e-5);
    assert_true(mmd_of_rows(DG_KERNEL_TV, DG_DEGREE, a, a) == 0.0);
    /* Half of the mass goes two bins, half goes one. */
    double moved = 2.0 * (1.0 - exp(-1.5 * 1.5 / 2.0));
    assert_true(fabs(mmd_of_rows(DG_KERNEL_EMD, DG_DEGREE, a, b) - moved) < 1e-5);
    /* The narrowest bandwidth tells any two rows apart. */
    assert_true(fabs(mmd_of_rows(DG_KERNEL_RBF, DG_DEGREE, a, b) - 2.0) < 1e-12);
    assert_true(mmd_of_rows(DG_KERNEL_RBF, DG_DEGREE, b, b) == 0.0);
    assert_false(dg_kernel_defined(DG_KERNEL_EMD, DG_WAVELET));
}

static void mmds_do_not_depend_on_threads(void **state) {
    (void)state;
    digress_graph_set *a = make("sbm", 1, 37), *b = make("planar", 1, 35);
    dg_halves halves;
    ok(dg_halves_draw(37, 35, &halves));
    static dg_mmd mmds[2][DG_KERNEL_COUNT][DG_DESCRIPTOR_COUNT];
    for (size_t threads = 1; threads <= 2; threads++) {
        dg_pool *pool = make_pool(threads);
        dg_description of_a = describe(pool, a, false), of_b = describe(pool, b, false);
        for (size_t kernel = 0; kernel < DG_KERNEL_COUNT; kernel++)
            for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
                if (!dg_kernel_defined(kernel, d)) continue;
                const dg_mmd_request what = {kernel, d, &halves, NULL};
                ok(dg_squared_mmd(pool, &what, &of_a, &of_b, &mmds[threads - 1][kernel][d]));
                assert_true(fabs(mmd_of(pool, kernel, d, &of_a, &of_a)) < 1e-12);
            }
        dg_description_free(&of_a);
        dg_description_free(&of_b);
        dg_pool_free(pool);
    }
    assert_memory_equal(&mmds[0], &mmds[1], sizeof mmds[0]);
    dg_halves_free(&halves);
    digress_graph_set_free(a);
    digress_graph_set_free(b);
}

/* The graphs of one half. */
static dg_description choose(const dg_description *all, const float *halves, size_t replicate) {
    dg_description chosen = {0};
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        chosen.rows[d] = calloc(all->count, sizeof *chosen.rows[d]);
    for (size_t k = 0; k < all->count; k++) {
        if (halves[k * DG_REPLICATES + replicate] == 0.0f) continue;
        for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
            chosen.rows[d][chosen.count] = all->rows[d][k];
        chosen.count++;
    }
    return chosen;
}

/* Replicates are MMDs of halves: of 18 and 17 graphs. */
static void replicates_are_the_halves_mmds(void **state) {
    (void)state;
    enum { REPLICATE = 5 };
    dg_pool *pool = make_pool(THREADS);
    digress_graph_set *a = make("sbm", 1, 37), *b = make("planar", 1, 35);
    dg_description of_a = describe(pool, a, false), of_b = describe(pool, b, false);
    dg_halves halves;
    ok(dg_halves_draw(37, 35, &halves));
    dg_description half_a = choose(&of_a, halves.reference, REPLICATE);
    dg_description half_b = choose(&of_b, halves.other, REPLICATE);
    assert_int_equal(half_a.count, 18);
    assert_int_equal(half_b.count, 17);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        dg_mmd mmd;
        const dg_mmd_request what = {DG_KERNEL_TV, d, &halves, NULL};
        ok(dg_squared_mmd(pool, &what, &of_a, &of_b, &mmd));
        double expected = mmd_of(pool, DG_KERNEL_TV, d, &half_a, &half_b);
        assert_true(fabs(mmd.replicates[REPLICATE] - expected) < 1e-5);
        double interval[2];
        dg_replicate_interval(mmd.value, mmd.replicates, interval);
        assert_true(interval[0] < mmd.value && mmd.value < interval[1]);
    }
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        free(half_a.rows[d]);
        free(half_b.rows[d]);
    }
    dg_halves_free(&halves);
    dg_description_free(&of_a);
    dg_description_free(&of_b);
    digress_graph_set_free(a);
    digress_graph_set_free(b);
    dg_pool_free(pool);
}

/* `count` graphs, of which only `kinds` differ. */
static digress_graph_set *repeated(const char *kind, size_t kinds, size_t count) {
    digress_graph_set *some = make(kind, 1, kinds), *all = NULL;
    ok(digress_graph_set_create_like(some, &all));
    for (size_t k = 0; k < count; k++) {
        const digress_graph graph = digress_graph_set_get(some, k / 2 * (k / 2) % kinds);
        ok(digress_graph_set_append(all, graph.n, graph.node_class, graph.pair_class));
    }
    digress_graph_set_free(some);
    return all;
}

static double brute_kernel(const dg_row *a, const dg_row *b) {
    const double sigma = dg_descriptor_of(DG_DEGREE)->tv_sigma;
    double distance = 0;
    for (size_t c = 0; c < a->length || c < b->length; c++) {
        const double x = c < a->length ? a->values[c] / (a->sum + 1e-6) : 0;
        const double y = c < b->length ? b->values[c] / (b->sum + 1e-6) : 0;
        distance += 0.5 * fabs(x - y);
    }
    return exp(-distance * distance / (2 * sigma * sigma));
}

static double brute_mean(const dg_description *a, const dg_description *b) {
    double sum = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            sum += brute_kernel(&a->rows[DG_DEGREE][i], &b->rows[DG_DEGREE][j]);
    return sum / (double)(a->count * b->count);
}

/* Equal rows are computed with only once, and count as often as they occur; in the halves, too. */
static void equal_graphs_count_as_often_as_they_occur(void **state) {
    (void)state;
    enum { REPLICATE = 7 };
    dg_pool *pool = make_pool(THREADS);
    digress_graph_set *a = repeated("tree", 7, 90), *b = repeated("planar", 5, 70);
    dg_description of_a = describe(pool, a, false), of_b = describe(pool, b, false);
    dg_distinct distinct;
    dg_halves halves;
    dg_mmd mmd;
    ok(dg_distinct_find(of_a.rows[DG_DEGREE], 90, &distinct));
    assert_int_equal(distinct.count, 4); /* squares modulo 7: 0, 1, 4, 2 */
    assert_int_equal(distinct.number[3], 1);
    assert_int_equal(distinct.number[6], 3);
    assert_int_equal(distinct.number[12], 1);
    ok(dg_halves_draw(90, 70, &halves));
    const dg_mmd_request what = {DG_KERNEL_TV, DG_DEGREE, &halves, NULL};
    ok(dg_squared_mmd(pool, &what, &of_a, &of_b, &mmd));
    const double expected =
        brute_mean(&of_a, &of_a) + brute_mean(&of_b, &of_b) - 2 * brute_mean(&of_a, &of_b);
    assert_true(fabs(mmd.value - expected) < 1e-12);
    dg_description half_a = choose(&of_a, halves.reference, REPLICATE);
    dg_description half_b = choose(&of_b, halves.other, REPLICATE);
    const double half = brute_mean(&half_a, &half_a) + brute_mean(&half_b, &half_b) -
                        2 * brute_mean(&half_a, &half_b);
    assert_true(fabs(mmd.replicates[REPLICATE] - half) < 1e-5);
    assert_true(fabs(half - expected) > 1e-4);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        free(half_a.rows[d]);
        free(half_b.rows[d]);
    }
    dg_distinct_free(&distinct);
    dg_halves_free(&halves);
    dg_description_free(&of_a);
    dg_description_free(&of_b);
    digress_graph_set_free(a);
    digress_graph_set_free(b);
    dg_pool_free(pool);
}

/* The orbit of corner 0 in a graph of four nodes (or the first two or three), from the edges alone;
 * -1 if it is not connected. Degrees and the number of edges tell all graphlets of up to four nodes
 * apart. */
static int brute_orbit(size_t size, bool joined[4][4]) {
    int degree[4] = {0}, edges = 0, largest = 0, smallest = 4;
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++)
            degree[i] += joined[i][j];
    for (size_t i = 0; i < size; i++) {
        edges += degree[i];
        if (degree[i] > largest) largest = degree[i];
        if (degree[i] < smallest) smallest = degree[i];
    }
    edges /= 2;
    if (smallest == 0) return -1;
    if (size == 2) return 0;
    if (size == 3) return edges == 3 ? 3 : degree[0] == 1 ? 1 : 2;
    if (edges == 2) return -1; /* two apart */
    if (edges == 3) return largest == 3 ? (degree[0] == 3 ? 7 : 6) : degree[0] == 1 ? 4 : 5;
    if (edges == 4) return largest == 2 ? 8 : 8 + degree[0];
    return edges == 5 ? 10 + degree[0] : 14;
}

static void count_set(const digress_graph *graph, size_t size, const size_t *nodes,
                      int64_t (*counts)[DG_ORBITS]) {
    for (size_t first = 0; first < size; first++) {
        size_t order[4];
        bool joined[4][4] = {{false}};
        for (size_t k = 0; k < size; k++)
            order[k] = nodes[(first + k) % size];
        for (size_t i = 0; i < size; i++)
            for (size_t j = 0; j < size; j++)
                joined[i][j] = digress_graph_pair(graph, order[i], order[j]) > 0;
        int orbit = brute_orbit(size, joined);
        if (orbit >= 0) counts[order[0]][orbit]++;
    }
}

static void count_by_brute_force(const digress_graph *graph, int64_t (*counts)[DG_ORBITS]) {
    size_t n = graph->n, s[4];
    for (s[0] = 0; s[0] < n; s[0]++)
        for (s[1] = s[0] + 1; s[1] < n; s[1]++) {
            count_set(graph, 2, s, counts);
            for (s[2] = s[1] + 1; s[2] < n; s[2]++) {
                count_set(graph, 3, s, counts);
                for (s[3] = s[2] + 1; s[3] < n; s[3]++)
                    count_set(graph, 4, s, counts);
            }
        }
}

static void orbits_equal_brute_force(void **state) {
    (void)state;
    enum { MOST = 16, GRAPHS = 60 };
    dg_stream stream = {.key = {.seed = 3, .purpose = DG_RNG_TEST}};
    dg_arena *arena = NULL;
    ok(dg_arena_create(&arena));
    for (size_t trial = 0; trial < GRAPHS; trial++) {
        uint8_t node_class[MOST] = {0}, pair_class[MOST * MOST] = {0};
        size_t n = 1 + trial % MOST;
        double density = (double)(1 + trial % 9) / 10.0;
        for (size_t pair = 0; pair < n * (n - 1) / 2; pair++)
            pair_class[pair] = dg_stream_uniform(&stream) < density;
        digress_graph graph = {n, node_class, pair_class};
        dg_adjacency adjacency;
        int64_t counts[MOST][DG_ORBITS], expected[MOST][DG_ORBITS] = {{0}};
        ok(dg_arena_reset(arena));
        ok(dg_adjacency_of(&graph, arena, &adjacency));
        ok(dg_count_orbits(&adjacency, arena, counts));
        count_by_brute_force(&graph, expected);
        assert_memory_equal(counts, expected, n * sizeof *counts);
    }
    dg_arena_free(arena);
}

#if IGRAPH_VERSION_MAJOR >= 1
#define igraph_adjacent_triangles igraph_count_adjacent_triangles
#endif

static void make_igraph(const digress_graph *graph, igraph_t *out) {
    igraph_vector_int_t ends;
    igraph_vector_int_init(&ends, 0);
    for (size_t i = 0; i < graph->n; i++)
        for (size_t j = i + 1; j < graph->n; j++) {
            if (!digress_graph_pair(graph, i, j)) continue;
            igraph_vector_int_push_back(&ends, (igraph_integer_t)i);
            igraph_vector_int_push_back(&ends, (igraph_integer_t)j);
        }
    igraph_create(out, &ends, (igraph_integer_t)graph->n, IGRAPH_UNDIRECTED);
    igraph_vector_int_destroy(&ends);
}

static void check_with_igraph(const digress_graph *graph, const dg_summary *summary,
                              const dg_subject *subject) {
    igraph_t other;
    igraph_vector_t triangles, clustering;
    igraph_integer_t components = 0;
    make_igraph(graph, &other);
    igraph_vector_init(&triangles, 0);
    igraph_vector_init(&clustering, 0);
    igraph_adjacent_triangles(&other, &triangles, igraph_vss_all());
    igraph_transitivity_local_undirected(&other, &clustering, igraph_vss_all(),
                                         IGRAPH_TRANSITIVITY_ZERO);
    igraph_connected_components(&other, NULL, NULL, &components, IGRAPH_WEAK);
    assert_int_equal(summary->components, components);
    assert_int_equal(summary->edges, igraph_ecount(&other));
    for (size_t u = 0; u < graph->n; u++) {
        igraph_integer_t degree = 0;
        igraph_degree_1(&other, &degree, (igraph_integer_t)u, IGRAPH_ALL, IGRAPH_NO_LOOPS);
        assert_int_equal(subject->orbits[u][0], degree);
        assert_int_equal(subject->orbits[u][3], (int64_t)VECTOR(triangles)[u]);
        assert_true(fabs(subject->clustering[u] - VECTOR(clustering)[u]) < 1e-12);
    }
    igraph_vector_destroy(&triangles);
    igraph_vector_destroy(&clustering);
    igraph_destroy(&other);
}

static void igraph_agrees(void **state) {
    (void)state;
    dg_pool *pool = make_pool(1);
    dg_arena *arena = NULL;
    ok(dg_arena_create(&arena));
    const char *const kinds[] = {"planar", "sbm", "community", "tree", "grid", "er"};
    const dg_describe_options options = {.descriptors = 0};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        digress_graph_set *set = make(kinds[k], 7, 4);
        dg_description description;
        ok(dg_describe(pool, set, &options, &description));
        for (size_t g = 0; g < description.count; g++) {
            digress_graph graph = digress_graph_set_get(set, g);
            dg_subject subject;
            ok(dg_arena_reset(arena));
            ok(dg_subject_of(&graph, 0, false, arena, &subject));
            check_with_igraph(&graph, &description.summaries[g], &subject);
        }
        dg_description_free(&description);
        digress_graph_set_free(set);
    }
    dg_arena_free(arena);
    dg_pool_free(pool);
}

/* A cached description is the one that was written; that of another set is replaced, and anything
 * else is refused. */
static void descriptions_are_kept(void **state) {
    char *path = dg_path_join(*state, "cache"), *foreign = dg_path_join(*state, "foreign");
    dg_pool *pool = make_pool(THREADS);
    digress_graph_set *sets[] = {make("sbm", 1, 9), make("tree", 1, 7)};
    dg_describe_options options = {.descriptors = DG_ALL_DESCRIPTORS & ~(1u << DG_ORBIT)};
    const size_t order[] = {0, 0, 1, 0}; /* made, read, replaced, replaced */
    for (size_t k = 0; k < 4; k++) {
        dg_description cached, expected;
        ok(dg_describe_cached(pool, sets[order[k]], &options, path, &cached));
        ok(dg_describe(pool, sets[order[k]], &options, &expected));
        assert_int_equal(cached.count, expected.count);
        assert_null(cached.rows[DG_ORBIT]);
        for (size_t g = 0; g < cached.count; g++) {
            assert_memory_equal(&cached.summaries[g], &expected.summaries[g], sizeof(dg_summary));
            for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
                if (d == DG_ORBIT) continue;
                const dg_row *a = &cached.rows[d][g], *b = &expected.rows[d][g];
                assert_int_equal(a->length, b->length);
                assert_true(a->sum == b->sum);
                assert_memory_equal(a->values, b->values, a->length * sizeof *a->values);
            }
        }
        assert_memory_equal(cached.edge_class_counts, expected.edge_class_counts,
                            cached.count * cached.edge_classes * sizeof(uint32_t));
        dg_description_free(&cached);
        dg_description_free(&expected);
    }
    dg_description none;
    ok(digress_graph_set_write(sets[0], foreign, DIGRESS_FORMAT_SAFETENSORS, false, NULL));
    assert_int_equal(dg_describe_cached(pool, sets[0], &options, foreign, &none),
                     DIGRESS_ERROR_INPUT);
    free(path);
    free(foreign);
    for (size_t k = 0; k < 2; k++)
        digress_graph_set_free(sets[k]);
    dg_pool_free(pool);
}

/* Halves that differ by +-2 and are 0 in the mean: the variance of their half is 32 / 31. */
static void an_interval_has_95_percent(void **state) {
    (void)state;
    double replicates[DG_REPLICATES], interval[2];
    for (size_t k = 0; k < DG_REPLICATES; k++)
        replicates[k] = (k / 2 + k) % 2 ? 6.0 : 4.0;
    dg_replicate_interval(5.0, replicates, interval);
    assert_true(fabs(interval[1] - 5.0 - 1.959964 * sqrt(32.0 / 31.0)) < 1e-6);
    assert_true(fabs(interval[0] + interval[1] - 10.0) < 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_has_95_percent),
        cmocka_unit_test(bins_are_numpys),
        cmocka_unit_test(kernels_are_as_published),
        cmocka_unit_test(mmds_do_not_depend_on_threads),
        cmocka_unit_test(replicates_are_the_halves_mmds),
        cmocka_unit_test(equal_graphs_count_as_often_as_they_occur),
        cmocka_unit_test(orbits_equal_brute_force),
        cmocka_unit_test(igraph_agrees),
        SCRATCH_TEST(descriptions_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
