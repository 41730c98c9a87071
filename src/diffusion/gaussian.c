#include "diffusion/gaussian.h"

#include "graph/graph_set.h"
#include "math/finite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct gaussian {
    dg_noise_model base;
    dg_prediction prediction;
    dg_scaling X, E;
} gaussian;

static const gaussian *cast(const dg_noise_model *model) {
    return (const gaussian *)(const void *)model;
}

static const dg_gaussian_state *reals_of(const dg_state *state) {
    return (const dg_gaussian_state *)(const void *)state;
}

/* The row of pair (i, i + 1) of graph g. The rows of the diagonal divide the other pairs of a graph
 * into n - 1 runs of n rows; this is where run i, 0 <= i < n - 1, begins. */
static size_t run_start(const dg_pack *pack, size_t g, size_t i) {
    return pack->pair_start[g] + i * (pack->n[g] + 1) + 1;
}

/* ---- states ---- */

static digress_status create_state(const dg_noise_model *model, dg_arena *arena,
                                   const dg_pack *pack, dg_gaussian_state **out) {
    dg_gaussian_state *state = NULL;
    size_t X_size = pack->nodes * model->out_X, E_size = pack->pairs * model->out_E;
    DG_TRY(dg_arena_allocate(arena, 1, sizeof *state, &state));
    state->base.pack = *pack;
    DG_TRY(dg_arena_allocate(arena, X_size, sizeof *state->X, &state->X));
    DG_TRY(dg_arena_allocate(arena, E_size, sizeof *state->E, &state->E));
    memset(state->X, 0, X_size * sizeof *state->X);
    memset(state->E, 0, E_size * sizeof *state->E);
    *out = state;
    return DIGRESS_OK;
}

/* The one-hot row of a class, scaled. */
static void scale_class(size_t classes, dg_scaling scaling, uint8_t class_index, float *row) {
    for (size_t k = 0; k < classes; k++)
        row[k] = (float)(((k == class_index) - scaling.bias) / scaling.value);
}

static digress_status encode(const dg_noise_model *model, dg_arena *arena,
                             const digress_graph_set *set, size_t count, const uint32_t *index,
                             dg_state **out) {
    const gaussian *self = cast(model);
    size_t a = model->out_X, b = model->out_E;
    dg_pack pack;
    dg_gaussian_state *state = NULL;
    DG_TRY(dg_pack_layout_of(arena, set, count, index, &pack));
    DG_TRY(create_state(model, arena, &pack, &state));
    for (size_t g = 0; g < count; g++) {
        digress_graph graph = digress_graph_set_get(set, index[g]);
        float *X = state->X + pack.node_start[g] * a, *E = state->E + pack.pair_start[g] * b;
        for (size_t i = 0; i < graph.n; i++) {
            scale_class(a, self->X, graph.node_class[i], X + i * a);
            for (size_t j = 0; j < graph.n; j++)
                if (i != j)
                    scale_class(b, self->E, digress_graph_pair(&graph, i, j),
                                E + (i * graph.n + j) * b);
        }
    }
    *out = &state->base;
    return DIGRESS_OK;
}

/* argmax. The scaling is the same increasing function for every class, so it can be left out. */
static uint8_t largest(size_t classes, const float *row) {
    size_t best = 0;
    for (size_t k = 1; k < classes; k++)
        if (row[k] > row[best]) best = k;
    return (uint8_t)best;
}

static digress_status decode(const dg_noise_model *model, const dg_state *state, size_t index,
                             digress_graph_set *set) {
    const dg_gaussian_state *z = reals_of(state);
    dg_rows nodes = dg_pack_nodes(&state->pack, index), pairs = dg_pack_pairs(&state->pack, index);
    size_t n = state->pack.n[index];
    uint8_t *node_class = NULL;
    if (!dg_all_finite((nodes.end - nodes.first) * model->out_X,
                       z->X + nodes.first * model->out_X) ||
        !dg_all_finite((pairs.end - pairs.first) * model->out_E, z->E + pairs.first * model->out_E))
        return dg_error(
            DIGRESS_ERROR_NUMERIC,
            "a sample of %zu nodes is no longer made of finite numbers; no graph is made from it",
            n);
    DG_TRY(dg_allocate(n + n * n, 1, &node_class));
    uint8_t *pair_class = node_class + n;
    for (size_t k = nodes.first; k < nodes.end; k++)
        node_class[k - nodes.first] = largest(model->out_X, z->X + k * model->out_X);
    for (size_t k = pairs.first; k < pairs.end; k++)
        pair_class[k - pairs.first] = largest(model->out_E, z->E + k * model->out_E);
    digress_status status = dg_graph_set_append_rows(set, n, node_class, pair_class);
    free(node_class);
    return status;
}

