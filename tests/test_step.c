/* A training step: the plan of its batch, and the same gradient on any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "train/step.h"
#include "training.h"

enum { MOST = 64 };

static dg_plan plan_of(dg_arena *arena, size_t graphs, const uint32_t *n, size_t accumulators) {
    dg_plan plan;
    ok(dg_plan_batch(arena, graphs, n, accumulators, &plan));
    bool seen[MOST] = {false};
    assert_int_equal(plan.start[accumulators], graphs);
    for (size_t k = 0; k < graphs; k++) {
        assert_in_range(plan.order[k], 0, graphs - 1);
        assert_false(seen[plan.order[k]]);
        seen[plan.order[k]] = true;
    }
    return plan;
}

static void plan_balances(void **state) {
    (void)state;
    dg_arena *arena = NULL;
    ok(dg_arena_create(&arena));
    uint32_t n[MOST];
    for (uint32_t k = 0; k < MOST; k++)
        n[k] = 5 + 17 * k % 40;
    for (size_t accumulators = 1; accumulators <= 5; accumulators++) {
        dg_plan plan = plan_of(arena, MOST, n, accumulators);
        size_t least = SIZE_MAX, most = 0;
        for (size_t a = 0; a < accumulators; a++) {
            size_t load = 0;
            assert_int_equal(plan.teams[a], 0);
            for (size_t k = plan.start[a]; k < plan.start[a + 1]; k++)
                load += (size_t)n[plan.order[k]] * n[plan.order[k]];
            if (load < least) least = load;
            if (load > most) most = load;
        }
        assert_true(most - least < 44 * 52);
    }
    dg_arena_free(arena);
}

static size_t team_graphs(const dg_plan *plan, size_t accumulators) {
    size_t count = 0;
    for (size_t a = 0; a < accumulators; a++)
        count += plan->teams[a];
    return count;
}

static void expect_teams(dg_arena *arena, size_t graphs, const uint32_t *n, size_t teams) {
    const dg_plan plan = plan_of(arena, graphs, n, 2);
    assert_int_equal(team_graphs(&plan, 2), teams);
}

static void large_graphs_go_to_a_team(void **state) {
    (void)state;
    dg_arena *arena = NULL;
    ok(dg_arena_create(&arena));
    const uint32_t one[] = {187}, two[] = {180, 187}, uneven[] = {30, 200, 31, 29}, small[] = {127},
                   many[] = {187, 150, 130, 128, 187, 150, 130, 128};
    assert_int_equal(plan_of(arena, 1, one, 1).teams[0], 0);
    expect_teams(arena, 1, one, 1);
    expect_teams(arena, 2, two, 0);
    expect_teams(arena, 4, uneven, 1);
    assert_int_equal(plan_of(arena, 4, uneven, 2).order[0], 1);
    expect_teams(arena, 1, small, 0);
    expect_teams(arena, 8, many, 0);
    dg_arena_free(arena);
}

/* A batch with graphs of teams and packs of small ones. */
static void very_large_graphs_always_go_to_a_team(void **state) {
    (void)state;
    const uint32_t n[] = {256, 255, 256, 255};
    dg_arena *arena = NULL;
    ok(dg_arena_create(&arena));
    const dg_plan plan = plan_of(arena, 4, n, 2);
    const size_t order[] = {0, 1, 2, 3};
    assert_memory_equal(plan.order, order, sizeof order);
    for (size_t a = 0; a < 2; a++) {
        assert_int_equal(plan.start[a], 2 * a);
        assert_int_equal(plan.teams[a], 1);
    }
    dg_arena_free(arena);
}

/* Ranks own accumulators that follow each other: each gets as many of a few graphs. */
static void teams_are_divided_among_ranks(void **state) {
    (void)state;
    uint32_t n[MOST];
    dg_arena *arena = NULL;
    ok(dg_arena_create(&arena));
    for (size_t k = 0; k < MOST; k++)
        n[k] = 300;
    const dg_plan few = plan_of(arena, 4, n, 32), many = plan_of(arena, MOST, n, 32);
    for (size_t a = 0; a < 32; a++) {
        assert_int_equal(few.teams[a], a % 8 == 0);
        assert_int_equal(many.teams[a], a % 2 == 0 ? 4 : 0);
    }
    dg_arena_free(arena);
}

static void gradient_does_not_depend_on_threads(void **state) {
    (void)state;
    problem p = small_problem();
    append_random(p.train, 131, 99);
    dg_model *model = NULL;
    ok(dg_model_create(&p.config, p.train, p.val, "", &model));
    ok(dg_model_use(model, DG_USE_FASTEST, DG_PRECISION_F32, true));
    size_t count = dg_denoiser_parameter_count(model->denoiser);
    uint32_t index[11];
    for (uint32_t k = 0; k < 11; k++)
        index[k] = k;
    const dg_batch batch = {p.train, 11, index, 5};
    float *first = NULL;
    dg_batch_result expected = {0};
    ok(dg_allocate(count, sizeof *first, &first));
    for (size_t threads = 1; threads <= 3; threads++) {
        dg_pool *pool = NULL;
        dg_stepper *stepper = NULL;
        dg_batch_result result;
        ok(dg_pool_create(threads, &pool));
        ok(dg_stepper_create(model, pool, 2, &stepper));
        ok(dg_stepper_run(stepper, &batch, &result));
        if (threads == 1) {
            memcpy(first, dg_stepper_gradient(stepper), count * sizeof *first);
            expected = result;
            assert_true(result.gradient_norm > 0);
        }
        assert_memory_equal(first, dg_stepper_gradient(stepper), count * sizeof *first);
        assert_memory_equal(&expected, &result, sizeof result);
        dg_stepper_free(stepper);
        dg_pool_free(pool);
    }
    free(first);
    dg_model_free(model);
    free_problem(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_balances),
        cmocka_unit_test(large_graphs_go_to_a_team),
        cmocka_unit_test(very_large_graphs_always_go_to_a_team),
        cmocka_unit_test(teams_are_divided_among_ranks),
        cmocka_unit_test(gradient_does_not_depend_on_threads),
    };
    return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
