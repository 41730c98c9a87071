/* Evaluation on several ranks is that on one, to the bit. The ranks are threads. */
#include "core/hash.h"
#include "core/memory.h"
#include "datasets/molecules.h"
#include "distributed/divided.h"
#include "eval/descriptors/description_cache.h"
#include "eval/report/report.h"
#include "eval/score.h"
#include "eval/structure/canonical.h"
#include "graph/classes.h"
#include "graph/graph_set.h"

#include <stdatomic.h>
#include <stdio.h>

#include "metrics.h"
#include "scratch.h"
#include "thread_ranks.h"

/* ---- A loop ---- */

enum { MOST = 7 };

typedef struct loop_case {
    size_t count, failing; /* the item whose job fails; SIZE_MAX: none */
    size_t fewer;          /* that the last of three ranks has */
    atomic_size_t runs[MOST];
    digress_status got[MOST_THREAD_RANKS];
    char text[MOST_THREAD_RANKS][256];
    size_t wrong[MOST_THREAD_RANKS];
} loop_case;

typedef struct item {
    double number;
    char *text; /* NULL for every third */
    uint32_t *list;
    size_t length;
} item;

typedef struct loop {
    loop_case *c;
    item items[MOST];
} loop;

static digress_status make_item(void *context, size_t index, size_t thread) {
    loop *l = context;
    item *made = &l->items[index];
    (void)thread;
    atomic_fetch_add(&l->c->runs[index], 1);
    if (index == l->c->failing) return dg_error(DIGRESS_ERROR_INPUT, "item %zu fails", index);
    made->number = 1.0 / (double)(index + 1);
    made->length = index;
    if (index % 3 != 2 && !(made->text = dg_format("text %zu", index))) return dg_out_of_memory();
    DG_TRY(dg_allocate(index, sizeof *made->list, &made->list));
    for (size_t k = 0; k < index; k++)
        made->list[k] = (uint32_t)(index * 100 + k);
    return DIGRESS_OK;
}

static digress_status carry_item(void *context, size_t index, dg_parcel *parcel) {
    item *of = &((loop *)context)->items[index];
    DG_TRY(dg_parcel_bytes(parcel, &of->number, sizeof of->number));
    DG_TRY(dg_parcel_text(parcel, &of->text));
    return dg_parcel_array(parcel, &of->list, &of->length, sizeof *of->list);
}

static bool is_right(const item *found, size_t index) {
    char text[32];
    snprintf(text, sizeof text, "text %zu", index);
    bool right =
        found->number == 1.0 / (double)(index + 1) && found->length == index && found->list;
    if (!right || !found->text != (index % 3 == 2)) return false;
    if (found->text && strcmp(found->text, text) != 0) return false;
    for (size_t k = 0; k < index; k++)
        right = right && found->list[k] == index * 100 + k;
    return right;
}

static void loop_on_rank(dg_ranks *ranks, void *context) {
    loop_case *c = context;
    loop l = {.c = c};
    const size_t r = dg_rank_number(ranks);
    const dg_divided how = {.count = c->count - (r == 2 ? c->fewer : 0),
                            .job = make_item,
                            .carry = carry_item,
                            .context = &l};
    dg_pool *pool = NULL;
    if (dg_pool_create(1 + r % 2, &pool) != DIGRESS_OK) abort();
    dg_pool_join(pool, ranks);
    c->got[r] = dg_run_divided(pool, &how);
    snprintf(c->text[r], sizeof c->text[r], "%s", digress_last_error());
    for (size_t k = 0; k < c->count; k++) {
        c->wrong[r] += !is_right(&l.items[k], k);
        free(l.items[k].text);
        free(l.items[k].list);
    }
    dg_pool_free(pool);
}

