/* Targets as inputs of a network, and guidance by them. */
#include "extremes.h"

#include "diffusion/class_step.h"
#include "diffusion/flow.h"
#include "model/model.h"
#include "sample/asked.h"

/* ---- how a guided step draws ---- */

enum { CLASSES = 3, DRAWS = 40000 };
static const double p[CLASSES] = {0.5, 0.3, 0.2}, p_free[CLASSES] = {0.25, 0.25, 0.5};

/* q^(1 - g) p^g, normalised. */
static void combined(const double *a, const double *free, double guidance, double *out) {
    double sum = 0;
    for (size_t k = 0; k < CLASSES; k++)
        sum += out[k] = pow(free[k], 1 - guidance) * pow(a[k], guidance);
    for (size_t k = 0; k < CLASSES; k++)
        out[k] /= sum;
}

static void check_draws(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                        const double *q, const double *q_free, const double *expected) {
    double counts[CLASSES] = {0};
    dg_stream words = {.key = {.seed = 9, .purpose = DG_RNG_TEST}};
    for (size_t k = 0; k < DRAWS; k++)
        counts[dg_class_step_draw_guided(step, transition, x_t, q, q_free, NULL, &words, NULL)]++;
    for (size_t k = 0; k < CLASSES; k++)
        assert_close(counts[k] / DRAWS, expected[k],
                     4.5 * sqrt(expected[k] * (1 - expected[k]) / DRAWS) + 1e-12);
}

static dg_class_step step_of(dg_sampler_kind kind, const dg_schedule *schedule, double s,
                             double guidance) {
    const dg_sampler sampler = {.kind = kind, .eta = kind == DG_SAMPLER_FLOW ? 2 : 0};
    dg_class_step step =
        dg_class_step_of(&sampler, schedule, (dg_interval){.s = s, .t = 20, .key = 1});
    step.guidance = guidance;
    return step;
}

/* What a sampler draws from with prediction a alone, by the functions that unguided steps use. */
static void alone(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                  const double *a, double *out) {
    if (step->sampler.kind == DG_SAMPLER_POSTERIOR)
        dg_prob_s(transition, step->jump, x_t, a, out);
    else
        for (size_t k = 0; k < CLASSES; k++)
            out[k] = step->last ? a[k]
                                : step->alpha_bar_s * a[k] +
                                      (1 - step->alpha_bar_s) * transition->limit[k];
}

static void steps_combine_what_they_draw_from(void **state) {
    (void)state;
    static const double guidances[] = {0, 0.5, 1, 3};
    static const double limit[CLASSES] = {0.2, 0.3, 0.5};
    dg_schedule schedule;
    dg_transition transition;
    golden_ok(dg_schedule_create(DG_SCHEDULE_LINEAR, 40, &schedule));
    golden_ok(dg_transition_create(DG_TRANSITION_MARGINAL, CLASSES, limit, 0, &transition));
    for (size_t kind = DG_SAMPLER_POSTERIOR; kind <= DG_SAMPLER_RENOISE; kind++)
        for (size_t k = 0; k < 4; k++)
            for (size_t last = 0; last < 2; last++) {
                const dg_class_step step =
                    step_of((dg_sampler_kind)kind, &schedule, last ? 0 : 12, guidances[k]);
                double with[CLASSES], without[CLASSES], expected[CLASSES];
                alone(&step, &transition, 1, p, with);
                alone(&step, &transition, 1, p_free, without);
                combined(with, without, guidances[k], expected);
                check_draws(&step, &transition, 1, p, p_free, expected);
            }
    dg_transition_free(&transition);
    dg_schedule_free(&schedule);
}

/* With one clean class known, the rates expected are the rates; guided twice as far, their square
 * over the others'. The last step draws the clean class. */
