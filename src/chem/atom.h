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
    bool full;                        /* else the rest is not said: false, 0 */
    bool aromatic;                    /* false for "[*]", which may be either */
    int hydrogens;                    /* that are not atoms of the graph */
} dg_atom_label;

typedef struct dg_atom {
    dg_atom_label label;
    int number;     /* atomic */
    int valence;    /* bonds that it makes as a rule, with that charge; to hydrogens, too */
    int most_bonds; /* the most that it can make, as sulphur's six; to hydrogens, too */
    double weight;  /* standard atomic weight, daltons (IUPAC 2021, abridged), with its
                       hydrogens where it says them */
    double published_weight; /* the same as DiGress's code rounds it */
} dg_atom;

/* Names of the five bond classes, "none" first. */
enum { DG_BOND_NONE, DG_BOND_SINGLE, DG_BOND_DOUBLE, DG_BOND_TRIPLE, DG_BOND_AROMATIC, DG_BONDS };
extern const char *const dg_bond_names[DG_BONDS];
extern const double dg_bond_orders[DG_BONDS]; /* 0, 1, 2, 3, 1.5 */

/* Reads the name of a class. A full atom has one name only: no "[CH1]", no "[H3N]". False where it
 * is no atom, or of an element that the table lacks. */
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
