/* The categorical noise model: DiGress's discrete diffusion over node and pair classes. */
#include "diffusion/categorical.h"

#include "diffusion/categorical_state.h"
#include "diffusion/class_logits.h"
#include "diffusion/class_step.h"
#include "graph/graph_set.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- states ---- */

static digress_status create_state(dg_arena *arena, const dg_pack *pack, dg_class_state **out) {
    dg_class_state *state = NULL;
    DG_TRY(dg_arena_allocate(arena, 1, sizeof *state, &state));
    state->base = (dg_state){.pack = *pack};
    DG_TRY(dg_arena_allocate(arena, pack->nodes, 1, &state->node_class));
    DG_TRY(dg_arena_allocate(arena, pack->pairs, 1, &state->pair_class));
    *out = state;
    return DIGRESS_OK;
}

static void set_pair(dg_class_state *state, size_t g, size_t i, size_t j, uint8_t pair_class) {
    size_t n = state->base.pack.n[g];
    uint8_t *rows = state->pair_class + state->base.pack.pair_start[g];
    rows[i * n + j] = rows[j * n + i] = pair_class;
}

static digress_status encode(const dg_noise_model *model, dg_arena *arena,
                             const digress_graph_set *set, size_t count, const uint32_t *index,
                             dg_state **out) {
    dg_pack pack;
    dg_class_state *state = NULL;
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
    const dg_class_state *classes = dg_classes_of(state);
    return dg_graph_set_append_rows(set, pack->n[index],
                                    classes->node_class + pack->node_start[index],
                                    classes->pair_class + pack->pair_start[index]);
}

/* ---- drawing ---- */

/* Draws from x Qbar^t; of the pairs the upper triangle, which is mirrored. */
static digress_status corrupt(const dg_noise_model *model, dg_arena *arena, const dg_state *clean,
                              const double *t, const dg_rng *keys, uint32_t purpose_node,
                              uint32_t purpose_pair, dg_state **out) {
    const dg_categorical *self = dg_categorical_of(model);
    const dg_class_state *from = dg_classes_of(clean);
    const dg_pack *pack = &clean->pack;
    dg_class_state *noisy = NULL;
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
    const dg_categorical *self = dg_categorical_of(model);
    dg_pack pack;
    dg_class_state *state = NULL;
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

/* The random numbers of a graph's reverse step. */
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

/* The rows of one entry: the network's logits, those without targets, and a tilt; NULL: none. */
typedef struct entry_rows {
    const float *logits, *free, *tilt;
} entry_rows;

/* Draws x_s of one entry. */
static uint8_t draw_reverse(const dg_class_step *step, const dg_transition *transition, uint8_t x_t,
                            const entry_rows *rows, dg_stream *words, dg_stream *clean_words) {
    double p[DIGRESS_MAX_CLASSES], p_free[DIGRESS_MAX_CLASSES];
    dg_softmax(transition->classes, rows->logits, p);
    if (!rows->free && !rows->tilt)
        return dg_class_step_draw(step, transition, x_t, p, words, clean_words);
    if (rows->free) dg_softmax(transition->classes, rows->free, p_free);
    return dg_class_step_draw_guided(step, transition, x_t, p, rows->free ? p_free : NULL,
                                     rows->tilt, words, clean_words);
}

static entry_rows node_rows(const dg_state *state, const float *X, size_t at) {
    return (entry_rows){X + at, state->free ? state->free->X + at : NULL,
                        state->tilt ? state->tilt->X + at : NULL};
}

static entry_rows pair_rows(const dg_state *state, const float *E, size_t at) {
    return (entry_rows){E + at, state->free ? state->free->E + at : NULL,
                        state->tilt ? state->tilt->E + at : NULL};
}

static digress_status reverse(const dg_noise_model *model, dg_state *noisy, const float *X_logits,
                              const float *E_logits, dg_interval interval, const dg_rng *keys) {
    const dg_categorical *self = dg_categorical_of(model);
    const dg_pack *pack = &noisy->pack;
    dg_class_state *state = (dg_class_state *)(void *)noisy;
    dg_class_step step = dg_class_step_of(&model->sampler, &model->schedule, interval);
    if (noisy->free) step.guidance = noisy->free->guidance;
    for (size_t g = 0; g < pack->graphs; g++) {
        reverse_streams stream = reverse_streams_of(keys[g], interval.key);
        size_t n = pack->n[g], node = pack->node_start[g], pair = pack->pair_start[g];
        for (size_t i = 0; i < n; i++) {
            uint8_t *x = &state->node_class[node + i];
            const entry_rows rows = node_rows(noisy, X_logits, (node + i) * model->out_X);
            *x = draw_reverse(&step, &self->X, *x, &rows, &stream.node, &stream.clean_node);
            for (size_t j = i + 1; j < n; j++) {
                const size_t row = pair + i * n + j;
                const entry_rows between = pair_rows(noisy, E_logits, row * model->out_E);
                set_pair(state, g, i, j,
                         draw_reverse(&step, &self->E, state->pair_class[row], &between,
                                      &stream.pair, &stream.clean_pair));
            }
        }
    }
    return DIGRESS_OK;
}

static digress_status check_sampler(const dg_sampler *sampler) {
    if (sampler->kind == DG_SAMPLER_FLOW) return DIGRESS_OK;
    if (sampler->omega != 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "omega: a discrete model has it only with the sampler flow");
    if (sampler->kind == DG_SAMPLER_RENOISE && sampler->eta != 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "eta: renoise draws all entries anew already: it belongs to the samplers "
                        "posterior and flow");
    if (sampler->kind == DG_SAMPLER_POSTERIOR && sampler->eta > 1)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "eta: %g, but for the sampler posterior it is a share, from 0 to 1",
                        sampler->eta);
    return DIGRESS_OK;
}