static void a_flow_combines_rates(void **state) {
    (void)state;
    const double known[CLASSES] = {0, 0, 1};
    const double limit[CLASSES] = {0.2, 0.3, 0.5};
    double expected[CLASSES], with[CLASSES], without[CLASSES], leaving = 0;
    dg_schedule schedule;
    dg_transition transition;
    golden_ok(dg_schedule_create(DG_SCHEDULE_LINEAR, 40, &schedule));
    golden_ok(dg_transition_create(DG_TRANSITION_MARGINAL, CLASSES, limit, 0, &transition));
    dg_class_step step = step_of(DG_SAMPLER_FLOW, &schedule, 18, 1);
    const double tau = step.alpha_bar_t, d = step.alpha_bar_s - step.alpha_bar_t;
    dg_flow_step(&transition, tau, d, 0, 2, 2, 0, expected);
    check_draws(&step, &transition, 0, known, p_free, expected);
    step.guidance = 0;
    check_draws(&step, &transition, 0, p_free, known, expected);

    step.guidance = 2;
    memset(with, 0, sizeof with);
    memset(without, 0, sizeof without);
    for (uint8_t clean = 0; clean < CLASSES; clean++) {
        double rates[CLASSES];
        dg_flow_rates(&transition, tau, 0, clean, 2, 0, rates);
        for (size_t k = 0; k < CLASSES; k++) {
            with[k] += p[clean] * rates[k];
            without[k] += p_free[clean] * rates[k];
        }
    }
    for (size_t k = 1; k < CLASSES; k++)
        leaving += expected[k] = d * with[k] * with[k] / without[k];
    expected[0] = 1 - leaving;
    check_draws(&step, &transition, 0, p, p_free, expected);

    step = step_of(DG_SAMPLER_FLOW, &schedule, 0, 2);
    combined(p, p_free, 2, expected);
    check_draws(&step, &transition, 0, p, p_free, expected);
    dg_transition_free(&transition);
    dg_schedule_free(&schedule);
}

/* Two predictions that share no class: the one with targets counts. Far guidance is no overflow. */
static void certainty_is_no_nan(void **state) {
    (void)state;
    const double one[CLASSES] = {1, 0, 0}, other[CLASSES] = {0, 0, 1};
    const double tiny[CLASSES] = {1 - 1e-300, 1e-300, 0};
    dg_schedule schedule;
    dg_transition transition;
    golden_ok(dg_schedule_create(DG_SCHEDULE_LINEAR, 40, &schedule));
    golden_ok(dg_transition_create(DG_TRANSITION_UNIFORM, CLASSES, NULL, 0, &transition));
    const dg_class_step step = step_of(DG_SAMPLER_RENOISE, &schedule, 0, 1000);
    check_draws(&step, &transition, 1, one, other, one);
    check_draws(&step, &transition, 1, one, tiny, one);
    dg_transition_free(&transition);
    dg_schedule_free(&schedule);
}

/* ---- a network that reads the number of edges ---- */

static digress_graph_set *drawn(const digress_model *model, size_t rows, const double *values,
                                double guidance, size_t threads, const char *nodes) {
    static const char *const names[] = {"full"};
    digress_graph_set *set = NULL;
    const digress_sample_options options = {
        .count = 60,
        .seed = 2,
        .nodes = nodes,
        .threads = threads,
        .batch = threads == 1 ? 7 : 0,
        .targets = {
            .count = 1, .rows = rows, .names = names, .values = values, .guidance = guidance}};
    golden_ok(digress_model_sample(model, &options, &set));
    return set;
}

static void same_graphs(const digress_graph_set *a, const digress_graph_set *b, bool same) {
    bool equal = true;
    for (size_t k = 0; k < digress_graph_set_count(a); k++) {
        const digress_graph x = digress_graph_set_get(a, k), y = digress_graph_set_get(b, k);
        equal = equal && x.n == y.n && memcmp(x.pair_class, y.pair_class, x.n * (x.n - 1) / 2) == 0;
    }
    assert_true(equal == same);
}

static void samples_are_what_is_asked_for(void **state) {
    const double both[] = {0, 10}, nothing[] = {NAN};
    digress_model *model = trained(state, "run", NULL);
    assert_int_equal(digress_model_target_count(model), 2);
    assert_string_equal(digress_model_target_name(model, 1), "edges");
    digress_graph_set *asked = drawn(model, 2, both, 1, 1, NULL);
    assert_true(density_of(asked, 0, 2) < 0.2);
    assert_true(density_of(asked, 1, 2) > 0.8);
    size_t fitting = 0;
    for (size_t k = 0; k < 60; k++) {
        size_t target = 9;
        fitting += digress_graph_set_get(asked, k).n == SIZE + k % 2;
        assert_true(digress_graph_set_find_target(asked, "full", &target));
        assert_close(digress_graph_set_target(asked, k, target), both[k % 2], 0);
        assert_true(digress_graph_set_find_target(asked, "edges", &target));
        assert_true(isnan(digress_graph_set_target(asked, k, target)));
    }
    assert_true(fitting > 42); /* n goes with the target; half of 60 would, if it did not */
    digress_graph_set *guided = drawn(model, 2, both, 2, 1, NULL);
    digress_graph_set *again = drawn(model, 2, both, 2, 2, NULL);
    same_graphs(guided, again, true);
    assert_true(density_of(guided, 1, 2) - density_of(guided, 0, 2) > 0.8);
    /* Asking for nothing is what is not asked for; so is no guidance at all. */
    digress_graph_set *plain = drawn(model, 0, NULL, 1, 1, "5");
    digress_graph_set *free_ones = drawn(model, 1, nothing, 1, 1, "5");
    same_graphs(plain, free_ones, true);
    const double density = density_of(plain, 0, 1);
    assert_true(density > 0.15 && density < 0.85);
    digress_graph_set_free(asked);
    digress_graph_set_free(guided);
    digress_graph_set_free(again);
    digress_graph_set_free(plain);
    digress_graph_set_free(free_ones);
    digress_model_free(model);
}

