/* chem/molecule.h over RDKit: properties and fingerprints. */
#include "chem/rdkit.hh"

#include <DataStructs/ExplicitBitVect.h>
#include <GraphMol/Descriptors/Crippen.h>
#include <GraphMol/Descriptors/Lipinski.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/Fingerprints/MorganFingerprints.h>

#include <vector>

using namespace dg;

digress_status dg_molecule_properties(const dg_molecule *molecule, double out[DG_PROPERTIES]) {
    return guarded([&] {
        double refractivity = 0;
        RDKit::Descriptors::calcCrippenDescriptors(*molecule->mol, out[DG_PROPERTY_LOGP],
                                                   refractivity);
        out[DG_PROPERTY_TPSA] = RDKit::Descriptors::calcTPSA(*molecule->mol);
        out[DG_PROPERTY_WEIGHT] = RDKit::Descriptors::calcAMW(*molecule->mol);
        out[DG_PROPERTY_RINGS] = RDKit::Descriptors::calcNumRings(*molecule->mol);
        return DIGRESS_OK;
    });
}

static double describe(const RDKit::ROMol &mol, dg_value which) {
    namespace of = RDKit::Descriptors;
    double logp = 0, refractivity = 0;
    switch (which) {
    case DG_VALUE_LOGP:
        of::calcCrippenDescriptors(mol, logp, refractivity);
        return logp;
    case DG_VALUE_TPSA:
        return of::calcTPSA(mol);
    case DG_VALUE_WEIGHT:
        return of::calcAMW(mol);
    case DG_VALUE_RINGS:
        return of::calcNumRings(mol);
    case DG_VALUE_AROMATIC_RINGS:
        return of::calcNumAromaticRings(mol);
    case DG_VALUE_FRACTION_SP3:
        return of::calcFractionCSP3(mol);
    case DG_VALUE_DONORS:
        return of::calcNumHBD(mol);
    case DG_VALUE_ACCEPTORS:
        return of::calcNumHBA(mol);
    case DG_VALUE_ROTATABLE:
        return of::calcNumRotatableBonds(mol);
    default:
        return 0;
    }
}

digress_status dg_molecule_value(const dg_molecule *molecule, dg_value which,
                                      double *out) {
    return guarded([&] {
        *out = describe(*molecule->mol, which);
        return DIGRESS_OK;
    });
}

digress_status dg_molecule_fingerprint(const dg_molecule *molecule,
                                       uint64_t out[DG_FINGERPRINT_WORDS]) {
    return guarded([&] {
        const unsigned radius = 2, bits = 64 * DG_FINGERPRINT_WORDS;
        std::unique_ptr<ExplicitBitVect> found(
            RDKit::MorganFingerprints::getFingerprintAsBitVect(*molecule->mol, radius, bits));
        std::vector<int> set;
        found->getOnBits(set);
        std::memset(out, 0, DG_FINGERPRINT_WORDS * sizeof *out);
        for (int bit : set)
            out[bit / 64] |= uint64_t{1} << (bit % 64);
        return DIGRESS_OK;
    });
}
