/* The Gaussian mode against the reference's: the process, its noise model and the terms of its
 * bound. */
#include "padded.h"
#include "parity.h"

#include "diffusion/gaussian.h"

static const golden_tolerance step_tolerance = {2e-5, 5e-4};

typedef struct gaussian_case {
    dg_tensor_file *file;
    padded_batch batch;
    size_t T;
    double t[MAX_GRAPHS];
    dg_statistics statistics;
    dg_noise_model *model;
    dg_arena *arena;
    dg_gaussian_state *clean;
} gaussian_case;

/* The scaling is that of the tensors "values" and "biases". */
static void open_case(gaussian_case *c, const char *values, const char *biases) {
    dg_tensor_file *file = golden_open("gaussian");
    const dg_tensor *X = golden_tensor(file, "raw/X"), *E = golden_tensor(file, "raw/E");
    const dg_tensor *value = golden_tensor(file, "%s", values);
    const dg_tensor *bias = golden_tensor(file, "%s", biases);
    const dg_tensor *histogram = golden_tensor(file, "node_histogram");
    *c = (gaussian_case){
        .file = file, .batch = padded_like(file, X, E), .T = (size_t)golden_number(file, "T")};
    for (size_t g = 0; g < c->batch.graphs; g++)
        c->t[g] = (uint32_t)golden_at(golden_tensor(file, "t"), g);
    golden_ok(dg_statistics_create(histogram->count - 1, c->batch.a, c->batch.b, &c->statistics));
    for (size_t n = 0; n < histogram->count; n++)
        c->statistics.n_histogram[n] = golden_at(histogram, n);
    const dg_schedule_kind schedule =
        golden_choice("model.diffusion_noise_schedule", golden_metadata(file, "schedule"));
    golden_ok(dg_gaussian_create(
        schedule, c->T, DG_PREDICT_EPS, (dg_scaling){golden_at(value, 0), golden_at(bias, 0)},
        (dg_scaling){golden_at(value, 1), golden_at(bias, 1)}, &c->statistics, &c->model));
    golden_ok(dg_arena_create(&c->arena));
    c->clean = (dg_gaussian_state *)(void *)padded_state(&c->batch, c->model, c->arena, X, E);
}

static void close_case(gaussian_case *c) {
    dg_arena_free(c->arena);
    dg_noise_model_free(c->model);
    dg_statistics_free(&c->statistics);
    dg_tensor_file_close(c->file);
}

static float *node_rows(const gaussian_case *c, const char *name) {
    return padded_node_rows(&c->batch, c->arena, golden_tensor(c->file, "%s", name));
}

static float *pair_rows(const gaussian_case *c, const char *name) {
    return padded_pair_rows(&c->batch, c->arena, golden_tensor(c->file, "%s", name));
}

/* A state of the clean graphs' sizes that holds these rows. */
static dg_gaussian_state *state_of(const gaussian_case *c, float *X, float *E) {
    dg_gaussian_state *state = NULL;
    golden_ok(dg_arena_allocate(c->arena, 1, sizeof *state, &state));
    *state = (dg_gaussian_state){c->clean->base, X, E};
    return state;
}

static void check_rows(const gaussian_case *c, const float *X, const float *E, const char *X_name,
                       const char *E_name, golden_tolerance tolerance) {
    const padded_batch *batch = &c->batch;
    for (size_t g = 0; g < batch->graphs; g++)
        for (size_t i = 0; i < batch->n[g]; i++) {
            for (size_t k = 0; k < batch->a; k++)
                golden_check_at((double)*X++, golden_tensor(c->file, "%s", X_name),
                                padded_node(batch, g, i) + k, tolerance);
            for (size_t j = 0; j < batch->n[g]; j++)
                for (size_t k = 0; k < batch->b; k++, E++)
                    if (i != j)
                        golden_check_at((double)*E, golden_tensor(c->file, "%s", E_name),
                                        padded_pair(batch, g, i, j) + k, tolerance);
        }
}

/* ---- the process ---- */

