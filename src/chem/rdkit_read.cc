/* chem/molecule.h over RDKit: molecules from text, brought to a style. */
#include "chem/rdkit.hh"

#include <GraphMol/FileParsers/FileParserUtils.h>
#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <RDGeneral/FileParseException.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

using namespace dg;

namespace {

/* Whether the text has stereo marks. */
bool has_stereo(const RDKit::RWMol &mol) {
    for (const auto atom : mol.atoms())
        if (atom->getChiralTag() != RDKit::Atom::CHI_UNSPECIFIED) return true;
    for (const auto bond : mol.bonds())
        if (bond->getStereo() > RDKit::Bond::STEREOANY ||
            (bond->getBondDir() != RDKit::Bond::NONE && bond->getBondDir() != RDKit::Bond::UNKNOWN))
            return true;
    return false;
}

size_t count_hydrogens(const RDKit::RWMol &mol) {
    size_t count = 0;
    for (const auto atom : mol.atoms())
        count += atom->getAtomicNum() == 1;
    return count;
}

/* Removes those, too, that RDKit keeps by default: isotopes, and what defines the stereo of a bond.
 * Hydrogens bound to no heavy atom, or to two, stay. */
void remove_hydrogens(RDKit::RWMol &mol) {
    RDKit::MolOps::RemoveHsParameters all;
    all.removeIsotopes = all.removeDummyNeighbors = all.removeDefiningBondStereo = true;
    all.removeWithQuery = all.removeNontetrahedralNeighbors = true;
    all.showWarnings = false;
    RDKit::MolOps::removeHs(mol, all);
}

/* Brings a molecule to the style, and notes what that costs. Stereo marks go first: they are not
 * kept, and RDKit takes time for them that grows with the cube of the molecule. */
void bring_to(const dg_molecule_style &style, RDKit::RWMol &mol, dg_molecule_loss *loss) {
    const size_t hydrogens = count_hydrogens(mol);
    loss->stereo = has_stereo(mol);
    RDKit::MolOps::removeStereochemistry(mol);
    RDKit::MolOps::removeHs(mol);
    if (style.hydrogens)
        RDKit::MolOps::addHs(mol);
    else if (count_hydrogens(mol) > 0)
        remove_hydrogens(mol);
    loss->hydrogens = style.hydrogens ? 0 : hydrogens - count_hydrogens(mol);
    for (auto atom : mol.atoms()) {
        loss->isotopes = loss->isotopes || atom->getIsotope() != 0;
        atom->setAtomMapNum(0); /* it would influence the order of the atoms in canonical SMILES */
    }
}

digress_status finish_reading(std::unique_ptr<RDKit::RWMol> mol, const char *what,
                              dg_molecule **out) {
    if (!mol) return dg_error(DIGRESS_ERROR_INPUT, "no %s that RDKit can read", what);
    return hand_over(std::move(mol), out);
}

bool parse_extended(std::istream *stream, unsigned &line, RDKit::RWMol *mol,
                    RDKit::Conformer *&places, bool &chiral, unsigned &atoms, unsigned &bonds,
                    bool strict) {
    return RDKit::FileParserUtils::ParseV3000CTAB(stream, line, mol, places, chiral, atoms, bonds,
                                                  strict);
}

struct ctab {
    unsigned atoms, bonds;
    bool extended; /* V3000, where both counts are 0 */
};

ctab parse_counts(std::istream &stream) {
    std::string counts;
    for (int line = 0; line < 4; line++)
        std::getline(stream, counts);
    if (!stream || counts.size() < 6) throw RDKit::FileParseException("no line of counts");
    return {RDKit::FileParserUtils::toUnsigned(counts.substr(0, 3)),
            RDKit::FileParserUtils::toUnsigned(counts.substr(3, 3)),
            counts.size() >= 39 && counts.compare(34, 5, "V3000") == 0};
}

/* Refuses what RDKit cannot add: it would leak the bond. */
void check_bonds(std::istream &stream, const ctab &table) {
    const std::streampos begin = stream.tellg();
    std::set<std::pair<unsigned, unsigned>> seen;
    std::string text;
    for (unsigned k = 0; k < table.atoms; k++)
        std::getline(stream, text);
    for (unsigned k = 0; k < table.bonds && std::getline(stream, text) && text.size() >= 6; k++) {
        const unsigned from = RDKit::FileParserUtils::toUnsigned(text.substr(0, 3)),
                       to = RDKit::FileParserUtils::toUnsigned(text.substr(3, 3));
        if (from < 1 || to < 1 || from > table.atoms || to > table.atoms || from == to ||
            !seen.insert(std::minmax(from, to)).second)
            throw RDKit::FileParseException("impossible bond '" + text.substr(0, 6) + "'");
        const std::string topology = text.size() >= 18 ? text.substr(15, 3) : "";
        if (topology.find_first_not_of(" 012") != std::string::npos)
            throw RDKit::FileParseException("impossible bond topology '" + topology + "'");
    }
    stream.clear();
    stream.seekg(begin);
}

/* As RDKit::MolBlockToMol with strictParsing off, which leaks the molecule when its parsers throw
 * something unexpected. */
std::unique_ptr<RDKit::RWMol> read_block(const char *block) {
    std::istringstream stream(block);
    std::unique_ptr<RDKit::RWMol> mol(new RDKit::RWMol);
    RDKit::Conformer *places = nullptr; /* the molecule's, when all went well */
    ctab table = parse_counts(stream);
    unsigned line = 4;
    bool chiral = false, whole = false;
    if (!table.extended) check_bonds(stream, table);
    try {
        auto parse = table.extended ? parse_extended : RDKit::FileParserUtils::ParseV2000CTAB;
        whole = parse(&stream, line, mol.get(), places, chiral, table.atoms, table.bonds, false);
    } catch (...) {
        if (mol->getNumConformers() == 0) delete places;
        throw;
    }
    if (!whole) throw RDKit::FileParseException("no line 'M  END'");
    RDKit::FileParserUtils::finishMolProcessing(mol.get(), chiral, false, false);
    return mol;
}

} // namespace

