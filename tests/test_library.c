/* The public interface to training and models. (The example, examples/train_and_sample.c, is
 * another test.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "digress/digress.h"

static char folder[256];

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static const char *place(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static digress_status stop_at_three(void *context, const digress_train_progress *progress) {
    size_t *calls = context;
    assert_int_equal(progress->step, ++*calls);
    assert_true(progress->loss > 0 && progress->gradient_norm > 0);
    return progress->step == 3 ? DIGRESS_INTERRUPTED : DIGRESS_OK;
}

/* Paths of 4 to 6 nodes. */
static digress_graph_set *paths(void) {
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create(1, 2, &set));
    for (size_t k = 0; k < 9; k++) {
        uint8_t pairs[15] = {0};
        size_t n = 4 + k % 3;
        for (size_t i = 0; i + 1 < n; i++)
            pairs[digress_pair_index(n, i, i + 1)] = 1;
        ok(digress_graph_set_append(set, n, NULL, pairs));
    }
    return set;
}

static const char *const assignments[] = {"model.n_layers=1",       "model.hidden_dims.dx=8",
                                          "model.hidden_dims.de=4", "model.diffusion_steps=5",
                                          "train.batch_size=4",     "train.n_epochs=2",
                                          "train.ema_decay=0.9",    "general.sample_every_val=0"};

/* A run that a callback stops, and that is then continued to its end. */
static int train(void **state) {
    (void)state;
    const char *root = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/digress-library-XXXXXX", root ? root : "/tmp");
    if (!mkdtemp(folder)) return -1;
    digress_graph_set *set = paths();
    size_t calls = 0;
    char run[300];
    snprintf(run, sizeof run, "%s/run", folder);
    digress_train_options options = {.run = run,
                                     .assignments = assignments,
                                     .assignment_count = sizeof assignments / sizeof *assignments,
                                     .train = set,
                                     .val = set,
                                     .threads = 1,
                                     .step = stop_at_three,
                                     .step_context = &calls};
    digress_status stopped = digress_train(&options);
    options.resume = true;
    options.step = NULL;
    options.assignment_count = 0;
    digress_status finished = digress_train(&options);
    digress_graph_set_free(set);
    return stopped == DIGRESS_INTERRUPTED && finished == DIGRESS_OK && calls == 3 ? 0 : -1;
}

static int clean_up(void **state) {
    (void)state;
    return dg_remove_tree(folder) == DIGRESS_OK ? 0 : -1;
}

static digress_model *load(void) {
    digress_model *model = NULL;
    ok(digress_model_load(place("run/checkpoints/last.safetensors"), &model));
    return model;
}

static void tells_what_a_model_is(void **state) {
    (void)state;
    digress_model *model = load();
    assert_int_equal(digress_model_diffusion_steps(model), 5);
    assert_int_equal(digress_model_max_nodes(model), 6);
    assert_int_equal(digress_graph_set_edge_classes(digress_model_classes(model)), 2);
    assert_int_equal(digress_graph_set_count(digress_model_classes(model)), 0);
    assert_true(digress_model_parameter_count(model) > 1000);
    digress_model_free(model);
}

static void samples_depend_on_the_seed_alone(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *sets[2] = {NULL};
    for (size_t run = 0; run < 2; run++) {
        const digress_sample_options options = {
            .count = 6, .seed = 3, .threads = run + 1, .batch = 4 - run};
        ok(digress_model_sample(model, &options, &sets[run]));
        assert_int_equal(digress_graph_set_count(sets[run]), 6);
    }
    for (size_t k = 0; k < 6; k++) {
        digress_graph a = digress_graph_set_get(sets[0], k), b = digress_graph_set_get(sets[1], k);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.pair_class, b.pair_class, a.n * (a.n - 1) / 2);
    }
    digress_graph_set_free(sets[0]);
    digress_graph_set_free(sets[1]);
    digress_model_free(model);
}

static void samples_have_the_asked_for_nodes(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *set = NULL;
    digress_sample_options options = {.count = 3, .nodes = "5", .steps = 2, .threads = 1};
    ok(digress_model_sample(model, &options, &set));
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(digress_graph_set_get(set, k).n, 5);
    digress_graph_set_free(set);
    set = NULL;
    options.steps = 1000001;
    assert_int_equal(digress_model_sample(model, &options, &set), DIGRESS_ERROR_INPUT);
    assert_null(set);
    digress_model_free(model);
}

