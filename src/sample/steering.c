#include "sample/steering.h"

#include "sample/constraints/project.h"
#include "sample/constraints/reach.h"
#include <stdlib.h>
#include <string.h>

digress_status dg_steering_create(const dg_model *model, const digress_constraints *constraints,
                                  size_t max_n, size_t threads, dg_steering *out) {
    const bool by_classes = model->noise->operations->classes != NULL;
    *out = (dg_steering){.model = model, .threads = threads};
    DG_TRY(dg_constraints_of(constraints, model->classes, by_classes, max_n, &out->constraints));
    out->active = out->constraints.any;
    if (!out->active) return DIGRESS_OK;
    DG_TRY(dg_allocate(2 * threads, sizeof *out->arenas, &out->arenas));
    for (size_t k = 0; k < 2 * threads; k++)
        DG_TRY(dg_arena_create(&out->arenas[k]));
    return DIGRESS_OK;
}

void dg_steering_free(dg_steering *steering) {
    for (size_t k = 0; steering->arenas && k < 2 * steering->threads; k++)
        dg_arena_free(steering->arenas[k]);
    free(steering->arenas);
}

static dg_projection projection_of(const dg_steered *pack, dg_state *state, size_t g) {
    const dg_noise_model *noise = pack->steering->model->noise;
    return (dg_projection){.constraints = &pack->steering->constraints,
                           .graph = noise->operations->classes(state, g),
                           .key = dg_rng_with_purpose(pack->keys[g], DG_RNG_NOISE_ORDER),
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

digress_status dg_steer_noise(const dg_steering *steering, size_t thread, dg_arena *arena,
                              const dg_rng *keys, dg_state *noise, dg_steered *out) {
    const dg_pack *pack = &noise->pack;
    *out = (dg_steered){.steering = steering, .thread = thread, .keys = keys};
    DG_TRY(dg_arena_allocate(arena, pack->nodes, 1, &out->before_node));
    DG_TRY(dg_arena_allocate(arena, pack->pairs, 1, &out->before_pair));
    DG_TRY(dg_arena_allocate(arena, pack->graphs, sizeof *out->touched, &out->touched));
    memset(out->touched, 0, pack->graphs * sizeof *out->touched);
    for (size_t g = 0; g < pack->graphs; g++) {
        dg_projection p = projection_of(out, noise, g);
        DG_TRY(dg_arena_reset(p.arena));
        DG_TRY(dg_project(&p));
        add_counts(out, g, &p);
    }
    return DIGRESS_OK;
}

digress_status dg_steer_before(dg_steered *pack, const dg_state *state) {
    const dg_noise_operations *noise = pack->steering->model->noise->operations;
    for (size_t g = 0; g < state->pack.graphs; g++) {
        const dg_class_rows rows = noise->classes((dg_state *)(uintptr_t)state, g);
        memcpy(pack->before_node + state->pack.node_start[g], rows.node_class, rows.n);
        memcpy(pack->before_pair + state->pack.pair_start[g], rows.pair_class, rows.n * rows.n);
    }
    return DIGRESS_OK;
}

digress_status dg_steer_after(dg_steered *pack, dg_state *state, const float *X, const float *E,
                              bool last) {
    const dg_noise_model *noise = pack->steering->model->noise;
    for (size_t g = 0; g < state->pack.graphs; g++) {
        const size_t node = state->pack.node_start[g], pair = state->pack.pair_start[g];
        dg_projection p = projection_of(pack, state, g);
        p.before_node = pack->before_node + node;
        p.before_pair = pack->before_pair + pair;
        p.X = X + node * noise->out_X;
        p.E = E + pair * noise->out_E;
        DG_TRY(dg_arena_reset(p.arena));
        DG_TRY(dg_project(&p));
        if (last) DG_TRY(dg_mend(&p));
        add_counts(pack, g, &p);
    }
    return DIGRESS_OK;
}

static digress_status count_components(const dg_steered *pack, dg_state *state, size_t g,
                                       size_t *out) {
    const dg_projection p = projection_of(pack, state, g);
    uint32_t *component = NULL, *queue = NULL;
    DG_TRY(dg_arena_reset(p.arena));
    DG_TRY(dg_arena_allocate(p.arena, p.graph.n, sizeof *component, &component));
    DG_TRY(dg_arena_allocate(p.arena, p.graph.n, sizeof *queue, &queue));
    *out = dg_label_components(&p.graph, component, queue);
    return DIGRESS_OK;
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
        size_t components = 0;
        DG_TRY(count_components(pack, state, g, &components));
        total->unmet += components > 1;
    }
    return DIGRESS_OK;
}
