/* The samplers of a discrete model without a network: the true p(x_0 of an entry | z_t) of a small
 * distribution, every graph of which is listed, stands for the network's output. The samples then
 * have the distribution's own frequencies. What holds how far:
 *
 * - Where the entries (nodes and pairs) of a graph are independent, each step of each sampler takes
 *   the distribution at t to the one at s, however long it is; a step of flow, as long as no entry
 *   leaves its class with a probability above 1.
 * - Where they are not, a step from independent predictions loses some of their dependence. What
 *   posterior and flow lose vanishes with a growing number of steps.
 * - renoise draws all entries anew each time, and loses it with any number of steps; what it draws
 *   in one step is known all the same. */
#include "diffusion/flow.h"
#include "small_world.h"

static const double MOST_EXCESS = 5;

static void check(const process *p, const double *expected, double t) {
    const double found = excess(p, expected);
    if (!(found <= MOST_EXCESS))
        fail_msg("%s, %s: at time %g chi-square is %.1f deviations too large",
                 p->model->sampler.kind == DG_SAMPLER_POSTERIOR ? "posterior"
                 : p->model->sampler.kind == DG_SAMPLER_FLOW    ? "flow"
                                                                : "renoise",
                 p->limit[0][0] == 1 ? "absorbing" : "not absorbing", t, found);
}

/* From the prior to the data; the state is compared after every `every`th step and the last. A
 * posterior's last state has the noise of time 0. */
static void follow(process *p, dg_distortion distortion, size_t steps, size_t every) {
    double expected[MOST_STATES];
    draw_prior(p);
    for (size_t k = 0; k < steps; k++) {
        const dg_interval step = dg_interval_of(T, distortion, steps, k);
        take(p, step);
        if ((steps - 1 - k) % every != 0) continue;
        const bool is_clean = step.s == 0 && p->model->sampler.kind != DG_SAMPLER_POSTERIOR;
        distribution_at(p, is_clean ? 1 : alpha_bar_at(p, step.s), expected);
        check(p, expected, step.s);
    }
}

/* ---- independent entries: exact in any steps ---- */

static void check_few_steps(dg_sampler_kind kind, double eta, size_t n, dg_schedule_kind schedule,
                            dg_transition_kind transition) {
    static const struct {
        dg_distortion distortion;
        size_t steps;
    } grids[] = {{DG_DISTORTION_IDENTITY, 5},
                 {DG_DISTORTION_POLYDEC, 4},
                 {DG_DISTORTION_COS, 7},
                 {DG_DISTORTION_IDENTITY, T + 11}};
    world w;
    list_graphs(&w, n, n == 2 ? 3 : 2, 2);
    free_entries(&w, 3);
    for (size_t k = 0; k < sizeof grids / sizeof *grids; k++) {
        process p;
        begin(&p, &w, schedule, transition, 1500, k);
        use(&p, kind, eta, 0);
        follow(&p, grids[k].distortion, grids[k].steps, grids[k].steps > 7 ? 10 : 1);
        end(&p);
    }
}

static void independent_entries_need_few_steps(void **state) {
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        check_few_steps(DG_SAMPLER_POSTERIOR, 0, 2, DG_SCHEDULE_COSINE, (dg_transition_kind)kind);
        check_few_steps(DG_SAMPLER_POSTERIOR, 0, 3, DG_SCHEDULE_LINEAR, (dg_transition_kind)kind);
        check_few_steps(DG_SAMPLER_POSTERIOR, 0.3, 2, DG_SCHEDULE_LINEAR, (dg_transition_kind)kind);
        check_few_steps(DG_SAMPLER_POSTERIOR, 1, 3, DG_SCHEDULE_COSINE, (dg_transition_kind)kind);
        check_few_steps(DG_SAMPLER_RENOISE, 0, 2, DG_SCHEDULE_LINEAR, (dg_transition_kind)kind);
        check_few_steps(DG_SAMPLER_RENOISE, 0, 3, DG_SCHEDULE_COSINE, (dg_transition_kind)kind);
        check_few_steps(DG_SAMPLER_FLOW, 0, 2, DG_SCHEDULE_LINEAR, (dg_transition_kind)kind);
        check_few_steps(DG_SAMPLER_FLOW, 0.5, 3, DG_SCHEDULE_LINEAR, (dg_transition_kind)kind);
    }
}

/* ---- a known graph: a flow keeps the marginals at each time, whatever eta ---- */