static void a_discrete_model_has_no_eta(void **state) {
    (void)state;
    digress_model *model = load();
    ok(digress_model_set_eta(model, 1));
    assert_int_equal(digress_model_set_eta(model, 0), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_set_eta(model, 2), DIGRESS_ERROR_INPUT);
    digress_model_free(model);
}

static digress_graph_set *three_by(digress_model *model, const char *assignment) {
    digress_sample_options options = {.count = 3, .nodes = "5", .seed = 4, .threads = 1};
    digress_graph_set *set = NULL;
    if (assignment) ok(digress_model_set_sampling(model, assignment));
    ok(digress_model_sample(model, &options, &set));
    return set;
}

static bool same_graphs(const digress_graph_set *a, const digress_graph_set *b) {
    bool same = true;
    for (size_t k = 0; k < 3; k++)
        same = same && memcmp(digress_graph_set_get(a, k).pair_class,
                              digress_graph_set_get(b, k).pair_class, 10) == 0;
    return same;
}

static void sampling_is_set_by_keys(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *before = three_by(model, NULL), *flow = three_by(model, "sampler=flow");
    digress_graph_set *jumpy = three_by(model, "eta=5");
    assert_false(same_graphs(before, flow));
    assert_false(same_graphs(flow, jumpy));
    assert_int_equal(digress_model_set_sampling(model, "sampler=posterior"), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_set_sampling(model, "eta=-1"), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_set_sampling(model, "nothing=1"), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_set_sampling(model, "sampler"), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_set_sampling(NULL, "eta=1"), DIGRESS_ERROR_INPUT);
    digress_graph_set *again = three_by(model, NULL); /* after refusals, as before them */
    assert_true(same_graphs(jumpy, again));
    digress_graph_set_free(before);
    digress_graph_set_free(flow);
    digress_graph_set_free(jumpy);
    digress_graph_set_free(again);
    digress_model_free(model);
}

static void bound_is_the_sum_of_its_terms(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *set = paths();
    digress_bound a, b;
    ok(digress_model_bound(model, set, 2, 1, 1, NULL, &a));
    ok(digress_model_bound(model, set, 2, 1, 2, NULL, &b));
    assert_memory_equal(&a, &b, sizeof a);
    double sum = -a.log_pn + a.kl_prior + 5 * (a.kl_X + a.kl_E) - a.reconstruction;
    assert_true(fabs(sum - a.nll) < 1e-6 * fabs(a.nll));
    assert_true(fabs(a.nll + a.log_pn - a.without_pn) < 1e-6 * fabs(a.nll));
    digress_graph_set_free(set);
    digress_model_free(model);
}

