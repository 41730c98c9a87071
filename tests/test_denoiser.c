/* Properties of the graph transformer: equivariance, and the same results in ragged packs, by teams
 * and on all instruction sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denoiser_fixture.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static machine make_machine(dg_pooling pooling, float dropout) {
    return make_machine_of(DIMS, pooling, dropout);
}

static void check_permutation(dg_denoiser_dims dims) {
    const uint32_t n = 9, key = 4;
    graphs a = make_graphs(1, &n, &key), b = make_graphs(1, &n, &key);
    machine m = make_machine_of(dims, DG_POOLING_FIXED, 0.0f);
    for (size_t i = 0; i < n; i++) {
        size_t pi = (i * 4 + 2) % n;
        memcpy(b.X + pi * IN_X, a.X + i * IN_X, IN_X * sizeof(float));
        for (size_t j = 0; j < n; j++)
            b.E_class[pi * n + (j * 4 + 2) % n] = a.E_class[i * n + j];
    }
    forward(&m, &a, &ALONE, false);
    forward(&m, &b, &ALONE, false);
    for (size_t i = 0; i < n; i++) {
        size_t pi = (i * 4 + 2) % n;
        for (size_t c = 0; c < OUT_X; c++)
            assert_float_equal(b.X_logits[pi * OUT_X + c], a.X_logits[i * OUT_X + c], 2e-5);
        for (size_t j = 0; j < n; j++)
            for (size_t c = 0; c < OUT_E; c++)
                assert_float_equal(b.E_logits[(pi * n + (j * 4 + 2) % n) * OUT_E + c],
                                   a.E_logits[(i * n + j) * OUT_E + c], 2e-5);
    }
    free_machine(&m);
    dg_arena_free(a.arena);
    dg_arena_free(b.arena);
}

static void permuting_nodes_permutes_logits(void **state) {
    (void)state;
    check_permutation(DIMS);
    check_permutation(symmetric(DIMS));
}

/* The dense columns of (i, j) and those of (j, i) count alike. */
static void the_order_of_a_pair_makes_no_difference(void **state) {
    (void)state;
    const uint32_t n = 7, key = 4;
    graphs a = make_graphs(1, &n, &key), b = make_graphs(1, &n, &key);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            memcpy(b.E_dense + (i * n + j) * DENSE_E, a.E_dense + (j * n + i) * DENSE_E,
                   DENSE_E * sizeof(float));
    for (int is = 0; is < 2; is++) {
        machine m = make_machine_of(is ? symmetric(mixed(DIMS)) : mixed(DIMS), DG_POOLING_FIXED, 0);
        forward(&m, &a, &ALONE, false);
        forward(&m, &b, &ALONE, false);
        assert_memory_equal(a.X_logits, b.X_logits, n * OUT_X * sizeof(float));
        assert_memory_equal(a.E_logits, b.E_logits, n * n * OUT_E * sizeof(float));
        free_machine(&m);
    }
    dg_arena_free(a.arena);
    dg_arena_free(b.arena);
}

static void check_same_bits(const graphs *pack, size_t g, const graphs *single) {
    const size_t n = pack->pack.n[g];
    assert_memory_equal(pack->X_logits + pack->pack.node_start[g] * OUT_X, single->X_logits,
                        n * OUT_X * sizeof(float));
    assert_memory_equal(pack->E_logits + pack->pack.pair_start[g] * OUT_E, single->E_logits,
                        n * n * OUT_E * sizeof(float));
}

/* Tiles hold 256 pairs and 64 nodes: these sizes put graphs across every kind of boundary. */
static void check_ragged_pack(dg_denoiser_dims dims, float dropout) {
    const uint32_t n[] = {5, 1, 23, 2, 66, 9}, key[] = {1, 2, 3, 4, 5, 6};
    machine m = make_machine_of(dims, DG_POOLING_FIXED, dropout);
    for (int dense = 0; dense < 2; dense++) {
        m.dense = dense;
        graphs all = make_graphs(6, n, key);
        forward(&m, &all, &ALONE, dense);
        for (size_t g = 0; g < 6; g++) {
            graphs one = make_graphs(1, &n[g], &key[g]);
            forward(&m, &one, &ALONE, !dense);
            check_same_bits(&all, g, &one);
            dg_arena_free(one.arena);
        }
        dg_arena_free(all.arena);
    }
    free_machine(&m);
}

