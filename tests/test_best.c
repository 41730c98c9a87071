/* How a set of samples is scored, and which checkpoints of a training are the best. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "eval/score.h"
#include "training.h"

/* ---- the score ---- */

/* Paths and, from `trees` on, cycles of 4 nodes and more. */
static digress_graph_set *paths_and_cycles(size_t trees, size_t count) {
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create(1, 2, &set));
    for (size_t k = 0; k < count; k++) {
        const size_t n = 4 + k;
        uint8_t nodes[32] = {0}, pairs[512] = {0};
        for (size_t i = 0; i + 1 < n; i++)
            pairs[i * n - i * (i + 1) / 2] = 1; /* (i, i + 1) */
        if (k >= trees) pairs[n - 2] = 1;       /* (0, n - 1) */
        ok(digress_graph_set_append(set, n, nodes, pairs));
    }
    return set;
}

static void a_score_counts_valid_unique_novel_ones(void **state) {
    (void)state;
    digress_graph_set *train = paths_and_cycles(2, 2), *val = paths_and_cycles(8, 8);
    digress_graph_set *samples = paths_and_cycles(6, 8); /* 2 known trees, 4 new, 2 cycles */
    dg_pool *pool = NULL;
    dg_score score;
    ok(dg_pool_create(1, &pool));
    ok(dg_score_of(pool, DG_RULE_TREE, val, train, samples, &score));
    assert_int_equal(score.count, 8);
    assert_float_equal(score.vun.share, 4.0 / 8, 1e-12);
    assert_true(isfinite(score.ratio) && score.ratio > 0);
    assert_true(isnan(score.validity.share));
    ok(dg_score_of(pool, DG_RULE_NONE, val, NULL, samples, &score));
    assert_true(isnan(score.vun.share) && isnan(score.ratio) && score.mmd[0] > 0);
    dg_pool_free(pool);
    digress_graph_set_free(samples);
    digress_graph_set_free(val);
    digress_graph_set_free(train);
}

static dg_score made(double vun, double ratio) {
    dg_score score = dg_score_none();
    score.vun.share = vun;
    score.ratio = ratio;
    return score;
}

static void the_share_decides_and_then_the_ratio(void **state) {
    (void)state;
    const dg_score order[] = {dg_score_none(), made(NAN, 9),  made(NAN, 2),
                              made(0, NAN),    made(0, 9),    made(0, 5),
                              made(0.5, 1e3),  made(0.5, 10), made(0.75, NAN)};
    enum { SCORES = sizeof order / sizeof *order };
    for (size_t a = 0; a < SCORES; a++)
        for (size_t b = 0; b < SCORES; b++)
            if (dg_score_better(&order[a], &order[b]) != (a > b)) fail_msg("%zu and %zu", a, b);
}

/* ---- the checkpoints ---- */

static dg_training trained(const char *best_by) {
    char assignment[64];
    dg_config config;
    dg_run_folder run;
    dg_training last;
    digress_graph_set *train = random_set(5, 6), *val = random_set(4, 3);
    snprintf(assignment, sizeof assignment, "train.best_by=%s", best_by);
    ok(dg_config_create(&config));
    ok(dg_config_read_text(&config, small_config, "small"));
    ok(dg_config_override(&config, "general.sample_every_val=1"));
    ok(dg_config_override(&config, "general.samples_to_generate=6"));
    ok(dg_config_override(&config, assignment));
    const dg_train_options options = {
        .run = place(best_by), .quiet = true, .train = train, .val = val};
    ok(dg_train(&config, &options, 0, NULL));
    ok(dg_run_folder_name(place(best_by), &run));
    ok(dg_training_load(run.last, &last));
    assert_true(dg_exists(run.best));
    assert_true(dg_exists(run.best_samples) == (strcmp(best_by, "bound") == 0));
    assert_true(dg_exists(run.best_bound) == (strcmp(best_by, "samples") == 0));
    dg_run_folder_free(&run);
    dg_config_free(&config);
    digress_graph_set_free(train);
    digress_graph_set_free(val);
    return last;
}

static void same_weights(const char *one, const char *other) {
    dg_training a, b;
    char path[512];
    snprintf(path, sizeof path, "%s", place(one));
    ok(dg_training_load(path, &a));
    ok(dg_training_load(place(other), &b));
    assert_int_equal(a.adamw.step, b.adamw.step);
    assert_memory_equal(dg_denoiser_parameters(a.model->denoiser),
                        dg_denoiser_parameters(b.model->denoiser),
                        dg_denoiser_parameter_count(a.model->denoiser) * sizeof(float));
    dg_training_free(&a);
    dg_training_free(&b);
}

/* Both are kept whichever decides: the choice of the best does not change the training. */
static void both_kinds_of_best_are_kept(void **state) {
    (void)state;
    dg_training bound = trained("bound"), samples = trained("samples");
    assert_int_equal(bound.best_score.count, 6);
    assert_float_equal(bound.best_score.vun, -1, 0); /* no rule for this set */
    assert_true(bound.best_score.ratio > 0 && isfinite(bound.best_nll));
    assert_float_equal(samples.best_score.ratio, bound.best_score.ratio, 0);
    same_weights("bound/checkpoints/best.safetensors",
                 "samples/checkpoints/best-bound.safetensors");
    same_weights("samples/checkpoints/best.safetensors",
                 "bound/checkpoints/best-samples.safetensors");
    dg_training_free(&bound);
    dg_training_free(&samples);
}

static void samples_that_are_never_drawn_cannot_decide(void **state) {
    (void)state;
    dg_config config;
    digress_graph_set *train = random_set(5, 6);
    ok(dg_config_create(&config));
    ok(dg_config_read_text(&config, small_config, "small"));
    ok(dg_config_override(&config, "general.sample_every_val=0"));
    ok(dg_config_override(&config, "train.best_by=samples"));
    const dg_train_options options = {.run = place("never"), .quiet = true, .train = train};
    assert_int_equal(dg_train(&config, &options, 0, NULL), DIGRESS_ERROR_INPUT);
    dg_config_free(&config);
    digress_graph_set_free(train);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_counts_valid_unique_novel_ones),
        cmocka_unit_test(the_share_decides_and_then_the_ratio),
        cmocka_unit_test(both_kinds_of_best_are_kept),
        cmocka_unit_test(samples_that_are_never_drawn_cannot_decide),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
