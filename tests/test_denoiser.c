/* Properties of the graph transformer: finite differences, equivariance, ragged packs, teams,
 * instruction sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denoiser/denoiser.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IN_X = 6, IN_E = 3, IN_Y = 4, OUT_X = 2, OUT_E = 3, DENSE_E = 5, MAX_GRAPHS = 8 };

static const dg_denoiser_dims DIMS = {.n_layers = 3,
                                      .in_X = IN_X,
                                      .in_E = IN_E,
                                      .in_y = IN_Y,
                                      .mlp_X = 11,
                                      .mlp_E = 9,
                                      .mlp_y = 10,
                                      .dx = 20,
                                      .de = 12,
                                      .dy = 7,
                                      .n_head = 5,
                                      .dim_ffX = 21,
                                      .dim_ffE = 14,
                                      .dim_ffy = 33,
                                      .out_X = OUT_X,
                                      .out_E = OUT_E};

/* The widths of the published network. */
static dg_denoiser_dims PAPER = {.n_layers = 2,
                                 .in_X = IN_X,
                                 .in_E = IN_E,
                                 .in_y = IN_Y,
                                 .mlp_X = 128,
                                 .mlp_E = 64,
                                 .mlp_y = 128,
                                 .dx = 256,
                                 .de = 64,
                                 .dy = 64,
                                 .n_head = 8,
                                 .dim_ffX = 256,
                                 .dim_ffE = 64,
                                 .dim_ffy = 2048,
                                 .out_X = OUT_X,
                                 .out_E = OUT_E};

/* With DENSE_E more inputs of each pair. */
static dg_denoiser_dims mixed(dg_denoiser_dims dims) {
    dims.in_E += DENSE_E;
    dims.dense_E = DENSE_E;
    return dims;
}

/* Random graphs: everything depends on the graph's key only, not on its place in the pack. */
typedef struct graphs {
    dg_arena *arena;
    dg_pack pack;
    uint32_t key[MAX_GRAPHS];
    float *X, *E, *y, *X_logits, *E_logits, *dX, *dE;
    uint8_t *E_class;
    float *E_dense, *E_mixed; /* [pairs, DENSE_E]; [pairs, IN_E + DENSE_E]: E and those */
    dg_input_rows input;
} graphs;

static void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static void *allocate(dg_arena *arena, size_t count, size_t size) {
    void *place = NULL;
    ok(dg_arena_allocate(arena, count, size, &place));
    memset(place, 0, count * size);
    return place;
}

static void fill(uint32_t key, uint32_t what, size_t count, float *out) {
    const dg_rng rng = {7, DG_RNG_TEST, key, what};
    dg_rng_fill_uniform(&rng, 0, count, out);
    for (size_t k = 0; k < count; k++)
        out[k] = 2.0f * out[k] - 1.0f;
}

static void fill_graph(graphs *s, size_t g) {
    const size_t n = s->pack.n[g], node = s->pack.node_start[g], pair = s->pack.pair_start[g];
    const dg_rng rng = {7, DG_RNG_TEST, s->key[g], 100};
    fill(s->key[g], 0, n * IN_X, s->X + node * IN_X);
    fill(s->key[g], 1, IN_Y, s->y + g * IN_Y);
    fill(s->key[g], 2, n * OUT_X, s->dX + node * OUT_X);
    fill(s->key[g], 3, n * n * OUT_E, s->dE + pair * OUT_E);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t low = i < j ? i : j, high = i < j ? j : i;
            uint32_t class = dg_rng_u32(&rng, (uint32_t)(low * n + high)) % IN_E;
            s->E_class[pair + i * n + j] = i == j ? IN_E : (uint8_t) class;
            if (i != j) s->E[(pair + i * n + j) * IN_E + class] = 1.0f;
        }
    fill(s->key[g], 4, n * n * DENSE_E, s->E_dense + pair * DENSE_E);
    for (size_t r = pair; r < pair + n * n; r++) {
        float *row = s->E_mixed + r * (IN_E + DENSE_E);
        memcpy(row, s->E + r * IN_E, IN_E * sizeof *row);
        memcpy(row + IN_E, s->E_dense + r * DENSE_E, DENSE_E * sizeof *row);
    }
}