static void each_item_is_one_ranks_and_reaches_all(void **state) {
    (void)state;
    for (size_t ranks = 1; ranks <= 4; ranks++) {
        static const size_t counts[] = {0, 1, 3, MOST};
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            loop_case c = {.count = counts[k], .failing = SIZE_MAX};
            run_as_ranks(ranks, loop_on_rank, &c);
            for (size_t r = 0; r < ranks; r++) {
                assert_int_equal(c.got[r], DIGRESS_OK);
                assert_int_equal(c.wrong[r], 0);
            }
            for (size_t n = 0; n < counts[k]; n++)
                assert_int_equal(c.runs[n], 1);
        }
    }
}

static void a_failing_item_fails_on_all(void **state) {
    (void)state;
    loop_case c = {.count = MOST, .failing = 4};
    run_as_ranks(3, loop_on_rank, &c);
    for (size_t r = 0; r < 3; r++)
        assert_int_equal(c.got[r], DIGRESS_ERROR_INPUT);
}

static void ranks_that_have_other_items_are_told(void **state) {
    (void)state;
    loop_case c = {.count = MOST, .failing = SIZE_MAX, .fewer = 3};
    run_as_ranks(3, loop_on_rank, &c);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(c.got[r], DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(c.text[r], "the ranks do not match"));
    }
}

/* ---- Comparisons ---- */

typedef struct comparing {
    digress_graph_set *reference, *train, *samples;
    dg_compare_options options;
    const char *cache; /* rank r's is this, and r; NULL: none */
    char *text[MOST_THREAD_RANKS];
    dg_score score[MOST_THREAD_RANKS];
    digress_status got[MOST_THREAD_RANKS];
} comparing;

/* All numbers, and the marks of single graphs. */
static char *text_of(const dg_comparison *comparison) {
    const char *samples = "samples";
    const dg_report_names names = {"reference", "train", &samples};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream || dg_report_json(stream, comparison, &names) != DIGRESS_OK) abort();
    if (fclose(stream) != 0) abort();
    return text;
}

static digress_status compare(comparing *c, size_t r, dg_pool *pool) {
    dg_comparison comparison;
    dg_compare_options options = c->options;
    char cache[512];
    snprintf(cache, sizeof cache, "%s-%zu", c->cache ? c->cache : "", r);
    if (c->cache) options.reference_cache = cache;
    DG_TRY(dg_compare(pool, &options, c->reference, c->train, 1,
                      (const digress_graph_set *const *)&c->samples, &comparison));
    c->text[r] = text_of(&comparison);
    dg_comparison_free(&comparison);
    return dg_score_of(pool, options.rule, c->reference, c->train, c->samples, &c->score[r]);
}

static void compare_on_rank(dg_ranks *ranks, void *context) {
    comparing *c = context;
    const size_t r = dg_rank_number(ranks);
    dg_pool *pool = NULL;
    if (dg_pool_create(1 + r % 2, &pool) != DIGRESS_OK) abort();
    dg_pool_join(pool, ranks);
    c->got[r] = compare(c, r, pool);
    dg_pool_free(pool);
}

/* What `ranks` of them find; to be freed. All must have found the same. */
static char *found_on(comparing *c, size_t ranks) {
    run_as_ranks(ranks, compare_on_rank, c);
    for (size_t r = 0; r < ranks; r++) {
        assert_int_equal(c->got[r], DIGRESS_OK);
        assert_string_equal(c->text[r], c->text[0]);
        assert_memory_equal(&c->score[r], &c->score[0], sizeof c->score[0]);
        if (r > 0) free(c->text[r]);
    }
    return c->text[0];
}

static void must_be_equal_on_ranks(comparing *c) {
    compare_on_rank(NULL, c);
    assert_int_equal(c->got[0], DIGRESS_OK);
    char *alone = c->text[0];
    const dg_score score = c->score[0];
    for (size_t ranks = 2; ranks <= 4; ranks++) {
        char *found = found_on(c, ranks);
        assert_string_equal(found, alone);
        assert_memory_equal(&c->score[0], &score, sizeof score);
        free(found);
    }
    free(alone);
    digress_graph_set_free(c->reference);
    digress_graph_set_free(c->train);
    digress_graph_set_free(c->samples);
}

