/* The graph transformer's gradients against finite differences, in float32. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denoiser_fixture.h"
#include <math.h>
#include <string.h>

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

/* The same widths the other way round: which of them is larger must not matter. */
static dg_denoiser_dims narrow_inside(dg_denoiser_dims dims) {
    dims.mlp_X = 6;
    dims.mlp_E = dims.mlp_y = 5;
    dims.dim_ffX = 8;
    dims.dim_ffE = 4;
    dims.dim_ffy = 3;
    dims.dy = 13;
    return dims;
}

static void gradients_match_finite_differences(void **state) {
    (void)state;
    check_finite_differences(DIMS, DG_POOLING_FIXED, false);
    check_finite_differences(DIMS, DG_POOLING_FIXED, true);
    check_finite_differences(DIMS, DG_POOLING_MAIN, false);
    check_finite_differences(mixed(DIMS), DG_POOLING_FIXED, false);
    check_finite_differences(narrow_inside(DIMS), DG_POOLING_FIXED, false);
    check_finite_differences(narrow_inside(DIMS), DG_POOLING_FIXED, true);
    check_finite_differences(symmetric(DIMS), DG_POOLING_FIXED, false);
    check_finite_differences(symmetric(DIMS), DG_POOLING_MAIN, true);
    check_finite_differences(symmetric(mixed(DIMS)), DG_POOLING_FIXED, false);
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
    check_input_gradients(symmetric(mixed(DIMS)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_match_finite_differences),
        cmocka_unit_test(input_gradients_match_finite_differences),
    };
    return run_by_each_backend("gradients", tests, sizeof tests / sizeof *tests, 0);
}