static graphs make_graphs(size_t count, const uint32_t *n, const uint32_t *key) {
    graphs s = {0};
    ok(dg_arena_create(&s.arena));
    ok(dg_pack_layout(s.arena, count, n, &s.pack));
    memcpy(s.key, key, count * sizeof *key);
    s.X = allocate(s.arena, s.pack.nodes * IN_X, sizeof(float));
    s.E = allocate(s.arena, s.pack.pairs * IN_E, sizeof(float));
    s.E_dense = allocate(s.arena, s.pack.pairs * DENSE_E, sizeof(float));
    s.E_mixed = allocate(s.arena, s.pack.pairs * (IN_E + DENSE_E), sizeof(float));
    s.y = allocate(s.arena, count * IN_Y, sizeof(float));
    s.E_class = allocate(s.arena, s.pack.pairs, 1);
    s.X_logits = allocate(s.arena, s.pack.nodes * OUT_X, sizeof(float));
    s.E_logits = allocate(s.arena, s.pack.pairs * OUT_E, sizeof(float));
    s.dX = allocate(s.arena, s.pack.nodes * OUT_X, sizeof(float));
    s.dE = allocate(s.arena, s.pack.pairs * OUT_E, sizeof(float));
    for (size_t g = 0; g < count; g++)
        fill_graph(&s, g);
    return s;
}

/* What the tests multiply with. */
static dg_backend backend;
static dg_precision precision;

typedef struct machine {
    dg_denoiser *denoiser;
    dg_workspace *workspace;
    dg_dropout dropout;
    bool dense;
} machine;

static machine make_machine_of(dg_denoiser_dims dims, dg_pooling pooling, float dropout) {
    dims.pooling = pooling;
    machine m = {.dropout = {.p = dropout, .seed = 3, .step = 17}};
    ok(dg_denoiser_create(&dims, 5, &m.denoiser));
    ok(dg_denoiser_use(m.denoiser, backend, precision, true));
    ok(dg_workspace_create(m.denoiser, &m.workspace));
    return m;
}

static machine make_machine(dg_pooling pooling, float dropout) {
    return make_machine_of(DIMS, pooling, dropout);
}

static void free_machine(machine *m) {
    dg_workspace_free(m->workspace);
    dg_denoiser_free(m->denoiser);
}

static void forward(machine *m, graphs *s, const dg_team *team, bool keep) {
    m->dropout.graph_key = s->key;
    const bool is_mixed = dg_denoiser_get_dims(m->denoiser)->dense_E > 0;
    s->input = (dg_input_rows){.pack = &s->pack, .X = s->X, .y = s->y};
    if (m->dense) s->input.E = is_mixed ? s->E_mixed : s->E;
    if (!m->dense) s->input.E_class = s->E_class;
    if (!m->dense && is_mixed) s->input.E_dense = s->E_dense;
    ok(dg_denoiser_forward(m->denoiser, m->workspace, team, &s->input, &m->dropout, keep,
                           s->X_logits, s->E_logits));
}

static const dg_team ALONE = {NULL, 1};

/* sum of logits weighted by dX, dE: its gradient w.r.t. the logits is dX, dE. */
static double objective(machine *m, graphs *s) {
    dg_denoiser_weights_changed(m->denoiser, NULL);
    forward(m, s, &ALONE, false);
    double sum = 0.0;
    for (size_t k = 0; k < s->pack.nodes * OUT_X; k++)
        sum += (double)s->dX[k] * (double)s->X_logits[k];
    for (size_t k = 0; k < s->pack.pairs * OUT_E; k++)
        sum += (double)s->dE[k] * (double)s->E_logits[k];
    return sum;
}