static void a_ragged_pack_equals_single_graphs_bit_for_bit(void **state) {
    (void)state;
    check_ragged_pack(DIMS, 0.0f);
    check_ragged_pack(DIMS, 0.1f);
    check_ragged_pack(PAPER, 0.1f);
    check_ragged_pack(mixed(DIMS), 0.1f);
    check_ragged_pack(symmetric(mixed(DIMS)), 0.1f);
}

/* Forward and gradient by a team of `slots` on `threads` threads. */
static float *by_team(machine *m, graphs *s, size_t threads, size_t slots) {
    const size_t count = dg_denoiser_parameter_count(m->denoiser);
    float *gradients[8], *sum = allocate(s->arena, count, sizeof *sum);
    dg_pool *pool = NULL;
    ok(dg_pool_create(threads, &pool));
    const dg_team team = {threads > 1 ? pool : NULL, slots};
    for (size_t k = 0; k < slots; k++)
        gradients[k] = allocate(s->arena, count, sizeof **gradients);
    forward(m, s, &team, true);
    ok(dg_denoiser_backward(m->denoiser, m->workspace, &team, s->dX, s->dE, gradients, NULL));
    for (size_t k = 0; k < slots; k++)
        for (size_t c = 0; c < count; c++)
            sum[c] += gradients[k][c];
    dg_pool_free(pool);
    return sum;
}

static void check_class_rows(dg_denoiser_dims dims) {
    const uint32_t n[] = {5, 1, 23}, key[] = {1, 2, 3};
    machine m = make_machine_of(dims, DG_POOLING_FIXED, 0.0f);
    graphs dense = make_graphs(3, n, key), classes = make_graphs(3, n, key);
    m.dense = true;
    const float *dense_gradient = by_team(&m, &dense, 1, 1);
    m.dense = false;
    const float *gradient = by_team(&m, &classes, 1, 1);
    for (size_t k = 0; k < dg_denoiser_parameter_count(m.denoiser); k++)
        assert_float_equal(gradient[k], dense_gradient[k],
                           1e-4f + 1e-4f * fabsf(dense_gradient[k]));
    for (size_t k = 0; k < dense.pack.pairs * OUT_E; k++)
        assert_float_equal(dense.E_logits[k], classes.E_logits[k], 1e-5);
    for (size_t k = 0; k < dense.pack.nodes * OUT_X; k++)
        assert_float_equal(dense.X_logits[k], classes.X_logits[k], 1e-5);
    free_machine(&m);
    dg_arena_free(dense.arena);
    dg_arena_free(classes.arena);
}

static void class_rows_equal_dense_rows(void **state) {
    (void)state;
    check_class_rows(DIMS);
    check_class_rows(mixed(DIMS));
    check_class_rows(symmetric(DIMS));
    check_class_rows(symmetric(mixed(DIMS)));
}

static void check_teams(dg_denoiser_dims dims, uint32_t first) {
    const uint32_t n[] = {first, 3}, key[] = {1, 2};
    machine m = make_machine_of(dims, DG_POOLING_FIXED, 0.1f);
    graphs alone = make_graphs(2, n, key), team = make_graphs(2, n, key);
    const size_t count = dg_denoiser_parameter_count(m.denoiser);
    const float *by_one = by_team(&m, &alone, 1, 1);
    const float *by_three = by_team(&m, &team, 1, 3);
    assert_memory_equal(alone.X_logits, team.X_logits, team.pack.nodes * OUT_X * sizeof(float));
    assert_memory_equal(alone.E_logits, team.E_logits, team.pack.pairs * OUT_E * sizeof(float));
    double distance = 0.0, length = 0.0;
    for (size_t k = 0; k < count; k++) {
        distance += pow((double)by_one[k] - (double)by_three[k], 2);
        length += pow((double)by_one[k], 2);
    }
    assert_true(length > 0.0 && distance < 1e-8 * length);
    for (size_t threads = 2; threads <= 4; threads++) {
        const float *threaded = by_team(&m, &team, threads, 3);
        assert_memory_equal(by_three, threaded, count * sizeof(float));
        assert_memory_equal(alone.E_logits, team.E_logits, team.pack.pairs * OUT_E * sizeof(float));
    }
    free_machine(&m);
    dg_arena_free(alone.arena);
    dg_arena_free(team.arena);
}

