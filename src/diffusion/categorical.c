/* The categorical noise model: DiGress's discrete diffusion over node and pair classes. */
#include "diffusion/categorical.h"

#include "diffusion/class_step.h"
#include "graph/graph_set.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct categorical {
    dg_noise_model base;
    dg_transition X, E;
} categorical;

typedef struct class_state {
    dg_state base;
    uint8_t *node_class; /* [nodes] */
    uint8_t *pair_class; /* [pairs] symmetric; the diagonal holds the number of classes, which the
                            denoiser reads as the zero row */
} class_state;

static const double SMOOTHING = 1e-7; /* as in the reference's mask_distributions */

static const categorical *cast(const dg_noise_model *model) {
    return (const categorical *)(const void *)model;
}

static const class_state *classes_of(const dg_state *state) {
    return (const class_state *)(const void *)state;
}

/* ---- states ---- */

static digress_status create_state(dg_arena *arena, const dg_pack *pack, class_state **out) {
    class_state *state = NULL;
    DG_TRY(dg_arena_allocate(arena, 1, sizeof *state, &state));
    state->base.pack = *pack;
    DG_TRY(dg_arena_allocate(arena, pack->nodes, 1, &state->node_class));
    DG_TRY(dg_arena_allocate(arena, pack->pairs, 1, &state->pair_class));
    *out = state;
    return DIGRESS_OK;
}

static void set_pair(class_state *state, size_t g, size_t i, size_t j, uint8_t pair_class) {
    size_t n = state->base.pack.n[g];
    uint8_t *rows = state->pair_class + state->base.pack.pair_start[g];
    rows[i * n + j] = rows[j * n + i] = pair_class;
}

static digress_status encode(const dg_noise_model *model, dg_arena *arena,
                             const digress_graph_set *set, size_t count, const uint32_t *index,
                             dg_state **out) {
    dg_pack pack;
    class_state *state = NULL;
    DG_TRY(dg_pack_layout_of(arena, set, count, index, &pack));
    DG_TRY(create_state(arena, &pack, &state));
    for (size_t g = 0; g < count; g++) {
        digress_graph graph = digress_graph_set_get(set, index[g]);
        const uint8_t *pair = graph.pair_class;
        memcpy(state->node_class + pack.node_start[g], graph.node_class, graph.n);
        for (size_t i = 0; i < graph.n; i++) {
            set_pair(state, g, i, i, (uint8_t)model->out_E);
            for (size_t j = i + 1; j < graph.n; j++)
                set_pair(state, g, i, j, *pair++);
        }
    }
    *out = &state->base;
    return DIGRESS_OK;
}

static digress_status decode(const dg_noise_model *model, const dg_state *state, size_t index,
                             digress_graph_set *set) {
    (void)model;
    const dg_pack *pack = &state->pack;
    const class_state *classes = classes_of(state);
    return dg_graph_set_append_rows(set, pack->n[index],
                                    classes->node_class + pack->node_start[index],
                                    classes->pair_class + pack->pair_start[index]);
}

/* ---- drawing ---- */

/* Draws from x Qbar^t; of the pairs the upper triangle, which is mirrored. */
static digress_status corrupt(const dg_noise_model *model, dg_arena *arena, const dg_state *clean,
                              const double *t, const dg_rng *keys, uint32_t purpose_node,
                              uint32_t purpose_pair, dg_state **out) {
    const categorical *self = cast(model);
    const class_state *from = classes_of(clean);
    const dg_pack *pack = &clean->pack;
    class_state *noisy = NULL;
    DG_TRY(create_state(arena, pack, &noisy));
    for (size_t g = 0; g < pack->graphs; g++) {
        double alpha_bar = dg_schedule_alpha_bar(&model->schedule, t[g]);
        dg_rng node_key = dg_rng_with_purpose(keys[g], purpose_node);
        dg_rng pair_key = dg_rng_with_purpose(keys[g], purpose_pair);
        size_t n = pack->n[g], node = pack->node_start[g];
        const uint8_t *rows = from->pair_class + pack->pair_start[g];
        uint32_t element = 0;
        for (size_t i = 0; i < n; i++) {
            noisy->node_class[node + i] =
                dg_transition_corrupt(&self->X, alpha_bar, from->node_class[node + i],
                                      dg_rng_u32(&node_key, (uint32_t)i));
            set_pair(noisy, g, i, i, (uint8_t)model->out_E);
            for (size_t j = i + 1; j < n; j++)
                set_pair(noisy, g, i, j,
                         dg_transition_corrupt(&self->E, alpha_bar, rows[i * n + j],
                                               dg_rng_u32(&pair_key, element++)));
        }
    }
    *out = &noisy->base;
    return DIGRESS_OK;
}