/* ---- steering ---- */

static dg_class_rows classes(dg_state *state, size_t index) {
    const dg_pack *pack = &state->pack;
    const dg_class_state *rows = dg_classes_of(state);
    return (dg_class_rows){.n = pack->n[index],
                           .node_class = rows->node_class + pack->node_start[index],
                           .pair_class = rows->pair_class + pack->pair_start[index]};
}

/* x_s Q_{t|s} */
static digress_status diffuse(const dg_noise_model *model, dg_state *state, dg_interval interval,
                              const dg_rng *keys) {
    const dg_categorical *self = dg_categorical_of(model);
    const double keep = dg_schedule_keep(&model->schedule, interval.s, interval.t);
    for (size_t g = 0; g < state->pack.graphs; g++) {
        const dg_class_rows rows = classes(state, g);
        dg_rng key = keys[g];
        key.step = interval.key;
        dg_stream node = {.key = dg_rng_with_purpose(key, DG_RNG_FORWARD_NODE)};
        dg_stream pair = {.key = dg_rng_with_purpose(key, DG_RNG_FORWARD_PAIR)};
        for (size_t i = 0; i < rows.n; i++) {
            rows.node_class[i] =
                dg_transition_corrupt(&self->X, keep, rows.node_class[i], dg_stream_u32(&node));
            for (size_t j = i + 1; j < rows.n; j++) {
                uint8_t *entry = &rows.pair_class[i * rows.n + j];
                *entry = dg_transition_corrupt(&self->E, keep, *entry, dg_stream_u32(&pair));
                rows.pair_class[j * rows.n + i] = *entry;
            }
        }
    }
    return DIGRESS_OK;
}

/* ---- what the network reads ---- */

/* Of each target its value and 0, or 0 and 1 where it is not given. */
static void write_targets(const dg_noise_model *model, const dg_state *noisy, size_t g, float *y) {
    for (size_t k = 0; k < model->targets; k++) {
        const float value = noisy->targets ? noisy->targets[g * model->targets + k] : NAN;
        y[2 * k] = isnan(value) ? 0.0f : value;
        y[2 * k + 1] = isnan(value) ? 1.0f : 0.0f;
    }
}

