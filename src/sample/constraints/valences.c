/* No atom makes more bonds than its element can make with its charge, those to the hydrogens that
 * its class says included. An aromatic bond counts as a single one, the least that it can be: which
 * of them are double depends on the whole ring system. */
#include "chem/alphabet.h"
#include "sample/constraints/constraint.h"

static bool is_asked(const digress_constraints *asked) {
    return asked->valences;
}

static digress_status prepare(dg_constraints *constraints, const digress_graph_set *classes) {
    dg_alphabet alphabet;
    if (!dg_alphabet_of(classes, &alphabet))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the option 'valences': the model's graphs are not molecules: their "
                        "classes are not called like atoms and bonds");
    for (size_t k = 0; k < alphabet.atom_count; k++)
        constraints->room[k] = alphabet.atoms[k].most_bonds - alphabet.atoms[k].label.hydrogens;
    for (size_t k = 0; k < alphabet.bond_count; k++) {
        const int bond = alphabet.bonds[k];
        constraints->order[k] = bond == DG_BOND_AROMATIC ? 1 : dg_bond_orders[bond];
    }
    return DIGRESS_OK;
}

static bool has_room(const dg_trial *trial, size_t i) {
    const dg_class_rows *graph = &trial->graph;
    double bonds = 0;
    for (size_t j = 0; j < graph->n; j++)
        if (j != i) bonds += trial->constraints->order[graph->pair_class[i * graph->n + j]];
    return bonds == 0 || bonds <= trial->constraints->room[graph->node_class[i]];
}

static digress_status holds(const dg_trial *trial, bool *out) {
    *out = true;
    for (size_t i = 0; i < trial->graph.n && *out; i++)
        *out = has_room(trial, i);
    return DIGRESS_OK;
}

static digress_status allows(const dg_trial *trial, size_t i, size_t j, bool *out) {
    *out = has_room(trial, i) && has_room(trial, j);
    return DIGRESS_OK;
}

const dg_constraint dg_valences_constraint = {
    .is_asked = is_asked, .prepare = prepare, .holds = holds, .allows = allows};