static digress_status prior(const dg_noise_model *model, dg_arena *arena, size_t count,
                            const uint32_t *n, const dg_rng *keys, dg_state **out) {
    const categorical *self = cast(model);
    dg_pack pack;
    class_state *state = NULL;
    DG_TRY(dg_pack_layout(arena, count, n, &pack));
    DG_TRY(create_state(arena, &pack, &state));
    for (size_t g = 0; g < count; g++) {
        dg_rng node_key = dg_rng_with_purpose(keys[g], DG_RNG_PRIOR_NODE);
        dg_rng pair_key = dg_rng_with_purpose(keys[g], DG_RNG_PRIOR_PAIR);
        uint8_t *node_class = state->node_class + pack.node_start[g];
        uint32_t element = 0;
        for (size_t i = 0; i < n[g]; i++) {
            node_class[i] = dg_transition_draw_limit(&self->X, dg_rng_u32(&node_key, (uint32_t)i));
            set_pair(state, g, i, i, (uint8_t)model->out_E);
            for (size_t j = i + 1; j < n[g]; j++)
                set_pair(state, g, i, j,
                         dg_transition_draw_limit(&self->E, dg_rng_u32(&pair_key, element++)));
        }
    }
    *out = &state->base;
    return DIGRESS_OK;
}

/* p = softmax(logits); returns log sum exp(logits). */
static double softmax(size_t classes, const float *logits, double *p) {
    double largest = (double)logits[0], sum = 0;
    for (size_t k = 1; k < classes; k++)
        largest = fmax(largest, (double)logits[k]);
    for (size_t k = 0; k < classes; k++)
        sum += p[k] = exp((double)logits[k] - largest);
    for (size_t k = 0; k < classes; k++)
        p[k] /= sum;
    return largest + log(sum);
}

/* The random numbers of a reverse step of one graph. */
typedef struct reverse_streams {
    dg_stream node, pair, clean_node, clean_pair;
} reverse_streams;

static reverse_streams reverse_streams_of(dg_rng key, uint32_t step) {
    key.step = step;
    return (reverse_streams){.node.key = dg_rng_with_purpose(key, DG_RNG_REVERSE_NODE),
                             .pair.key = dg_rng_with_purpose(key, DG_RNG_REVERSE_PAIR),
                             .clean_node.key = dg_rng_with_purpose(key, DG_RNG_CLEAN_NODE),
                             .clean_pair.key = dg_rng_with_purpose(key, DG_RNG_CLEAN_PAIR)};
}

/* Draws x_s of one entry. */
static uint8_t draw_reverse(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                            const float *logits, dg_stream *words, dg_stream *clean_words) {
    double p[DIGRESS_MAX_CLASSES];
    softmax(transition->classes, logits, p);
    return dg_class_step_draw(step, transition, x_t, p, words, clean_words);
}