static void bound_hardly_depends_on_the_products(void **state) {
    (void)state;
    digress_model *model = load();
    const char *const choices[][2] = {{NULL, NULL}, {"native", "f32"}, {"auto", "bf16"}};
    digress_graph_set *set = paths();
    digress_bound bound[3];
    for (size_t k = 0; k < 3; k++) {
        ok(digress_model_use(model, choices[k][0], choices[k][1]));
        ok(digress_model_bound(model, set, 1, 0, 1, NULL, &bound[k]));
        assert_true(fabs(bound[k].nll - bound[0].nll) < 0.01 * bound[0].nll);
    }
    assert_int_equal(digress_model_use(model, "mkl", NULL), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_use(model, NULL, "f16"), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(set);
    digress_model_free(model);
}

/* Says no when it has been asked so many times. */
static digress_status stop_later(void *context) {
    size_t *left = context;
    if (*left > 0) --*left;
    return *left > 0 ? DIGRESS_OK : DIGRESS_INTERRUPTED;
}

static void a_watch_stops_a_training_that_can_go_on(void **state) {
    (void)state;
    digress_graph_set *set = paths();
    size_t left = 20;
    digress_train_options options = {.run = place("watched"),
                                     .assignments = assignments,
                                     .assignment_count = sizeof assignments / sizeof *assignments,
                                     .train = set,
                                     .threads = 1,
                                     .watch = {stop_later, &left}};
    assert_int_equal(digress_train(&options), DIGRESS_INTERRUPTED);
    assert_non_null(strstr(digress_last_error(), "and saved; go on"));
    options.run = place("watched");
    options.assignment_count = 0;
    options.resume = true;
    options.watch = (digress_watch){NULL, NULL};
    ok(digress_train(&options));
    digress_graph_set_free(set);
}

static void a_watch_stops_sampling_and_bounds(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *set = NULL;
    size_t left = 3;
    const digress_sample_options options = {.count = 100, .watch = {stop_later, &left}};
    assert_int_equal(digress_model_sample(model, &options, &set), DIGRESS_INTERRUPTED);
    assert_null(set);
    digress_watch watch = options.watch;
    digress_bound bound;
    set = paths();
    left = 2;
    assert_int_equal(digress_model_bound(model, set, 9, 0, 1, &watch, &bound), DIGRESS_INTERRUPTED);
    digress_graph_set_free(set);
    digress_model_free(model);
}

static digress_status stop_half_way(void *context, size_t done, size_t total) {
    (void)context;
    return 2 * done > total ? DIGRESS_INTERRUPTED : DIGRESS_OK;
}

/* Around a triangle. */
static void samples_are_steered(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *part = NULL, *set = NULL;
    digress_interventions done = {0};
    ok(digress_graph_set_create(1, 2, &part));
    ok(digress_graph_set_append(part, 3, NULL, (const uint8_t[]){1, 1, 1}));
    const digress_sample_options options = {.count = 20,
                                            .nodes = "6",
                                            .seed = 2,
                                            .threads = 1,
                                            .fixed = {.part = part, .resample = 2},
                                            .constraints = {.connected = true, .max_degree = 3},
                                            .interventions = &done};
    ok(digress_model_sample(model, &options, &set));
    assert_int_equal(done.graphs, 20);
    assert_true(done.changes > 0 && done.refused[DIGRESS_MAX_DEGREE] > 0);
    ok(digress_graph_set_compute_targets(set, "max_degree,components", 1));
    for (size_t k = 0; k < 20; k++) {
        const digress_graph graph = digress_graph_set_get(set, k);
        assert_true(digress_graph_set_target(set, k, 0) <= 3);
        assert_true(digress_graph_set_target(set, k, 1) == 1);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(digress_graph_pair(&graph, i, (i + 1) % 3), 1);
    }
    digress_graph_set_free(set);
    digress_graph_set_free(part);
    digress_model_free(model);
}

static digress_model *train_regressor(void) {
    static const char *const more[] = {"model.task=regression", "model.targets=[edges]"};
    const char *all[sizeof assignments / sizeof *assignments + 2];
    const size_t count = sizeof assignments / sizeof *assignments;
    digress_graph_set *set = paths();
    digress_model *model = NULL;
    memcpy(all, assignments, sizeof assignments);
    memcpy(all + count, more, sizeof more);
    ok(digress_graph_set_compute_targets(set, "edges", 1));
    const digress_train_options options = {.run = place("regressor"),
                                           .assignments = all,
                                           .assignment_count = count + 2,
                                           .train = set,
                                           .threads = 1};
    ok(digress_train(&options));
    digress_graph_set_free(set);
    ok(digress_model_load(place("regressor/checkpoints/last.safetensors"), &model));
    return model;
}

static void samples_are_led_by_a_regressor(void **state) {
    (void)state;
    const char *const names[] = {"edges"};
    digress_model *model = load(), *regressor = train_regressor();
    digress_graph_set *free = NULL, *led = NULL;
    digress_target_error error;
    digress_sample_options options = {.count = 10, .nodes = "6", .seed = 4, .threads = 1};
    ok(digress_model_sample(model, &options, &free));
    options.regressor = regressor;
    options.regressor_scale = 1e6;
    options.targets = (digress_asked_targets){
        .count = 1, .rows = 1, .names = names, .values = (const double[]){5}};
    ok(digress_model_sample(model, &options, &led));
    bool differ = false;
    for (size_t k = 0; k < 10; k++) {
        const digress_graph a = digress_graph_set_get(free, k), b = digress_graph_set_get(led, k);
        differ |= memcmp(a.pair_class, b.pair_class, 15) != 0;
    }
    assert_true(differ);
    ok(digress_target_error_of(led, 0, 1, &error));
    assert_int_equal(error.measured, 10);
    digress_graph_set_free(free);
    digress_graph_set_free(led);
    digress_model_free(model);
    digress_model_free(regressor);
}

static void stopped_sampling_keeps_what_is_finished(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *finished = NULL, *whole = NULL, *set = NULL;
    digress_sample_options options = {.count = 40, .seed = 1, .threads = 1, .batch = 4};
    ok(digress_model_sample(model, &options, &whole));
    ok(digress_graph_set_create_like(digress_model_classes(model), &finished));
    options.finished = finished;
    options.progress = stop_half_way;
    assert_int_equal(digress_model_sample(model, &options, &set), DIGRESS_INTERRUPTED);
    assert_null(set);
    const size_t count = digress_graph_set_count(finished);
    assert_true(count >= 10 && count < 30);
    for (size_t k = 0; k < count; k++) { /* one thread draws them in order */
        digress_graph a = digress_graph_set_get(finished, k), b = digress_graph_set_get(whole, k);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.pair_class, b.pair_class, a.n * (a.n - 1) / 2);
    }
    options.progress = NULL;
    ok(digress_model_sample(model, &options, &set));
    assert_int_equal(digress_graph_set_count(set), 40);
    assert_int_equal(digress_graph_set_count(finished), count); /* nothing is added to it */
    digress_graph_set_free(finished);
    digress_graph_set_free(whole);
    digress_graph_set_free(set);
    digress_model_free(model);
}

