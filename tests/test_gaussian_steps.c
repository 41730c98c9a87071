/* The continuous mode: sampling steps, and that a graph is the same alone and in a pack. */
#include "gaussian_fixture.h"

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

/* The same network, predicting eps, x0 or v, takes the same step and has the same bound. */
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

/* Rows of the nodes and pairs of the last graph, with its nodes in reverse order. */
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

/* What is drawn and computed for graph g in a pack is the same as for it alone, bit for bit. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_network_recovers_the_graph),
        cmocka_unit_test(predictions_of_one_network_agree),
        cmocka_unit_test(reverse_draws_its_deviation),
        cmocka_unit_test(the_last_draw_has_the_noise_left_at_0),
        cmocka_unit_test(permuting_nodes_permutes),
        cmocka_unit_test(a_ragged_pack_equals_single_graphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
