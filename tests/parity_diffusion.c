/* The schedule, the transitions and the terms of the bound against the reference's. */
#include "diffusion/categorical.h"
#include "padded.h"
#include "parity.h"

/* Checks the tables of every T that the file has "NAME/T.../betas64" for. */
static void check_tables(const dg_tensor_file *file, const char *name, dg_schedule_kind kind) {
    size_t checked = 0;
    for (size_t k = 0; k < dg_tensor_file_count(file); k++) {
        char format[64];
        size_t T = 0;
        int length = 0;
        snprintf(format, sizeof format, "%s/T%%zu/betas64%%n", name);
        const char *tensor = dg_tensor_file_at(file, k)->name;
        if (sscanf(tensor, format, &T, &length) != 1 || tensor[length] != '\0') continue;
        dg_schedule schedule;
        golden_ok(dg_schedule_create(kind, T, &schedule));
        golden_check(schedule.beta, golden_tensor(file, "%s/T%zu/betas64", name, T),
                     (golden_tolerance){1e-12, 0});
        golden_check(schedule.beta, golden_tensor(file, "%s/T%zu/betas", name, T),
                     (golden_tolerance){2e-7, 0});
        golden_check(schedule.alpha, golden_tensor(file, "%s/T%zu/alphas", name, T),
                     (golden_tolerance){2e-7, 0});
        golden_check(schedule.alpha_bar, golden_tensor(file, "%s/T%zu/alphas_bar", name, T),
                     (golden_tolerance){2e-6, 5e-4});
        dg_schedule_free(&schedule);
        checked++;
    }
    assert_true(checked > 0);
}

static void cosine_schedule(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    check_tables(file, "cosine", DG_SCHEDULE_COSINE);
    dg_tensor_file_close(file);
}

static void custom_schedule(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    check_tables(file, "custom", DG_SCHEDULE_CUSTOM);
    dg_tensor_file_close(file);
}

static void continuous_schedule(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    size_t T = (size_t)golden_number(file, "gamma_T");
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_COSINE, T, &schedule));
    golden_check(schedule.alpha2, golden_tensor(file, "continuous/T%zu/alphas2_64", T),
                 (golden_tolerance){1e-12, 0});
    golden_check(schedule.gamma, golden_tensor(file, "continuous/T%zu/gamma", T),
                 (golden_tolerance){2e-5, 1e-6});
    dg_schedule_free(&schedule);
    dg_tensor_file_close(file);
}

static void schedule_lookup(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    size_t T = 0;
    for (size_t k = 0; k < dg_tensor_file_count(file) && T == 0; k++)
        (void)sscanf(dg_tensor_file_at(file, k)->name, "lookup/T%zu/", &T);
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_COSINE, T, &schedule));
    const dg_tensor *times = golden_tensor(file, "lookup/T%zu/t_normalized", T);
    const dg_tensor *beta = golden_tensor(file, "lookup/T%zu/beta", T);
    const dg_tensor *alpha_bar = golden_tensor(file, "lookup/T%zu/alpha_bar", T);
    for (size_t k = 0; k < times->count; k++) {
        size_t t = dg_schedule_index(&schedule, golden_at(times, k));
        golden_check_at(schedule.beta[t], beta, k, (golden_tolerance){2e-7, 0});
        golden_check_at(schedule.alpha_bar[t], alpha_bar, k, (golden_tolerance){2e-6, 5e-4});
    }
    dg_schedule_free(&schedule);
    dg_tensor_file_close(file);
}

/* ---- transitions ---- */

static void softmax(size_t classes, const float *logits, double *p) {
    double sum = 0;
    for (size_t k = 0; k < classes; k++)
        sum += p[k] = exp((double)logits[k]);
    for (size_t k = 0; k < classes; k++)
        p[k] /= sum;
}

static void copy_doubles(const dg_tensor *tensor, double *out) {
    for (size_t k = 0; k < tensor->count; k++)
        out[k] = golden_at(tensor, k);
}

typedef struct transition_case {
    const dg_tensor_file *file;
    const char *kind, *part; /* "marginal"; "X" or "E" */
    dg_transition transition;
    dg_schedule schedule;
    size_t graphs, rows; /* rows a graph: n or n * n */
} transition_case;