static void a_flow_keeps_the_marginals_for_any_eta(void **state) {
    (void)state;
    static const struct {
        double eta;
        size_t steps;
    } cases[] = {{0, 6}, {1, 10}, {25, 90}};
    world w;
    list_graphs(&w, 2, 3, 3);
    know_the_graph(&w, 14);
    for (size_t kind = 0; kind < 3; kind++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            process p;
            begin(&p, &w, DG_SCHEDULE_LINEAR, (dg_transition_kind)kind, 1500, k);
            use(&p, DG_SAMPLER_FLOW, cases[k].eta, 0);
            follow(&p, DG_DISTORTION_IDENTITY, cases[k].steps, cases[k].steps > 10 ? 9 : 1);
            end(&p);
        }
}

/* The time 0 of a cosine schedule is a little noisy; only a posterior ends there. */
static void renoise_and_flow_end_in_the_data(void **state) {
    (void)state;
    const size_t graph = 5;
    world w;
    list_graphs(&w, 2, 3, 2);
    know_the_graph(&w, graph);
    for (size_t kind = DG_SAMPLER_RENOISE; kind <= DG_SAMPLER_FLOW; kind++) {
        process p;
        begin(&p, &w, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, 1500, 1);
        use(&p, (dg_sampler_kind)kind, 0, 0);
        draw_prior(&p);
        take(&p, (dg_interval){.s = 0, .t = T, .key = 1});
        for (size_t g = 0; g < p.count; g++)
            assert_int_equal(p.drawn[g], graph);
        end(&p);
    }
}

/* One step with omega: each other possible class gives d omega / Z to the clean one. */
static void a_target_draws_towards_the_clean_class(void **state) {
    (void)state;
    const double omega = 0.4, s = 16, t = 20;
    world w;
    list_graphs(&w, 2, 3, 2);
    know_the_graph(&w, 5);
    for (size_t kind = 0; kind < 3; kind++) {
        process p;
        double expected[MOST_STATES];
        begin(&p, &w, DG_SCHEDULE_LINEAR, (dg_transition_kind)kind, 4000, 3);
        use(&p, DG_SAMPLER_FLOW, 0, omega);
        draw_noised(&p, t);
        take(&p, (dg_interval){.s = s, .t = t, .key = 20});
        for (size_t z = 0; z < w.states; z++) {
            expected[z] = 1;
            for (size_t e = 0; e < w.entries; e++) {
                const uint8_t clean = w.entry[5][e], class = w.entry[z][e];
                double q = noised(&p, alpha_bar_at(&p, s), e, clean, class), Z = 0;
                for (uint8_t k = 0; k < classes_of(&w, e); k++)
                    Z += noised(&p, alpha_bar_at(&p, t), e, clean, k) > 0;
                if (q > 0) q += (t - s) / T * omega * ((class == clean) - 1 / Z);
                expected[z] *= q;
            }
        }
        check(&p, expected, s);
        end(&p);
    }
}

/* If a step is so long that more would leave a class than are in it, none stays, and the others are
 * drawn in proportion. */
static void more_than_all_leave_in_proportion(void **state) {
    (void)state;
    const double s = 12, t = 18, eta = 20;
    const size_t graph = 7;
    world w;
    process p;
    double expected[MOST_STATES];
    list_graphs(&w, 2, 3, 3);
    know_the_graph(&w, graph);
    begin(&p, &w, DG_SCHEDULE_LINEAR, DG_TRANSITION_MARGINAL, 4000, 3);
    use(&p, DG_SAMPLER_FLOW, eta, 0);
    draw_noised(&p, t);
    take(&p, (dg_interval){.s = s, .t = t, .key = 18});
    for (size_t z = 0; z < w.states; z++) {
        expected[z] = 1;
        for (size_t e = 0; e < w.entries; e++) {
            const dg_transition *transition =
                is_pair(&w, e) ? dg_categorical_E(p.model) : dg_categorical_X(p.model);
            double sum = 0;
            for (uint8_t from = 0; from < classes_of(&w, e); from++) {
                double step[MOST_CLASSES];
                dg_flow_step(transition, 1 - t / T, (t - s) / T, from, w.entry[graph][e], eta, 0,
                             step);
                assert_true(step[from] == 0);
                scale(classes_of(&w, e), step);
                sum += noised(&p, 1 - t / T, e, w.entry[graph][e], from) * step[w.entry[z][e]];
            }
            expected[z] *= sum;
        }
    }
    check(&p, expected, s);
    end(&p);
}

/* ---- tied entries ---- */

static void check_many_steps(const world *w, dg_sampler_kind kind, double eta, size_t steps,
                             dg_schedule_kind schedule, dg_transition_kind transition) {
    process p;
    begin(&p, w, schedule, transition, 1000, 8);
    use(&p, kind, eta, 0);
    follow(&p, DG_DISTORTION_IDENTITY, steps, steps / 3);
    end(&p);
}