/* Four samples are training graphs, and two of the others occur twice. */
static comparing comparing_of(const char *kind, dg_rule rule, size_t count) {
    comparing c = {.reference = make(kind, 1, 12), .train = make(kind, 2, 10)};
    c.samples = make(kind, 3, count);
    for (size_t k = 0; k < 6; k++) {
        const digress_graph graph =
            k < 4 ? digress_graph_set_get(c.train, k) : digress_graph_set_get(c.samples, k - 4);
        uint8_t pairs[20000];
        assert_true(graph.n <= 200);
        memcpy(pairs, graph.pair_class, graph.n * (graph.n - 1) / 2);
        ok(digress_graph_set_append(c.samples, graph.n, NULL, pairs));
    }
    c.options = dg_compare_defaults;
    c.options.rule = rule;
    return c;
}

static void a_comparison_on_ranks_is_that_of_one(void **state) {
    (void)state;
    comparing planar = comparing_of("planar", DG_RULE_PLANAR, 8);
    must_be_equal_on_ranks(&planar);
    comparing sbm = comparing_of("sbm", DG_RULE_SBM, 2);
    sbm.options.kernels = 1u << DG_KERNEL_TV;
    sbm.options.baseline = false;
    must_be_equal_on_ranks(&sbm);
}

static void molecules_on_ranks_are_those_of_one(void **state) {
    if (!dg_rdkit_version()) skip();
    const char *paths[] = {
        scratch_file(state, "r.smi", "C\nCC\nCCO\nc1ccccc1\nCC(=O)O\nCCN\nC1CC1\nC#N\nCCCC\n"),
        scratch_file(state, "t.smi", "CO\nCCC\nCCOC\nc1ccncc1\nNC=O\nCN\nC1CCC1\nC#C\nCC=C\nC\n"),
        scratch_file(state, "s.smi", "CO\nCO\nCCF\nc1ccoc1\nOC=O\nCCCN\nC1CO1\nCC#N\nC=C\nC\n")};
    digress_graph_set *sets[3];
    dg_import_report report;
    const dg_import_options plain = {0};
    dg_pool *pool = make_pool(1);
    const uint8_t classes[3] = {0}, bonds[3] = {DG_BOND_TRIPLE, DG_BOND_DOUBLE, 0};
    ok(dg_import_molecules(pool, &plain, 3, paths, sets, &report));
    ok(digress_graph_set_append(sets[2], 3, classes, bonds)); /* with too many bonds */
    comparing c = {.reference = sets[0], .train = sets[1], .samples = sets[2]};
    c.options = dg_compare_defaults;
    c.options.rule = DG_RULE_MOLECULE;
    must_be_equal_on_ranks(&c);
    dg_pool_free(pool);
}

/* ---- Files of molecules ---- */

typedef struct importing {
    const char *path;
    dg_import_options options;
    digress_graph_set *sets[MOST_THREAD_RANKS];
    dg_import_report report[MOST_THREAD_RANKS];
    char *dropped[MOST_THREAD_RANKS];
    digress_status got[MOST_THREAD_RANKS];
} importing;

static void import_on_rank(dg_ranks *ranks, void *context) {
    importing *c = context;
    dg_import_options options = c->options;
    const size_t r = dg_rank_number(ranks);
    dg_pool *pool = NULL;
    size_t size = 0;
    if (dg_pool_create(1 + r % 2, &pool) != DIGRESS_OK) abort();
    if (!(options.dropped = open_memstream(&c->dropped[r], &size))) abort();
    dg_pool_join(pool, ranks);
    c->got[r] = dg_import_molecules(pool, &options, 1, &c->path, &c->sets[r], &c->report[r]);
    if (fclose(options.dropped) != 0) abort();
    dg_pool_free(pool);
}