static void check_matrices(const transition_case *c) {
    static const char *const names[] = {"Qt", "Qsb", "Qtb"};
    size_t d = c->transition.classes;
    double Q[DIGRESS_MAX_CLASSES * 8];
    assert_in_range(d * d, 1, sizeof Q / sizeof *Q);
    for (size_t g = 0; g < c->graphs; g++) {
        size_t t = (size_t)golden_at(golden_tensor(c->file, "t"), g);
        for (size_t k = 0; k < 3; k++) {
            if (k == 0) dg_Qt(&c->transition, &c->schedule, t, Q);
            if (k == 1) dg_Qt_bar(&c->transition, &c->schedule, t - 1, Q);
            if (k == 2) dg_Qt_bar(&c->transition, &c->schedule, t, Q);
            const dg_tensor *expected =
                golden_tensor(c->file, "%s/%s/%s", c->kind, names[k], c->part);
            for (size_t at = 0; at < d * d; at++)
                golden_check_at(Q[at], expected, g * d * d + at, (golden_tolerance){2e-6, 0});
        }
    }
}

/* Takes the reference's own numbers, in single precision, as inputs: at small t its 1 - alpha_bar
 * has only three correct digits. */
static dg_jump golden_jump(const transition_case *c, size_t g) {
    const dg_tensor *beta = golden_tensor(c->file, "beta_t");
    const dg_tensor *alpha_bar_s = golden_tensor(c->file, "alpha_bar_s");
    const dg_tensor *alpha_bar_t = golden_tensor(c->file, "alpha_bar_t");
    size_t t = (size_t)golden_at(golden_tensor(c->file, "t"), g);
    dg_jump jump = dg_jump_of(&c->schedule, (double)(t - 1), (double)t);
    golden_check_at(1 - jump.keep, beta, g, (golden_tolerance){2e-7, 0});
    golden_check_at(jump.alpha_bar_s, alpha_bar_s, g, (golden_tolerance){2e-6, 5e-4});
    golden_check_at(jump.alpha_bar_t, alpha_bar_t, g, (golden_tolerance){2e-6, 5e-4});
    return (dg_jump){1 - golden_at(beta, g), golden_at(alpha_bar_s, g), golden_at(alpha_bar_t, g)};
}

static void check_row(const transition_case *c, dg_jump jump, size_t row, uint8_t x_0,
                      uint8_t x_t) {
    const golden_tolerance tolerance = {1e-5, 1e-4};
    size_t d = c->transition.classes;
    double over0[DIGRESS_MAX_CLASSES * 8], p[DIGRESS_MAX_CLASSES], one_hot[DIGRESS_MAX_CLASSES];
    double prob_s[DIGRESS_MAX_CLASSES], posterior[DIGRESS_MAX_CLASSES], soft[DIGRESS_MAX_CLASSES];
    softmax(d, golden_floats(golden_tensor(c->file, "pred/logits_%s", c->part)) + row * d, p);
    for (size_t k = 0; k < d; k++)
        one_hot[k] = k == x_0;
    dg_posterior_over0(&c->transition, jump, x_t, over0);
    dg_prob_s(&c->transition, jump, x_t, p, prob_s);
    dg_posterior_soft(&c->transition, jump, x_t, one_hot, posterior);
    dg_posterior_soft(&c->transition, jump, x_t, p, soft);
    for (size_t at = 0; at < d * d; at++)
        golden_check_at(over0[at], golden_tensor(c->file, "%s/over0/%s", c->kind, c->part),
                        row * d * d + at, tolerance);
    for (size_t at = 0; at < d; at++) {
        golden_check_at(prob_s[at], golden_tensor(c->file, "%s/prob_s/%s", c->kind, c->part),
                        row * d + at, tolerance);
        golden_check_at(posterior[at], golden_tensor(c->file, "%s/posterior/%s", c->kind, c->part),
                        row * d + at, tolerance);
        golden_check_at(soft[at], golden_tensor(c->file, "%s/posterior_soft/%s", c->kind, c->part),
                        row * d + at, tolerance);
    }
}

static void check_posteriors(const transition_case *c) {
    size_t d = c->transition.classes, checked = 0;
    const dg_tensor *clean = golden_tensor(c->file, "clean/%s", c->part);
    const dg_tensor *noisy = golden_tensor(c->file, "%s/%s_t", c->kind, c->part);
    for (size_t row = 0; row < c->graphs * c->rows; row++) {
        uint8_t x_0 = class_of(clean, row, d), x_t = class_of(noisy, row, d);
        if (x_0 == d || x_t == d) continue; /* padding and diagonal: we have no such rows */
        check_row(c, golden_jump(c, row / c->rows), row, x_0, x_t);
        checked++;
    }
    assert_true(checked > 0);
}

