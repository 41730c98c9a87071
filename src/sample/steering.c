#include "sample/steering.h"

#include "sample/constraints/project.h"
#include "sample/constraints/reach.h"
#include <stdlib.h>
#include <string.h>

digress_status dg_steering_create(const dg_model *model, const digress_fixed_part *fixed,
                                  const digress_constraints *constraints, size_t threads,
                                  dg_steering *out) {
    const bool by_classes = model->noise->operations->classes != NULL;
    *out = (dg_steering){.model = model, .threads = threads};
    DG_TRY(dg_constraints_of(constraints, model->classes, by_classes, &out->constraints));
    if (fixed->part && !by_classes)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "a continuous model has no fixed parts: train one with model.type discrete");
    DG_TRY(dg_fixed_of(fixed, model->classes, &out->fixed));
    out->active = out->constraints.any || out->fixed.n > 0;
    if (!out->active) return DIGRESS_OK;
    DG_TRY(dg_allocate(2 * threads, sizeof *out->arenas, &out->arenas));
    for (size_t k = 0; k < 2 * threads; k++)
        DG_TRY(dg_arena_create(&out->arenas[k]));
    return DIGRESS_OK;
}

static digress_status count_components(const dg_class_rows *graph, dg_arena *arena, size_t *out) {
    uint32_t *component = NULL, *queue = NULL;
    DG_TRY(dg_arena_reset(arena));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *component, &component));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *queue, &queue));
    *out = dg_label_components(graph, component, queue);
    return DIGRESS_OK;
}

static digress_status check_fixed(const dg_steering *steering, size_t least_n) {
    const dg_trial trial = {&steering->constraints, dg_fixed_rows(&steering->fixed),
                            steering->arenas[0]};
    digress_constraint by;
    bool holds = true;
    size_t components = 0;
    DG_TRY(count_components(&trial.graph, trial.arena, &components));
    if (steering->constraints.asked.connected && components > 1 && least_n == trial.graph.n)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "a fixed part in %zu pieces excludes the option 'connected' in graphs of "
                        "its own size: ask for more nodes by the option 'nodes'",
                        components);
    /* Without their classes, nodes have no valences yet. */
    if (!steering->fixed.edges_only) DG_TRY(dg_constraints_hold(&trial, &holds, &by));
    if (holds) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "the fixed part itself breaks the option '%s'",
                    digress_constraint_name(by));
}

digress_status dg_steering_check_sizes(const dg_steering *steering, size_t least_n, size_t most_n) {
    const size_t n = steering->fixed.n;
    if (least_n < n)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "a fixed part of %zu nodes does not fit into graphs of %zu: ask for at "
                        "least as many by the option 'nodes'",
                        n, least_n);
    if (n > 0) DG_TRY(check_fixed(steering, least_n));
    return dg_constraints_check_size(&steering->constraints, most_n);
}

void dg_steering_free(dg_steering *steering) {
    for (size_t k = 0; steering->arenas && k < 2 * steering->threads; k++)
        dg_arena_free(steering->arenas[k]);
    free(steering->arenas);
    dg_fixed_free(&steering->fixed);
}

static dg_known known_of(const dg_steered *pack, const dg_pack *layout, size_t g) {
    if (!pack->known_node) return (dg_known){0};
    return (dg_known){pack->known_node + layout->node_start[g],
                      pack->known_pair + layout->pair_start[g]};
}

static dg_projection projection_of(const dg_steered *pack, dg_state *state, size_t g) {
    const dg_noise_model *noise = pack->steering->model->noise;
    return (dg_projection){.constraints = &pack->steering->constraints,
                           .graph = noise->operations->classes(state, g),
                           .key = dg_rng_with_purpose(pack->keys[g], DG_RNG_NOISE_ORDER),
                           .known = known_of(pack, &state->pack, g),
                           .arena = pack->steering->arenas[2 * pack->thread],
                           .trial_arena = pack->steering->arenas[2 * pack->thread + 1]};
}

static void add_counts(dg_steered *pack, size_t g, const dg_projection *p) {
    pack->counts.changes += p->changes;
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS; k++) {
        pack->counts.refused[k] += p->refused[k];
        pack->counts.made[k] += p->made[k];
        if (p->refused[k] + p->made[k] > 0) pack->touched[g] |= 1u << k;
    }
}

static digress_status mark_known(const dg_fixed *fixed, dg_arena *arena, const dg_pack *pack,
                                 dg_steered *out) {
    if (fixed->n == 0) return DIGRESS_OK;
    DG_TRY(dg_arena_allocate(arena, pack->nodes, sizeof *out->known_node, &out->known_node));
    DG_TRY(dg_arena_allocate(arena, pack->pairs, sizeof *out->known_pair, &out->known_pair));
    for (size_t g = 0; g < pack->graphs; g++)
        dg_fixed_mark(fixed, pack->n[g], out->known_node + pack->node_start[g],
                      out->known_pair + pack->pair_start[g]);
    return DIGRESS_OK;
}

