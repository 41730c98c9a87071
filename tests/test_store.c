/* A sampling that is stopped and continued: the same graphs, and none drawn twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample/keep.h"
#include "scratch.h"
#include "thread_ranks.h"
#include "training.h"

enum { SAMPLES = 40, FIRST = 5 };

static dg_model *new_model(void) {
    problem p = small_problem();
    dg_model *model = NULL;
    ok(dg_model_create(&p.config, p.train, p.val, "", &model));
    free_problem(&p);
    return model;
}

static digress_status ask_often(void *context) {
    size_t *left = context;
    if (*left == 0) return dg_error(DIGRESS_INTERRUPTED, "enough");
    --*left;
    return DIGRESS_OK;
}

static digress_status first_done(void *context, size_t done, size_t total) {
    size_t *first = context;
    (void)total;
    if (*first == SIZE_MAX) *first = done;
    return DIGRESS_OK;
}

static void assert_same_sets(const digress_graph_set *a, const digress_graph_set *b) {
    assert_int_equal(digress_graph_set_count(a), digress_graph_set_count(b));
    for (size_t k = 0; k < digress_graph_set_count(a); k++) {
        digress_graph x = digress_graph_set_get(a, k), y = digress_graph_set_get(b, k);
        assert_int_equal(x.n, y.n);
        assert_memory_equal(x.node_class, y.node_class, x.n);
        assert_memory_equal(x.pair_class, y.pair_class, x.n * (x.n - 1) / 2);
    }
}

static digress_graph_set *new_set(const dg_model *model) {
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create_like(model->classes, &set));
    return set;
}

static digress_graph_set *drawn_at_once(const dg_model *model, dg_pool *pool) {
    const dg_sample_options options = {.count = SAMPLES, .first = FIRST, .seed = 7};
    digress_graph_set *set = new_set(model);
    ok(dg_sample(model, pool, &options, set, NULL));
    return set;
}

static void a_stopped_sampling_goes_on(void **state) {
    dg_model *model = new_model();
    dg_pool *pool = NULL;
    ok(dg_pool_create(2, &pool));
    digress_graph_set *whole = drawn_at_once(model, pool);
    size_t stopped = 0, kept_some = 0;
    for (size_t asks = 0; asks < 200; asks += 7) {
        size_t left = asks, first = SIZE_MAX;
        dg_store store, again;
        const char *path = scratch_path(state, "rest");
        ok(dg_store_create(model->classes, &store));
        ok(dg_store_create(model->classes, &again));
        dg_sample_options options = {
            .count = SAMPLES, .first = FIRST, .seed = 7, .batch = 6, .store = &store};
        digress_graph_set *none = new_set(model), *rest = new_set(model);
        dg_pool_watch(pool, &(dg_watch){ask_often, &left});
        digress_status status = dg_sample(model, pool, &options, none, NULL);
        dg_pool_watch(pool, NULL);
        stopped += status == DIGRESS_INTERRUPTED;
        kept_some += dg_store_count(&store) > 0 && dg_store_count(&store) < SAMPLES;
        if (status != DIGRESS_OK) assert_int_equal(digress_graph_set_count(none), 0);

        if (dg_store_count(&store) > 0) {
            ok(dg_store_save(&store, "seed 7", path));
            ok(dg_store_load(&again, "seed 7", path));
        }
        assert_int_equal(dg_store_count(&again), dg_store_count(&store));
        options.store = &again;
        options.progress = first_done;
        options.progress_context = &first;
        const size_t before = dg_store_count(&again);
        ok(dg_sample(model, pool, &options, rest, NULL));
        assert_same_sets(whole, rest);
        if (before < SAMPLES)
            assert_true(first > before * 4); /* steps: those are not taken again */
        digress_graph_set_free(none);
        digress_graph_set_free(rest);
        dg_store_free(&store);
        dg_store_free(&again);
    }
    assert_true(stopped > 3 && kept_some > 3);
    digress_graph_set_free(whole);
    dg_pool_free(pool);
    dg_model_free(model);
}

static void chains_are_whole_after_a_stop(void **state) {
    (void)state;
    dg_model *model = new_model();
    dg_pool *pool = NULL;
    dg_store store;
    ok(dg_pool_create(1, &pool));
    ok(dg_store_create(model->classes, &store));
    dg_sample_options options = {.count = 4, .chains = 2, .chain_frames = 3};
    digress_graph_set *sets[6];
    for (size_t k = 0; k < 6; k++)
        sets[k] = new_set(model);
    ok(dg_sample(model, pool, &options, sets[0], sets + 1));
    options.store = &store;
    options.chains = 0;
    options.count = 3;
    digress_graph_set *some = new_set(model);
    ok(dg_sample(model, pool, &options, some, NULL)); /* as though the fourth had been stopped */
    options.chains = 2;
    options.count = 4;
    ok(dg_sample(model, pool, &options, sets[3], sets + 4));
    for (size_t k = 0; k < 3; k++)
        assert_same_sets(sets[k], sets[k + 3]);
    for (size_t k = 0; k < 6; k++)
        digress_graph_set_free(sets[k]);
    digress_graph_set_free(some);
    dg_store_free(&store);
    dg_pool_free(pool);
    dg_model_free(model);
}