static void check_transition(const dg_tensor_file *file, const char *kind, const char *part) {
    transition_case c = {.file = file, .kind = kind, .part = part};
    const dg_tensor *clean = golden_tensor(file, "clean/%s", part);
    size_t classes = clean->shape[clean->rank - 1];
    double marginals[DIGRESS_MAX_CLASSES];
    copy_doubles(golden_tensor(file, strcmp(part, "X") == 0 ? "x_marginals" : "e_marginals"),
                 marginals);
    golden_ok(dg_transition_create(golden_choice("model.transition", kind), classes, marginals,
                                   (size_t)golden_number(file, "absorbing_state"), &c.transition));
    golden_ok(
        dg_schedule_create(DG_SCHEDULE_COSINE, (size_t)golden_number(file, "T"), &c.schedule));
    c.graphs = clean->shape[0];
    c.rows = clean->count / c.graphs / classes;
    check_matrices(&c);
    check_posteriors(&c);
    dg_schedule_free(&c.schedule);
    dg_transition_free(&c.transition);
}

static void check_kind(const char *kind) {
    dg_tensor_file *file = golden_open("transitions");
    check_transition(file, kind, "X");
    check_transition(file, kind, "E");
    dg_tensor_file_close(file);
}

static void uniform_transition(void **state) {
    (void)state;
    check_kind("uniform");
}

static void marginal_transition(void **state) {
    (void)state;
    check_kind("marginal");
}

static void absorbing_transition(void **state) {
    (void)state;
    check_kind("absorbing");
}

/* ---- the terms of the bound ---- */

typedef struct bound_case {
    const dg_tensor_file *file;
    const char *kind;
    dg_statistics statistics;
    dg_noise_model *model;
    dg_arena *arena;
    padded_batch batch;
    double t[MAX_GRAPHS];
    size_t T;
} bound_case;

static void fill_statistics(bound_case *c) {
    const dg_tensor *histogram = golden_tensor(c->file, "node_histogram");
    golden_ok(dg_statistics_create(histogram->count - 1, c->batch.a, c->batch.b, &c->statistics));
    copy_doubles(histogram, c->statistics.n_histogram);
    copy_doubles(golden_tensor(c->file, "x_marginals"), c->statistics.node_marginals);
    copy_doubles(golden_tensor(c->file, "e_marginals"), c->statistics.edge_marginals);
}

static void open_bound(bound_case *c, const dg_tensor_file *file, const char *kind) {
    const dg_tensor *X = golden_tensor(file, "X"), *E = golden_tensor(file, "E");
    *c = (bound_case){.file = file,
                      .kind = kind,
                      .batch = padded_like(file, X, E),
                      .T = (size_t)golden_number(file, "T")};
    for (size_t g = 0; g < c->batch.graphs; g++)
        c->t[g] = (uint32_t)golden_at(golden_tensor(file, "t"), g);
    fill_statistics(c);
    golden_ok(dg_categorical_create(
        golden_choice("model.diffusion_noise_schedule", golden_metadata(file, "schedule")), c->T,
        golden_choice("model.transition", kind), 0, &(dg_features){0}, &c->statistics, &c->model));
    golden_ok(dg_arena_create(&c->arena));
}

static void close_bound(bound_case *c) {
    dg_arena_free(c->arena);
    dg_noise_model_free(c->model);
    dg_statistics_free(&c->statistics);
}

static double mean(size_t count, const double *values) {
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += values[k];
    return sum / (double)count;
}

/* Means over the batch, as the reference sums them. */
typedef struct bound_means {
    double kl_X, kl_E, logp0_X, logp0_E;
} bound_means;

/* What the reference adds for padding and the diagonal: -log((1 + 1e-7) / (1 + d 1e-7)) for each
 * entry. */
static double masked_kl(double entries, size_t classes) {
    return entries * (log1p(1e-7 * (double)classes) - log1p(1e-7));
}

static void check_kl(const bound_case *c, const dg_state *clean, bound_means *means) {
    dg_bound_terms terms[MAX_GRAPHS];
    const dg_state *noisy =
        padded_state(&c->batch, c->model, c->arena, golden_tensor(c->file, "%s/X_t", c->kind),
                     golden_tensor(c->file, "%s/E_t", c->kind));
    golden_ok(c->model->operations->bound->kl_t(
        c->model, clean, noisy,
        padded_node_rows(&c->batch, c->arena, golden_tensor(c->file, "%s/logits_X", c->kind)),
        padded_pair_rows(&c->batch, c->arena, golden_tensor(c->file, "%s/logits_E", c->kind)), c->t,
        terms));
    double masked_nodes = (double)(c->batch.graphs * c->batch.padded);
    double masked_pairs = masked_nodes * (double)c->batch.padded;
    for (size_t g = 0; g < c->batch.graphs; g++) {
        means->kl_X += terms[g].kl_X;
        means->kl_E += terms[g].kl_E;
        assert_true(terms[g].kl_X_exact >= -1e-12 && terms[g].kl_E_exact >= -1e-12);
        masked_nodes -= c->batch.n[g];
        masked_pairs -= c->batch.n[g] * (c->batch.n[g] - 1.0);
    }
    means->kl_X = (means->kl_X + masked_kl(masked_nodes, c->batch.a)) / (double)c->batch.graphs;
    means->kl_E = (means->kl_E + masked_kl(masked_pairs, c->batch.b)) / (double)c->batch.graphs;
    golden_check_at(means->kl_X, golden_tensor(c->file, "%s/kl_X", c->kind), 0,
                    (golden_tolerance){5e-5, 1e-4});
    golden_check_at(means->kl_E, golden_tensor(c->file, "%s/kl_E", c->kind), 0,
                    (golden_tolerance){5e-5, 1e-4});
}