static void teams_give_the_same_bits(void **state) {
    (void)state;
    check_teams(DIMS, 70);
    check_teams(mixed(DIMS), 70);
    check_teams(symmetric(mixed(DIMS)), 70);
    check_teams(symmetric(DIMS), 130); /* shared by its slots */
}

static void check_instruction_sets(dg_denoiser_dims dims) {
    const uint32_t n[] = {23, 4}, key[] = {1, 2};
    const char *const sets[] = {"v2", "v3", "v4"};
    graphs first = make_graphs(2, n, key);
    const float *gradient = NULL;
    size_t count = 0;
    for (size_t k = 0; k < 3; k++) {
        setenv("DIGRESS_ISA", sets[k], 1);
        machine m =
            make_machine_of(dims, DG_POOLING_FIXED, 0.1f); /* which then multiplies so, too */
        count = dg_denoiser_parameter_count(m.denoiser);
        graphs s = make_graphs(2, n, key);
        const float *g = by_team(&m, k == 0 ? &first : &s, 1, 1);
        if (k == 0) gradient = g;
        for (size_t c = 0; k > 0 && c < count; c++)
            assert_float_equal(g[c], gradient[c], 2e-4f + 1e-4f * fabsf(gradient[c]));
        for (size_t c = 0; k > 0 && c < s.pack.pairs * OUT_E; c++)
            assert_float_equal(s.E_logits[c], first.E_logits[c], 1e-5);
        dg_arena_free(s.arena);
        free_machine(&m);
    }
    unsetenv("DIGRESS_ISA");
    dg_arena_free(first.arena);
}

static void instruction_sets_agree(void **state) {
    (void)state;
    check_instruction_sets(DIMS);
    check_instruction_sets(symmetric(DIMS));
}

/* The length of a - b as a share of the length of b. */
static double distance(size_t count, const float *a, const float *b) {
    double difference = 0.0, length = 0.0;
    for (size_t k = 0; k < count; k++) {
        difference += pow((double)a[k] - (double)b[k], 2);
        length += pow((double)b[k], 2);
    }
    return sqrt(difference / length);
}

static void use_for(machine *m, dg_backend by, dg_precision in, bool backward) {
    dg_workspace_free(m->workspace);
    ok(dg_denoiser_use(m->denoiser, by, in, backward));
    ok(dg_workspace_create(m->denoiser, &m->workspace));
}

static void use(machine *m, dg_backend by, dg_precision in) {
    use_for(m, by, in, true);
}

static void use_forward_only(machine *m) {
    use_for(m, DG_BACKEND_NATIVE, DG_PRECISION_F32, false);
}

/* The bounds of bfloat16 against float32 (README): logits to 2 %, gradients to 8 %. */
static void bf16_is_near_f32(void **state) {
    (void)state;
    const uint32_t n[] = {23, 40}, key[] = {1, 2};
    if (dg_engine_lacks(DG_BACKEND_ONEDNN, DG_PRECISION_BF16)) skip();
    graphs exact = make_graphs(2, n, key), near = make_graphs(2, n, key);
    machine m = make_machine_of(PAPER, DG_POOLING_FIXED, 0.1f);
    const size_t count = dg_denoiser_parameter_count(m.denoiser);
    use(&m, dg_engine_fastest(DG_PRECISION_F32), DG_PRECISION_F32);
    const float *exact_gradient = by_team(&m, &exact, 1, 1);
    use(&m, DG_BACKEND_ONEDNN, DG_PRECISION_BF16);
    const float *near_gradient = by_team(&m, &near, 1, 1);
    const double X = distance(exact.pack.nodes * OUT_X, near.X_logits, exact.X_logits);
    const double E = distance(exact.pack.pairs * OUT_E, near.E_logits, exact.E_logits);
    const double g = distance(count, near_gradient, exact_gradient);
    printf("bfloat16 against float32: X %.2g, E %.2g, gradient %.2g\n", X, E, g);
    assert_true(X > 0.0 && X < 0.02);
    assert_true(E > 0.0 && E < 0.02);
    assert_true(g > 0.0 && g < 0.08);
    free_machine(&m);
    dg_arena_free(exact.arena);
    dg_arena_free(near.arena);
}

