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

/* A set holds molecules if every node class is named as an atom and every edge class as a bond;
 * otherwise false. */
bool dg_alphabet_of(const digress_graph_set *set, dg_alphabet *out);
/* Whether any of its atoms is a full one (chem/atom.h). */
bool dg_alphabet_is_full(const dg_alphabet *alphabet);
/* As dg_alphabet_of, with an INPUT error instead of false. */
digress_status dg_alphabet_require(const digress_graph_set *set, dg_alphabet *out);

/* An empty set over these atoms and the bonds of dg_bond_names. The caller owns *out. */
digress_status dg_molecule_set_create(size_t count, const dg_atom *atoms, digress_graph_set **out);

#ifdef __cplusplus
}
#endif

#endif
