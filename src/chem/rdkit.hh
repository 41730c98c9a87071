/* What the files that use RDKit share: the molecule, and guarded(), in which each function runs its
 * body so that RDKit's exceptions end there. */
#ifndef DG_CHEM_RDKIT_HH
#define DG_CHEM_RDKIT_HH

#include "chem/molecule.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/status.h"

#include <GraphMol/GraphMol.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

struct dg_molecule {
    std::unique_ptr<RDKit::RWMol> mol;
    std::string plain; /* if it was read: canonical SMILES, without stereo and isotopes */
    dg_molecule_loss loss;
    bool full; /* dg_molecule_style.full */
};

namespace dg {

extern const RDKit::Bond::BondType bond_types[DG_BONDS];

void silence(); /* keeps RDKit's own messages off the terminal */

struct c_locale {
    const dg_locale entered = dg_locale_enter();
    ~c_locale() {
        dg_locale_leave(entered);
    }
};

template <typename Work> digress_status attempt(Work &work) noexcept {
    const c_locale numbers;
    try {
        silence();
        return work();
    } catch (const std::bad_alloc &) {
        return dg_out_of_memory();
    } catch (const std::exception &error) {
        return dg_error(DIGRESS_ERROR_INPUT, "%s", error.what());
    } catch (...) {
        return dg_error(DIGRESS_ERROR_INPUT, "RDKit failed without giving a reason");
    }
}

/* Runs `work`, and turns what it throws into a status. RDKit's parsers mistake a failed allocation
 * for a fault of the molecule. So a fault counts only if it is found twice, and memory was
 * available in between. */
template <typename Work> digress_status guarded(Work &&work) noexcept {
    char fault[256];
    digress_status status = attempt(work);
    if (status != DIGRESS_ERROR_INPUT) return status;
    std::snprintf(fault, sizeof fault, "%s", digress_last_error());
    if (!dg_has_memory()) return dg_out_of_memory();
    status = attempt(work);
    if (status != DIGRESS_ERROR_INPUT) return status;
    const bool same = std::strncmp(fault, digress_last_error(), sizeof fault - 1) == 0;
    return same ? status : dg_out_of_memory();
}

inline digress_status hand_over(std::unique_ptr<RDKit::RWMol> mol, dg_molecule **out) {
    std::unique_ptr<dg_molecule> made(new dg_molecule{});
    made->mol = std::move(mol);
    *out = made.release();
    return DIGRESS_OK;
}

std::string plain_smiles(const RDKit::RWMol &mol); /* without stereo and isotopes */

dg_atom_label label_of(const RDKit::Atom &atom, bool full);

/* The sanitised molecule, and the complaint about it, if any. Sanitising must not change what full
 * atoms and their bonds say. */
std::unique_ptr<RDKit::RWMol> sanitized(const RDKit::RWMol &mol, dg_verdict *verdict);

} // namespace dg

#endif