/* ---- drawing ---- */

/* out (may be z) = the mean of z and w + deviation * numbers first, first + 1, ... of `key`. */
static void draw(size_t count, dg_gaussian_step step, const float *z, const float *w,
                 const dg_rng *key, uint32_t first, float *out) {
    enum { CHUNK = 256 };
    float noise[CHUNK] = {0};
    for (size_t done = 0; done < count; done += CHUNK) {
        size_t some = count - done < CHUNK ? count - done : CHUNK;
        if (step.deviation > 0) dg_rng_fill_normal(key, first + (uint32_t)done, some, noise);
        for (size_t k = 0; k < some; k++)
            out[done + k] =
                (float)(step.mean.z * (double)z[done + k] + step.mean.other * (double)w[done + k] +
                        step.deviation * (double)noise[k]);
    }
}

/* Draws the nodes and pairs of graph g from z and the rows X, E. Noise on pairs is symmetric: the
 * upper triangle is drawn and mirrored. The step of `key` is set already. */
static void draw_graph(const dg_noise_model *model, size_t g, dg_gaussian_step step,
                       const dg_gaussian_state *z, const float *X, const float *E, dg_rng key,
                       uint32_t purpose_node, uint32_t purpose_pair, dg_gaussian_state *out) {
    const dg_pack *pack = &z->base.pack;
    const dg_rng node_key = dg_rng_with_purpose(key, purpose_node);
    const dg_rng pair_key = dg_rng_with_purpose(key, purpose_pair);
    size_t n = pack->n[g], b = model->out_E, node = pack->node_start[g] * model->out_X;
    uint32_t element = 0;
    draw(n * model->out_X, step, z->X + node, X + node, &node_key, 0, out->X + node);
    for (size_t i = 0; i + 1 < n; i++) {
        size_t row = run_start(pack, g, i) * b, count = (n - i - 1) * b;
        draw(count, step, z->E + row, E + row, &pair_key, element, out->E + row);
        element += (uint32_t)count;
        for (size_t j = i + 1; j < n; j++)
            memcpy(out->E + (pack->pair_start[g] + j * n + i) * b, out->E + row + (j - i - 1) * b,
                   b * sizeof *out->E);
    }
}

/* q(z_t | x) */
static digress_status corrupt(const dg_noise_model *model, dg_arena *arena, const dg_state *clean,
                              const double *t, const dg_rng *keys, uint32_t purpose_node,
                              uint32_t purpose_pair, dg_state **out) {
    const dg_gaussian_state *x = reals_of(clean);
    dg_gaussian_state *noisy = NULL;
    DG_TRY(create_state(model, arena, &clean->pack, &noisy));
    for (size_t g = 0; g < clean->pack.graphs; g++)
        draw_graph(model, g, dg_forward_step(dg_level_at(&model->schedule, t[g])), x, x->X, x->E,
                   keys[g], purpose_node, purpose_pair, noisy);
    *out = &noisy->base;
    return DIGRESS_OK;
}

/* z_T ~ N(0, 1) */
static digress_status prior(const dg_noise_model *model, dg_arena *arena, size_t count,
                            const uint32_t *n, const dg_rng *keys, dg_state **out) {
    const dg_gaussian_step unit = {.deviation = 1};
    dg_pack pack;
    dg_gaussian_state *state = NULL;
    DG_TRY(dg_pack_layout(arena, count, n, &pack));
    DG_TRY(create_state(model, arena, &pack, &state));
    for (size_t g = 0; g < count; g++)
        draw_graph(model, g, unit, state, state->X, state->E, keys[g], DG_RNG_PRIOR_NODE,
                   DG_RNG_PRIOR_PAIR, state);
    *out = &state->base;
    return DIGRESS_OK;
}