static void schedule_and_table(void **state) {
    (void)state;
    gaussian_case c;
    open_case(&c, "norm_values", "norm_biases");
    const dg_schedule *schedule = &c.model->schedule;
    const dg_tensor *times = golden_tensor(c.file, "table/t");
    golden_check(schedule->gamma, golden_tensor(c.file, "gamma"), (golden_tolerance){2e-5, 1e-6});
    for (size_t k = 0; k < times->count; k++) {
        size_t t = (size_t)golden_at(times, k), s = t - 1;
        dg_level at_s = dg_level_at(schedule, (double)s), at_t = dg_level_at(schedule, (double)t);
        dg_gaussian_step step = dg_reverse_step(schedule, DG_PREDICT_EPS, (double)s, (double)t, 1);
        double alpha_ts = 1 / step.mean.z;
        double sigma_ts = step.deviation * at_t.sigma / at_s.sigma;
        const golden_tolerance tolerance = step_tolerance;
        golden_check_at(at_s.alpha, golden_tensor(c.file, "table/alpha_s"), k, tolerance);
        golden_check_at(at_s.sigma, golden_tensor(c.file, "table/sigma_s"), k, tolerance);
        golden_check_at(at_t.alpha, golden_tensor(c.file, "table/alpha_t"), k, tolerance);
        golden_check_at(at_t.sigma, golden_tensor(c.file, "table/sigma_t"), k, tolerance);
        golden_check_at(alpha_ts, golden_tensor(c.file, "table/alpha_t_given_s"), k, tolerance);
        golden_check_at(sigma_ts, golden_tensor(c.file, "table/sigma_t_given_s"), k, tolerance);
        golden_check_at(-step.mean.other * alpha_ts * at_t.sigma,
                        golden_tensor(c.file, "table/sigma2_t_given_s"), k, tolerance);
        golden_check_at(exp(-schedule->gamma[t]), golden_tensor(c.file, "table/snr_t"), k,
                        (golden_tolerance){0, 5e-4});
    }
    close_case(&c);
}

static void scaling(void **state) {
    (void)state;
    gaussian_case c;
    open_case(&c, "norm_values", "norm_biases");
    check_rows(&c, c.clean->X, c.clean->E, "normalized/X", "normalized/E",
               (golden_tolerance){1e-6, 0});
    close_case(&c);
    open_case(&c, "biased/norm_values", "biased/norm_biases");
    check_rows(&c, c.clean->X, c.clean->E, "biased/normalized_X", "biased/normalized_E",
               (golden_tolerance){1e-6, 1e-6});
    close_case(&c);
}

/* One step of every graph at its own time; noise NULL: the mean. */
static void blend(const gaussian_case *c,
                  dg_gaussian_step (*step_of)(const gaussian_case *, size_t),
                  const dg_gaussian_state *z, const dg_gaussian_state *w,
                  const dg_gaussian_state *noise, dg_gaussian_state *out) {
    const dg_pack *pack = &c->clean->base.pack;
    for (size_t g = 0; g < pack->graphs; g++) {
        const dg_gaussian_step step = step_of(c, g);
        dg_rows nodes = dg_pack_nodes(pack, g), pairs = dg_pack_pairs(pack, g);
        for (size_t k = nodes.first * c->batch.a; k < nodes.end * c->batch.a; k++)
            out->X[k] = (float)(step.mean.z * (double)z->X[k] + step.mean.other * (double)w->X[k] +
                                (noise ? step.deviation * (double)noise->X[k] : 0));
        for (size_t k = pairs.first * c->batch.b; k < pairs.end * c->batch.b; k++)
            out->E[k] = (float)(step.mean.z * (double)z->E[k] + step.mean.other * (double)w->E[k] +
                                (noise ? step.deviation * (double)noise->E[k] : 0));
    }
}

static dg_gaussian_step forward_of(const gaussian_case *c, size_t g) {
    return dg_forward_step(dg_level_at(&c->model->schedule, c->t[g]));
}

static dg_gaussian_step reverse_of(const gaussian_case *c, size_t g) {
    return dg_reverse_step(&c->model->schedule, DG_PREDICT_EPS, c->t[g] - 1, c->t[g], 1);
}

static dg_gaussian_step last_of(const gaussian_case *c, size_t g) {
    (void)g;
    return dg_last_step(&c->model->schedule, DG_PREDICT_EPS, 1);
}

static dg_gaussian_state *empty_state(const gaussian_case *c) {
    return state_of(c, node_rows(c, "raw/X"), pair_rows(c, "raw/E")); /* to be written over */
}

static dg_gaussian_state *named_state(const gaussian_case *c, const char *X, const char *E) {
    return state_of(c, node_rows(c, X), pair_rows(c, E));
}

static void forward_step(void **state) {
    (void)state;
    gaussian_case c;
    open_case(&c, "norm_values", "norm_biases");
    dg_gaussian_state *z_t = empty_state(&c);
    blend(&c, forward_of, c.clean, c.clean, named_state(&c, "eps/X", "eps/E"), z_t);
    check_rows(&c, z_t->X, z_t->E, "z_t/X", "z_t/E", step_tolerance);
    close_case(&c);
}

