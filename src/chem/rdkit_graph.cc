/* chem/molecule.h over RDKit: molecules from graphs. */
#include "chem/rdkit.hh"

#include <GraphMol/MolOps.h>
#include <GraphMol/SanitException.h>

#include <cctype>
#include <cstdlib>
#include <vector>

using namespace dg;

namespace {

/* Finds the atom and the valence in "Explicit valence for atom # 3 C, 5, is greater than
 * permitted". */
bool parse_valence_error(const std::string &text, unsigned *atom, int *valence) {
    size_t at = text.find('#');
    std::vector<long> numbers;
    while (at < text.size()) {
        if (!std::isdigit(static_cast<unsigned char>(text[at]))) {
            at++;
            continue;
        }
        char *end = nullptr;
        numbers.push_back(std::strtol(text.c_str() + at, &end, 10));
        at = static_cast<size_t>(end - text.c_str());
    }
    if (numbers.size() != 2) return false;
    *atom = static_cast<unsigned>(numbers[0]);
    *valence = static_cast<int>(numbers[1]);
    return true;
}

/* If sanitising failed over an atom with one bond too many, gives it the charge of +1 that explains
 * the bond. */
void explain_by_charge(RDKit::RWMol &mol) {
    unsigned failed = 0;
    try {
        RDKit::MolOps::sanitizeMol(mol, failed, RDKit::MolOps::SANITIZE_PROPERTIES);
    } catch (const RDKit::MolSanitizeException &error) {
        unsigned index = 0;
        int valence = 0;
        if (!parse_valence_error(error.what(), &index, &valence)) return;
        RDKit::Atom *atom = mol.getAtomWithIdx(index);
        const int element = atom->getAtomicNum();
        const int allowed = element == 7 ? 3 : element == 8 || element == 16 ? 2 : -1;
        if (allowed > 0 && valence - allowed == 1) atom->setFormalCharge(1);
    }
}

void add_atom(RDKit::RWMol &mol, int number, const dg_atom_label &label) {
    std::unique_ptr<RDKit::Atom> made(new RDKit::Atom(static_cast<unsigned>(number)));
    made->setFormalCharge(label.charge);
    made->setNoImplicit(label.full);
    made->setNumExplicitHs(static_cast<unsigned>(label.hydrogens));
    mol.addAtom(made.release(), true, true);
}

/* To be called after the bonds are added: an aromatic bond makes its ends aromatic, whatever the
 * label says. */
void say_aromatic(RDKit::Atom &atom, const dg_atom_label &label) {
    if (label.full && atom.getAtomicNum() != 0) atom.setIsAromatic(label.aromatic);
}

/* The molecule rebuilt from its graph alone. */
std::unique_ptr<RDKit::RWMol> rebuild(const dg_molecule &molecule) {
    std::unique_ptr<RDKit::RWMol> mol(new RDKit::RWMol);
    for (const auto atom : molecule.mol->atoms())
        add_atom(*mol, atom->getAtomicNum(), label_of(*atom, molecule.full));
    for (const auto bond : molecule.mol->bonds())
        mol->addBond(bond->getBeginAtomIdx(), bond->getEndAtomIdx(), bond->getBondType());
    for (const auto atom : molecule.mol->atoms())
        if (molecule.full)
            say_aromatic(*mol->getAtomWithIdx(atom->getIdx()), label_of(*atom, true));
    return mol;
}

bool is_its_graph(const dg_molecule &molecule) {
    std::unique_ptr<RDKit::RWMol> mol = rebuild(molecule);
    if (molecule.full) {
        dg_verdict verdict;
        mol = sanitized(*mol, &verdict);
        if (verdict.complaint) return false;
    } else {
        RDKit::MolOps::sanitizeMol(*mol);
    }
    return plain_smiles(*mol) == molecule.plain;
}

} // namespace

digress_status dg_molecule_is_its_graph(const dg_molecule *molecule, bool *out) {
    *out = false;
    return guarded([&] {
        try {
            *out = is_its_graph(*molecule);
        } catch (const RDKit::MolSanitizeException &) {
        }
        return DIGRESS_OK;
    });
}

namespace {

std::unique_ptr<RDKit::RWMol> build(const dg_alphabet &alphabet, const digress_graph &graph,
                                    bool partial_charges) {
    std::unique_ptr<RDKit::RWMol> mol(new RDKit::RWMol);
    for (size_t i = 0; i < graph.n; i++) {
        const dg_atom &atom = alphabet.atoms[graph.node_class[i]];
        add_atom(*mol, atom.number, atom.label);
    }
    const uint8_t *pair = graph.pair_class;
    for (unsigned i = 0; i < graph.n; i++) {
        for (unsigned j = i + 1; j < graph.n; j++, pair++) {
            if (*pair == 0) continue;
            mol->addBond(i, j, bond_types[alphabet.bonds[*pair]]);
            if (partial_charges) explain_by_charge(*mol);
        }
    }
    for (unsigned i = 0; i < graph.n; i++)
        say_aromatic(*mol->getAtomWithIdx(i), alphabet.atoms[graph.node_class[i]].label);
    return mol;
}

} // namespace

digress_status dg_molecule_build(const dg_alphabet *alphabet, const digress_graph *graph,
                                 bool partial_charges, dg_molecule **out) {
    return guarded([&] { return hand_over(build(*alphabet, *graph, partial_charges), out); });
}

static digress_status settle_valid(dg_molecule *molecule, const dg_molecule_style *style) {
    DG_TRY(guarded([&] {
        dg_verdict verdict;
        (void)sanitized(*molecule->mol, &verdict);
        return verdict.complaint ? dg_error(DIGRESS_ERROR_INPUT, "%s", verdict.reason) : DIGRESS_OK;
    }));
    return dg_molecule_settle(molecule, style);
}

digress_status dg_molecule_of_graph(const dg_alphabet *alphabet, const digress_graph *graph,
                                    const dg_molecule_style *style, dg_molecule **out) {
    dg_molecule *made = nullptr;
    DG_TRY(dg_molecule_build(alphabet, graph, false, &made));
    const digress_status status =
        dg_alphabet_is_full(alphabet) ? settle_valid(made, style) : dg_molecule_settle(made, style);
    if (status != DIGRESS_OK) {
        dg_molecule_free(made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}