/* Draws one step of all graphs, in place. */
static void step_back(const dg_noise_model *model, dg_state *state, dg_gaussian_step step,
                      const float *X, const float *E, uint32_t step_key, const dg_rng *keys) {
    dg_gaussian_state *z = (dg_gaussian_state *)(void *)state;
    for (size_t g = 0; g < state->pack.graphs; g++) {
        dg_rng key = keys[g];
        key.step = step_key;
        draw_graph(model, g, step, z, X, E, key, DG_RNG_REVERSE_NODE, DG_RNG_REVERSE_PAIR, z);
    }
}

static digress_status reverse(const dg_noise_model *model, dg_state *state, const float *X,
                              const float *E, dg_interval step, const dg_rng *keys) {
    const dg_gaussian_step drawn = dg_reverse_step(&model->schedule, cast(model)->prediction,
                                                   step.s, step.t, model->sampler.eta);
    step_back(model, state, drawn, X, E, step.key, keys);
    return DIGRESS_OK;
}

static digress_status finish(const dg_noise_model *model, dg_state *state, const float *X,
                             const float *E, const dg_rng *keys) {
    step_back(model, state,
              dg_last_step(&model->schedule, cast(model)->prediction, model->sampler.eta), X, E, 0,
              keys);
    return DIGRESS_OK;
}

/* ---- what the network reads ---- */

/* X and E as they are, y = t / T. */
static digress_status input(const dg_noise_model *model, dg_arena *arena, const dg_state *noisy,
                            const double *t, dg_input_rows *out) {
    const dg_gaussian_state *z = reals_of(noisy);
    float *y = NULL;
    DG_TRY(dg_arena_allocate(arena, noisy->pack.graphs, sizeof *y, &y));
    for (size_t g = 0; g < noisy->pack.graphs; g++)
        y[g] = (float)(t[g] / (double)model->schedule.T);
    *out = (dg_input_rows){.pack = &noisy->pack, .X = z->X, .E = z->E, .y = y};
    return DIGRESS_OK;
}

/* ---- training loss ---- */

/* Sum of the squared errors of `count` predictions of the target, a blend of z and x; gradient,
 * when not NULL, = weight * d sum / d prediction. */
static double squared_error(size_t count, dg_blend target, const float *z, const float *x,
                            const float *prediction, double weight, float *gradient) {
    double sum = 0;
    for (size_t k = 0; k < count; k++) {
        double error =
            (double)prediction[k] - (target.z * (double)z[k] + target.other * (double)x[k]);
        sum += error * error;
        if (gradient) gradient[k] = (float)(2 * weight * error);
    }
    return sum;
}

/* A network's output for one state, beside what it should be. */
typedef struct outcome {
    const dg_gaussian_state *clean, *noisy;
    const float *X, *E;
} outcome;

static double node_error(const dg_noise_model *model, const outcome *of, size_t g, dg_blend target,
                         double weight, float *dX) {
    dg_rows nodes = dg_pack_nodes(&of->clean->base.pack, g);
    size_t at = nodes.first * model->out_X, count = (nodes.end - nodes.first) * model->out_X;
    return squared_error(count, target, of->noisy->X + at, of->clean->X + at, of->X + at, weight,
                         dX ? dX + at : NULL);
}

static double pair_error(const dg_noise_model *model, const outcome *of, size_t g, dg_blend target,
                         double weight, float *dE) {
    const dg_pack *pack = &of->clean->base.pack;
    size_t b = model->out_E;
    double sum = 0;
    for (size_t i = 0; i + 1 < pack->n[g]; i++) {
        size_t at = run_start(pack, g, i) * b;
        sum += squared_error(pack->n[g] * b, target, of->noisy->E + at, of->clean->E + at,
                             of->E + at, weight, dE ? dE + at : NULL);
    }
    return sum;
}