digress_status dg_molecule_of_smiles(const char *smiles, dg_molecule **out) {
    return guarded([&] {
        RDKit::SmilesParserParams params;
        params.allowCXSMILES = false;
        params.sanitize = params.removeHs = false;
        std::unique_ptr<RDKit::RWMol> mol(RDKit::SmilesToMol(smiles, params));
        return finish_reading(std::move(mol), "SMILES", out);
    });
}

digress_status dg_molecule_of_block(const char *block, dg_molecule **out) {
    return guarded([&] { return finish_reading(read_block(block), "MOL block", out); });
}

digress_status dg_molecule_keep_largest(dg_molecule *molecule, bool *cut) {
    return guarded([&] {
        const auto fragments = RDKit::MolOps::getMolFrags(*molecule->mol, false);
        *cut = fragments.size() > 1;
        if (!*cut) return DIGRESS_OK;
        const auto largest =
            std::max_element(fragments.begin(), fragments.end(), [](const auto &a, const auto &b) {
                return a->getNumHeavyAtoms() < b->getNumHeavyAtoms();
            });
        molecule->mol.reset(new RDKit::RWMol(**largest));
        return DIGRESS_OK;
    });
}

digress_status dg_molecule_settle(dg_molecule *molecule, const dg_molecule_style *style) {
    return guarded([&] {
        std::unique_ptr<RDKit::RWMol> mol(new RDKit::RWMol(*molecule->mol)); /* it may run twice */
        dg_molecule_loss loss = {};
        bring_to(*style, *mol, &loss);
        std::string plain = plain_smiles(*mol);
        if (!style->aromatic) RDKit::MolOps::Kekulize(*mol, true);
        molecule->mol = std::move(mol);
        molecule->plain = std::move(plain);
        molecule->loss = loss;
        molecule->full = style->full;
        return DIGRESS_OK;
    });
}