static digress_status reverse(const dg_noise_model *model, dg_state *noisy, const float *X_logits,
                              const float *E_logits, dg_interval interval, const dg_rng *keys) {
    const categorical *self = cast(model);
    const dg_pack *pack = &noisy->pack;
    class_state *state = (class_state *)(void *)noisy;
    const dg_class_step step = dg_class_step_of(&model->sampler, &model->schedule, interval);
    for (size_t g = 0; g < pack->graphs; g++) {
        reverse_streams stream = reverse_streams_of(keys[g], interval.key);
        size_t n = pack->n[g], node = pack->node_start[g], pair = pack->pair_start[g];
        for (size_t i = 0; i < n; i++) {
            uint8_t *x = &state->node_class[node + i];
            *x = draw_reverse(&step, &self->X, *x, X_logits + (node + i) * model->out_X,
                              &stream.node, &stream.clean_node);
            for (size_t j = i + 1; j < n; j++) {
                size_t row = pair + i * n + j;
                uint8_t drawn =
                    draw_reverse(&step, &self->E, state->pair_class[row],
                                 E_logits + row * model->out_E, &stream.pair, &stream.clean_pair);
                set_pair(state, g, i, j, drawn);
            }
        }
    }
    return DIGRESS_OK;
}

static digress_status check_sampler(const dg_sampler *sampler) {
    if (sampler->kind == DG_SAMPLER_FLOW) return DIGRESS_OK;
    if (sampler->eta == 0 && sampler->omega == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: a discrete model has it only with the sampler flow: posterior and "
                    "renoise do not use it",
                    sampler->eta == 0 ? "omega" : "eta");
}

/* ---- what the network reads ---- */

/* X = [one-hot x_t, features], y = [features, t / T]; E by class, with its features beside it. */
static digress_status input(const dg_noise_model *model, dg_arena *arena, const dg_state *noisy,
                            const double *t, dg_input_rows *out) {
    const dg_pack *pack = &noisy->pack;
    const class_state *classes = classes_of(noisy);
    const size_t dense_E = model->in_E - model->out_E;
    float *X = NULL, *E = NULL, *y = NULL;
    if (dense_E) DG_TRY(dg_arena_allocate(arena, pack->pairs, dense_E * sizeof *E, &E));
    DG_TRY(dg_arena_allocate(arena, pack->nodes * model->in_X, sizeof *X, &X));
    DG_TRY(dg_arena_allocate(arena, pack->graphs * model->in_y, sizeof *y, &y));
    memset(X, 0, pack->nodes * model->in_X * sizeof *X);
    for (size_t node = 0; node < pack->nodes; node++)
        X[node * model->in_X + classes->node_class[node]] = 1;
    for (size_t g = 0; g < pack->graphs; g++) {
        float *y_row = y + g * model->in_y;
        const dg_feature_rows rows = {.X = X + pack->node_start[g] * model->in_X + model->out_X,
                                      .E = E ? E + pack->pair_start[g] * dense_E : NULL,
                                      .y = y_row,
                                      .X_stride = model->in_X,
                                      .E_stride = dense_E};
        DG_TRY(dg_features_compute(&model->features, arena, pack->n[g],
                                   classes->node_class + pack->node_start[g],
                                   classes->pair_class + pack->pair_start[g], model->out_E, &rows));
        y_row[model->in_y - 1] = (float)(t[g] / (double)model->schedule.T);
    }
    *out =
        (dg_input_rows){.pack = pack, .X = X, .y = y, .E_class = classes->pair_class, .E_dense = E};
    return DIGRESS_OK;
}

/* ---- training loss ---- */

/* -log p(x); gradient, when not NULL, = weight * d(-log p(x)) / d logits. */
static double cross_entropy(size_t classes, const float *logits, uint8_t x, double weight,
                            float *gradient) {
    double p[DIGRESS_MAX_CLASSES];
    double entropy = softmax(classes, logits, p) - (double)logits[x];
    for (size_t k = 0; gradient && k < classes; k++)
        gradient[k] = (float)(weight * (p[k] - (k == x)));
    return entropy;
}

static digress_status loss(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const double *t, const float *X_logits,
                           const float *E_logits, double weight_X, double weight_E, double lambda_E,
                           dg_loss *total, float *dX, float *dE) {
    (void)noisy;
    (void)t;
    const class_state *x = classes_of(clean);
    double sum_X = 0, sum_E = 0;
    for (size_t node = 0; node < clean->pack.nodes; node++) {
        size_t at = node * model->out_X;
        sum_X += cross_entropy(model->out_X, X_logits + at, x->node_class[node], weight_X,
                               dX ? dX + at : NULL);
    }
    for (size_t pair = 0; pair < clean->pack.pairs; pair++) {
        size_t at = pair * model->out_E;
        if (x->pair_class[pair] != model->out_E)
            sum_E += cross_entropy(model->out_E, E_logits + at, x->pair_class[pair],
                                   lambda_E * weight_E, dE ? dE + at : NULL);
        else if (dE)
            memset(dE + at, 0, model->out_E * sizeof *dE);
    }
    total->X += weight_X * sum_X;
    total->E += weight_E * sum_E;
    return DIGRESS_OK;
}

