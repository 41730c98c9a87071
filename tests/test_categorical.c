/* The categorical noise model: states, noising, reverse steps, loss and the terms of the bound. */
#include "diffusion/categorical.h"
#include "noise_fixture.h"

static void begin(fixture *f, dg_schedule_kind schedule, dg_transition_kind transition,
                  dg_feature_kind features) {
    make_graphs(f);
    golden_ok(dg_categorical_create(schedule, T, transition, 1,
                                    &(dg_features){.kind = features, .max_n = 8}, &f->statistics,
                                    &f->model));
    encode_graphs(f);
}

/* Logits that are all but certain of the clean graphs. */
static void certain_logits(fixture *f, float **X, float **E) {
    golden_ok(dg_arena_allocate(f->arena, f->pack->nodes * A, sizeof **X, X));
    golden_ok(dg_arena_allocate(f->arena, f->pack->pairs * B, sizeof **E, E));
    memset(*X, 0, f->pack->nodes * A * sizeof **X);
    memset(*E, 0, f->pack->pairs * B * sizeof **E);
    for (size_t g = 0; g < GRAPHS; g++) {
        digress_graph graph = digress_graph_set_get(f->set, g);
        for (size_t i = 0; i < graph.n; i++) {
            (*X)[(f->pack->node_start[g] + i) * A + graph.node_class[i]] = 200;
            for (size_t j = 0; j < graph.n; j++)
                (*E)[(f->pack->pair_start[g] + i * graph.n + j) * B +
                     digress_graph_pair(&graph, i, j)] = 200;
        }
    }
}

static void decode_inverts_encode(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, DG_FEATURES_NONE);
    digress_graph_set *set = decoded(&f, f.clean);
    assert_true(equal_sets(set, f.set));
    digress_graph_set_free(set);
    end(&f);
}

static void inputs_are_one_hot_rows(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, DG_FEATURES_CYCLES);
    const double t[GRAPHS] = {0, 10, T};
    dg_input_rows input;
    golden_ok(f.operations->input(f.model, f.arena, f.clean, t, &input));
    assert_int_equal(f.model->in_X, A + 3);
    assert_int_equal(f.model->in_E, B);
    assert_int_equal(f.model->in_y, 5 + 1);
    assert_ptr_equal(input.pack, f.pack);
    assert_null(input.E);
    for (size_t g = 0; g < GRAPHS; g++) {
        digress_graph graph = digress_graph_set_get(f.set, g);
        assert_close((double)input.y[g * 6], sizes[g] / 8.0, 1e-6); /* n / max_n */
        assert_close((double)input.y[g * 6 + 5], (double)t[g] / T, 1e-6);
        for (size_t i = 0; i < graph.n; i++) {
            const float *row = input.X + (f.pack->node_start[g] + i) * (A + 3);
            for (size_t k = 0; k < A; k++)
                assert_close((double)row[k], k == graph.node_class[i], 0);
            for (size_t j = 0; j < graph.n; j++)
                assert_int_equal(input.E_class[f.pack->pair_start[g] + i * graph.n + j],
                                 i == j ? B : digress_graph_pair(&graph, i, j));
        }
    }
    end(&f);
}

static void corruption_has_the_rows_of_Qt_bar(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    const double t[GRAPHS] = {20, 20, 20};
    for (size_t kind = 0; kind < 3; kind++) {
        fixture f;
        begin(&f, DG_SCHEDULE_COSINE, (dg_transition_kind)kind, DG_FEATURES_NONE);
        double counts[B * B] = {0}, from[B] = {0}, Q[B * B];
        for (uint64_t seed = 0; seed < DRAWS; seed++) {
            digress_graph_set *set = decoded(&f, corrupted(&f, t, seed));
            digress_graph clean = digress_graph_set_get(f.set, 2);
            digress_graph noisy = digress_graph_set_get(set, 2);
            for (size_t pair = 0; pair < 28; pair++) {
                counts[clean.pair_class[pair] * B + noisy.pair_class[pair]]++;
                from[clean.pair_class[pair]]++;
            }
            digress_graph_set_free(set);
            golden_ok(dg_arena_reset(f.arena));
            golden_ok(f.operations->encode(f.model, f.arena, f.set, GRAPHS,
                                           (const uint32_t[]){0, 1, 2}, &f.clean));
        }
        dg_Qt_bar(dg_categorical_E(f.model), &f.model->schedule, 20, Q);
        for (size_t k = 0; k < (size_t)B * B; k++)
            if (from[k / B] > 0) assert_close(counts[k] / from[k / B], Q[k], 0.02);
        end(&f);
    }
}