static void assert_same_set(const digress_graph_set *a, const digress_graph_set *b) {
    assert_int_equal(digress_graph_set_count(a), digress_graph_set_count(b));
    assert_int_equal(digress_graph_set_node_classes(a), digress_graph_set_node_classes(b));
    assert_true(dg_same_classes(a, b));
    assert_true(dg_hash_graphs(DG_HASH_START, a) == dg_hash_graphs(DG_HASH_START, b));
}

static void must_import_alike(importing *c) {
    import_on_rank(NULL, c);
    importing alone = *c;
    assert_int_equal(alone.got[0], DIGRESS_OK);
    for (size_t ranks = 2; ranks <= 3; ranks++) {
        run_as_ranks(ranks, import_on_rank, c);
        for (size_t r = 0; r < ranks; r++) {
            assert_int_equal(c->got[r], DIGRESS_OK);
            assert_same_set(c->sets[r], alone.sets[0]);
            assert_memory_equal(&c->report[r], &alone.report[0], sizeof alone.report[0]);
            assert_string_equal(c->dropped[r], alone.dropped[0]);
            digress_graph_set_free(c->sets[r]);
            free(c->dropped[r]);
        }
    }
    digress_graph_set_free(alone.sets[0]);
    free(alone.dropped[0]);
}

/* Molecules in parts, charged, too large, unparsable, with hydrogens and stereo marks to lose. */
static void molecules_are_read_on_ranks_as_on_one(void **state) {
    if (!dg_rdkit_version()) skip();
    importing c = {
        .path = scratch_file(state, "m.smi",
                             "CCO a\nC.CC b\nC[N+](C)(C)C c\nC1CC d\nC[C@H](O)F e\n[13CH4] f\n"
                             "CCCCCCCCCC g\nC#N h\nCCS i\nO.O j\n[H][H] k\nc1ccccc1 l\n"
                             "CC.C m\nC/C=C/C n\n[CH3] o\nNo p\n[Fe]C q\nC=O r\n")};
    c.options.most_atoms = 6;
    must_import_alike(&c);
    assert_true(c.report[0].stereo > 0 && c.report[0].kept > 4);
    c.options.largest_fragment = true;
    must_import_alike(&c);
    assert_true(c.report[0].cut > 1);
    c.options.style = (dg_molecule_style){.full = true, .aromatic = true};
    must_import_alike(&c);
}

/* One of two ranks finds the file that both keep descriptors in: both describe, and rank 0 alone
 * writes. */
static void a_cache_is_used_by_all_or_none(void **state) {
    comparing c = comparing_of("tree", DG_RULE_NONE, 5);
    char *without = found_on(&c, 1);
    c.cache = scratch_path(state, "kept");
    char *first = found_on(&c, 1), *second = found_on(&c, 2), *third = found_on(&c, 2);
    assert_string_equal(first, without);
    assert_string_equal(second, without);
    assert_string_equal(third, without);
    assert_true(dg_exists(scratch_path(state, "kept-0")));
    assert_false(dg_exists(scratch_path(state, "kept-1")));
    free(without);
    free(first);
    free(second);
    free(third);
    digress_graph_set_free(c.reference);
    digress_graph_set_free(c.train);
    digress_graph_set_free(c.samples);
}

/* Two triangles or a hexagon: not isomorphic, but no colours of nodes tell them apart. */
static void join_nodes(bool hexagon, uint8_t pairs[15]) {
    memset(pairs, 0, 15);
    for (size_t k = 0; k < 6; k++) {
        const size_t next = hexagon ? (k + 1) % 6 : k / 3 * 3 + (k + 1) % 3;
        pairs[digress_pair_index(6, k < next ? k : next, k < next ? next : k)] = 1;
    }
}

enum { RINGS = 8 };

typedef struct classing {
    digress_graph graphs[RINGS];
    size_t first[MOST_THREAD_RANKS][RINGS];
    digress_status got[MOST_THREAD_RANKS];
} classing;

