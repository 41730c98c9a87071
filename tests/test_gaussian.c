/* The Gaussian mode: the process of one entry, and the noise model of it. */
#include "diffusion/categorical.h"
#include "noise_fixture.h"

#include "diffusion/gaussian.h"

static digress_status set_eta(dg_noise_model *model, double eta) {
    const dg_sampler sampler = {.eta = eta};
    return dg_noise_model_set_sampler(model, &sampler);
}

enum { KINDS = 3 };
static const double etas[] = {0, 0.5, 1};

static void begin_scaled(fixture *f, dg_prediction kind, dg_scaling X, dg_scaling E) {
    make_graphs(f);
    golden_ok(dg_gaussian_create(DG_SCHEDULE_COSINE, T, kind, X, E, &f->statistics, &f->model));
    encode_graphs(f);
}

static void begin(fixture *f, dg_prediction kind) {
    begin_scaled(f, kind, (dg_scaling){2, 0}, (dg_scaling){1, 0});
}

static dg_schedule schedule_of(dg_schedule_kind kind) {
    dg_schedule schedule;
    golden_ok(dg_schedule_create(kind, T, &schedule));
    return schedule;
}

static double blended(dg_blend blend, double z, double other) {
    return blend.z * z + blend.other * other;
}

/* ---- the process ---- */

static void variance_is_preserved(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        dg_schedule schedule = schedule_of((dg_schedule_kind)kind);
        for (size_t t = 0; t <= T; t++) {
            dg_level level = dg_level_at(&schedule, (double)t);
            assert_close(level.alpha * level.alpha + level.sigma * level.sigma, 1, 1e-15);
            assert_true(level.alpha > 0 && level.sigma > 0);
            double snr = level.alpha * level.alpha / (level.sigma * level.sigma);
            assert_close(snr, exp(-schedule.gamma[t]), 1e-9 * snr);
            assert_true(t == 0 || schedule.gamma[t] > schedule.gamma[t - 1]);
        }
        dg_schedule_free(&schedule);
    }
}

/* Each kind of prediction, made of x and eps, gives x and eps back. */
static void predictions_convert_into_each_other(void **state) {
    (void)state;
    const double x = 0.8, eps = -1.3;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 0; t <= T; t++) {
        dg_level at = dg_level_at(&schedule, (double)t);
        double z = at.alpha * x + at.sigma * eps, v = at.alpha * eps - at.sigma * x;
        const double predictions[KINDS] = {eps, x, v};
        for (int kind = 0; kind < KINDS; kind++) {
            double w = predictions[kind], rounding = 1e-14 / (at.alpha * at.sigma);
            assert_close(blended(dg_target_of((dg_prediction)kind, at), z, x), w, rounding);
            assert_close(blended(dg_clean_of((dg_prediction)kind, at), z, w), x, rounding);
            assert_close(blended(dg_eps_of((dg_prediction)kind, at), z, w), eps, rounding);
        }
    }
    dg_schedule_free(&schedule);
}

/* Bayes' rule for normals: q(z_s | z_t, x) ~ q(z_t | z_s) q(z_s | x). And DDPM's mean in eps. */
static void ancestral_step_is_the_posterior(void **state) {
    (void)state;
    const double x = 0.8, eps = -1.3;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 1; t <= T; t++)
        for (size_t s = 0; s < t; s++) {
            dg_level from = dg_level_at(&schedule, (double)t),
                     to = dg_level_at(&schedule, (double)s);
            double z = from.alpha * x + from.sigma * eps, alpha_ts = from.alpha / to.alpha;
            double sigma2_ts = 1 - alpha_ts * alpha_ts, sigma2_s = to.sigma * to.sigma;
            double precision = alpha_ts * alpha_ts / sigma2_ts + 1 / sigma2_s;
            double mean = (alpha_ts * z / sigma2_ts + to.alpha * x / sigma2_s) / precision;
            double ddpm = z / alpha_ts - sigma2_ts / (alpha_ts * from.sigma) * eps;
            double rounding = 1e-12 / from.alpha;
            assert_close(ddpm, mean, rounding);
            for (int kind = 0; kind < KINDS; kind++) {
                double w = blended(dg_target_of((dg_prediction)kind, from), z, x);
                dg_gaussian_step step =
                    dg_reverse_step(&schedule, (dg_prediction)kind, (double)s, (double)t, 1);
                assert_close(blended(step.mean, z, w), mean, rounding);
                assert_close(step.deviation, sqrt(1 / precision), 1e-12);
            }
        }
    dg_schedule_free(&schedule);
}