/* ---- terms of the bound ---- */

/* KL(m || x_0 Qbar^T) of one entry, both smoothed. The bound itself has the KL the other way round;
 * this is how the reference computes it. */
static double entry_prior(const dg_transition *transition, double alpha_bar, uint8_t x_0) {
    double kl = 0, total = 1 + SMOOTHING * (double)transition->classes;
    for (size_t k = 0; k < transition->classes; k++) {
        double q = alpha_bar * (k == x_0) + (1 - alpha_bar) * transition->limit[k];
        double u = (transition->limit[k] + SMOOTHING) / total;
        kl += u * log(u * total / (q + SMOOTHING));
    }
    return kl;
}

static digress_status kl_prior(const dg_noise_model *model, const dg_state *clean,
                               dg_prior_terms *out) {
    const categorical *self = cast(model);
    const class_state *x = classes_of(clean);
    double alpha_bar = model->schedule.alpha_bar[model->schedule.T];
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_rows nodes = dg_pack_nodes(&clean->pack, g), pairs = dg_pack_pairs(&clean->pack, g);
        double kl = 0;
        for (size_t k = nodes.first; k < nodes.end; k++)
            kl += entry_prior(&self->X, alpha_bar, x->node_class[k]);
        for (size_t k = pairs.first; k < pairs.end; k++)
            if (x->pair_class[k] != model->out_E)
                kl += entry_prior(&self->E, alpha_bar, x->pair_class[k]);
        out[g] = (dg_prior_terms){.kl = kl, .kl_exact = kl};
    }
    return DIGRESS_OK;
}

/* sum q log(q / p), where `smoothing` is added to each p before it is normalised. */
static double divergence(size_t classes, const double *q, const double *p, double smoothing) {
    double kl = 0, total = 0;
    for (size_t k = 0; k < classes; k++)
        total += p[k] + smoothing;
    for (size_t k = 0; k < classes; k++)
        if (q[k] > 0) kl += q[k] * log(q[k] * total / fmax(p[k] + smoothing, DBL_MIN));
    return kl;
}

/* Adds KL(q(x_s | x_t, x_0) || p(x_s | x_t)) of one entry; published: p by dg_posterior_soft,
 * smoothed; exact: p by dg_prob_s, which is what is sampled from. */
static void add_entry_kl(const dg_transition *transition, dg_jump jump, uint8_t x_0, uint8_t x_t,
                         const float *logits, double *published, double *exact) {
    size_t d = transition->classes;
    double one_hot[DIGRESS_MAX_CLASSES] = {0}, p[DIGRESS_MAX_CLASSES];
    double q[DIGRESS_MAX_CLASSES], model[DIGRESS_MAX_CLASSES];
    one_hot[x_0] = 1;
    softmax(d, logits, p);
    dg_posterior_soft(transition, jump, x_t, one_hot, q);
    dg_posterior_soft(transition, jump, x_t, p, model);
    *published += divergence(d, q, model, SMOOTHING);
    dg_prob_s(transition, jump, x_t, p, model);
    *exact += divergence(d, q, model, 0);
}

