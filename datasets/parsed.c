#include "datasets/parsed.h"

#include "core/memory.h"
#include <stdlib.h>

digress_status dg_parsed_of(const dg_molecule *molecule, dg_parsed *out) {
    out->atom_count = dg_molecule_atoms(molecule);
    out->bond_count = dg_molecule_bonds(molecule);
    out->loss = dg_molecule_lost(molecule);
    DG_TRY(dg_molecule_fragments(molecule, &out->fragments));
    DG_TRY(dg_allocate(out->bond_count, sizeof *out->bonds, &out->bonds));
    DG_TRY(dg_allocate(out->atom_count, sizeof *out->atoms, &out->atoms));
    for (size_t k = 0; k < out->atom_count; k++)
        dg_molecule_atom_at(molecule, k, &out->atoms[k]);
    for (size_t k = 0; k < out->bond_count; k++)
        dg_molecule_bond_at(molecule, k, out->bonds[k].ends, &out->bonds[k].bond);
    return DIGRESS_OK;
}

void dg_parsed_free(dg_parsed *parsed) {
    free(parsed->atoms);
    free(parsed->bonds);
    *parsed = (dg_parsed){0};
}

digress_status dg_parsed_carry(dg_parsed *parsed, dg_parcel *parcel) {
    DG_TRY(dg_parcel_bytes(parcel, &parsed->fragments, sizeof parsed->fragments));
    DG_TRY(dg_parcel_bytes(parcel, &parsed->loss, sizeof parsed->loss));
    DG_TRY(dg_parcel_array(parcel, &parsed->bonds, &parsed->bond_count, sizeof *parsed->bonds));
    return dg_parcel_array(parcel, &parsed->atoms, &parsed->atom_count, sizeof *parsed->atoms);
}
