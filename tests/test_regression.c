/* Networks that predict targets, and samples that they lead. */
#include "extremes.h"

#include "diffusion/class_step.h"
#include "math/gemm.h"
#include "model/regression.h"
#include "sampling_fixture.h"

/* ---- the gradient of the error ---- */

typedef struct machine {
    fixture f;
    dg_arena *arena;
    dg_workspace *workspace;
    dg_state *noisy;
    dg_input_rows input; /* dense */
    double t[3];
    float wanted[3];
} machine;

/* Three graphs of the fixture at three times, one of which nobody asks anything of. */
static void begin_machine(machine *m, const char *config) {
    static const uint32_t index[] = {3, 4, 5};
    dg_rng keys[3];
    dg_state *clean = NULL;
    golden_ok(dg_gemm_initialize(1)); /* eigenvalues of the same bits here and there */
    m->f.train = random_set();
    golden_ok(digress_graph_set_compute_targets(m->f.train, "edges", 1));
    m->f.model = tiny_model(m->f.train, config);
    float *weights = dg_denoiser_parameters(m->f.model->denoiser);
    for (size_t k = 0; k < dg_denoiser_parameter_count(m->f.model->denoiser); k++)
        weights[k] *= 2; /* so that differences are above float32's rounding */
    golden_ok(dg_model_use_named(m->f.model, "native", NULL));
    golden_ok(dg_arena_create(&m->arena));
    golden_ok(dg_workspace_create(m->f.model->denoiser, &m->workspace));
    const dg_noise_model *noise = m->f.model->noise;
    for (uint32_t g = 0; g < 3; g++) {
        keys[g] = (dg_rng){.seed = 1, .graph = g};
        m->t[g] = 1 + 2 * g;
        m->wanted[g] = g == 1 ? NAN : 1.5f - (float)g;
    }
    golden_ok(noise->operations->encode(noise, m->arena, m->f.train, 3, index, &clean));
    golden_ok(noise->operations->corrupt(noise, m->arena, clean, m->t, keys, DG_RNG_NOISE_NODE,
                                         DG_RNG_NOISE_PAIR, &m->noisy));
    golden_ok(noise->operations->input(noise, m->arena, m->noisy, m->t, &m->input));
}

static void end_machine(machine *m) {
    dg_workspace_free(m->workspace);
    dg_arena_free(m->arena);
    end(&m->f);
}

/* The inputs with h times a direction added to what is of classes. */
static double error_at(machine *m, const float *vX, const float *vE, float h) {
    const dg_noise_model *noise = m->f.model->noise;
    const dg_pack *pack = m->input.pack;
    const size_t in_X = noise->in_X, in_E = noise->in_E, a = noise->out_X, b = noise->out_E;
    const dg_team alone = {.slots = 1};
    float *X = NULL, *E = NULL, *out_X = NULL, *out_E = NULL, *dX = NULL;
    double error = 0;
    golden_ok(dg_arena_allocate(m->arena, pack->nodes * in_X, sizeof *X, &X));
    golden_ok(dg_arena_allocate(m->arena, pack->pairs * in_E, sizeof *E, &E));
    golden_ok(dg_arena_allocate(m->arena, pack->nodes, sizeof *out_X, &out_X));
    golden_ok(dg_arena_allocate(m->arena, pack->nodes, sizeof *dX, &dX));
    golden_ok(dg_arena_allocate(m->arena, pack->pairs * b, sizeof *out_E, &out_E));
    memcpy(X, m->input.X, pack->nodes * in_X * sizeof *X);
    for (size_t i = 0; i < pack->nodes; i++)
        for (size_t k = 0; k < a; k++)
            X[i * in_X + k] += h * vX[i * a + k];
    for (size_t row = 0; row < pack->pairs; row++)
        for (size_t k = 0; k < in_E; k++)
            E[row * in_E + k] = k >= b ? m->input.E_dense[row * (in_E - b) + k - b]
                                       : (float)(m->input.E_class[row] == k) + h * vE[row * b + k];
    const dg_input_rows input = {.pack = pack, .X = X, .E = E, .y = m->input.y};
    golden_ok(dg_denoiser_forward(m->f.model->denoiser, m->workspace, &alone, &input, NULL, false,
                                  out_X, out_E));
    dg_regression_loss(pack, 1, out_X, m->wanted, 1, &error, dX);
    return error;
}