static void class_on_rank(dg_ranks *ranks, void *context) {
    classing *c = context;
    dg_pool *pool = NULL;
    if (dg_pool_create(1, &pool) != DIGRESS_OK) abort();
    dg_pool_join(pool, ranks);
    c->got[ranks->rank] = dg_isomorphism_classes(pool, RINGS, c->graphs, c->first[ranks->rank]);
    dg_pool_free(pool);
}

static void classes_of_one_hash_are_divided_alike(void **state) {
    (void)state;
    const uint8_t nodes[6] = {0};
    for (int hexagons_first = 0; hexagons_first < 2; hexagons_first++) {
        uint8_t pairs[2][15];
        classing c;
        join_nodes(hexagons_first, pairs[0]);
        join_nodes(!hexagons_first, pairs[1]);
        for (size_t k = 0; k < RINGS; k++)
            c.graphs[k] = (digress_graph){.n = 6, .node_class = nodes, .pair_class = pairs[k % 2]};
        run_as_ranks(3, class_on_rank, &c);
        for (size_t r = 0; r < 3; r++) {
            assert_int_equal(c.got[r], DIGRESS_OK);
            for (size_t k = 0; k < RINGS; k++)
                assert_int_equal(c.first[r][k], k % 2);
        }
    }
}

/* ---- A failure that one rank meets by itself ---- */

typedef struct settling {
    bool fails_alone;
    digress_status got[MOST_THREAD_RANKS];
} settling;

/* Rank 1 fails before a loop that the others run, or all fail in it. */
static digress_status work(dg_ranks *ranks, const settling *s, dg_pool *pool) {
    loop_case c = {.count = MOST, .failing = s->fails_alone ? SIZE_MAX : 4};
    loop l = {.c = &c};
    const dg_divided how = {.count = c.count, .job = make_item, .carry = carry_item, .context = &l};
    if (s->fails_alone && dg_rank_number(ranks) == 1) return dg_out_of_memory();
    digress_status status = dg_run_divided(pool, &how);
    for (size_t k = 0; k < c.count; k++) {
        free(l.items[k].text);
        free(l.items[k].list);
    }
    return status;
}

static void settle_on_rank(dg_ranks *ranks, void *context) {
    settling *s = context;
    const uint64_t known = dg_rank_failures(ranks);
    dg_pool *pool = NULL;
    if (dg_pool_create(1, &pool) != DIGRESS_OK) abort();
    dg_pool_join(pool, ranks);
    digress_status status = dg_ranks_settle(ranks, known, work(ranks, s, pool));
    s->got[dg_rank_number(ranks)] = dg_ranks_agree(ranks, status);
    dg_pool_free(pool);
}

static void a_failure_is_settled_once(void **state) {
    (void)state;
    for (int alone = 0; alone < 2; alone++) {
        settling s = {.fails_alone = alone};
        run_as_ranks(3, settle_on_rank, &s);
        for (size_t r = 0; r < 3; r++)
            assert_int_equal(s.got[r], alone ? DIGRESS_ERROR_MEMORY : DIGRESS_ERROR_INPUT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_is_one_ranks_and_reaches_all),
        cmocka_unit_test(a_failing_item_fails_on_all),
        cmocka_unit_test(ranks_that_have_other_items_are_told),
        cmocka_unit_test(a_comparison_on_ranks_is_that_of_one),
        SCRATCH_TEST(molecules_on_ranks_are_those_of_one),
        SCRATCH_TEST(molecules_are_read_on_ranks_as_on_one),
        SCRATCH_TEST(a_cache_is_used_by_all_or_none),
        cmocka_unit_test(classes_of_one_hash_are_divided_alike),
        cmocka_unit_test(a_failure_is_settled_once),
    };
    return cmocka_run_group_tests_name("divided", tests, NULL, NULL);
}