/* Never told a target, a network cannot heed one. */
static void what_is_always_dropped_is_not_learnt(void **state) {
    const double both[] = {0, 10};
    digress_model *model = trained(state, "run", "train.target_dropout=1");
    digress_graph_set *asked = drawn(model, 2, both, 1, 1, "5");
    assert_true(fabs(density_of(asked, 1, 2) - density_of(asked, 0, 2)) < 0.5);
    digress_graph_set_free(asked);
    digress_model_free(model);
}

static void what_cannot_be_asked_is_refused(void **state) {
    static const char *const names[] = {"full", "height"};
    const double values[] = {1, 2, INFINITY};
    digress_model *model = trained(state, "run", "train.n_epochs=1");
    digress_graph_set *set = NULL;
    digress_sample_options options = {
        .count = 1, .targets = {.count = 2, .rows = 1, .names = names, .values = values}};
    assert_int_equal(digress_model_sample(model, &options, &set), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(),
                           "target 'height': the model does not have it: it has full, edges"));
    options.targets.count = 1;
    options.targets.guidance = -1;
    assert_int_equal(digress_model_sample(model, &options, &set), DIGRESS_ERROR_INPUT);
    options.targets.guidance = 1;
    options.targets.values = values + 2;
    assert_int_equal(digress_model_sample(model, &options, &set), DIGRESS_ERROR_INPUT);
    digress_model_free(model);
    digress_graph_set *train = extremes();
    const char *const wrong[] = {"model.targets=[full, girth]"};
    const digress_train_options training = {.run = scratch_path(state, "none"),
                                            .assignments = wrong,
                                            .assignment_count = 1,
                                            .train = train};
    assert_int_equal(digress_train(&training), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "the training set has no target 'girth'"));
    digress_graph_set_free(train);
}

/* ---- sizes ---- */

/* 40 graphs, the first half of 2 nodes with target 0 .. 19, the others of 3 with 20 .. 39. */
static void sizes_go_with_targets(void **state) {
    (void)state;
    digress_graph_set *set = NULL;
    dg_conditions conditions;
    size_t target = 0;
    golden_ok(digress_graph_set_create(1, 2, &set));
    golden_ok(digress_graph_set_add_target(set, "x", &target));
    for (size_t k = 0; k < 40; k++) {
        golden_ok(digress_graph_set_append(set, k < 20 ? 2 : 3, NULL, (uint8_t[3]){0}));
        golden_ok(digress_graph_set_set_target(set, k, target, (double)k));
    }
    golden_ok(dg_conditions_of("x", set, 3, &conditions));
    assert_close(conditions.mean[0], 19.5, 1e-12);
    assert_close((double)dg_conditions_scale(&conditions, 0, 19.5 + conditions.deviation[0]), 1,
                 1e-6);
    double low[] = {0, 0, 0.5, 0.5}, high[] = {0, 0, 5, 5}, none[] = {0, 0, 1, 3};
    golden_ok(dg_conditions_weigh_sizes(&conditions, (double[]){-7}, 3, low));
    golden_ok(dg_conditions_weigh_sizes(&conditions, (double[]){25}, 3, high));
    golden_ok(dg_conditions_weigh_sizes(&conditions, (double[]){NAN}, 3, none));
    assert_close(low[2] / (low[2] + low[3]), 2.5 / 3, 1e-12);
    assert_close(high[3] / (high[2] + high[3]), 2.5 / 3, 1e-12);
    assert_close(none[3], 3, 0);
    dg_conditions_free(&conditions);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_combine_what_they_draw_from),
        cmocka_unit_test(a_flow_combines_rates),
        cmocka_unit_test(certainty_is_no_nan),
        SCRATCH_TEST(samples_are_what_is_asked_for),
        SCRATCH_TEST(what_is_always_dropped_is_not_learnt),
        SCRATCH_TEST(what_cannot_be_asked_is_refused),
        cmocka_unit_test(sizes_go_with_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