static void sizes_can_be_chosen(void **state) {
    (void)state;
    static const char *const few[] = {"train.max_steps=1", "model.n_layers=2"};
    digress_graph_set *set = paths();
    digress_model *model = NULL;
    const digress_train_options options = {.run = place("chosen"),
                                           .assignments = few,
                                           .assignment_count = 2,
                                           .train = set,
                                           .threads = 1,
                                           .choose = true};
    ok(digress_train(&options));
    ok(digress_model_load(place("chosen/checkpoints/last.safetensors"), &model));
    assert_int_equal(digress_model_diffusion_steps(model), 500);
    digress_model_free(model);
    digress_graph_set_free(set);
}

static void predicts_what_is_clean(void **state) {
    (void)state;
    digress_model *model = load();
    digress_graph_set *set = paths(), *wide = NULL;
    float X[4], E[2][4 * 4 * 2];
    ok(digress_model_predict(model, set, 0, 3, X, E[0]));
    ok(digress_model_predict(model, set, 0, 4, X, E[1]));
    assert_true(memcmp(E[0], E[1], sizeof *E) != 0);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            for (size_t c = 0; c < 2; c++) {
                assert_true(E[0][(i * 4 + j) * 2 + c] == E[0][(j * 4 + i) * 2 + c]);
                assert_true(i != j || E[0][(i * 4 + j) * 2 + c] == 0);
            }
    assert_int_equal(digress_model_predict(model, set, 9, 3, X, E[0]), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_predict(model, set, 0, 6, X, E[0]), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_model_predict(model, set, 0, NAN, X, E[0]), DIGRESS_ERROR_INPUT);
    ok(digress_graph_set_create(2, 2, &wide));
    ok(digress_graph_set_append(wide, 1, NULL, NULL));
    assert_int_equal(digress_model_predict(model, wide, 0, 3, X, E[0]), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(wide);
    digress_graph_set_free(set);
    digress_model_free(model);
}

static void says_what_is_wrong(void **state) {
    (void)state;
    digress_model *model = NULL;
    assert_int_equal(digress_model_load(place("nothing"), &model), DIGRESS_ERROR_IO);
    assert_null(model);
    digress_train_options options = {0};
    assert_int_equal(digress_train(&options), DIGRESS_ERROR_INPUT);
    options.run = place("new");
    assert_int_equal(digress_train(&options), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "nothing to train on"));
    assert_false(dg_exists(place("new")));
    digress_model_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_a_model_is),
        cmocka_unit_test(samples_depend_on_the_seed_alone),
        cmocka_unit_test(samples_have_the_asked_for_nodes),
        cmocka_unit_test(a_discrete_model_has_no_eta),
        cmocka_unit_test(sampling_is_set_by_keys),
        cmocka_unit_test(bound_is_the_sum_of_its_terms),
        cmocka_unit_test(bound_hardly_depends_on_the_products),
        cmocka_unit_test(a_watch_stops_a_training_that_can_go_on),
        cmocka_unit_test(a_watch_stops_sampling_and_bounds),
        cmocka_unit_test(samples_are_steered),
        cmocka_unit_test(samples_are_led_by_a_regressor),
        cmocka_unit_test(stopped_sampling_keeps_what_is_finished),
        cmocka_unit_test(sizes_can_be_chosen),
        cmocka_unit_test(predicts_what_is_clean),
        cmocka_unit_test(says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, train, clean_up);
}