static digress_status kl_t(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const float *X_logits, const float *E_logits,
                           const double *t, dg_bound_terms *out) {
    const categorical *self = cast(model);
    const class_state *x = classes_of(clean), *z = classes_of(noisy);
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_jump jump = dg_jump_of(&model->schedule, t[g] - 1, t[g]);
        dg_rows nodes = dg_pack_nodes(&clean->pack, g), pairs = dg_pack_pairs(&clean->pack, g);
        dg_bound_terms terms = {0};
        for (size_t k = nodes.first; k < nodes.end; k++)
            add_entry_kl(&self->X, jump, x->node_class[k], z->node_class[k],
                         X_logits + k * model->out_X, &terms.kl_X, &terms.kl_X_exact);
        for (size_t k = pairs.first; k < pairs.end; k++)
            if (x->pair_class[k] != model->out_E)
                add_entry_kl(&self->E, jump, x->pair_class[k], z->pair_class[k],
                             E_logits + k * model->out_E, &terms.kl_E, &terms.kl_E_exact);
        out[g] = terms;
    }
    return DIGRESS_OK;
}

/* log p(x | z_0) */
static digress_status reconstruction(const dg_noise_model *model, const dg_state *clean,
                                     const dg_state *noisy, const float *X_logits,
                                     const float *E_logits, double *out) {
    (void)noisy;
    const class_state *x = classes_of(clean);
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_rows nodes = dg_pack_nodes(&clean->pack, g), pairs = dg_pack_pairs(&clean->pack, g);
        out[g] = 0;
        for (size_t k = nodes.first; k < nodes.end; k++)
            out[g] -=
                cross_entropy(model->out_X, X_logits + k * model->out_X, x->node_class[k], 0, NULL);
        for (size_t k = pairs.first; k < pairs.end; k++)
            if (x->pair_class[k] != model->out_E)
                out[g] -= cross_entropy(model->out_E, E_logits + k * model->out_E, x->pair_class[k],
                                        0, NULL);
    }
    return DIGRESS_OK;
}

/* ---- the model ---- */

static void free_model(dg_noise_model *model) {
    categorical *self = (categorical *)(void *)model;
    dg_schedule_free(&model->schedule);
    dg_transition_free(&self->X);
    dg_transition_free(&self->E);
    free(self);
}

static const dg_bound_operations bound = {
    .note = "published: DiGress's own figure; exact: with the KL to what is sampled from",
    .kl_prior = kl_prior,
    .kl_t = kl_t,
    .reconstruction = reconstruction,
};

static const dg_noise_operations operations = {
    .name = "categorical",
    .bound = &bound,
    .free = free_model,
    .check_sampler = check_sampler,
    .encode = encode,
    .corrupt = corrupt,
    .prior = prior,
    .input = input,
    .loss = loss,
    .reverse = reverse,
    .decode = decode,
};

static digress_status fill_model(categorical *self, dg_schedule_kind kind, size_t T,
                                 dg_transition_kind transition, size_t absorbing,
                                 const dg_statistics *statistics) {
    DG_TRY(dg_schedule_create(kind, T, &self->base.schedule));
    DG_TRY(dg_transition_create(transition, statistics->node_classes, statistics->node_marginals,
                                absorbing, &self->X));
    return dg_transition_create(transition, statistics->edge_classes, statistics->edge_marginals,
                                absorbing, &self->E);
}

digress_status dg_categorical_create(dg_schedule_kind kind, size_t T, dg_transition_kind transition,
                                     size_t absorbing, const dg_features *features,
                                     const dg_statistics *statistics, dg_noise_model **out) {
    categorical *self = NULL;
    const dg_feature_widths widths = dg_features_widths(features);
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    self->base = (dg_noise_model){
        .operations = &operations,
        .features = *features,
        .in_X = statistics->node_classes + widths.X,
        .in_E = statistics->edge_classes + widths.E,
        .in_y = widths.y + 1,
        .out_X = statistics->node_classes,
        .out_E = statistics->edge_classes,
        .pair_bytes = 40 + widths.E * sizeof(float), /* classes, adjacency, powers of it */
    };
    digress_status status = fill_model(self, kind, T, transition, absorbing, statistics);
    if (status != DIGRESS_OK) {
        free_model(&self->base);
        return status;
    }
    *out = &self->base;
    return DIGRESS_OK;
}

const dg_transition *dg_categorical_X(const dg_noise_model *model) {
    return &cast(model)->X;
}

const dg_transition *dg_categorical_E(const dg_noise_model *model) {
    return &cast(model)->E;
}
