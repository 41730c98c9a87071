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