static void check_reconstruction(const bound_case *c, const dg_state *clean, bound_means *means) {
    const golden_tolerance tolerance = {2e-5, 1e-4};
    dg_reconstruction_terms terms[MAX_GRAPHS];
    double both[MAX_GRAPHS], X_alone[MAX_GRAPHS];
    const float *X =
        padded_node_rows(&c->batch, c->arena, golden_tensor(c->file, "%s/logits0_X", c->kind));
    float *E =
        padded_pair_rows(&c->batch, c->arena, golden_tensor(c->file, "%s/logits0_E", c->kind));
    golden_ok(c->model->operations->bound->reconstruction(c->model, clean, NULL, X, E, terms));
    for (size_t g = 0; g < c->batch.graphs; g++)
        both[g] = terms[g].log_p;
    memset(E, 0, clean->pack.pairs * c->batch.b * sizeof *E);
    golden_ok(c->model->operations->bound->reconstruction(c->model, clean, NULL, X, E, terms));
    for (size_t g = 0; g < c->batch.graphs; g++) /* a pair of zero logits has log p = -log b */
        X_alone[g] =
            terms[g].log_p + c->batch.n[g] * (c->batch.n[g] - 1.0) * log((double)c->batch.b);
    means->logp0_X = mean(c->batch.graphs, X_alone);
    means->logp0_E = mean(c->batch.graphs, both) - means->logp0_X;
    golden_check_at(means->logp0_X, golden_tensor(c->file, "%s/logp0_X", c->kind), 0, tolerance);
    golden_check_at(means->logp0_E, golden_tensor(c->file, "%s/logp0_E", c->kind), 0, tolerance);
}

static void check_bound(const char *kind) {
    dg_tensor_file *file = golden_open("vlb");
    bound_case c;
    open_bound(&c, file, kind);
    double T = (double)c.T, nll[MAX_GRAPHS];
    dg_prior_terms prior[MAX_GRAPHS];
    bound_means means = {0};
    dg_state *clean = padded_state(&c.batch, c.model, c.arena, golden_tensor(file, "X"),
                                   golden_tensor(file, "E"));
    golden_ok(c.model->operations->bound->kl_prior(c.model, clean, prior));
    check_kl(&c, clean, &means);
    check_reconstruction(&c, clean, &means);
    double Lt = T * (means.kl_X + means.kl_E);
    golden_check_at(Lt, golden_tensor(file, "%s/Lt", kind), 0, (golden_tolerance){5e-5 * T, 1e-4});
    for (size_t g = 0; g < c.batch.graphs; g++) {
        double log_pN = dg_log_p_n(&c.statistics, c.batch.n[g]);
        golden_check_at(log_pN, golden_tensor(file, "%s/log_pN", kind), g,
                        (golden_tolerance){2e-5, 1e-4});
        golden_check_at(prior[g].kl, golden_tensor(file, "%s/kl_prior", kind), g,
                        (golden_tolerance){2e-5, 1e-4});
        nll[g] = -log_pN + prior[g].kl + Lt - (means.logp0_X + means.logp0_E);
        golden_check_at(nll[g], golden_tensor(file, "%s/nll_per_graph", kind), g,
                        (golden_tolerance){5e-5 * T, 1e-4});
    }
    golden_check_at(mean(c.batch.graphs, nll), golden_tensor(file, "%s/nll", kind), 0,
                    (golden_tolerance){5e-5 * T, 1e-4});
    close_bound(&c);
    dg_tensor_file_close(file);
}

static void marginal_bound(void **state) {
    (void)state;
    check_bound("marginal");
}

static void uniform_bound(void **state) {
    (void)state;
    check_bound("uniform");
}

int parity_diffusion(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosine_schedule),      cmocka_unit_test(custom_schedule),
        cmocka_unit_test(continuous_schedule),  cmocka_unit_test(schedule_lookup),
        cmocka_unit_test(uniform_transition),   cmocka_unit_test(marginal_transition),
        cmocka_unit_test(absorbing_transition), cmocka_unit_test(marginal_bound),
        cmocka_unit_test(uniform_bound),
    };
    return cmocka_run_group_tests_name("diffusion", tests, NULL, NULL);
}