/* Symmetric, and 0 on the diagonal, which is no pair. */
static void draw_direction(const machine *m, float *vX, float *vE) {
    const size_t a = m->f.model->noise->out_X, b = m->f.model->noise->out_E;
    const dg_pack *pack = m->input.pack;
    dg_stream stream = {.key = {.seed = 5, .purpose = DG_RNG_TEST}};
    memset(vE, 0, pack->pairs * b * sizeof *vE);
    for (size_t k = 0; k < pack->nodes * a; k++)
        vX[k] = (float)dg_stream_normal(&stream);
    for (size_t g = 0; g < pack->graphs; g++)
        for (size_t i = 0, n = pack->n[g]; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                for (size_t k = 0; k < b; k++)
                    vE[(pack->pair_start[g] + i * n + j) * b + k] =
                        vE[(pack->pair_start[g] + j * n + i) * b + k] =
                            (float)dg_stream_normal(&stream);
}

static void check_gradient(const char *config, bool of_nodes) {
    machine m;
    begin_machine(&m, config);
    const size_t X_size = m.input.pack->nodes * m.f.model->noise->out_X;
    const size_t E_size = m.input.pack->pairs * m.f.model->noise->out_E;
    const dg_team alone = {.slots = 1};
    float *vX = NULL, *vE = NULL, *X = NULL, *E = NULL;
    double loss = 0, analytic = 0;
    const float h = 1e-3f;
    dg_pool *pool = NULL;
    dg_regressor *regressor = NULL;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(dg_regressors_create(m.f.model, pool, &regressor));
    golden_ok(dg_arena_allocate(m.arena, X_size, sizeof *vX, &vX));
    golden_ok(dg_arena_allocate(m.arena, E_size, sizeof *vE, &vE));
    draw_direction(&m, vX, vE);
    memset(of_nodes ? vE : vX, 0, (of_nodes ? E_size : X_size) * sizeof *vX);
    golden_ok(dg_regressor_gradient(regressor, &alone, m.noisy, m.t, m.wanted, &loss, &X, &E));
    assert_close(loss, error_at(&m, vX, vE, 0), 1e-5);
    for (size_t k = 0; k < X_size; k++)
        analytic += (double)(vX[k] * X[k]);
    for (size_t k = 0; k < E_size; k++)
        analytic += 0.5 * (double)(vE[k] * E[k]); /* each pair stands there twice */
    const double numeric = (error_at(&m, vX, vE, h) - error_at(&m, vX, vE, -h)) / (2 * (double)h);
    if (!(fabs(analytic) > 0.01)) fail_msg("%s: a gradient of %g tells nothing", config, analytic);
    if (!(fabs(numeric - analytic) <= 0.03 * fabs(analytic) + 2e-3))
        fail_msg("%s, %s: finite difference %g, gradient %g", config, of_nodes ? "nodes" : "pairs",
                 numeric, analytic);
    dg_regressors_free(regressor, pool);
    dg_pool_free(pool);
    end_machine(&m);
}

/* Features that tell nodes and pairs apart: where they are alike, the least and the largest that
 * the network pools are those of several, and its slope is another in each direction. */
static void the_gradient_matches_finite_differences(void **state) {
    static const char *const configs[] = {
        "model={task: regression, targets: edges, extra_features: rrwp, rrwp_steps: 3}",
        "model={task: regression, targets: edges, extra_features: rrwp, symmetric: true}"};
    (void)state;
    check_gradient("model={task: regression, targets: edges, extra_features: all}", true);
    for (size_t k = 0; k < sizeof configs / sizeof *configs; k++) {
        check_gradient(configs[k], true);
        check_gradient(configs[k], false);
    }
}

/* Two nodes say 1 and 2 of one target, and 3 and 5 of another, which is not asked for; a third, of
 * a graph of its own, says 4. */
static void the_error_is_of_means(void **state) {
    static const uint32_t n[] = {2, 1};
    static const float X[] = {1, 3, 2, 5, 4, 4}, wanted[] = {2, NAN, 1, 4};
    static const float gradient[] = {-0.25f, 0, -0.25f, 0, 3, 0};
    dg_arena *arena = NULL;
    dg_pack pack;
    float dX[6];
    double loss = 1;
    (void)state;
    golden_ok(dg_arena_create(&arena));
    golden_ok(dg_pack_layout(arena, 2, n, &pack));
    dg_regression_loss(&pack, 2, X, wanted, 0.5, &loss, dX);
    assert_close(loss, 1 + 0.5 * (0.25 + 9), 1e-6);
    for (size_t k = 0; k < 6; k++)
        assert_close((double)dX[k], (double)gradient[k], 1e-6);
    dg_arena_free(arena);
}

/* ---- a tilted step ---- */

static void a_tilt_multiplies_probabilities(void **state) {
    enum { DRAWS = 40000 };
    static const double p[] = {0.5, 0.3, 0.2};
    static const float tilt[] = {100, 101, 99};
    double counts[3] = {0}, expected[3], sum = 0;
    dg_schedule schedule;
    dg_transition transition;
    dg_stream words = {.key = {.seed = 2, .purpose = DG_RNG_TEST}};
    dg_stream clean_words = {.key = {.seed = 3, .purpose = DG_RNG_TEST}};
    (void)state;
    golden_ok(dg_schedule_create(DG_SCHEDULE_LINEAR, 40, &schedule));
    golden_ok(dg_transition_create(DG_TRANSITION_UNIFORM, 3, NULL, 0, &transition));
    const dg_sampler sampler = {.kind = DG_SAMPLER_POSTERIOR};
    const dg_class_step step =
        dg_class_step_of(&sampler, &schedule, (dg_interval){.s = 10, .t = 25, .key = 1});
    dg_prob_s(&transition, step.jump, 1, p, expected);
    for (size_t k = 0; k < 3; k++)
        sum += expected[k] *= exp((double)tilt[k] - 100);
    for (size_t k = 0; k < DRAWS; k++)
        counts[dg_class_step_draw_guided(&step, &transition, 1, p, NULL, tilt, &words,
                                         &clean_words)]++;
    for (size_t k = 0; k < 3; k++)
        assert_close(counts[k] / DRAWS, expected[k] / sum, 0.012);
    dg_transition_free(&transition);
    dg_schedule_free(&schedule);
}

/* ---- what it leads to ---- */

static double led(const digress_model *model, const digress_model *regressor, double full,
                  double scale, const char *sampler) {
    static const char *const names[] = {"full"};
    digress_graph_set *set = NULL, *again = NULL;
    digress_sample_options options = {
        .count = 40,
        .seed = 2,
        .nodes = "5",
        .threads = 1,
        .batch = 7,
        .regressor = regressor,
        .regressor_scale = scale,
        .targets = {.count = 1, .rows = 1, .names = names, .values = &full}};
    golden_ok(digress_model_set_sampling((digress_model *)(uintptr_t)model, sampler));
    golden_ok(digress_model_sample(model, &options, &set));
    options.threads = 2;
    options.batch = 0;
    golden_ok(digress_model_sample(model, &options, &again));
    assert_true(is_part_of(set, again, 0));
    const double density = density_of(set, 0, 1);
    digress_graph_set_free(set);
    digress_graph_set_free(again);
    return density;
}

static void a_regressor_leads_samples(void **state) {
    static const char *const samplers[] = {"sampler=posterior", "sampler=renoise", "sampler=flow"};
    digress_model *model = trained(state, "model", "model.targets=null");
    digress_model *regressor =
        trained(state, "regressor", "model={task: regression, targets: full, n_layers: 2}");
    for (size_t k = 0; k < 3; k++) {
        const double empty = led(model, regressor, 0, 100, samplers[k]);
        const double complete = led(model, regressor, 10, 100, samplers[k]);
        if (!(empty < 0.2 && complete > 0.8))
            fail_msg("%s: density %g and %g", samplers[k], empty, complete);
        assert_close(led(model, regressor, 0, 0, samplers[k]),
                     led(model, regressor, 10, 0, samplers[k]), 0);
    }
    digress_model_free(model);
    digress_model_free(regressor);
}

static void refuse(const digress_model *model, const digress_sample_options *options,
                   const char *text) {
    digress_graph_set *set = NULL;
    assert_int_equal(digress_model_sample(model, options, &set), DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), text)) fail_msg("no '%s' in: %s", text, digress_last_error());
}