/* Each tensor along a random direction: (f(w + h v) - f(w - h v)) / 2h against v . gradient */
static void check_finite_differences(dg_denoiser_dims dims, dg_pooling pooling, bool dense) {
    const uint32_t n[] = {5, 1, 7}, key[] = {12, 13, 14}; /* no kink is nearer than h */
    graphs s = make_graphs(3, n, key);
    machine m = make_machine_of(dims, pooling, 0.2f);
    m.dense = dense;
    const size_t count = dg_denoiser_parameter_count(m.denoiser);
    float *gradient = allocate(s.arena, count, sizeof *gradient);
    float *w = dg_denoiser_parameters(m.denoiser), *v = allocate(s.arena, count, sizeof *v);
    float *saved = allocate(s.arena, count, sizeof *saved);
    forward(&m, &s, &ALONE, true);
    ok(dg_denoiser_backward(m.denoiser, m.workspace, &ALONE, s.dX, s.dE, &gradient, NULL));
    memcpy(saved, w, count * sizeof *w);
    fill(9, 9, count, v);
    for (size_t t = 0; t < dg_denoiser_tensor_count(m.denoiser); t++) {
        const dg_parameter *tensor = dg_denoiser_tensor(m.denoiser, t);
        const size_t first = tensor->offset, last = first + tensor->count;
        double analytic = 0.0, up, down;
        const float h = 2e-3f / sqrtf((float)(tensor->count + 1));
        for (size_t k = first; k < last; k++)
            analytic += (double)v[k] * (double)gradient[k];
        for (size_t k = first; k < last; k++)
            w[k] = saved[k] + h * v[k];
        up = objective(&m, &s);
        for (size_t k = first; k < last; k++)
            w[k] = saved[k] - h * v[k];
        down = objective(&m, &s);
        memcpy(w + first, saved + first, tensor->count * sizeof *w);
        double numeric = (up - down) / (2.0 * (double)h);
        double allowed = 0.02 * fabs(analytic) + 0.05;
        if (!(fabs(numeric - analytic) <= allowed))
            fail_msg("%s: finite difference %.6g, gradient %.6g", tensor->name, numeric, analytic);
        if (tensor->unused) assert_true(analytic == 0.0 && numeric == 0.0);
    }
    free_machine(&m);
    dg_arena_free(s.arena);
}

static void gradients_match_finite_differences(void **state) {
    (void)state;
    check_finite_differences(DIMS, DG_POOLING_FIXED, false);
    check_finite_differences(DIMS, DG_POOLING_FIXED, true);
    check_finite_differences(DIMS, DG_POOLING_MAIN, false);
    check_finite_differences(mixed(DIMS), DG_POOLING_FIXED, false);
}

/* (f(x + h v) - f(x - h v)) / 2h along a random direction of the input rows, against v . gradient
 */
static void check_direction(machine *m, graphs *s, size_t count, float *x, const float *gradient) {
    const float h = 5e-4f;
    float *v = allocate(s->arena, count, sizeof *v), *saved = allocate(s->arena, count, sizeof *v);
    double analytic = 0.0, up, down;
    fill(11, 11, count, v);
    memcpy(saved, x, count * sizeof *x);
    for (size_t k = 0; k < count; k++) {
        analytic += (double)v[k] * (double)gradient[k];
        x[k] = saved[k] + h * v[k];
    }
    up = objective(m, s);
    for (size_t k = 0; k < count; k++)
        x[k] = saved[k] - h * v[k];
    down = objective(m, s);
    memcpy(x, saved, count * sizeof *x);
    const double numeric = (up - down) / (2.0 * (double)h);
    if (!(fabs(numeric - analytic) <= 0.02 * fabs(analytic) + 1e-3))
        fail_msg("finite difference %.6g, gradient %.6g", numeric, analytic);
    assert_true(fabs(analytic) > 0.01);
}

static void check_input_gradients(dg_denoiser_dims dims) {
    const uint32_t n[] = {5, 1, 7}, key[] = {12, 13, 14};
    graphs s = make_graphs(3, n, key);
    machine m = make_machine_of(dims, DG_POOLING_FIXED, 0.2f);
    m.dense = true;
    const size_t X = s.pack.nodes * dims.in_X, E = s.pack.pairs * dims.in_E;
    const size_t y = s.pack.graphs * dims.in_y, count = dg_denoiser_parameter_count(m.denoiser);
    float *parameters = allocate(s.arena, count, sizeof(float));
    const dg_input_gradients d = {.X = allocate(s.arena, X, sizeof(float)),
                                  .E = allocate(s.arena, E, sizeof(float)),
                                  .y = allocate(s.arena, y, sizeof(float))};
    forward(&m, &s, &ALONE, true);
    ok(dg_denoiser_backward(m.denoiser, m.workspace, &ALONE, s.dX, s.dE, &parameters, &d));
    check_direction(&m, &s, X, s.X, d.X);
    check_direction(&m, &s, E, dims.dense_E > 0 ? s.E_mixed : s.E, d.E);
    check_direction(&m, &s, y, s.y, d.y);
    m.dense = false;
    forward(&m, &s, &ALONE, true);
    assert_int_equal(
        dg_denoiser_backward(m.denoiser, m.workspace, &ALONE, s.dX, s.dE, &parameters, &d),
        DIGRESS_ERROR_INPUT);
    free_machine(&m);
    dg_arena_free(s.arena);
}