static void reverse_step(void **state) {
    (void)state;
    gaussian_case c;
    open_case(&c, "norm_values", "norm_biases");
    const dg_gaussian_state *z_t = named_state(&c, "z_t/X", "z_t/E");
    const dg_gaussian_state *eps = named_state(&c, "pred_eps/X", "pred_eps/E");
    dg_gaussian_state *z_s = empty_state(&c);
    blend(&c, reverse_of, z_t, eps, NULL, z_s);
    check_rows(&c, z_s->X, z_s->E, "step/mu_X", "step/mu_E", step_tolerance);
    blend(&c, reverse_of, z_t, eps, named_state(&c, "step/eps_X", "step/eps_E"), z_s);
    check_rows(&c, z_s->X, z_s->E, "step/z_s_X", "step/z_s_E", step_tolerance);
    for (size_t g = 0; g < c.batch.graphs; g++)
        golden_check_at(reverse_of(&c, g).deviation, golden_tensor(c.file, "step/sigma"), g,
                        step_tolerance);
    close_case(&c);
}

/* ---- the noise model ---- */

/* The reference's mean includes padding and the diagonal, where everything is zero. */
static void mean_square(void **state) {
    (void)state;
    gaussian_case c;
    open_case(&c, "norm_values", "norm_biases");
    double rows = (double)(c.batch.graphs * c.batch.padded);
    dg_loss loss = {0};
    golden_ok(c.model->operations->loss(
        c.model, &c.clean->base, &named_state(&c, "z_t/X", "z_t/E")->base, c.t,
        node_rows(&c, "pred_eps/X"), pair_rows(&c, "pred_eps/E"), 1 / rows,
        1 / (rows * (double)c.batch.padded), 1, &loss, NULL, NULL));
    golden_check_at(loss.X, golden_tensor(c.file, "loss/mse_X"), 0, (golden_tolerance){1e-5, 1e-5});
    golden_check_at(loss.E, golden_tensor(c.file, "loss/mse_E"), 0, (golden_tolerance){1e-5, 1e-5});
    golden_check_at(loss.X + loss.E, golden_tensor(c.file, "loss/mse"), 0,
                    (golden_tolerance){1e-5, 1e-5});
    close_case(&c);
}

static void check_classes(const gaussian_case *c, const digress_graph_set *set) {
    const dg_tensor *X = golden_tensor(c->file, "decode/X"),
                    *E = golden_tensor(c->file, "decode/E");
    for (size_t g = 0; g < c->batch.graphs; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        assert_int_equal(graph.n, c->batch.n[g]);
        for (size_t i = 0; i < graph.n; i++) {
            assert_int_equal(graph.node_class[i], golden_at(X, g * c->batch.padded + i));
            for (size_t j = i + 1; j < graph.n; j++)
                assert_int_equal(digress_graph_pair(&graph, i, j),
                                 golden_at(E, padded_pair(&c->batch, g, i, j) / c->batch.b));
        }
    }
}

static void decoding(void **state) {
    (void)state;
    gaussian_case c;
    open_case(&c, "norm_values", "norm_biases");
    const dg_gaussian_state *z_0 = named_state(&c, "decode/z_0_X", "decode/z_0_E");
    const dg_gaussian_state *eps = named_state(&c, "decode/pred_eps_X", "decode/pred_eps_E");
    dg_gaussian_state *x = empty_state(&c);
    digress_graph_set *set = NULL;
    blend(&c, last_of, z_0, eps, NULL, x);
    check_rows(&c, x->X, x->E, "decode/mu_X", "decode/mu_E", step_tolerance);
    for (size_t g = 0; g < c.batch.graphs; g++)
        golden_check_at(last_of(&c, g).deviation, golden_tensor(c.file, "decode/sigma"), g,
                        step_tolerance);
    blend(&c, last_of, z_0, eps, named_state(&c, "decode/eps_X", "decode/eps_E"), x);
    golden_ok(digress_graph_set_create(c.batch.a, c.batch.b, &set));
    for (size_t g = 0; g < c.batch.graphs; g++)
        golden_ok(c.model->operations->decode(c.model, &x->base, g, set));
    check_classes(&c, set);
    digress_graph_set_free(set);
    close_case(&c);
}

/* ---- the bound ---- */