static void prior_is_the_limit(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_ABSORBING, DG_FEATURES_NONE);
    dg_state *noise = NULL;
    golden_ok(f.operations->prior(f.model, f.arena, GRAPHS, sizes, keys_of(1), &noise));
    digress_graph_set *set = decoded(&f, noise);
    for (size_t g = 0; g < GRAPHS; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        assert_int_equal(graph.n, sizes[g]);
        for (size_t i = 0; i < graph.n; i++)
            assert_int_equal(graph.node_class[i], 1);
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
            assert_int_equal(graph.pair_class[pair], 1);
    }
    digress_graph_set_free(set);
    end(&f);
}

/* With alpha_bar_0 = 1 and a network that knows x_0, the last step gives x_0, from any t. */
static void a_perfect_network_recovers_the_graph(void **state) {
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        for (uint32_t time = 1; time <= T; time += 13) {
            fixture f;
            begin(&f, DG_SCHEDULE_POLYNOMIAL_2, (dg_transition_kind)kind, DG_FEATURES_NONE);
            const double t[GRAPHS] = {time, time, time};
            float *X = NULL, *E = NULL;
            certain_logits(&f, &X, &E);
            dg_state *noisy = corrupted(&f, t, 3);
            if (time > 1)
                golden_ok(f.operations->reverse(f.model, noisy, X, E,
                                                (dg_interval){.s = 1, .t = time, .key = time},
                                                keys_of(3)));
            golden_ok(f.operations->reverse(f.model, noisy, X, E,
                                            (dg_interval){.s = 0, .t = 1, .key = 1}, keys_of(3)));
            digress_graph_set *set = decoded(&f, noisy);
            assert_true(equal_sets(set, f.set));
            digress_graph_set_free(set);
            end(&f);
        }
    }
}

static void reverse_draws_from_prob_s(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    const double t[GRAPHS] = {20, 20, 20};
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, DG_FEATURES_NONE);
    float *X = random_logits(&f, f.pack->nodes, A, 1), *E = random_logits(&f, f.pack->pairs, B, 2);
    double counts[A] = {0}, p[A], expected[A], sum = 0;
    uint8_t x_t = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        dg_state *noisy = corrupted(&f, t, 7); /* the same z_t each time */
        digress_graph_set *before = decoded(&f, noisy), *after = NULL;
        golden_ok(f.operations->reverse(f.model, noisy, X, E,
                                        (dg_interval){.s = 12, .t = 20, .key = 20}, keys_of(seed)));
        after = decoded(&f, noisy);
        x_t = digress_graph_set_get(before, 2).node_class[4];
        counts[digress_graph_set_get(after, 2).node_class[4]]++;
        digress_graph_set_free(before);
        digress_graph_set_free(after);
    }
    for (size_t k = 0; k < A; k++)
        sum += p[k] = exp((double)X[(f.pack->node_start[2] + 4) * A + k]);
    for (size_t k = 0; k < A; k++)
        p[k] /= sum;
    dg_prob_s(dg_categorical_X(f.model), dg_jump_of(&f.model->schedule, (double)12, (double)20),
              x_t, p, expected);
    for (size_t k = 0; k < A; k++)
        assert_close(counts[k] / DRAWS, expected[k], 0.03);
    end(&f);
}

static void gradient_is_the_loss_s_slope(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, DG_FEATURES_NONE);
    check_slope(&f, f.clean, NULL, 1e-6);
    end(&f);
}

static void divergences_are_not_negative(void **state) {
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        for (uint32_t time = 1; time <= T; time++) {
            fixture f;
            begin(&f, DG_SCHEDULE_COSINE, (dg_transition_kind)kind, DG_FEATURES_NONE);
            const double t[GRAPHS] = {time, time, time};
            const dg_state *noisy = corrupted(&f, t, time);
            dg_bound_terms terms[GRAPHS];
            dg_prior_terms prior[GRAPHS];
            float *X = random_logits(&f, f.pack->nodes, A, 1);
            float *E = random_logits(&f, f.pack->pairs, B, 2);
            golden_ok(f.operations->bound->kl_prior(f.model, f.clean, prior));
            golden_ok(f.operations->bound->kl_t(f.model, f.clean, noisy, X, E, t, terms));
            for (size_t g = 0; g < GRAPHS; g++) {
                assert_true(prior[g].kl >= -1e-12);
                assert_true(terms[g].kl_X_exact >= -1e-12 && terms[g].kl_E_exact >= -1e-12);
                assert_true(terms[g].kl_X > -1e-5 && terms[g].kl_E > -1e-5); /* smoothed */
                assert_true(isfinite(terms[g].kl_X_exact + terms[g].kl_E_exact));
            }
            assert_close(terms[1].kl_E + terms[1].kl_E_exact, 0, 0); /* one node has no pair */
            certain_logits(&f, &X, &E);
            golden_ok(f.operations->bound->kl_t(f.model, f.clean, noisy, X, E, t, terms));
            for (size_t g = 0; g < GRAPHS; g++)
                assert_close(terms[g].kl_X_exact + terms[g].kl_E_exact, 0, 1e-9);
            end(&f);
        }
    }
}