/* Two normals with the step's deviation d, whose means differ by mean.other times the prediction's
 * error, are mean.other^2 / (2 d^2) apart for each square of it: half of the SNR's fall for x. */
static void kl_is_half_the_fall_of_the_snr(void **state) {
    (void)state;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 1; t <= T; t++) {
        double snr_s = exp(-schedule.gamma[t - 1]), snr_t = exp(-schedule.gamma[t]);
        const double expected[KINDS] = {0.5 * (snr_s / snr_t - 1), 0.5 * (snr_s - snr_t),
                                        0.5 * (snr_s / snr_t - 1) * schedule.alpha2[t]};
        for (int kind = 0; kind < KINDS; kind++) {
            dg_gaussian_step step =
                dg_reverse_step(&schedule, (dg_prediction)kind, (double)(t - 1), (double)t, 1);
            double apart = step.mean.other / step.deviation;
            double kl = dg_kl_per_square(&schedule, (dg_prediction)kind, (double)t);
            assert_close(kl, expected[kind], 1e-9 * kl);
            assert_close(kl, 0.5 * apart * apart, 1e-6 * kl);
        }
    }
    dg_schedule_free(&schedule);
}

/* Whatever eta, z_s has the distribution of q(z_s | x): the deviation and the part of eps make up
 * sigma_s; with eta = 0 all is eps, with eta = 1 the deviation is the posterior's. */
static void every_eta_keeps_the_marginal(void **state) {
    (void)state;
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    for (size_t t = 1; t <= T; t++)
        for (size_t s = 0; s < t; s++)
            for (size_t k = 0; k < 3; k++) {
                dg_level from = dg_level_at(&schedule, (double)t),
                         to = dg_level_at(&schedule, (double)s);
                dg_gaussian_step step =
                    dg_reverse_step(&schedule, DG_PREDICT_X0, (double)s, (double)t, etas[k]);
                double of_x = step.mean.z * from.alpha + step.mean.other;
                double of_eps = step.mean.z * from.sigma;
                assert_close(of_x, to.alpha, 1e-12);
                assert_close(of_eps * of_eps + step.deviation * step.deviation, to.sigma * to.sigma,
                             1e-12);
                if (etas[k] == 0) assert_close(step.deviation, 0, 0);
            }
    dg_schedule_free(&schedule);
}

/* Single steps z_k = alpha_k / alpha_{k-1} z_{k-1} + noise have the closed form's marginal. */
static void forward_chain_has_the_closed_form_s_marginal(void **state) {
    (void)state;
    enum { CHAINS = 20000, STEPS = 25 };
    dg_schedule schedule = schedule_of(DG_SCHEDULE_COSINE);
    const double x = 1.5;
    double mean = 0, square = 0;
    for (uint32_t chain = 0; chain < CHAINS; chain++) {
        const dg_rng key = {.seed = 5, .purpose = DG_RNG_TEST, .graph = chain};
        float noise[STEPS + 1];
        dg_rng_fill_normal(&key, 0, STEPS + 1, noise);
        double z = x, alpha = 1;
        for (size_t t = 0; t <= STEPS; t++) {
            double keep = dg_level_at(&schedule, (double)t).alpha / alpha;
            z = keep * z + sqrt(1 - keep * keep) * (double)noise[t];
            alpha *= keep;
        }
        mean += z / CHAINS;
        square += z * z / CHAINS;
    }
    dg_level at = dg_level_at(&schedule, STEPS);
    assert_close(mean, at.alpha * x, 4 * at.sigma / sqrt(CHAINS));
    assert_close(square - mean * mean, at.sigma * at.sigma, 0.03);
    dg_schedule_free(&schedule);
}