/* The squared error, averaged over the channels of a node or a pair (DDPM, equation 14, for eps).
 */
static digress_status loss(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const double *t, const float *X, const float *E,
                           double weight_X, double weight_E, double lambda_E, dg_loss *total,
                           float *dX, float *dE) {
    const outcome of = {reals_of(clean), reals_of(noisy), X, E};
    double channel_X = weight_X / (double)model->out_X, channel_E = weight_E / (double)model->out_E;
    double sum_X = 0, sum_E = 0;
    if (dE) memset(dE, 0, clean->pack.pairs * model->out_E * sizeof *dE); /* for the diagonals */
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_blend target =
            dg_target_of(cast(model)->prediction, dg_level_at(&model->schedule, t[g]));
        sum_X += node_error(model, &of, g, target, channel_X, dX);
        sum_E += pair_error(model, &of, g, target, lambda_E * channel_E, dE);
    }
    total->X += channel_X * sum_X;
    total->E += channel_E * sum_E;
    return DIGRESS_OK;
}

/* ---- terms of the bound ---- */

static double prior_sum(dg_level T, size_t count, const float *x) {
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += dg_kl_prior_of(T, (double)x[k]);
    return sum;
}

/* The log volume of the scaling, which the reference adds to its bound as if the data had a
 * density. A node counts once for each channel, and so does a pair. */
static double log_volume(const gaussian *self, double n) {
    return n * (double)self->base.out_X * log(self->X.value) +
           n * (n - 1) / 2 * (double)self->base.out_E * log(self->E.value);
}

static digress_status kl_prior(const dg_noise_model *model, const dg_state *clean,
                               dg_prior_terms *out) {
    const dg_gaussian_state *x = reals_of(clean);
    const dg_pack *pack = &clean->pack;
    dg_level T = dg_level_at(&model->schedule, (double)model->schedule.T);
    size_t a = model->out_X, b = model->out_E;
    for (size_t g = 0; g < pack->graphs; g++) {
        size_t n = pack->n[g];
        double kl = prior_sum(T, n * a, x->X + pack->node_start[g] * a);
        for (size_t i = 0; i + 1 < n; i++)
            kl += prior_sum(T, n * b, x->E + run_start(pack, g, i) * b);
        out[g] = (dg_prior_terms){.kl = kl + log_volume(cast(model), (double)n), .kl_exact = kl};
    }
    return DIGRESS_OK;
}

/* Both distributions are normal with the same variance, so the published and the exact KL agree. */
static digress_status kl_t(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const float *X, const float *E, const double *t,
                           dg_bound_terms *out) {
    const outcome of = {reals_of(clean), reals_of(noisy), X, E};
    dg_prediction kind = cast(model)->prediction;
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_blend target = dg_target_of(kind, dg_level_at(&model->schedule, t[g]));
        double per_square = dg_kl_per_square(&model->schedule, kind, t[g]);
        double kl_X = per_square * node_error(model, &of, g, target, 0, NULL);
        double kl_E = per_square * pair_error(model, &of, g, target, 0, NULL);
        out[g] = (dg_bound_terms){kl_X, kl_E, kl_X, kl_E};
    }
    return DIGRESS_OK;
}

/* log p(x | z_0), summed over `rows` scaled one-hot rows. */
static double log_p_rows(size_t rows, size_t classes, dg_scaling scaling, double sigma_0,
                         const float *x, const float *z_0) {
    double sum = 0, units[DIGRESS_MAX_CLASSES];
    for (size_t row = 0; row < rows; row++, x += classes, z_0 += classes) {
        for (size_t k = 0; k < classes; k++)
            units[k] = (double)z_0[k] * scaling.value + scaling.bias;
        sum += dg_log_p_class(classes, units, sigma_0 * scaling.value, largest(classes, x));
    }
    return sum;
}