static void input_gradients_match_finite_differences(void **state) {
    (void)state;
    check_input_gradients(DIMS);
    check_input_gradients(mixed(DIMS));
}

static void permuting_nodes_permutes_logits(void **state) {
    (void)state;
    const uint32_t n = 9, key = 4;
    graphs a = make_graphs(1, &n, &key), b = make_graphs(1, &n, &key);
    machine m = make_machine(DG_POOLING_FIXED, 0.0f);
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
}

static float *by_team(machine *m, graphs *s, size_t threads, size_t slots);

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

static void check_teams(dg_denoiser_dims dims) {
    const uint32_t n[] = {70, 3}, key[] = {1, 2};
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
    check_teams(DIMS);
    check_teams(mixed(DIMS));
}

static void instruction_sets_agree(void **state) {
    (void)state;
    const uint32_t n[] = {23, 4}, key[] = {1, 2};
    const char *const sets[] = {"v2", "v3", "v4"};
    machine m = make_machine(DG_POOLING_FIXED, 0.1f);
    graphs first = make_graphs(2, n, key);
    const float *gradient = NULL;
    const size_t count = dg_denoiser_parameter_count(m.denoiser);
    for (size_t k = 0; k < 3; k++) {
        setenv("DIGRESS_ISA", sets[k], 1);
        graphs s = make_graphs(2, n, key);
        const float *g = by_team(&m, k == 0 ? &first : &s, 1, 1);
        if (k == 0) gradient = g;
        for (size_t c = 0; k > 0 && c < count; c++)
            assert_float_equal(g[c], gradient[c], 2e-4f + 1e-4f * fabsf(gradient[c]));
        for (size_t c = 0; k > 0 && c < s.pack.pairs * OUT_E; c++)
            assert_float_equal(s.E_logits[c], first.E_logits[c], 1e-5);
        dg_arena_free(s.arena);
    }
    unsetenv("DIGRESS_ISA");
    free_machine(&m);
    dg_arena_free(first.arena);
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

static int run_with(dg_backend by, dg_precision in) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ragged_pack_equals_single_graphs_bit_for_bit),
        cmocka_unit_test(teams_give_the_same_bits),
        cmocka_unit_test(dropout_drops_its_share_and_depends_on_the_step),
        cmocka_unit_test(gradients_match_finite_differences),
        cmocka_unit_test(input_gradients_match_finite_differences),
        cmocka_unit_test(permuting_nodes_permutes_logits),
        cmocka_unit_test(class_rows_equal_dense_rows),
        cmocka_unit_test(instruction_sets_agree),
    };
    enum { ALL = sizeof tests / sizeof *tests, OF_ANY_PRECISION = 3 };
    char name[64];
    backend = by;
    precision = in;
    snprintf(name, sizeof name, "denoiser by %s in %s", dg_backend_name(by), dg_precision_name(in));
    return _cmocka_run_group_tests(name, tests, in == DG_PRECISION_F32 ? ALL : OF_ANY_PRECISION,
                                   NULL, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bf16_is_near_f32),
        cmocka_unit_test(unfit_dims_and_inputs_are_refused),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    for (int by = 0; by < DG_BACKENDS; by++)
        for (int in = 0; in < DG_PRECISIONS; in++)
            if (!dg_engine_lacks((dg_backend)by, (dg_precision)in))
                failures += run_with((dg_backend)by, (dg_precision)in);
    return failures;
}