static void posterior_and_flow_draw_tied_entries_in_many_steps(void **state) {
    (void)state;
    world two, three;
    list_graphs(&two, 2, 3, 2);
    tie_entries(&two, 4);
    list_graphs(&three, 3, 2, 2);
    tie_entries(&three, 5);
    for (size_t kind = 0; kind < 3; kind++) {
        const dg_transition_kind transition = (dg_transition_kind)kind;
        check_many_steps(&two, DG_SAMPLER_POSTERIOR, 0, 60, DG_SCHEDULE_COSINE, transition);
        check_many_steps(&two, DG_SAMPLER_FLOW, 5, 90, DG_SCHEDULE_LINEAR, transition);
        check_many_steps(&three, DG_SAMPLER_POSTERIOR, 0, 60, DG_SCHEDULE_LINEAR, transition);
        check_many_steps(&three, DG_SAMPLER_FLOW, 0, 90, DG_SCHEDULE_COSINE, transition);
    }
}

/* From the true state at t, z_s has independent entries given z_t, and altogether the marginals of
 * the noised data. */
static void check_renoise(const world *w, dg_sampler_kind kind, double eta,
                          dg_transition_kind transition, double s, double t) {
    process p;
    double at_t[MOST_STATES], expected[MOST_STATES] = {0};
    begin(&p, w, DG_SCHEDULE_COSINE, transition, 3000, 6);
    use(&p, kind, eta, 0);
    const double alpha_bar_s = s > 0 ? alpha_bar_at(&p, s) : 1;
    distribution_at(&p, alpha_bar_at(&p, t), at_t);
    for (size_t z_t = 0; z_t < w->states; z_t++) {
        const prediction of = predict(&p, alpha_bar_at(&p, t), z_t);
        for (size_t z_s = 0; z_s < w->states; z_s++) {
            double q = at_t[z_t];
            for (size_t e = 0; e < w->entries; e++) {
                const uint8_t class = w->entry[z_s][e];
                q *= alpha_bar_s * of.p[e][class] +
                     (1 - alpha_bar_s) * p.limit[is_pair(w, e)][class];
            }
            expected[z_s] += q;
        }
    }
    draw_noised(&p, t);
    check(&p, at_t, t);
    take(&p, (dg_interval){.s = s, .t = t, .key = 9});
    check(&p, expected, s);
    end(&p);
}

static void renoise_draws_each_entry_anew(void **state) {
    (void)state;
    world w;
    list_graphs(&w, 3, 2, 2);
    tie_entries(&w, 7);
    for (size_t kind = 0; kind < 3; kind++) {
        check_renoise(&w, DG_SAMPLER_RENOISE, 0, (dg_transition_kind)kind, 3, 12);
        check_renoise(&w, DG_SAMPLER_RENOISE, 0, (dg_transition_kind)kind, 0, 6.5);
        check_renoise(&w, DG_SAMPLER_POSTERIOR, 1, (dg_transition_kind)kind, 3, 12);
    }
}

/* ---- the times of the steps ---- */

/* Any number of steps goes from T to 0 without a gap, each under a key of its own. */
static void steps_lead_from_T_to_0(void **state) {
    (void)state;
    static const size_t numbers[] = {1, 2, 7, T - 1, T, T + 1, 100 * T};
    for (size_t distortion = 0; distortion < 5; distortion++)
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            const size_t steps = numbers[k];
            dg_interval last = {.s = T, .key = UINT32_MAX};
            for (size_t step = 0; step < steps; step++) {
                const dg_interval next = dg_interval_of(T, (dg_distortion)distortion, steps, step);
                assert_true(next.t == last.s && next.s < next.t);
                assert_true(next.key > 0 && next.key < last.key);
                last = next;
            }
            assert_true(last.s == 0);
        }
}

/* Undistorted, they are whole up to T steps, so that the network sees the times of its training;
 * with more steps they are evenly spaced. */
static void undistorted_steps_are_even(void **state) {
    (void)state;
    for (size_t steps = 1; steps <= 3 * T; steps++)
        for (size_t step = 0; step < steps; step++) {
            const dg_interval found = dg_interval_of(T, DG_DISTORTION_IDENTITY, steps, step);
            const double even = T * (1 - (double)step / (double)steps);
            assert_close(found.t, even, steps > T ? 1e-12 : 1);
            if (steps <= T) assert_true(found.t == floor(found.t) && found.key == found.t);
        }
}

