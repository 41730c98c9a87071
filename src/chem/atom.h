/* What the names of a molecule set's classes mean: atoms and bonds ("single"). Needs no RDKit: a
 * trained model computes its features from the names alone.
 *
 * An atom is an element with its charge, "C", "N+" or "O-2", whose hydrogens are as many as its
 * bonds leave room for. Or it is a full atom, in brackets as in SMILES: "[CH3]", "[nH]", "[O-]",
 * which has the hydrogens that it names and no others, and is aromatic where it is in lower case.
 */
#ifndef DG_CHEM_ATOM_H
#define DG_CHEM_ATOM_H

#include "core/status.h"
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DG_ATOM_SYMBOL_SIZE = 4 };

/* What the name says. */
typedef struct dg_atom_label {
    char symbol[DG_ATOM_SYMBOL_SIZE]; /* of the element */
    int charge;                       /* formal */
    bool full;                        /* otherwise the name does not say what follows: false, 0 */
    bool aromatic;                    /* false for "[*]", which may be either */
    int hydrogens;                    /* attached hydrogens, which are not nodes of the graph */
} dg_atom_label;

typedef struct dg_atom {
    dg_atom_label label;
    int number;  /* atomic */
    int valence; /* the bonds that it usually makes with that charge, those to hydrogens included */
    int most_bonds; /* the most that it can make, as sulphur's six, those to hydrogens included */
    double weight;  /* standard atomic weight, daltons (IUPAC 2021, abridged), of a full atom with
                       its hydrogens */
    double published_weight; /* the same, rounded as in DiGress's code */
} dg_atom;

/* Names of the five bond classes, "none" first. */
enum { DG_BOND_NONE, DG_BOND_SINGLE, DG_BOND_DOUBLE, DG_BOND_TRIPLE, DG_BOND_AROMATIC, DG_BONDS };
extern const char *const dg_bond_names[DG_BONDS];
extern const double dg_bond_orders[DG_BONDS]; /* 0, 1, 2, 3, 1.5 */

/* Reads the name of a class. Each full atom has exactly one name: "[CH1]" and "[H3N]" are refused.
 * False if it is not an atom, or its element is not in the table. */
bool dg_atom_of(const char *name, dg_atom *out);
digress_status dg_atom_parse(const char *name, dg_atom *out); /* the same; INPUT for false */
enum { DG_ATOM_NAME_SIZE = 32 };
void dg_atom_name(const dg_atom_label *label, char out[DG_ATOM_NAME_SIZE]);
bool dg_atom_label_equal(const dg_atom_label *a, const dg_atom_label *b);
/* The bond class of that name. False where there is none. */
bool dg_bond_of(const char *name, int *out);

#ifdef __cplusplus
}
#endif

#endif