static void choosing_goes_on_too(void **state) {
    (void)state;
    dg_model *model = new_model();
    dg_pool *pool = NULL;
    dg_keep_report report;
    ok(dg_pool_create(1, &pool));
    const dg_keep_options keep = {.unique = true, .max_draws = 1000};
    dg_sample_options options = {.count = 30, .batch = 3};
    digress_graph_set *whole = new_set(model);
    ok(dg_sample_and_keep(model, pool, &options, &keep, whole, &report));
    for (size_t asks = 20; asks < 400; asks += 60) {
        size_t left = asks;
        dg_store store;
        digress_graph_set *none = new_set(model), *rest = new_set(model);
        ok(dg_store_create(model->classes, &store));
        options.store = &store;
        dg_pool_watch(pool, &(dg_watch){ask_often, &left});
        digress_status status = dg_sample_and_keep(model, pool, &options, &keep, none, &report);
        dg_pool_watch(pool, NULL);
        if (status != DIGRESS_OK) assert_int_equal(status, DIGRESS_INTERRUPTED);
        ok(dg_sample_and_keep(model, pool, &options, &keep, rest, &report));
        assert_same_sets(whole, rest);
        digress_graph_set_free(none);
        digress_graph_set_free(rest);
        dg_store_free(&store);
    }
    digress_graph_set_free(whole);
    dg_pool_free(pool);
    dg_model_free(model);
}

static void assert_refused(dg_store *store, const char *origin, const char *path,
                           const char *text) {
    assert_int_equal(dg_store_load(store, origin, path), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), text));
    assert_non_null(strstr(digress_last_error(), path));
    assert_int_equal(dg_store_count(store), 0);
}

static void takes_a_whole_set(void **state) {
    (void)state;
    digress_graph_set *set = NULL;
    dg_store store;
    digress_graph graph;
    ok(digress_graph_set_create(2, 2, &set));
    ok(dg_store_create(set, &store));
    for (uint8_t k = 0; k < 2; k++)
        ok(digress_graph_set_append(set, 1, &k, NULL));
    graph = digress_graph_set_get(set, 1);
    ok(dg_store_add(&store, 7, &graph));
    ok(dg_store_take(&store, set));
    assert_int_equal(digress_graph_set_count(set), 0);
    assert_int_equal(dg_store_count(&store), 2);
    assert_false(dg_store_find(&store, 7, &graph));
    for (uint32_t k = 0; k < 2; k++) {
        assert_true(dg_store_find(&store, k, &graph));
        assert_int_equal(graph.node_class[0], k);
    }
    dg_store_free(&store);
    digress_graph_set_free(set);
}

static void refuses_other_files(void **state) {
    digress_graph_set *set = random_set(3, 4), *other = NULL;
    const char *path = scratch_path(state, "rest"), *plain = scratch_path(state, "plain");
    dg_store store, empty, different;
    ok(digress_graph_set_create(1, 2, &other));
    ok(dg_store_create(set, &store));
    ok(dg_store_create(set, &empty));
    ok(dg_store_create(other, &different));
    static const uint32_t numbers[] = {9, 2, 3, 4000000000u};
    for (size_t k = 0; k < 4; k++) {
        digress_graph graph = digress_graph_set_get(set, k), found;
        ok(dg_store_add(&store, numbers[k], &graph));
        ok(dg_store_add(&store, numbers[k], &graph)); /* not twice */
        assert_true(dg_store_find(&store, numbers[k], &found));
        assert_int_equal(found.n, graph.n);
        assert_false(dg_store_find(&store, numbers[k] + 3, &found));
    }
    assert_int_equal(dg_store_count(&store), 4);
    ok(dg_store_save(&store, "seed 1", path));
    ok(digress_graph_set_write(set, plain, DIGRESS_FORMAT_SAFETENSORS, false, NULL));
    assert_refused(&empty, "seed 2", path, "(seed 1) are not the ones asked for (seed 2)");
    assert_refused(&empty, "seed 1", plain, "not the file of a sampling");
    assert_refused(&different, "seed 1", path, "its graphs have other classes");

    char *bytes = NULL;
    size_t size = 0;
    static const char *const wrong[] = {"2-3,8,4000000000", "2-4,9,4000000000", "3-2,9,4000000000",
                                        "2-3,9,4294967296", "2-3,9-4000000000", "2-3;9,4000000000"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        ok(dg_file_read(path, &bytes, &size));
        char *at = NULL; /* in a header of text, before the numbers' bytes */
        for (size_t b = 0; b + 16 < size && !at; b++)
            if (memcmp(bytes + b, "2-3,9,4000000000", 16) == 0) at = bytes + b;
        assert_non_null(at);
        memcpy(at, wrong[k], 16);
        const char *damaged = scratch_path(state, "damaged");
        ok(dg_file_write(damaged, bytes, size));
        free(bytes);
        dg_store left;
        ok(dg_store_create(set, &left));
        digress_status status = dg_store_load(&left, "seed 1", damaged);
        assert_int_equal(status, k == 0 ? DIGRESS_OK : DIGRESS_ERROR_INPUT);
        dg_store_free(&left);
    }
    dg_store_free(&store);
    dg_store_free(&empty);
    dg_store_free(&different);
    digress_graph_set_free(set);
    digress_graph_set_free(other);
}

