/* Drawable without crossings. */
#include "eval/structure/planarity.h"
#include "sample/constraints/constraint.h"

static bool is_asked(const digress_constraints *asked) {
    return asked->planar;
}

static digress_status holds(const dg_trial *trial, bool *out) {
    const dg_class_rows *rows = &trial->graph;
    uint8_t *pair_class = NULL;
    dg_adjacency adjacency;
    size_t pair = 0;
    DG_TRY(dg_arena_allocate(trial->arena, rows->n * rows->n, 1, &pair_class));
    for (size_t i = 0; i < rows->n; i++)
        for (size_t j = i + 1; j < rows->n; j++)
            pair_class[pair++] = rows->pair_class[i * rows->n + j];
    const digress_graph graph = {rows->n, rows->node_class, pair_class};
    DG_TRY(dg_adjacency_of(&graph, trial->arena, &adjacency));
    return dg_is_planar(&adjacency, out);
}

const dg_constraint dg_planar_constraint = {.is_asked = is_asked, .holds = holds};