digress_status dg_steer_noise(const dg_steering *steering, size_t thread, dg_arena *arena,
                              const dg_rng *keys, dg_state *noise, dg_steered *out) {
    const dg_pack *pack = &noise->pack;
    *out = (dg_steered){.steering = steering, .thread = thread, .keys = keys};
    DG_TRY(dg_arena_allocate(arena, pack->nodes, 1, &out->before_node));
    DG_TRY(dg_arena_allocate(arena, pack->pairs, 1, &out->before_pair));
    DG_TRY(dg_arena_allocate(arena, pack->graphs, sizeof *out->touched, &out->touched));
    memset(out->touched, 0, pack->graphs * sizeof *out->touched);
    DG_TRY(mark_known(&steering->fixed, arena, pack, out));
    for (size_t g = 0; g < pack->graphs; g++) {
        dg_projection p = projection_of(out, noise, g);
        DG_TRY(dg_arena_reset(p.arena));
        DG_TRY(dg_project(&p));
        add_counts(out, g, &p);
    }
    return DIGRESS_OK;
}

static void remember(dg_steered *pack, dg_state *state) {
    const dg_noise_operations *noise = pack->steering->model->noise->operations;
    for (size_t g = 0; g < state->pack.graphs; g++) {
        const dg_class_rows rows = noise->classes(state, g);
        memcpy(pack->before_node + state->pack.node_start[g], rows.node_class, rows.n);
        memcpy(pack->before_pair + state->pack.pair_start[g], rows.pair_class, rows.n * rows.n);
    }
}

digress_status dg_steer_before(dg_steered *pack, dg_state *state, float *X, float *E) {
    const dg_noise_model *noise = pack->steering->model->noise;
    const dg_fixed *fixed = &pack->steering->fixed;
    remember(pack, state);
    for (size_t g = 0; fixed->n > 0 && g < state->pack.graphs; g++)
        dg_fixed_predict(fixed, state->pack.n[g], noise->out_X, noise->out_E,
                         X + state->pack.node_start[g] * noise->out_X,
                         E + state->pack.pair_start[g] * noise->out_E);
    return DIGRESS_OK;
}

/* X, E: NULL for a step back. */
static digress_status hold(dg_steered *pack, dg_state *state, const float *X, const float *E,
                           bool last) {
    const dg_noise_model *noise = pack->steering->model->noise;
    for (size_t g = 0; pack->steering->constraints.any && g < state->pack.graphs; g++) {
        const size_t node = state->pack.node_start[g], pair = state->pack.pair_start[g];
        dg_projection p = projection_of(pack, state, g);
        p.before_node = pack->before_node + node;
        p.before_pair = pack->before_pair + pair;
        p.X = X ? X + node * noise->out_X : NULL;
        p.E = E ? E + pair * noise->out_E : NULL;
        DG_TRY(dg_arena_reset(p.arena));
        DG_TRY(dg_project(&p));
        if (last) DG_TRY(dg_mend(&p));
        add_counts(pack, g, &p);
    }
    return DIGRESS_OK;
}

/* A posterior's last state has the noise of time 0, and what is fixed has none. */
digress_status dg_steer_after(dg_steered *pack, dg_state *state, const float *X, const float *E,
                              bool last) {
    const dg_noise_operations *noise = pack->steering->model->noise->operations;
    for (size_t g = 0; last && g < state->pack.graphs; g++) {
        const dg_class_rows rows = noise->classes(state, g);
        dg_fixed_set(&pack->steering->fixed, &rows);
    }
    return hold(pack, state, X, E, last);
}

digress_status dg_steer_back(dg_steered *pack, dg_state *state, dg_interval step) {
    const dg_noise_model *noise = pack->steering->model->noise;
    remember(pack, state);
    DG_TRY(noise->operations->diffuse(noise, state, step, pack->keys));
    return hold(pack, state, NULL, NULL, false);
}

digress_status dg_steer_count(dg_steered *pack, dg_state *state, digress_interventions *total) {
    total->graphs += state->pack.graphs;
    total->changes += pack->counts.changes;
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS; k++) {
        total->refused[k] += pack->counts.refused[k];
        total->made[k] += pack->counts.made[k];
        for (size_t g = 0; g < state->pack.graphs; g++)
            total->touched[k] += pack->touched[g] >> k & 1;
    }
    for (size_t g = 0; pack->steering->constraints.asked.connected && g < state->pack.graphs; g++) {
        const dg_projection p = projection_of(pack, state, g);
        size_t components = 0;
        DG_TRY(count_components(&p.graph, p.arena, &components));
        total->unmet += components > 1;
    }
    return DIGRESS_OK;
}
