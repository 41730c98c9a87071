#include "chem/alphabet.h"

bool dg_alphabet_of(const digress_graph_set *set, dg_alphabet *out) {
    *out = (dg_alphabet){.atom_count = digress_graph_set_node_classes(set),
                         .bond_count = digress_graph_set_edge_classes(set)};
    for (size_t k = 0; k < out->atom_count; k++)
        if (!dg_atom_of(digress_graph_set_node_name(set, k), &out->atoms[k])) return false;
    for (size_t k = 0; k < out->bond_count; k++)
        if (!dg_bond_of(digress_graph_set_edge_name(set, k), &out->bonds[k])) return false;
    return true;
}

bool dg_alphabet_is_full(const dg_alphabet *alphabet) {
    for (size_t k = 0; k < alphabet->atom_count; k++)
        if (alphabet->atoms[k].label.full) return true;
    return false;
}

digress_status dg_alphabet_require(const digress_graph_set *set, dg_alphabet *out) {
    if (dg_alphabet_of(set, out)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "these graphs are not molecules: their classes do not "
                                         "have names of atoms (C, N, ...) and bonds (single, ...)");
}

static digress_status name_classes(size_t count, const dg_atom *atoms, digress_graph_set *set) {
    char name[DG_ATOM_NAME_SIZE];
    for (size_t k = 0; k < count; k++) {
        dg_atom_name(&atoms[k].label, name);
        DG_TRY(digress_graph_set_name_node(set, k, name));
    }
    for (size_t k = 0; k < DG_BONDS; k++)
        DG_TRY(digress_graph_set_name_edge(set, k, dg_bond_names[k]));
    return DIGRESS_OK;
}

digress_status dg_molecule_set_create(size_t count, const dg_atom *atoms, digress_graph_set **out) {
    DG_TRY(digress_graph_set_create(count, DG_BONDS, out));
    digress_status status = name_classes(count, atoms, *out);
    if (status == DIGRESS_OK) return DIGRESS_OK;
    digress_graph_set_free(*out);
    *out = NULL;
    return status;
}