/* ---- Several ranks ---- */

typedef struct shared_sampling {
    size_t asks; /* how often rank 1 is asked before it is told to stop; SIZE_MAX: never */
    dg_model *models[MOST_THREAD_RANKS];
    digress_graph_set *out[MOST_THREAD_RANKS], *chain; /* of rank 0 */
    dg_store stores[MOST_THREAD_RANKS];
    digress_status got[MOST_THREAD_RANKS];
} shared_sampling;

static void sample_on_rank(dg_ranks *ranks, void *context) {
    shared_sampling *shared = context;
    const size_t r = ranks->rank;
    dg_pool *pool = NULL;
    size_t left = shared->asks;
    const dg_watch watch = {ask_often, &left};
    digress_graph_set *chains[] = {r == 0 ? shared->chain : new_set(shared->models[r])};
    const dg_sample_options options = {.count = SAMPLES,
                                       .first = FIRST,
                                       .seed = 7,
                                       .batch = 6,
                                       .chains = 1,
                                       .chain_frames = 3,
                                       .store = &shared->stores[r]};
    if (dg_pool_create(1, &pool) != DIGRESS_OK) abort();
    dg_pool_join(pool, ranks);
    if (r == 1) dg_pool_watch(pool, &watch);
    shared->got[r] = dg_sample(shared->models[r], pool, &options, shared->out[r], chains);
    if (r > 0) digress_graph_set_free(chains[0]);
    dg_pool_free(pool);
}

static shared_sampling open_shared(size_t asks) {
    shared_sampling shared = {.asks = asks};
    for (size_t r = 0; r < MOST_THREAD_RANKS; r++) {
        shared.models[r] = new_model();
        shared.out[r] = new_set(shared.models[r]);
        ok(dg_store_create(shared.models[r]->classes, &shared.stores[r]));
    }
    shared.chain = new_set(shared.models[0]);
    return shared;
}

static void close_shared(shared_sampling *shared) {
    for (size_t r = 0; r < MOST_THREAD_RANKS; r++) {
        digress_graph_set_free(shared->out[r]);
        dg_store_free(&shared->stores[r]);
        dg_model_free(shared->models[r]);
    }
    digress_graph_set_free(shared->chain);
}

static void ranks_draw_what_one_draws(void **state) {
    (void)state;
    dg_model *model = new_model();
    dg_pool *pool = NULL;
    ok(dg_pool_create(1, &pool));
    digress_graph_set *whole = drawn_at_once(model, pool);
    for (size_t count = 1; count <= 4; count++) {
        shared_sampling shared = open_shared(SIZE_MAX);
        run_as_ranks(count, sample_on_rank, &shared);
        for (size_t r = 0; r < count; r++) {
            assert_int_equal(shared.got[r], DIGRESS_OK);
            assert_same_sets(shared.out[r], whole);
        }
        assert_int_equal(digress_graph_set_count(shared.chain), 3);
        close_shared(&shared);
    }
    digress_graph_set_free(whole);
    dg_pool_free(pool);
    dg_model_free(model);
}

/* All have what all have finished, and another number of ranks draws the rest. */
static void ranks_go_on_after_a_stop_of_one(void **state) {
    (void)state;
    dg_model *model = new_model();
    dg_pool *pool = NULL;
    ok(dg_pool_create(1, &pool));
    digress_graph_set *whole = drawn_at_once(model, pool);
    shared_sampling shared = open_shared(60);
    run_as_ranks(3, sample_on_rank, &shared);
    const size_t finished = dg_store_count(&shared.stores[0]);
    assert_true(finished > 0 && finished < SAMPLES);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(shared.got[r], DIGRESS_INTERRUPTED);
        assert_int_equal(dg_store_count(&shared.stores[r]), finished);
    }
    shared.asks = SIZE_MAX;
    run_as_ranks(2, sample_on_rank, &shared);
    for (size_t r = 0; r < 2; r++)
        assert_same_sets(shared.out[r], whole);
    close_shared(&shared);
    digress_graph_set_free(whole);
    dg_pool_free(pool);
    dg_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_stopped_sampling_goes_on),
        SCRATCH_TEST(chains_are_whole_after_a_stop),
        SCRATCH_TEST(choosing_goes_on_too),
        cmocka_unit_test(takes_a_whole_set),
        SCRATCH_TEST(refuses_other_files),
        cmocka_unit_test(ranks_draw_what_one_draws),
        cmocka_unit_test(ranks_go_on_after_a_stop_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
