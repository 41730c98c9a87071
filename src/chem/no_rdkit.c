/* chem/molecule.h where RDKit was not found. */
#include "chem/molecule.h"

void dg_molecule_free(dg_molecule *molecule) {
    (void)molecule;
}

const char *dg_rdkit_version(void) {
    return NULL;
}

digress_status dg_rdkit_require(void) {
    return dg_error(DIGRESS_ERROR_INPUT,
                    "this digress was built without RDKit: install it (Debian: librdkit-dev and "
                    "libboost-dev) and build again");
}

digress_status dg_molecule_of_smiles(const char *smiles, dg_molecule **out) {
    (void)smiles, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_of_block(const char *block, dg_molecule **out) {
    (void)block, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_keep_largest(dg_molecule *molecule, bool *cut) {
    (void)molecule;
    *cut = false;
    return dg_rdkit_require();
}

size_t dg_molecule_heavy_atoms(const dg_molecule *molecule) {
    (void)molecule;
    return 0;
}

digress_status dg_molecule_settle(dg_molecule *molecule, const dg_molecule_style *style) {
    (void)molecule, (void)style;
    return dg_rdkit_require();
}

dg_molecule_loss dg_molecule_lost(const dg_molecule *molecule) {
    (void)molecule;
    return (dg_molecule_loss){0};
}

digress_status dg_molecule_is_its_graph(const dg_molecule *molecule, bool *out) {
    (void)molecule;
    *out = false;
    return dg_rdkit_require();
}

size_t dg_molecule_atoms(const dg_molecule *molecule) {
    (void)molecule;
    return 0;
}

size_t dg_molecule_bonds(const dg_molecule *molecule) {
    (void)molecule;
    return 0;
}

digress_status dg_molecule_fragments(const dg_molecule *molecule, size_t *out) {
    (void)molecule, (void)out;
    return dg_rdkit_require();
}

void dg_molecule_atom_at(const dg_molecule *molecule, size_t index, dg_molecule_atom *out) {
    (void)molecule, (void)index;
    *out = (dg_molecule_atom){0};
}

void dg_molecule_bond_at(const dg_molecule *molecule, size_t index, size_t ends[2], int *bond) {
    (void)molecule, (void)index;
    ends[0] = ends[1] = 0;
    *bond = DG_BONDS;
}

digress_status dg_molecule_build(const dg_alphabet *alphabet, const digress_graph *graph,
                                 bool partial_charges, dg_molecule **out) {
    (void)alphabet, (void)graph, (void)partial_charges, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_of_graph(const dg_alphabet *alphabet, const digress_graph *graph,
                                    const dg_molecule_style *style, dg_molecule **out) {
    (void)alphabet, (void)graph, (void)style, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_judge(dg_molecule *molecule, dg_verdict *out) {
    (void)molecule;
    *out = (dg_verdict){0};
    return dg_rdkit_require();
}

digress_status dg_molecule_smiles(const dg_molecule *molecule, char **out) {
    (void)molecule, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_properties(const dg_molecule *molecule, double out[DG_PROPERTIES]) {
    (void)molecule, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_value(const dg_molecule *molecule, dg_value which, double *out) {
    (void)molecule, (void)which, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_fingerprint(const dg_molecule *molecule,
                                       uint64_t out[DG_FINGERPRINT_WORDS]) {
    (void)molecule, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecule_block(const dg_molecule *molecule, const char *name, char **out) {
    (void)molecule, (void)name, (void)out;
    return dg_rdkit_require();
}

digress_status dg_molecules_svg(size_t count, dg_molecule *const *molecules,
                                const char *const *legends, char **out) {
    (void)count, (void)molecules, (void)legends, (void)out;
    return dg_rdkit_require();
}
