/* chem/molecule.h over RDKit: what its parts share, and the molecule itself. */
#include "chem/rdkit.hh"

#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <RDGeneral/RDLog.h>
#include <RDGeneral/versions.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace dg {

const RDKit::Bond::BondType bond_types[DG_BONDS] = {RDKit::Bond::ZERO, RDKit::Bond::SINGLE,
                                                    RDKit::Bond::DOUBLE, RDKit::Bond::TRIPLE,
                                                    RDKit::Bond::AROMATIC};

void silence() {
    static std::once_flag once;
    std::call_once(once, [] { boost::logging::disable_logs("rdApp.*"); });
}

std::string plain_smiles(const RDKit::RWMol &mol) {
    return RDKit::MolToSmiles(mol, false);
}

/* An attachment point is called R, R1, ... in a MOL block. */
static std::string symbol_of(const RDKit::Atom &atom) {
    const std::string symbol = atom.getSymbol();
    return atom.getAtomicNum() == 0 && symbol[0] == 'R' ? "*" : symbol;
}

dg_atom_label label_of(const RDKit::Atom &atom, bool full) {
    dg_atom_label label = {};
    std::snprintf(label.symbol, sizeof label.symbol, "%s", symbol_of(atom).c_str());
    label.charge = atom.getFormalCharge();
    label.full = full;
    if (!full) return label;
    label.aromatic = atom.getIsAromatic() && atom.getAtomicNum() != 0;
    label.hydrogens = static_cast<int>(atom.getTotalNumHs());
    return label;
}

} // namespace dg

using namespace dg;

void dg_molecule_free(dg_molecule *molecule) {
    delete molecule;
}

const char *dg_rdkit_version(void) {
    return RDKit::rdkitVersion;
}

digress_status dg_rdkit_require(void) {
    return DIGRESS_OK;
}

size_t dg_molecule_heavy_atoms(const dg_molecule *molecule) {
    return molecule->mol->getNumHeavyAtoms();
}

size_t dg_molecule_atoms(const dg_molecule *molecule) {
    return molecule->mol->getNumAtoms();
}

size_t dg_molecule_bonds(const dg_molecule *molecule) {
    return molecule->mol->getNumBonds();
}

digress_status dg_molecule_fragments(const dg_molecule *molecule, size_t *out) {
    return guarded([&] {
        std::vector<int> mapping;
        *out = RDKit::MolOps::getMolFrags(*molecule->mol, mapping);
        return DIGRESS_OK;
    });
}

void dg_molecule_atom_at(const dg_molecule *molecule, size_t index, dg_molecule_atom *out) {
    const RDKit::Atom *atom = molecule->mol->getAtomWithIdx(static_cast<unsigned>(index));
    *out = {label_of(*atom, molecule->full), atom->getAtomicNum(),
            static_cast<int>(atom->getNumRadicalElectrons())};
}

void dg_molecule_bond_at(const dg_molecule *molecule, size_t index, size_t ends[2], int *bond) {
    const RDKit::Bond *found = molecule->mol->getBondWithIdx(static_cast<unsigned>(index));
    ends[0] = found->getBeginAtomIdx();
    ends[1] = found->getEndAtomIdx();
    *bond = static_cast<int>(
        std::find(bond_types + 1, bond_types + DG_BONDS, found->getBondType()) - bond_types);
}

dg_molecule_loss dg_molecule_lost(const dg_molecule *molecule) {
    return molecule->loss;
}