/* -log p(x | z_0), mean over the batch. */
static double neg_log_p(const gaussian_case *c, const dg_gaussian_state *z_0) {
    dg_reconstruction_terms terms[MAX_GRAPHS];
    double sum = 0;
    golden_ok(c->model->operations->bound->reconstruction(c->model, &c->clean->base, &z_0->base,
                                                          NULL, NULL, terms));
    for (size_t g = 0; g < c->batch.graphs; g++)
        sum -= terms[g].log_p / (double)c->batch.graphs;
    return sum;
}

/* The nodes alone, if the pairs have no noise, and the other way round. */
static void reconstruction(void **state) {
    (void)state;
    gaussian_case c;
    const golden_tolerance in_double = {1e-4, 1e-4}, in_float = {0.5, 3e-2};
    open_case(&c, "norm_values", "norm_biases");
    float *X = node_rows(&c, "val/z_0_X"), *E = pair_rows(&c, "val/z_0_E");
    double of_X = neg_log_p(&c, state_of(&c, X, c.clean->E));
    double of_E = neg_log_p(&c, state_of(&c, c.clean->X, E));
    double log_p0 = -neg_log_p(&c, state_of(&c, X, E));
    golden_check_at(of_X, golden_tensor(c.file, "val64/neg_logp_X"), 0, in_double);
    golden_check_at(of_E, golden_tensor(c.file, "val64/neg_logp_E"), 0, in_double);
    golden_check_at(log_p0, golden_tensor(c.file, "val64/log_p0"), 0, in_double);
    golden_check_at(of_X, golden_tensor(c.file, "val/neg_logp_X"), 0, in_float);
    golden_check_at(of_E, golden_tensor(c.file, "val/neg_logp_E"), 0, in_float);
    golden_check_at(log_p0, golden_tensor(c.file, "val/log_p0"), 0, in_float);
    close_case(&c);
}

static void bound(void **state) {
    (void)state;
    gaussian_case c;
    open_case(&c, "norm_values", "norm_biases");
    dg_prior_terms prior[MAX_GRAPHS];
    dg_bound_terms terms[MAX_GRAPHS];
    double graphs = (double)c.batch.graphs, kl_X = 0, kl_E = 0, mean = 0;
    golden_ok(c.model->operations->bound->kl_prior(c.model, &c.clean->base, prior));
    golden_ok(c.model->operations->bound->kl_t(
        c.model, &c.clean->base, &named_state(&c, "z_t/X", "z_t/E")->base,
        node_rows(&c, "pred_eps/X"), pair_rows(&c, "pred_eps/E"), c.t, terms));
    for (size_t g = 0; g < c.batch.graphs; g++) {
        kl_X += terms[g].kl_X / graphs;
        kl_E += terms[g].kl_E / graphs;
    }
    const golden_tolerance tolerance = {1e-3, 5e-4};
    golden_check_at(2 * kl_X, golden_tensor(c.file, "val/error_X"), 0, tolerance);
    golden_check_at(2 * kl_E, golden_tensor(c.file, "val/error_E"), 0, tolerance);
    /* in single precision, so that the sums below are those of the reference */
    double log_p0 = golden_at(golden_tensor(c.file, "val/log_p0"), 0);
    for (size_t g = 0; g < c.batch.graphs; g++) {
        double log_pN = dg_log_p_n(&c.statistics, c.batch.n[g]);
        double nll = -log_pN + prior[g].kl + (double)c.T * (kl_X + kl_E) - log_p0;
        golden_check_at(log_pN, golden_tensor(c.file, "val/log_pN"), g,
                        (golden_tolerance){2e-5, 1e-4});
        golden_check_at(prior[g].kl_exact, golden_tensor(c.file, "val/kl_prior"), g,
                        (golden_tolerance){2e-5, 1e-4});
        golden_check_at(nll, golden_tensor(c.file, "val/nll_per_graph"), g, tolerance);
        mean += nll / graphs;
    }
    golden_check_at(mean, golden_tensor(c.file, "val/nll"), 0, tolerance);
    close_case(&c);
}

int parity_gaussian(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedule_and_table), cmocka_unit_test(scaling),
        cmocka_unit_test(forward_step),       cmocka_unit_test(reverse_step),
        cmocka_unit_test(mean_square),        cmocka_unit_test(decoding),
        cmocka_unit_test(reconstruction),     cmocka_unit_test(bound),
    };
    return cmocka_run_group_tests_name("gaussian", tests, NULL, NULL);
}