static void class_probabilities_sum_to_one(void **state) {
    (void)state;
    const double near_2[] = {0.1, -0.05, 0.93, 0.02}, undecided[] = {0.5, 0.5, 0.5, 0.5};
    double sum = 0;
    for (size_t x = 0; x < 4; x++) {
        sum += exp(dg_log_p_class(4, near_2, 0.2, x));
        assert_close(dg_log_p_class(4, undecided, 0.2, x), log(0.25), 1e-12);
        assert_true(x == 2 || dg_log_p_class(4, near_2, 0.2, x) < -3);
    }
    assert_close(sum, 1, 1e-12);
    assert_close(dg_log_p_class(1, undecided, 0.2, 0), 0, 0);
}

/* ---- the noise model ---- */

static const dg_gaussian_state *reals(const dg_state *state) {
    return (const dg_gaussian_state *)(const void *)state;
}

static void decode_inverts_encode(void **state) {
    (void)state;
    fixture f;
    begin_scaled(&f, DG_PREDICT_EPS, (dg_scaling){2, 0.5}, (dg_scaling){0.5, -1});
    digress_graph_set *set = decoded(&f, f.clean);
    assert_true(equal_sets(set, f.set));
    const float *X = reals(f.clean)->X;
    for (size_t k = 0; k < A; k++)
        assert_close((double)X[k],
                     k == digress_graph_set_get(f.set, 0).node_class[0] ? 0.25 : -0.25, 1e-7);
    digress_graph_set_free(set);
    end(&f);
}

static void inputs_are_the_rows_themselves(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_PREDICT_EPS);
    const double t[GRAPHS] = {0, 10, T};
    dg_input_rows input;
    golden_ok(f.operations->input(f.model, f.arena, f.clean, t, &input));
    assert_int_equal(f.model->in_X, A);
    assert_int_equal(f.model->in_E, B);
    assert_int_equal(f.model->in_y, 1);
    assert_ptr_equal(input.X, reals(f.clean)->X);
    assert_ptr_equal(input.E, reals(f.clean)->E);
    assert_null(input.E_class);
    for (size_t g = 0; g < GRAPHS; g++)
        assert_close((double)input.y[g], (double)t[g] / T, 1e-7);
    end(&f);
}

/* Symmetric with a zero diagonal, for each graph of the fixture. */
static void assert_symmetric(const fixture *f, const float *E) {
    for (size_t g = 0; g < GRAPHS; g++) {
        size_t n = sizes[g];
        const float *rows = E + f->pack->pair_start[g] * B;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                for (size_t k = 0; k < B; k++) {
                    assert_true(rows[(i * n + j) * B + k] == rows[(j * n + i) * B + k]);
                    assert_true(i != j || rows[(i * n + j) * B + k] == 0);
                }
    }
}

/* Mean and variance, over nodes and upper triangles and many seeds, of (z - alpha x) / sigma. */
static void check_standard_normal(double sum, double square, double count) {
    assert_close(sum / count, 0, 4 / sqrt(count));
    assert_close(square / count, 1, 6 / sqrt(count));
}

static void corruption_is_alpha_x_plus_sigma_eps(void **state) {
    (void)state;
    const double t[GRAPHS] = {3, 20, 37};
    fixture f;
    begin(&f, DG_PREDICT_EPS);
    double sum = 0, square = 0, count = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        const dg_gaussian_state *x = reals(f.clean), *z = reals(corrupted(&f, t, seed));
        assert_symmetric(&f, z->E);
        for (size_t g = 0; g < GRAPHS; g++) {
            dg_level at = dg_level_at(&f.model->schedule, (double)t[g]);
            size_t n = sizes[g], node = f.pack->node_start[g] * A, pair = f.pack->pair_start[g];
            for (size_t k = node; k < node + n * A; k++, count++) {
                double eps = ((double)z->X[k] - at.alpha * (double)x->X[k]) / at.sigma;
                sum += eps;
                square += eps * eps;
            }
            for (size_t i = 0; i < n; i++)
                for (size_t k = (pair + i * n + i + 1) * B; k < (pair + i * n + n) * B;
                     k++, count++) {
                    double eps = ((double)z->E[k] - at.alpha * (double)x->E[k]) / at.sigma;
                    sum += eps;
                    square += eps * eps;
                }
        }
    }
    check_standard_normal(sum, square, count);
    end(&f);
}

