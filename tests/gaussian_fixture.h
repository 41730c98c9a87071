/* The continuous mode on the graphs of noise_fixture.h. */
#ifndef DG_TESTS_GAUSSIAN_FIXTURE_H
#define DG_TESTS_GAUSSIAN_FIXTURE_H

#include "noise_fixture.h"

#include "diffusion/gaussian.h"

static inline digress_status set_eta(dg_noise_model *model, double eta) {
    const dg_sampler sampler = {.eta = eta};
    return dg_noise_model_set_sampler(model, &sampler);
}

enum { KINDS = 3 };
static const double etas[] = {0, 0.5, 1};

static inline void begin_scaled(fixture *f, dg_prediction kind, dg_scaling X, dg_scaling E) {
    make_graphs(f);
    golden_ok(dg_gaussian_create(DG_SCHEDULE_COSINE, T, kind, X, E, &f->statistics, &f->model));
    encode_graphs(f);
}

static inline void begin(fixture *f, dg_prediction kind) {
    begin_scaled(f, kind, (dg_scaling){2, 0}, (dg_scaling){1, 0});
}

static inline double blended(dg_blend blend, double z, double other) {
    return blend.z * z + blend.other * other;
}

static inline const dg_gaussian_state *reals(const dg_state *state) {
    return (const dg_gaussian_state *)(const void *)state;
}

/* Symmetric with a zero diagonal, for each graph of the fixture. */
static inline void assert_symmetric(const fixture *f, const float *E) {
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

/* The output of a network that knows the clean graphs, for `noisy`, all at time t. */
static inline void perfect_rows(fixture *f, dg_prediction kind, const dg_state *noisy, uint32_t t,
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

#endif