static void what_does_not_fit_is_refused(void **state) {
    static const char *const names[] = {"full"};
    static const double value = 1;
    digress_model *model = trained(state, "model", "train.n_epochs=1");
    digress_model *regressor =
        trained(state, "one", "model={task: regression, targets: full, n_layers: 2}");
    digress_model *other =
        trained(state, "other",
                "model={task: regression, targets: full, n_layers: 2, diffusion_steps: 13}");
    digress_sample_options options = {.count = 1, .regressor = regressor, .regressor_scale = 1};
    refuse(model, &options, "nothing to lead to");
    options.targets =
        (digress_asked_targets){.count = 1, .rows = 1, .names = names, .values = &value};
    options.regressor_scale = -1;
    refuse(model, &options, "expected a number from 0");
    options.regressor = model;
    refuse(model, &options, "the regressor draws graphs");
    options.regressor = other;
    refuse(model, &options, "trained on other noise");
    options.regressor = NULL;
    refuse(regressor, &options, "the model is a regressor");
    digress_graph_set *set = extremes();
    digress_bound bound;
    assert_int_equal(digress_model_bound(regressor, set, 1, 0, 1, NULL, &bound),
                     DIGRESS_ERROR_INPUT);
    digress_graph_set_free(set);
    digress_model_free(model);
    digress_model_free(regressor);
    digress_model_free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_matches_finite_differences),
        cmocka_unit_test(the_error_is_of_means),
        cmocka_unit_test(a_tilt_multiplies_probabilities),
        SCRATCH_TEST(a_regressor_leads_samples),
        SCRATCH_TEST(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
