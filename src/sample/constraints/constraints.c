#include "sample/constraints/constraints.h"

#define ROW_OF(number, name, text) [number] = &dg_##name##_constraint,
#define TEXT_OF(number, name, text) [number] = text,

static const dg_constraint *const table[DIGRESS_CONSTRAINTS] = {DG_CONSTRAINT_ROWS(ROW_OF)};
static const char *const names[DIGRESS_CONSTRAINTS] = {DG_CONSTRAINT_ROWS(TEXT_OF)};

const char *digress_constraint_name(digress_constraint constraint) {
    return (size_t)constraint < DIGRESS_CONSTRAINTS ? names[constraint] : "";
}

const dg_constraint *dg_constraint_asked(const dg_constraints *constraints, size_t number) {
    return table[number]->is_asked(&constraints->asked) ? table[number] : NULL;
}

digress_status dg_constraints_of(const digress_constraints *asked, const digress_graph_set *classes,
                                 bool by_classes, dg_constraints *out) {
    *out = (dg_constraints){.asked = *asked,
                            .node_classes = digress_graph_set_node_classes(classes),
                            .edge_classes = digress_graph_set_edge_classes(classes)};
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS; k++) {
        const dg_constraint *constraint = dg_constraint_asked(out, k);
        if (!constraint) continue;
        out->any = true;
        if (!by_classes)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "the option '%s': a continuous model's noisy graphs have no edges to "
                            "leave out: train one with model.type discrete",
                            names[k]);
        if (constraint->prepare) DG_TRY(constraint->prepare(out, classes));
    }
    return DIGRESS_OK;
}

digress_status dg_constraints_check_size(const dg_constraints *constraints, size_t n) {
    const digress_constraints *asked = &constraints->asked;
    if (!asked->connected || asked->max_degree != 1 || n <= 2) return DIGRESS_OK;
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "the option 'connected' excludes a limit of 1 by the option 'max-degree': with a "
        "degree of at most 1, a connected graph has at most 2 nodes, and up to %zu are "
        "asked for",
        n);
}

digress_status dg_constraints_hold(const dg_trial *trial, bool *out, digress_constraint *by) {
    *out = true;
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS && *out; k++) {
        const dg_constraint *constraint = dg_constraint_asked(trial->constraints, k);
        if (!constraint || !constraint->holds) continue;
        DG_TRY(dg_arena_reset(trial->arena));
        DG_TRY(constraint->holds(trial, out));
        *by = (digress_constraint)k;
    }
    return DIGRESS_OK;
}

digress_status dg_constraints_allow(const dg_trial *trial, size_t i, size_t j, bool *out,
                                    digress_constraint *by) {
    *out = true;
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS && *out; k++) {
        const dg_constraint *constraint = dg_constraint_asked(trial->constraints, k);
        if (!constraint || !constraint->holds) continue;
        DG_TRY(dg_arena_reset(trial->arena));
        DG_TRY(constraint->allows ? constraint->allows(trial, i, j, out)
                                  : constraint->holds(trial, out));
        *by = (digress_constraint)k;
    }
    return DIGRESS_OK;
}