static void prior_is_standard_normal(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_PREDICT_EPS);
    double sum = 0, square = 0, count = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        dg_state *noise = NULL;
        golden_ok(f.operations->prior(f.model, f.arena, GRAPHS, sizes, keys_of(seed), &noise));
        assert_symmetric(&f, reals(noise)->E);
        for (size_t k = 0; k < f.pack->nodes * A; k++, count++) {
            double x = (double)reals(noise)->X[k];
            sum += x;
            square += x * x;
        }
    }
    check_standard_normal(sum, square, count);
    end(&f);
}

/* What a network that knows the clean graphs says of `noisy`, all at time t. */
static void perfect_rows(fixture *f, dg_prediction kind, const dg_state *noisy, uint32_t t,
                         float **X, float **E) {
    dg_blend target = dg_target_of(kind, dg_level_at(&f->model->schedule, (double)t));
    const dg_gaussian_state *x = reals(f->clean), *z = reals(noisy);
    golden_ok(dg_arena_allocate(f->arena, f->pack->nodes * A, sizeof **X, X));
    golden_ok(dg_arena_allocate(f->arena, f->pack->pairs * B, sizeof **E, E));
    for (size_t k = 0; k < f->pack->nodes * A; k++)
        (*X)[k] = (float)blended(target, (double)z->X[k], (double)x->X[k]);
    for (size_t k = 0; k < f->pack->pairs * B; k++)
        (*E)[k] = (float)blended(target, (double)z->E[k], (double)x->E[k]);
}

/* From any t, by steps of any length, with each prediction and eta. */
static void a_perfect_network_recovers_the_graph(void **state) {
    (void)state;
    const uint32_t strides[] = {1, 7, T};
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t e = 0; e < 3; e++)
            for (size_t stride = 0; stride < 3; stride++) {
                fixture f;
                begin(&f, (dg_prediction)kind);
                golden_ok(set_eta(f.model, etas[e]));
                uint32_t t = T - 1;
                const double times[GRAPHS] = {t, t, t};
                dg_state *z = corrupted(&f, times, 3);
                float *X = NULL, *E = NULL;
                while (t > 0) {
                    uint32_t s = t > strides[stride] ? t - strides[stride] : 0;
                    perfect_rows(&f, (dg_prediction)kind, z, t, &X, &E);
                    golden_ok(f.operations->reverse(
                        f.model, z, X, E, (dg_interval){.s = s, .t = t, .key = t}, keys_of(3)));
                    t = s;
                }
                assert_symmetric(&f, reals(z)->E);
                perfect_rows(&f, (dg_prediction)kind, z, 0, &X, &E);
                golden_ok(f.operations->finish(f.model, z, X, E, keys_of(3)));
                digress_graph_set *set = decoded(&f, z);
                assert_true(equal_sets(set, f.set));
                digress_graph_set_free(set);
                end(&f);
            }
}

static void copy_rows(const fixture *f, const dg_state *from, dg_state *to) {
    memcpy(reals(to)->X, reals(from)->X, f->pack->nodes * A * sizeof(float));
    memcpy(reals(to)->E, reals(from)->E, f->pack->pairs * B * sizeof(float));
}

static bool same_rows(const fixture *f, const dg_state *a, const dg_state *b) {
    return memcmp(reals(a)->X, reals(b)->X, f->pack->nodes * A * sizeof(float)) == 0 &&
           memcmp(reals(a)->E, reals(b)->E, f->pack->pairs * B * sizeof(float)) == 0;
}

