/* No cycle: as many edges as nodes less components. */
#include "sample/constraints/constraint.h"
#include "sample/constraints/reach.h"

static bool is_asked(const digress_constraints *asked) {
    return asked->acyclic;
}

static digress_status holds(const dg_trial *trial, bool *out) {
    const dg_class_rows *graph = &trial->graph;
    uint32_t *component = NULL, *queue = NULL;
    size_t edges = 0;
    for (size_t i = 0; i < graph->n; i++)
        for (size_t j = i + 1; j < graph->n; j++)
            edges += dg_has_edge(graph, i, j);
    *out = edges < graph->n;
    if (!*out) return DIGRESS_OK;
    DG_TRY(dg_arena_allocate(trial->arena, graph->n, sizeof *component, &component));
    DG_TRY(dg_arena_allocate(trial->arena, graph->n, sizeof *queue, &queue));
    *out = edges + dg_label_components(graph, component, queue) == graph->n;
    return DIGRESS_OK;
}

const dg_constraint dg_acyclic_constraint = {.is_asked = is_asked, .holds = holds};
