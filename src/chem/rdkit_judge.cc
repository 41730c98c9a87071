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

void sanitize(RDKit::RWMol &mol, dg_verdict *verdict) {
    try {
        RDKit::MolOps::sanitizeMol(mol);
    } catch (const std::bad_alloc &) {
        throw; /* no fault of the molecule's */
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
    std::unique_ptr<RDKit::RWMol> whole(new RDKit::RWMol(mol));
    *out = {};
    sanitize(*whole, out);
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
