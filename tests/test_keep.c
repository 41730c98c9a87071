/* Drawing until enough samples pass. */
#include "sampling_fixture.h"

#include "sample/keep.h"

/* The first graphs of `set` that pass. */
static digress_graph_set *first_passing(const digress_graph_set *set, const dg_quality *quality,
                                        size_t count) {
    digress_graph_set *out = NULL;
    golden_ok(digress_graph_set_create_like(set, &out));
    for (size_t k = 0; k < quality->count && digress_graph_set_count(out) < count; k++) {
        if (!quality->valid[k] || !quality->unique[k] || !quality->novel[k]) continue;
        digress_graph graph = digress_graph_set_get(set, k);
        golden_ok(digress_graph_set_append(out, graph.n, graph.node_class, graph.pair_class));
    }
    return out;
}

/* Graphs of one to three nodes, so that some fail each of the criteria. */
static void kept_samples_are_the_first_that_pass(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    double *sizes = NULL;
    size_t max_n = 0;
    golden_ok(dg_parse_nodes("1:3", &sizes, &max_n));
    enum { WANTED = 10, MAX_DRAWS = 200 };
    dg_sample_options options = {
        .count = MAX_DRAWS, .seed = 8, .n_histogram = sizes, .max_n = max_n};
    digress_graph_set *all = sampled(f.model, 2, options);
    dg_pool *pool = NULL;
    dg_quality quality;
    golden_ok(dg_pool_create(2, &pool));
    golden_ok(dg_judge(pool, DG_RULE_CONNECTED, all, f.train, &quality));
    digress_graph_set *expected = first_passing(all, &quality, WANTED);
    assert_int_equal(digress_graph_set_count(expected), WANTED);
    assert_false(is_part_of(expected, all, 0));
    dg_keep_options keep = {.valid = true,
                            .unique = true,
                            .novel = true,
                            .rule = DG_RULE_CONNECTED,
                            .train = f.train,
                            .max_draws = MAX_DRAWS};
    const size_t wanted[] = {WANTED, MAX_DRAWS};
    for (size_t k = 0; k < 2; k++) {
        digress_graph_set *kept = NULL;
        dg_keep_report report;
        options.count = wanted[k];
        golden_ok(digress_graph_set_create_like(f.model->classes, &kept));
        golden_ok(dg_sample_and_keep(f.model, pool, &options, &keep, kept, &report));
        assert_int_equal(report.kept, digress_graph_set_count(kept));
        assert_true(is_part_of(expected, kept, 0));
        if (k == 0) assert_int_equal(report.kept, WANTED);
        if (k == 1) assert_int_equal(report.kept, quality.share_vun.count);
        if (k == 1) assert_int_equal(report.drawn, MAX_DRAWS);
        if (k == 1) assert_int_equal(report.unique, quality.share_unique.count);
        digress_graph_set_free(kept);
    }
    dg_quality_free(&quality);
    digress_graph_set_free(expected);
    digress_graph_set_free(all);
    free(sizes);
    dg_pool_free(pool);
    end(&f);
}

static void what_to_keep_is_parsed(void **state) {
    (void)state;
    dg_keep_options keep = {0};
    golden_ok(dg_keep_parse("novel,valid", &keep));
    assert_true(keep.valid && keep.novel && !keep.unique);
    static const char *const wrong[] = {"", "nov", "valid,", ",valid", "valid unique", "novelty"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_int_equal(dg_keep_parse(wrong[k], &keep), DIGRESS_ERROR_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_samples_are_the_first_that_pass),
        cmocka_unit_test(what_to_keep_is_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
