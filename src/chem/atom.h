/* What the names of a molecule set's classes mean: atoms ("C", "N+", "O-2") and bonds ("single").
 * Needs no RDKit: a trained model computes its features from the names alone. */
#ifndef DG_CHEM_ATOM_H
#define DG_CHEM_ATOM_H

#include "core/status.h"
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DG_ATOM_SYMBOL_SIZE = 4 };

typedef struct dg_atom {
    char symbol[DG_ATOM_SYMBOL_SIZE]; /* of the element */
    int number;                       /* atomic */
    int charge;                       /* formal */
    int valence;                      /* bonds that it makes as a rule, with that charge */
    double weight;                    /* standard atomic weight, daltons (IUPAC 2021, abridged) */
    double published_weight;          /* as DiGress's code rounds it */
} dg_atom;

/* Names of the five bond classes, "none" first. */
enum { DG_BOND_NONE, DG_BOND_SINGLE, DG_BOND_DOUBLE, DG_BOND_TRIPLE, DG_BOND_AROMATIC, DG_BONDS };
extern const char *const dg_bond_names[DG_BONDS];
extern const double dg_bond_orders[DG_BONDS]; /* 0, 1, 2, 3, 1.5 */

/* Reads the name of a class: an element's symbol, with "+", "-", "+2", ... behind it when it is
 * charged. False where it is no such thing, or an element that the table lacks. */
bool dg_atom_of(const char *name, dg_atom *out);
digress_status dg_atom_parse(const char *name, dg_atom *out); /* the same; INPUT for false */
/* The name of an atom of that symbol and charge. */
enum { DG_ATOM_NAME_SIZE = 16 };
void dg_atom_name(const char *symbol, int charge, char out[DG_ATOM_NAME_SIZE]);
/* The bond class of that name. False where there is none. */
bool dg_bond_of(const char *name, int *out);

#ifdef __cplusplus
}
#endif

#endif
