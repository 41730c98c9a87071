/* What the classes of a set of molecules mean, by their names. */
#ifndef DG_CHEM_ALPHABET_H
#define DG_CHEM_ALPHABET_H

#include "chem/atom.h"
#include "digress/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dg_alphabet {
    size_t atom_count, bond_count;
    dg_atom atoms[DIGRESS_MAX_CLASSES];
    int bonds[DIGRESS_MAX_CLASSES]; /* DG_BOND_NONE, ... */
} dg_alphabet;

/* A set is one of molecules where every node class is called like an atom, every edge class like a
 * bond. False where it is not. */
bool dg_alphabet_of(const digress_graph_set *set, dg_alphabet *out);
/* Whether its atoms say their hydrogens; any of them. */
bool dg_alphabet_is_full(const dg_alphabet *alphabet);
/* The same as dg_alphabet_of, INPUT for false. */
digress_status dg_alphabet_require(const digress_graph_set *set, dg_alphabet *out);

/* An empty set over these atoms and the bonds of dg_bond_names. The caller owns *out. */
digress_status dg_molecule_set_create(size_t count, const dg_atom *atoms, digress_graph_set **out);

#ifdef __cplusplus
}
#endif

#endif