/* Whole ones, 0 .. T alike; distorted, T (1 - f(u)): 3 in 10 are above T (1 - f(0.3)). */
static void training_times_are_spread_by_the_distortion(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    for (size_t k = 0; k < 5; k++) {
        const dg_distortion distortion = (dg_distortion)k;
        const double middle = T * (1 - dg_distort(distortion, 0.3));
        double late = 0, ends = 0;
        for (uint32_t g = 0; g < DRAWS; g++) {
            const dg_rng key = {.seed = 2, .purpose = DG_RNG_TEST, .graph = g};
            const double t = dg_draw_time(T, distortion, &key);
            assert_true(t >= 0 && t <= T);
            if (k == 0) assert_true(t == floor(t));
            late += t > middle;
            ends += t == 0 || t == T;
        }
        assert_close(late / DRAWS, k == 0 ? 9.0 / 31 : 0.3, 0.03);
        if (k == 0) assert_close(ends / DRAWS, 2.0 / 31, 0.015);
    }
}

/* alpha_bar of the linear schedule is 1 - t / T between whole times too, as is its quotient. */
static void a_linear_schedule_is_exact_between_whole_times(void **state) {
    (void)state;
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_LINEAR, T, &schedule));
    for (double t = 0; t <= T - 1; t += 0.37) {
        assert_close(dg_schedule_alpha_bar(&schedule, t), 1 - t / T, 1e-13);
        assert_close(dg_schedule_keep(&schedule, t / 2, t), (1 - t / T) / (1 - t / 2 / T), 1e-13);
    }
    assert_close(dg_schedule_alpha_bar(&schedule, T), 0, 1e-5);
    assert_close(dg_schedule_keep(&schedule, 2.5, T), 0, 0);
    dg_schedule_free(&schedule);
}

/* ---- what is refused ---- */

static void weights_out_of_range_are_refused(void **state) {
    (void)state;
    static const dg_sampler bad[] = {
        {.kind = DG_SAMPLER_FLOW, .eta = -1},         {.kind = DG_SAMPLER_FLOW, .eta = (double)NAN},
        {.kind = DG_SAMPLER_FLOW, .eta = 1e300},      {.kind = DG_SAMPLER_FLOW, .omega = -1},
        {.kind = DG_SAMPLER_FLOW, .omega = HUGE_VAL}, {.kind = DG_SAMPLER_POSTERIOR, .eta = 1.01},
        {.kind = DG_SAMPLER_POSTERIOR, .omega = 0.1}, {.kind = DG_SAMPLER_RENOISE, .eta = 1},
        {.kind = DG_SAMPLER_RENOISE, .omega = 0.1}};
    world w;
    process p;
    list_graphs(&w, 2, 2, 2);
    begin(&p, &w, DG_SCHEDULE_LINEAR, DG_TRANSITION_UNIFORM, 1, 0);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(dg_noise_model_set_sampler(p.model, &bad[k]), DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(digress_last_error(), bad[k].omega == 0 ? "eta: " : "omega: "));
    }
    assert_int_equal(p.model->sampler.kind, DG_SAMPLER_POSTERIOR);
    end(&p);
}

/* The largest weights still give classes by their rates. */
static void the_largest_weights_are_finite(void **state) {
    (void)state;
    world w;
    process p;
    list_graphs(&w, 2, 3, 3);
    know_the_graph(&w, 0);
    double step[MOST_CLASSES];
    begin(&p, &w, DG_SCHEDULE_COSINE, DG_TRANSITION_MARGINAL, 1, 0);
    use(&p, DG_SAMPLER_FLOW, 1e9, 1e9);
    dg_flow_step(dg_categorical_X(p.model), 1 - 1e-15, 5e-16, 1, 0, 1e9, 1e9, step);
    for (size_t k = 0; k < 3; k++)
        assert_true(isfinite(step[k]));
    assert_true(step[0] > 0);
    end(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_entries_need_few_steps),
        cmocka_unit_test(a_flow_keeps_the_marginals_for_any_eta),
        cmocka_unit_test(renoise_and_flow_end_in_the_data),
        cmocka_unit_test(a_target_draws_towards_the_clean_class),
        cmocka_unit_test(more_than_all_leave_in_proportion),
        cmocka_unit_test(posterior_and_flow_draw_tied_entries_in_many_steps),
        cmocka_unit_test(renoise_draws_each_entry_anew),
        cmocka_unit_test(steps_lead_from_T_to_0),
        cmocka_unit_test(undistorted_steps_are_even),
        cmocka_unit_test(training_times_are_spread_by_the_distortion),
        cmocka_unit_test(a_linear_schedule_is_exact_between_whole_times),
        cmocka_unit_test(weights_out_of_range_are_refused),
        cmocka_unit_test(the_largest_weights_are_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