static digress_status reconstruction(const dg_noise_model *model, const dg_state *clean,
                                     const dg_state *noisy, const float *X, const float *E,
                                     dg_reconstruction_terms *out) {
    (void)X, (void)E; /* the classes are read off z_0 itself, as in the reference */
    const gaussian *self = cast(model);
    const dg_gaussian_state *x = reals_of(clean), *z = reals_of(noisy);
    const dg_pack *pack = &clean->pack;
    double sigma_0 = dg_level_at(&model->schedule, 0).sigma;
    size_t a = model->out_X, b = model->out_E;
    for (size_t g = 0; g < pack->graphs; g++) {
        size_t n = pack->n[g], node = pack->node_start[g] * a;
        double log_p = log_p_rows(n, a, self->X, sigma_0, x->X + node, z->X + node);
        for (size_t i = 0; i + 1 < n; i++) {
            size_t at = run_start(pack, g, i) * b;
            log_p += log_p_rows(n, b, self->E, sigma_0, x->E + at, z->E + at);
        }
        out[g] = (dg_reconstruction_terms){log_p, log_p};
    }
    return DIGRESS_OK;
}

/* ---- the model ---- */

static void free_model(dg_noise_model *model) {
    dg_schedule_free(&model->schedule);
    free(model);
}

static const dg_bound_operations bound = {
    .note = "published: DiGress's own figure; exact: without the volume of the normalisation",
    .z_0_shows_classes = true,
    .kl_prior = kl_prior,
    .kl_t = kl_t,
    .reconstruction = reconstruction,
};

static digress_status check_sampler(const dg_sampler *sampler) {
    if (sampler->kind != DG_SAMPLER_POSTERIOR)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "a continuous model has the sampler posterior only: renoise and flow need "
                        "classes");
    if (sampler->omega != 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "omega: it belongs to the sampler flow, which a continuous model does not "
                        "have");
    if (sampler->eta <= 1) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "eta: expected a number from 0 to 1, got %g",
                    sampler->eta);
}

static const dg_noise_operations operations = {
    .name = "continuous",
    .bound = &bound,
    .free = free_model,
    .check_sampler = check_sampler,
    .encode = encode,
    .corrupt = corrupt,
    .prior = prior,
    .input = input,
    .loss = loss,
    .reverse = reverse,
    .finish = finish,
    .decode = decode,
};

/* Classes are 1 / value apart; as in the reference, eight standard deviations of the noise at t = 0
 * must fit between them. */
static digress_status check_scaling(const dg_schedule *schedule, const char *what, double value) {
    enum { DEVIATIONS = 8 };
    double sigma_0 = dg_level_at(schedule, 0).sigma;
    if (DEVIATIONS * sigma_0 * value <= 1) return DIGRESS_OK;
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "model.normalize_factors: %g of the %s is too much for %zu diffusion steps: the "
        "noise left at t = 0, %.3g, would blur the classes; expected at most %.3g, or "
        "more model.diffusion_steps",
        value, what, schedule->T, sigma_0, 1 / (DEVIATIONS * sigma_0));
}

static digress_status fill_model(gaussian *self, dg_schedule_kind kind, size_t T) {
    DG_TRY(dg_schedule_create(kind, T, &self->base.schedule));
    DG_TRY(check_scaling(&self->base.schedule, "nodes", self->X.value));
    return check_scaling(&self->base.schedule, "pairs", self->E.value);
}

digress_status dg_gaussian_create(dg_schedule_kind kind, size_t T, dg_prediction prediction,
                                  dg_scaling X, dg_scaling E, const dg_statistics *statistics,
                                  dg_noise_model **out) {
    gaussian *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    *self = (gaussian){
        .base = {.operations = &operations,
                 .features = {.kind = DG_FEATURES_NONE},
                 .in_X = statistics->node_classes,
                 .in_E = statistics->edge_classes,
                 .in_y = 1,
                 .out_X = statistics->node_classes,
                 .out_E = statistics->edge_classes,
                 .pair_bytes = 2 * statistics->edge_classes * sizeof(float), /* clean, noisy */
                 .sampler = {.eta = 1}},
        .prediction = prediction,
        .X = X,
        .E = E,
    };
    digress_status status = fill_model(self, kind, T);
    if (status != DIGRESS_OK) {
        free_model(&self->base);
        return status;
    }
    *out = &self->base;
    return DIGRESS_OK;
}