/* log p(x_0 | x_t) of an entry that depends on no other, by Bayes' rule. */
static void bayes_logits(const double *marginals, double alpha_bar, size_t classes, uint8_t x_t,
                         float *logits) {
    for (size_t k = 0; k < classes; k++)
        logits[k] =
            (float)log(marginals[k] * (alpha_bar * (k == x_t) + (1 - alpha_bar) * marginals[x_t]));
}

static void independent_logits(fixture *f, const dg_state *noisy, double t, float *X, float *E) {
    double alpha_bar = f->model->schedule.alpha_bar[(size_t)t];
    digress_graph_set *set = decoded(f, noisy);
    for (size_t g = 0; g < GRAPHS; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        for (size_t i = 0; i < graph.n; i++) {
            bayes_logits(f->statistics.node_marginals, alpha_bar, A, graph.node_class[i],
                         X + (f->pack->node_start[g] + i) * A);
            for (size_t j = 0; j < graph.n; j++)
                if (i != j)
                    bayes_logits(f->statistics.edge_marginals, alpha_bar, B,
                                 digress_graph_pair(&graph, i, j),
                                 E + (f->pack->pair_start[g] + i * graph.n + j) * B);
        }
    }
    digress_graph_set_free(set);
}

/* -log p of graph `g` whose nodes and pairs (each drawn once) are independent. */
static double independent_nll(const fixture *f, size_t g) {
    digress_graph graph = digress_graph_set_get(f->set, g);
    double nll = 0;
    for (size_t i = 0; i < graph.n; i++)
        nll -= log(f->statistics.node_marginals[graph.node_class[i]]);
    for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
        nll -= log(f->statistics.edge_marginals[graph.pair_class[pair]]);
    return nll;
}

/* Whoever knows the distribution has reverse steps that are the forward process's own, so that the
 * bound, in the mean over the noise, is -log p itself. */
static void exact_bound_is_tight(void **state) {
    (void)state;
    enum { DRAWS = 60 };
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, DG_FEATURES_NONE);
    dg_prior_terms prior[GRAPHS];
    dg_bound_terms kl[GRAPHS];
    dg_reconstruction_terms log_p[GRAPHS];
    float *X = random_logits(&f, f.pack->nodes, A, 1), *E = random_logits(&f, f.pack->pairs, B, 2);
    double bound[GRAPHS] = {0};
    golden_ok(f.operations->bound->kl_prior(f.model, f.clean, prior));
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        for (uint32_t time = 0; time <= T; time++) {
            const double t[GRAPHS] = {time, time, time};
            const dg_state *noisy = corrupted(&f, t, draw * (T + 1) + time);
            independent_logits(&f, noisy, time, X, E);
            if (time == 0)
                golden_ok(
                    f.operations->bound->reconstruction(f.model, f.clean, noisy, X, E, log_p));
            else
                golden_ok(f.operations->bound->kl_t(f.model, f.clean, noisy, X, E, t, kl));
            for (size_t g = 0; g < GRAPHS; g++)
                bound[g] += (time == 0 ? prior[g].kl_exact - log_p[g].log_p_exact
                                       : kl[g].kl_X_exact + kl[g].kl_E_exact) /
                            DRAWS;
        }
    }
    for (size_t g = 0; g < GRAPHS; g++)
        assert_close(bound[g], independent_nll(&f, g), 0.03 * independent_nll(&f, g));
    end(&f);
}

/* Nodes and pairs have different limits. */
static void prior_has_the_shares_of_the_classes(void **state) {
    (void)state;
    enum { DRAWS = 400, N = 8 };
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, DG_FEATURES_NONE);
    double nodes[A] = {0}, pairs[B] = {0};
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        dg_state *noise = NULL;
        golden_ok(f.operations->prior(f.model, f.arena, GRAPHS, sizes, keys_of(seed), &noise));
        digress_graph_set *set = decoded(&f, noise);
        digress_graph graph = digress_graph_set_get(set, 2);
        for (size_t i = 0; i < N; i++)
            nodes[graph.node_class[i]] += 1.0 / (DRAWS * N);
        for (size_t pair = 0; pair < N * (N - 1) / 2; pair++)
            pairs[graph.pair_class[pair]] += 1.0 / (DRAWS * N * (N - 1) / 2);
        digress_graph_set_free(set);
    }
    for (size_t k = 0; k < A; k++)
        assert_close(nodes[k], f.statistics.node_marginals[k], 0.03);
    for (size_t k = 0; k < B; k++)
        assert_close(pairs[k], f.statistics.edge_marginals[k], 0.03);
    end(&f);
}