/* The same network said in eps, x0 and v takes the same step and has the same bound. */
static void predictions_of_one_network_agree(void **state) {
    (void)state;
    enum { s = 13, t = 21 };
    const double times[GRAPHS] = {t, t, t};
    double first = 0, first_kl = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        fixture f;
        begin(&f, (dg_prediction)kind);
        dg_state *z = corrupted(&f, times, 3);
        float *X = random_logits(&f, f.pack->nodes, A, 1), *E = NULL, *unused = NULL;
        perfect_rows(&f, (dg_prediction)kind, z, t, &unused, &E);
        dg_blend in_kind =
            dg_target_of((dg_prediction)kind, dg_level_at(&f.model->schedule, (double)t));
        for (size_t k = 0; k < f.pack->nodes * A; k++) /* X was a prediction of x */
            X[k] = (float)blended(in_kind, (double)reals(z)->X[k], (double)X[k]);
        dg_bound_terms terms[GRAPHS];
        golden_ok(f.operations->bound->kl_t(f.model, f.clean, z, X, E, times, terms));
        golden_ok(f.operations->reverse(f.model, z, X, E, (dg_interval){.s = s, .t = t, .key = t},
                                        keys_of(9)));
        double value = (double)reals(z)->X[4], kl = terms[2].kl_X;
        if (kind == 0) first = value;
        if (kind == 0) first_kl = kl;
        assert_close(value, first, 1e-5);
        assert_close(kl, first_kl, 1e-4 * kl);
        assert_close(terms[2].kl_E, 0, 1e-8);
        assert_true(kl > 0 && kl == terms[2].kl_X_exact);
        end(&f);
    }
}

/* The step's noise is deviation * the keyed numbers of (REVERSE, t), pairs by the upper triangle.
 */
static void reverse_draws_its_deviation(void **state) {
    (void)state;
    enum { s = 12, t = 20 };
    const double times[GRAPHS] = {t, t, t};
    fixture f;
    begin(&f, DG_PREDICT_V);
    float *X = random_logits(&f, f.pack->nodes, A, 1), *E = random_logits(&f, f.pack->pairs, B, 2);
    dg_state *z = corrupted(&f, times, 7), *mean = corrupted(&f, times, 7);
    golden_ok(set_eta(f.model, 1));
    golden_ok(f.operations->reverse(f.model, z, X, E, (dg_interval){.s = s, .t = t, .key = t},
                                    keys_of(4)));
    const dg_state *from = corrupted(&f, times, 7);
    dg_gaussian_step step =
        dg_reverse_step(&f.model->schedule, DG_PREDICT_V, (double)s, (double)t, 1);
    float noise[8 * A], pair_noise[8 * 7 / 2 * B];
    dg_rng key = {4, DG_RNG_REVERSE_NODE, 2, t};
    dg_rng_fill_normal(&key, 0, 8 * A, noise);
    size_t node = f.pack->node_start[2] * A, pair = f.pack->pair_start[2] * B;
    for (size_t k = 0; k < 8 * A; k++)
        assert_close((double)reals(z)->X[node + k],
                     blended(step.mean, (double)reals(from)->X[node + k], (double)X[node + k]) +
                         step.deviation * (double)noise[k],
                     1e-6);
    key.purpose = DG_RNG_REVERSE_PAIR;
    dg_rng_fill_normal(&key, 0, 8 * 7 / 2 * B, pair_noise);
    size_t last = pair + (6 * 8 + 7) * B; /* the pair (6, 7) is the last of the triangle */
    for (size_t k = 0; k < B; k++)
        assert_close((double)reals(z)->E[last + k],
                     blended(step.mean, (double)reals(from)->E[last + k], (double)E[last + k]) +
                         step.deviation * (double)pair_noise[27 * B + k],
                     1e-6);
    golden_ok(set_eta(f.model, 0)); /* then no seed matters */
    dg_state *again = corrupted(&f, times, 7);
    golden_ok(f.operations->reverse(f.model, mean, X, E, (dg_interval){.s = s, .t = t, .key = t},
                                    keys_of(4)));
    golden_ok(f.operations->reverse(f.model, again, X, E, (dg_interval){.s = s, .t = t, .key = t},
                                    keys_of(5)));
    assert_true(same_rows(&f, mean, again));
    assert_false(same_rows(&f, mean, z));
    end(&f);
}

