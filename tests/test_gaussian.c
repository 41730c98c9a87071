/* The continuous mode: rows, noise, loss and bound of a pack of graphs. */
#include "gaussian_fixture.h"

#include "diffusion/categorical.h"

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
    dg_reconstruction_terms terms[GRAPHS];
    begin(&f, DG_PREDICT_EPS);
    golden_ok(f.operations->bound->reconstruction(f.model, f.clean, corrupted(&f, t, 1), NULL, NULL,
                                                  terms));
    for (size_t g = 0; g < GRAPHS; g++)
        assert_true(terms[g].log_p <= 0 && terms[g].log_p > -0.1);
    const dg_state *noise = corrupted(&f, (const double[GRAPHS]){30, 30, 30}, 1);
    golden_ok(f.operations->bound->reconstruction(f.model, f.clean, noise, NULL, NULL, terms));
    assert_true(terms[2].log_p < -50);
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
    assert_int_equal(set_eta(model, 1.5), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "it is a share"));
    dg_noise_model_free(model);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_inverts_encode),
        cmocka_unit_test(inputs_are_the_rows_themselves),
        cmocka_unit_test(corruption_is_alpha_x_plus_sigma_eps),
        cmocka_unit_test(prior_is_standard_normal),
        cmocka_unit_test(gradient_is_the_loss_s_slope),
        cmocka_unit_test(loss_is_a_mean_square),
        cmocka_unit_test(prior_term_is_small_but_for_the_volume),
        cmocka_unit_test(reconstruction_is_near_certain),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
