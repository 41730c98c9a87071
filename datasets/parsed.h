/* A molecule that was read, taken apart: what a set needs of it. */
#ifndef DG_DATASETS_PARSED_H
#define DG_DATASETS_PARSED_H

#include "chem/molecule.h"
#include "distributed/divided.h"

typedef struct dg_parsed_bond {
    size_t ends[2];
    int bond; /* DG_BOND_SINGLE, ...; DG_BONDS: none of them */
} dg_parsed_bond;

/* Zeroed: no molecule. */
typedef struct dg_parsed {
    size_t atom_count, bond_count, fragments;
    dg_molecule_atom *atoms; /* [atom_count] NULL: no molecule */
    dg_parsed_bond *bonds;   /* [bond_count] */
    dg_molecule_loss loss;
} dg_parsed;

/* Of a settled molecule. To be freed even after a failure. */
digress_status dg_parsed_of(const dg_molecule *molecule, dg_parsed *out);
void dg_parsed_free(dg_parsed *parsed);
/* To other ranks. */
digress_status dg_parsed_carry(dg_parsed *parsed, dg_parcel *parcel);

#endif