/* x ~ N(the predicted x, (eta sigma_0 / alpha_0)^2), with the numbers of step 0. */
static void the_last_draw_has_the_noise_left_at_0(void **state) {
    (void)state;
    const double t[GRAPHS] = {0, 0, 0};
    fixture f;
    begin(&f, DG_PREDICT_X0);
    const float *X = random_logits(&f, f.pack->nodes, A, 1);
    const float *E = random_logits(&f, f.pack->pairs, B, 2);
    dg_level at_0 = dg_level_at(&f.model->schedule, 0);
    float noise[5 * A];
    const dg_rng key = {4, DG_RNG_REVERSE_NODE, 0, 0};
    dg_rng_fill_normal(&key, 0, 5 * A, noise);
    for (size_t e = 0; e < 3; e++) {
        dg_state *z = corrupted(&f, t, 7);
        golden_ok(set_eta(f.model, etas[e]));
        golden_ok(f.operations->finish(f.model, z, X, E, keys_of(4)));
        for (size_t k = 0; k < 5 * A; k++)
            assert_close((double)reals(z)->X[k],
                         (double)X[k] + etas[e] * at_0.sigma / at_0.alpha * (double)noise[k], 1e-6);
    }
    end(&f);
}

static void gradient_is_the_loss_s_slope(void **state) {
    (void)state;
    const double t[GRAPHS] = {2, 20, 39};
    for (int kind = 0; kind < KINDS; kind++) {
        fixture f;
        begin(&f, (dg_prediction)kind);
        check_slope(&f, corrupted(&f, t, 1), t, 1e-5);
        end(&f);
    }
}

/* The mean square over nodes, pairs and channels: of a prediction off by 0.5 everywhere, 0.25. */
static void loss_is_a_mean_square(void **state) {
    (void)state;
    const double t[GRAPHS] = {20, 20, 20};
    for (int kind = 0; kind < KINDS; kind++) {
        fixture f;
        float *X = NULL, *E = NULL;
        dg_loss loss = {0};
        begin(&f, (dg_prediction)kind);
        const dg_state *z = corrupted(&f, t, 1);
        perfect_rows(&f, (dg_prediction)kind, z, 20, &X, &E);
        for (size_t k = 0; k < f.pack->nodes * A; k++)
            X[k] += 0.5f;
        for (size_t k = 0; k < f.pack->pairs * B; k++)
            E[k] -= 2.0f;
        golden_ok(f.operations->loss(f.model, f.clean, z, t, X, E, 1.0 / 14, 1.0 / 76, 5, &loss,
                                     NULL, NULL));
        assert_close(loss.X, 0.25, 1e-6);
        assert_close(loss.E, 4, 1e-5);
        end(&f);
    }
}

/* q(z_T | x) is nearly the prior; the published figure has the volume of the scaling on top. */
static void prior_term_is_small_but_for_the_volume(void **state) {
    (void)state;
    fixture f;
    dg_prior_terms prior[GRAPHS];
    begin_scaled(&f, DG_PREDICT_EPS, (dg_scaling){2, 0}, (dg_scaling){0.5, 0});
    golden_ok(f.operations->bound->kl_prior(f.model, f.clean, prior));
    for (size_t g = 0; g < GRAPHS; g++) {
        double n = sizes[g], volume = n * A * log(2) + n * (n - 1) / 2 * B * log(0.5);
        assert_true(prior[g].kl_exact > 0 && prior[g].kl_exact < 1e-2);
        assert_close(prior[g].kl - prior[g].kl_exact, volume, 1e-12);
    }
    end(&f);
}

static void reconstruction_is_near_certain(void **state) {
    (void)state;
    const double t[GRAPHS] = {0, 0, 0};
    fixture f;
    double log_p[GRAPHS];
    begin(&f, DG_PREDICT_EPS);
    golden_ok(f.operations->bound->reconstruction(f.model, f.clean, corrupted(&f, t, 1), NULL, NULL,
                                                  log_p));
    for (size_t g = 0; g < GRAPHS; g++)
        assert_true(log_p[g] <= 0 && log_p[g] > -0.1);
    const dg_state *noise = corrupted(&f, (const double[GRAPHS]){30, 30, 30}, 1);
    golden_ok(f.operations->bound->reconstruction(f.model, f.clean, noise, NULL, NULL, log_p));
    assert_true(log_p[2] < -50);
    end(&f);
}