/* The pairs' classes as the network reads them: copied only where the diagonal's is another than
 * the state's. */
static digress_status pair_classes(const dg_noise_model *model, dg_arena *arena,
                                   const dg_state *noisy, const uint8_t **out) {
    const dg_pack *pack = &noisy->pack;
    uint8_t *copy = NULL;
    *out = dg_classes_of(noisy)->pair_class;
    if (model->diagonal == DG_DIAGONAL_ZEROS) return DIGRESS_OK;
    DG_TRY(dg_arena_allocate(arena, pack->pairs, 1, &copy));
    memcpy(copy, *out, pack->pairs);
    for (size_t g = 0; g < pack->graphs; g++)
        for (size_t i = 0; i < pack->n[g]; i++)
            copy[pack->pair_start[g] + i * pack->n[g] + i] = 0;
    *out = copy;
    return DIGRESS_OK;
}

/* X = [one-hot x_t, features], y = [features, targets, time], E by class, with its features beside
 * it. */
static digress_status input(const dg_noise_model *model, dg_arena *arena, const dg_state *noisy,
                            const double *t, dg_input_rows *out) {
    const dg_pack *pack = &noisy->pack;
    const dg_class_state *classes = dg_classes_of(noisy);
    const size_t dense_E = model->in_E - model->out_E;
    const size_t time = model->in_y - dg_time_width(model->time_input);
    const uint8_t *E_class = NULL;
    float *X = NULL, *E = NULL, *y = NULL;
    DG_TRY(pair_classes(model, arena, noisy, &E_class));
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
        write_targets(model, noisy, g, y_row + time - 2 * model->targets);
        dg_write_time(model->time_input, model->schedule.T, t[g], y_row + time);
    }
    *out = (dg_input_rows){.pack = pack, .X = X, .y = y, .E_class = E_class, .E_dense = E};
    return DIGRESS_OK;
}

/* ---- training loss ---- */

static digress_status loss(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const double *t, const float *X_logits,
                           const float *E_logits, double weight_X, double weight_E, double lambda_E,
                           dg_loss *total, float *dX, float *dE) {
    (void)noisy;
    (void)t;
    const dg_class_state *x = dg_classes_of(clean);
    double sum_X = 0, sum_E = 0;
    for (size_t node = 0; node < clean->pack.nodes; node++) {
        size_t at = node * model->out_X;
        sum_X += dg_cross_entropy(model->out_X, X_logits + at, x->node_class[node], weight_X,
                                  dX ? dX + at : NULL);
    }
    for (size_t pair = 0; pair < clean->pack.pairs; pair++) {
        size_t at = pair * model->out_E;
        if (x->pair_class[pair] != model->out_E)
            sum_E += dg_cross_entropy(model->out_E, E_logits + at, x->pair_class[pair],
                                      lambda_E * weight_E, dE ? dE + at : NULL);
        else if (dE)
            memset(dE + at, 0, model->out_E * sizeof *dE);
    }
    total->X += weight_X * sum_X;
    total->E += weight_E * sum_E;
    return DIGRESS_OK;
}

/* ---- the model ---- */

static void free_model(dg_noise_model *model) {
    dg_categorical *self = (dg_categorical *)(void *)model;
    dg_schedule_free(&model->schedule);
    dg_transition_free(&self->X);
    dg_transition_free(&self->E);
    free(self);
}

static const dg_noise_operations operations = {
    .name = "categorical",
    .bound = &dg_categorical_bound,
    .free = free_model,
    .check_sampler = check_sampler,
    .encode = encode,
    .corrupt = corrupt,
    .prior = prior,
    .input = input,
    .loss = loss,
    .reverse = reverse,
    .decode = decode,
    .classes = classes,
    .diffuse = diffuse,
};

static digress_status fill_model(dg_categorical *self, dg_schedule_kind kind, size_t T,
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
    dg_categorical *self = NULL;
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
    return &dg_categorical_of(model)->X;
}

const dg_transition *dg_categorical_E(const dg_noise_model *model) {
    return &dg_categorical_of(model)->E;
}