static void dropout_drops_its_share_and_depends_on_the_step(void **state) {
    (void)state;
    const uint32_t n = 12, key = 8;
    graphs a = make_graphs(1, &n, &key), b = make_graphs(1, &n, &key), c = make_graphs(1, &n, &key);
    machine m = make_machine(DG_POOLING_FIXED, 0.3f);
    forward(&m, &a, &ALONE, false);
    forward(&m, &b, &ALONE, true);
    assert_memory_equal(a.E_logits, b.E_logits, n * n * OUT_E * sizeof(float));
    m.dropout.step++;
    forward(&m, &c, &ALONE, false);
    assert_memory_not_equal(a.E_logits, c.E_logits, n * n * OUT_E * sizeof(float));
    free_machine(&m);
    dg_arena_free(a.arena);
    dg_arena_free(b.arena);
    dg_arena_free(c.arena);
}

static void unfit_dims_and_inputs_are_refused(void **state) {
    (void)state;
    dg_denoiser *denoiser = NULL;
    dg_denoiser_dims dims = DIMS;
    dims.n_head = 3;
    assert_int_equal(dg_denoiser_create(&dims, 1, &denoiser), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "n_head"));
    dims = DIMS;
    dims.dy = 0;
    assert_int_equal(dg_denoiser_create(&dims, 1, &denoiser), DIGRESS_ERROR_INPUT);
    dims = DIMS;
    dims.dense_E = 1; /* leaves fewer classes to read than to predict */
    assert_int_equal(dg_denoiser_create(&dims, 1, &denoiser), DIGRESS_ERROR_INPUT);

    const uint32_t n = 3, key = 1;
    graphs s = make_graphs(1, &n, &key);
    machine m = make_machine(DG_POOLING_FIXED, 0.0f);
    s.E_class[1] = IN_E + 1;
    s.input = (dg_input_rows){.pack = &s.pack, .X = s.X, .y = s.y, .E_class = s.E_class};
    assert_int_equal(dg_denoiser_forward(m.denoiser, m.workspace, &ALONE, &s.input, NULL, false,
                                         s.X_logits, s.E_logits),
                     DIGRESS_ERROR_INPUT);
    s.E_class[1] = 0;
    machine other = make_machine_of(mixed(DIMS), DG_POOLING_FIXED, 0.0f);
    assert_int_equal(dg_denoiser_forward(other.denoiser, other.workspace, &ALONE, &s.input, NULL,
                                         false, s.X_logits, s.E_logits),
                     DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "dense"));
    free_machine(&other);
    float *gradient = NULL;
    assert_int_equal(
        dg_denoiser_backward(m.denoiser, m.workspace, &ALONE, s.dX, s.dE, &gradient, NULL),
        DIGRESS_ERROR_INTERNAL);
    use_forward_only(&m);
    assert_int_equal(
        dg_denoiser_backward(m.denoiser, m.workspace, &ALONE, s.dX, s.dE, &gradient, NULL),
        DIGRESS_ERROR_INTERNAL);
    assert_non_null(strstr(digress_last_error(), "not set to train"));
    free_machine(&m);
    dg_arena_free(s.arena);
}

int main(void) {
    const struct CMUnitTest once[] = {
        cmocka_unit_test(bf16_is_near_f32),
        cmocka_unit_test(unfit_dims_and_inputs_are_refused),
    };
    const struct CMUnitTest by_each[] = {
        cmocka_unit_test(a_ragged_pack_equals_single_graphs_bit_for_bit),
        cmocka_unit_test(teams_give_the_same_bits),
        cmocka_unit_test(dropout_drops_its_share_and_depends_on_the_step),
        cmocka_unit_test(permuting_nodes_permutes_logits),
        cmocka_unit_test(the_order_of_a_pair_makes_no_difference),
        cmocka_unit_test(class_rows_equal_dense_rows),
        cmocka_unit_test(instruction_sets_agree),
    };
    enum { IN_ANY_PRECISION = 3 };
    return cmocka_run_group_tests_name("denoiser", once, NULL, NULL) +
           run_by_each_backend("denoiser", by_each, sizeof by_each / sizeof *by_each,
                               IN_ANY_PRECISION);
}
