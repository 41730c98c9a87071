/* chem/molecule.h over RDKit: which molecules it accepts. */
#include "chem/rdkit.hh"

#include <GraphMol/MolOps.h>
#include <GraphMol/SanitException.h>

#include <algorithm>
#include <cctype>
#include <vector>

using namespace dg;

namespace {

void complain(dg_verdict *verdict, dg_complaint complaint, const char *reason) {
    verdict->complaint = complaint;
    std::snprintf(verdict->reason, sizeof verdict->reason, "%s", reason);
    for (char *c = verdict->reason; *c; c++)
        if (std::iscntrl(static_cast<unsigned char>(*c))) *c = ' ';
}

/* Only full atoms say anything that sanitising must not change. */
bool is_full(const RDKit::Atom &atom) {
    return atom.getNoImplicit();
}

/* "[nH]" */
std::string name_of(const RDKit::Atom &atom) {
    char name[DG_ATOM_NAME_SIZE];
    const dg_atom_label label = label_of(atom, true);
    dg_atom_name(&label, name);
    return name;
}

void complain_of(const RDKit::Atom &atom, const std::string &what, dg_verdict *verdict) {
    const std::string number = std::to_string(atom.getIdx());
    complain(verdict, DG_COMPLAINT_CHANGED,
             ("atom # " + number + " " + name_of(atom) + " " + what).c_str());
}

/* An aromatic bond must have aromatic ends; an attachment point is aromatic if its bonds are. */
void check_ends(const RDKit::RWMol &mol, dg_verdict *verdict) {
    for (const auto bond : mol.bonds()) {
        if (!bond->getIsAromatic()) continue;
        for (const auto end : {bond->getBeginAtom(), bond->getEndAtom()})
            if (is_full(*end) && !end->getIsAromatic())
                return complain_of(*end, "has an aromatic bond", verdict);
    }
}

void check_atom(const RDKit::Atom &before, const RDKit::Atom &after, dg_verdict *verdict) {
    const dg_atom_label was = label_of(before, true), is = label_of(after, true);
    if (!dg_atom_label_equal(&was, &is))
        complain_of(before, "becomes " + name_of(after), verdict);
    else if (after.getNumRadicalElectrons() > 0)
        complain_of(before, "has unpaired electrons", verdict);
}

void check_bond(const RDKit::Bond &before, const RDKit::Bond &after, dg_verdict *verdict) {
    if (before.getBondType() == after.getBondType()) return;
    const std::string ends = std::to_string(before.getBeginAtomIdx()) + " and # " +
                             std::to_string(before.getEndAtomIdx());
    complain(verdict, DG_COMPLAINT_CHANGED,
             ("the bond of atoms # " + ends + " becomes one of another kind").c_str());
}

void sanitize(RDKit::RWMol &mol, dg_verdict *verdict) {
    try {
        RDKit::MolOps::sanitizeMol(mol);
    } catch (const std::bad_alloc &) {
        throw; /* not the molecule's fault */
    } catch (const RDKit::AtomValenceException &error) {
        complain(verdict, DG_COMPLAINT_VALENCE, error.what());
    } catch (const RDKit::AtomKekulizeException &error) {
        complain(verdict, DG_COMPLAINT_KEKULIZE, error.what());
    } catch (const RDKit::KekulizeException &error) {
        complain(verdict, DG_COMPLAINT_KEKULIZE, error.what());
    } catch (const std::exception &error) {
        complain(verdict, DG_COMPLAINT_OTHER, error.what());
    }
}

/* Sanitising must not change what the full atoms and their bonds say. */
void check_unchanged(const RDKit::RWMol &before, const RDKit::RWMol &after, dg_verdict *verdict) {
    for (const auto atom : before.atoms())
        if (is_full(*atom) && !verdict->complaint)
            check_atom(*atom, *after.getAtomWithIdx(atom->getIdx()), verdict);
    for (const auto bond : before.bonds())
        if (is_full(*bond->getBeginAtom()) && !verdict->complaint)
            check_bond(*bond, *after.getBondWithIdx(bond->getIdx()), verdict);
}

} // namespace

namespace dg {

std::unique_ptr<RDKit::RWMol> sanitized(const RDKit::RWMol &mol, dg_verdict *verdict) {
    std::unique_ptr<RDKit::RWMol> whole(new RDKit::RWMol(mol));
    *verdict = {};
    check_ends(mol, verdict);
    if (!verdict->complaint) sanitize(*whole, verdict);
    if (!verdict->complaint) check_unchanged(mol, *whole, verdict);
    return whole;
}

} // namespace dg

namespace {

/* The sanitised fragments of a molecule. RDKit's own getMolFrags would lose them where one cannot
 * be sanitised. */
std::vector<std::unique_ptr<RDKit::RWMol>> split(const RDKit::RWMol &mol) {
    std::vector<std::unique_ptr<RDKit::RWMol>> fragments;
    for (const auto &fragment : RDKit::MolOps::getMolFrags(mol, false)) {
        fragments.emplace_back(new RDKit::RWMol(*fragment));
        RDKit::MolOps::sanitizeMol(*fragments.back());
    }
    return fragments;
}

/* What is left of the molecule: its largest fragment where there is no complaint. */
std::unique_ptr<RDKit::RWMol> judge(const RDKit::RWMol &mol, dg_verdict *out) {
    std::unique_ptr<RDKit::RWMol> whole = sanitized(mol, out);
    std::vector<std::unique_ptr<RDKit::RWMol>> fragments;
    try {
        fragments = split(*whole);
        out->fragments = fragments.size();
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::exception &error) {
        if (out->complaint == DG_COMPLAINT_NONE) complain(out, DG_COMPLAINT_LATE, error.what());
    }
    if (out->complaint != DG_COMPLAINT_NONE || fragments.empty()) return whole;
    auto largest =
        std::max_element(fragments.begin(), fragments.end(), [](const auto &a, const auto &b) {
            return a->getNumAtoms() < b->getNumAtoms();
        });
    sanitize(**largest, out);
    return std::move(*largest);
}

} // namespace

digress_status dg_molecule_judge(dg_molecule *molecule, dg_verdict *out) {
    return guarded([&] {
        std::unique_ptr<RDKit::RWMol> judged = judge(*molecule->mol, out);
        if (out->complaint != DG_COMPLAINT_NONE) { /* as in guarded() */
            const dg_verdict first = *out;
            if (!dg_has_memory()) return dg_out_of_memory();
            judged = judge(*molecule->mol, out);
            if (out->complaint && std::strcmp(first.reason, out->reason)) return dg_out_of_memory();
        }
        molecule->mol = std::move(judged);
        return DIGRESS_OK;
    });
}