/* Rows of nodes and pairs of the last graph, its nodes reversed. */
static void reverse_nodes(const fixture *f, const float *X, const float *E, float *X_out,
                          float *E_out) {
    size_t n = sizes[2], node = f->pack->node_start[2], pair = f->pack->pair_start[2];
    memcpy(X_out, X, f->pack->nodes * A * sizeof *X);
    memcpy(E_out, E, f->pack->pairs * B * sizeof *E);
    for (size_t i = 0; i < n; i++) {
        memcpy(X_out + (node + i) * A, X + (node + n - 1 - i) * A, A * sizeof *X);
        for (size_t j = 0; j < n; j++)
            memcpy(E_out + (pair + i * n + j) * B, E + (pair + (n - 1 - i) * n + n - 1 - j) * B,
                   B * sizeof *E);
    }
}

static dg_state *reversed_nodes(fixture *f, const dg_state *from) {
    const double t[GRAPHS] = {1, 1, 1};
    dg_state *to = corrupted(f, t, 0); /* to be written over */
    reverse_nodes(f, reals(from)->X, reals(from)->E, reals(to)->X, reals(to)->E);
    return to;
}

static void permuting_nodes_permutes(void **state) {
    (void)state;
    const double t[GRAPHS] = {20, 20, 20};
    fixture f;
    begin(&f, DG_PREDICT_EPS);
    golden_ok(set_eta(f.model, 0));
    float *X = random_logits(&f, f.pack->nodes, A, 1), *E = NULL, *unused = NULL;
    float *X_reversed = random_logits(&f, f.pack->nodes, A, 1);
    float *E_reversed = random_logits(&f, f.pack->pairs, B, 1);
    dg_state *z = corrupted(&f, t, 1), *z_reversed = reversed_nodes(&f, z);
    perfect_rows(&f, DG_PREDICT_X0, z, 20, &unused, &E); /* symmetric, as a network's */
    reverse_nodes(&f, X, E, X_reversed, E_reversed);
    double loss = loss_of(&f, z, t, X, E, NULL, NULL);
    const dg_state *clean = f.clean;
    f.clean = reversed_nodes(&f, clean);
    assert_close(loss_of(&f, z_reversed, t, X_reversed, E_reversed, NULL, NULL), loss, 1e-12);
    golden_ok(f.operations->reverse(f.model, z, X, E, (dg_interval){.s = 10, .t = 20, .key = 20},
                                    keys_of(1)));
    golden_ok(f.operations->reverse(f.model, z_reversed, X_reversed, E_reversed,
                                    (dg_interval){.s = 10, .t = 20, .key = 20}, keys_of(1)));
    assert_true(same_rows(&f, reversed_nodes(&f, z), z_reversed));
    end(&f);
}