/* With T = 1 and an absorbing limit, a node of another class adds -log(1 - alpha_bar_T) to the
 * published prior KL, which is KL(limit || q); the bound's own direction would add six times that.
 */
static void prior_divergence_is_the_published_one(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_ABSORBING, DG_FEATURES_NONE);
    dg_noise_model *model = NULL;
    dg_prior_terms terms[GRAPHS];
    golden_ok(dg_categorical_create(DG_SCHEDULE_COSINE, 1, DG_TRANSITION_ABSORBING, 1,
                                    &(dg_features){.max_n = 8}, &f.statistics, &model));
    golden_ok(model->operations->bound->kl_prior(model, f.clean, terms));
    double each = -log1p(-model->schedule.alpha_bar[1]);
    for (size_t g = 0; g < GRAPHS; g++) {
        digress_graph graph = digress_graph_set_get(f.set, g);
        double others = 0;
        for (size_t i = 0; i < graph.n; i++)
            others += graph.node_class[i] != 1;
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
            others += 2 * (graph.pair_class[pair] != 1);
        assert_close(terms[g].kl, others * each, 0.05 * others * each + 1e-12);
    }
    dg_noise_model_free(model);
    end(&f);
}

/* As the published code has it, a class of probability 0 counts as one of 1e-7. */
static void a_network_that_is_sure_and_wrong_has_a_published_bound(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_ABSORBING, DG_FEATURES_NONE);
    const double t[GRAPHS] = {1, 1, 1};
    dg_bound_terms terms[GRAPHS];
    float *X = NULL, *E = NULL;
    certain_logits(&f, &X, &E);
    for (size_t k = 0; k < f.pack->nodes * A; k++)
        X[k] = k % A == 1 ? 0 : -2000 - X[k]; /* all of the absorbing class */
    golden_ok(f.operations->bound->kl_t(f.model, f.clean, corrupted(&f, t, 1), X, E, t, terms));
    double most = 0;
    for (size_t g = 0; g < GRAPHS; g++)
        most += terms[g].kl_X;
    assert_true(most > 0);
    assert_true(most < 14 * log(1e7)); /* 14 nodes */
    end(&f);
}

static void refuses_an_absorbing_class_that_is_not_there(void **state) {
    (void)state;
    fixture f;
    dg_noise_model *model = NULL;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_UNIFORM, DG_FEATURES_NONE);
    assert_int_equal(dg_categorical_create(DG_SCHEDULE_COSINE, T, DG_TRANSITION_ABSORBING, A,
                                           &(dg_features){0}, &f.statistics, &model),
                     DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "model.absorbing"));
    end(&f);
}

static void p_of_n_is_the_histogram(void **state) {
    (void)state;
    fixture f;
    begin(&f, DG_SCHEDULE_COSINE, DG_TRANSITION_UNIFORM, DG_FEATURES_NONE);
    assert_close(dg_log_p_n(&f.statistics, 5), log(1.0 / 3), 1e-12);
    assert_close(dg_log_p_n(&f.statistics, 4), log(1e-30), 1e-9);
    assert_close(dg_log_p_n(&f.statistics, 4000), log(1e-30), 1e-9);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_inverts_encode),
        cmocka_unit_test(inputs_are_one_hot_rows),
        cmocka_unit_test(corruption_has_the_rows_of_Qt_bar),
        cmocka_unit_test(prior_is_the_limit),
        cmocka_unit_test(a_perfect_network_recovers_the_graph),
        cmocka_unit_test(reverse_draws_from_prob_s),
        cmocka_unit_test(gradient_is_the_loss_s_slope),
        cmocka_unit_test(divergences_are_not_negative),
        cmocka_unit_test(exact_bound_is_tight),
        cmocka_unit_test(prior_has_the_shares_of_the_classes),
        cmocka_unit_test(prior_divergence_is_the_published_one),
        cmocka_unit_test(a_network_that_is_sure_and_wrong_has_a_published_bound),
        cmocka_unit_test(refuses_an_absorbing_class_that_is_not_there),
        cmocka_unit_test(p_of_n_is_the_histogram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