/* What is drawn and computed of graph g in a pack is what it is alone, bit for bit. */
static void a_ragged_pack_equals_single_graphs(void **state) {
    (void)state;
    const double t[GRAPHS] = {5, 20, 35};
    fixture f;
    begin(&f, DG_PREDICT_EPS);
    const float *X = random_logits(&f, f.pack->nodes, A, 1);
    const float *E = random_logits(&f, f.pack->pairs, B, 2);
    dg_state *z = corrupted(&f, t, 6);
    dg_bound_terms terms[GRAPHS], alone;
    golden_ok(f.operations->bound->kl_t(f.model, f.clean, z, X, E, t, terms));
    for (uint32_t g = 0; g < GRAPHS; g++) {
        dg_state *clean = NULL, *noisy = NULL;
        const dg_rng *key = keys_of(6) + g;
        size_t node = f.pack->node_start[g] * A, pair = f.pack->pair_start[g] * B, n = sizes[g];
        golden_ok(f.operations->encode(f.model, f.arena, f.set, 1, &g, &clean));
        golden_ok(f.operations->corrupt(f.model, f.arena, clean, t + g, key, DG_RNG_NOISE_NODE,
                                        DG_RNG_NOISE_PAIR, &noisy));
        assert_memory_equal(reals(noisy)->X, reals(z)->X + node, n * A * sizeof(float));
        assert_memory_equal(reals(noisy)->E, reals(z)->E + pair, n * n * B * sizeof(float));
        golden_ok(
            f.operations->bound->kl_t(f.model, clean, noisy, X + node, E + pair, t + g, &alone));
        assert_true(alone.kl_X == terms[g].kl_X && alone.kl_E == terms[g].kl_E);
    }
    dg_state *all = corrupted(&f, t, 6);
    copy_rows(&f, z, all);
    golden_ok(f.operations->reverse(f.model, all, X, E, (dg_interval){.s = 3, .t = 9, .key = 9},
                                    keys_of(6)));
    for (uint32_t g = 0; g < GRAPHS; g++) {
        dg_state *one = NULL;
        size_t node = f.pack->node_start[g] * A, pair = f.pack->pair_start[g] * B, n = sizes[g];
        golden_ok(f.operations->encode(f.model, f.arena, f.set, 1, &g, &one));
        memcpy(reals(one)->X, reals(z)->X + node, n * A * sizeof(float));
        memcpy(reals(one)->E, reals(z)->E + pair, n * n * B * sizeof(float));
        golden_ok(f.operations->reverse(f.model, one, X + node, E + pair,
                                        (dg_interval){.s = 3, .t = 9, .key = 9}, keys_of(6) + g));
        assert_memory_equal(reals(one)->X, reals(all)->X + node, n * A * sizeof(float));
        assert_memory_equal(reals(one)->E, reals(all)->E + pair, n * n * B * sizeof(float));
    }
    end(&f);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    fixture f;
    dg_noise_model *model = NULL;
    begin(&f, DG_PREDICT_EPS);
    assert_int_equal(dg_gaussian_create(DG_SCHEDULE_COSINE, T, DG_PREDICT_EPS, (dg_scaling){1, 0},
                                        (dg_scaling){4, 0}, &f.statistics, &model),
                     DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "model.normalize_factors: 4 of the pairs"));
    assert_int_equal(set_eta(f.model, 1.5), DIGRESS_ERROR_INPUT);
    assert_int_equal(set_eta(f.model, -1), DIGRESS_ERROR_INPUT);
    golden_ok(dg_categorical_create(DG_SCHEDULE_COSINE, T, DG_TRANSITION_UNIFORM, 0,
                                    &(dg_features){0}, &f.statistics, &model));
    golden_ok(set_eta(model, 0));
    assert_int_equal(set_eta(model, 0.5), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "model of classes"));
    dg_noise_model_free(model);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variance_is_preserved),
        cmocka_unit_test(predictions_convert_into_each_other),
        cmocka_unit_test(ancestral_step_is_the_posterior),
        cmocka_unit_test(kl_is_half_the_fall_of_the_snr),
        cmocka_unit_test(every_eta_keeps_the_marginal),
        cmocka_unit_test(forward_chain_has_the_closed_form_s_marginal),
        cmocka_unit_test(class_probabilities_sum_to_one),
        cmocka_unit_test(decode_inverts_encode),
        cmocka_unit_test(inputs_are_the_rows_themselves),
        cmocka_unit_test(corruption_is_alpha_x_plus_sigma_eps),
        cmocka_unit_test(prior_is_standard_normal),
        cmocka_unit_test(a_perfect_network_recovers_the_graph),
        cmocka_unit_test(predictions_of_one_network_agree),
        cmocka_unit_test(reverse_draws_its_deviation),
        cmocka_unit_test(the_last_draw_has_the_noise_left_at_0),
        cmocka_unit_test(gradient_is_the_loss_s_slope),
        cmocka_unit_test(loss_is_a_mean_square),
        cmocka_unit_test(prior_term_is_small_but_for_the_volume),
        cmocka_unit_test(reconstruction_is_near_certain),
        cmocka_unit_test(permuting_nodes_permutes),
        cmocka_unit_test(a_ragged_pack_equals_single_graphs),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
