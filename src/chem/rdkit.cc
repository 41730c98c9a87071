/* chem/molecule.h over RDKit. Exceptions end here: each function runs its body in guarded(). */
#include "chem/molecule.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/status.h"

#include <DataStructs/ExplicitBitVect.h>
#include <GraphMol/Depictor/RDDepictor.h>
#include <GraphMol/Descriptors/Crippen.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/FileParsers/FileParserUtils.h>
#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/Fingerprints/MorganFingerprints.h>
#include <GraphMol/GraphMol.h>
#include <GraphMol/MolDraw2D/MolDraw2DSVG.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/PeriodicTable.h>
#include <GraphMol/SanitException.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <RDGeneral/FileParseException.h>
#include <RDGeneral/RDLog.h>
#include <RDGeneral/versions.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <locale>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

struct dg_molecule {
    std::unique_ptr<RDKit::RWMol> mol;
    std::string plain; /* of one that was read: canonical SMILES, without stereo and isotopes */
    dg_molecule_loss loss;
};

namespace {

const RDKit::Bond::BondType bond_types[DG_BONDS] = {RDKit::Bond::ZERO, RDKit::Bond::SINGLE,
                                                    RDKit::Bond::DOUBLE, RDKit::Bond::TRIPLE,
                                                    RDKit::Bond::AROMATIC};

/* RDKit's own lines would go to the terminal. */
void silence() {
    static std::once_flag once;
    std::call_once(once, [] { boost::logging::disable_logs("rdApp.*"); });
}

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

/* Runs `work`, and makes a status of what it throws. RDKit's parsers mistake a failed allocation
 * for a fault of the molecule. So a fault counts when it is found twice, with memory at hand in
 * between. */
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

digress_status hand_over(std::unique_ptr<RDKit::RWMol> mol, dg_molecule **out) {
    std::unique_ptr<dg_molecule> made(new dg_molecule{});
    made->mol = std::move(mol);
    *out = made.release();
    return DIGRESS_OK;
}

digress_status copy_text(const std::string &text, char **out) {
    *out = strdup(text.c_str());
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

/* What `write` returns. RDKit writes through streams, which drop what they have no memory for. So
 * it writes twice, to compare, what does not fit a stream's own few bytes. */
template <typename Write> digress_status write_text(Write &&write, char **out) {
    const std::size_t own = std::string().capacity();
    const std::string text = write();
    return text.size() < own || write() == text ? copy_text(text, out) : dg_out_of_memory();
}

std::string plain_smiles(const RDKit::RWMol &mol) {
    return RDKit::MolToSmiles(mol, false);
}

/* Marks of stereo, as they are written. */
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

/* Those too that RDKit keeps by itself: isotopes, and what defines the stereo of a bond. What is
 * bound to no heavy atom, or to two, stays. */
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
        atom->setAtomMapNum(0); /* it would rank atoms */
    }
}

} // namespace

void dg_molecule_free(dg_molecule *molecule) {
    delete molecule;
}

const char *dg_rdkit_version(void) {
    return RDKit::rdkitVersion;
}

digress_status dg_rdkit_require(void) {
    return DIGRESS_OK;
}

/* ---- reading ---- */

namespace {

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
    bool extended; /* V3000, where both are 0 */
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

/* RDKit loses the memory of a bond that it cannot add. */
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

/* As RDKit::MolBlockToMol with strictParsing off, which loses the molecule when its parsers throw
 * what it does not expect. */
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

size_t dg_molecule_heavy_atoms(const dg_molecule *molecule) {
    return molecule->mol->getNumHeavyAtoms();
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
        return DIGRESS_OK;
    });
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
    *out = {};
    std::snprintf(out->symbol, sizeof out->symbol, "%s", atom->getSymbol().c_str());
    out->charge = atom->getFormalCharge();
    out->radical_electrons = static_cast<int>(atom->getNumRadicalElectrons());
}

void dg_molecule_bond_at(const dg_molecule *molecule, size_t index, size_t ends[2], int *bond) {
    const RDKit::Bond *found = molecule->mol->getBondWithIdx(static_cast<unsigned>(index));
    ends[0] = found->getBeginAtomIdx();
    ends[1] = found->getEndAtomIdx();
    *bond = static_cast<int>(
        std::find(bond_types + 1, bond_types + DG_BONDS, found->getBondType()) - bond_types);
}

/* ---- from a graph ---- */

namespace {

/* The atom and the valence of "Explicit valence for atom # 3 C, 5, is greater than permitted". */
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

/* The charge of +1 that explains an atom's one bond too many. */
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

void add_atom(RDKit::RWMol &mol, int number, int charge) {
    std::unique_ptr<RDKit::Atom> made(new RDKit::Atom(static_cast<unsigned>(number)));
    made->setFormalCharge(charge);
    mol.addAtom(made.release(), true, true);
}

} // namespace

dg_molecule_loss dg_molecule_lost(const dg_molecule *molecule) {
    return molecule->loss;
}

digress_status dg_molecule_is_its_graph(const dg_molecule *molecule, bool *out) {
    *out = false;
    return guarded([&] {
        RDKit::RWMol rebuilt;
        for (const auto atom : molecule->mol->atoms())
            add_atom(rebuilt, atom->getAtomicNum(), atom->getFormalCharge());
        for (const auto bond : molecule->mol->bonds())
            rebuilt.addBond(bond->getBeginAtomIdx(), bond->getEndAtomIdx(), bond->getBondType());
        try {
            RDKit::MolOps::sanitizeMol(rebuilt);
            *out = plain_smiles(rebuilt) == molecule->plain;
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
        add_atom(*mol, atom.number, atom.charge);
    }
    const uint8_t *pair = graph.pair_class;
    for (unsigned i = 0; i < graph.n; i++) {
        for (unsigned j = i + 1; j < graph.n; j++, pair++) {
            if (*pair == 0) continue;
            mol->addBond(i, j, bond_types[alphabet.bonds[*pair]]);
            if (partial_charges) explain_by_charge(*mol);
        }
    }
    return mol;
}

} // namespace

digress_status dg_molecule_build(const dg_alphabet *alphabet, const digress_graph *graph,
                                 bool partial_charges, dg_molecule **out) {
    return guarded([&] { return hand_over(build(*alphabet, *graph, partial_charges), out); });
}

digress_status dg_molecule_of_graph(const dg_alphabet *alphabet, const digress_graph *graph,
                                    const dg_molecule_style *style, dg_molecule **out) {
    dg_molecule *made = nullptr;
    DG_TRY(dg_molecule_build(alphabet, graph, false, &made));
    const digress_status status = dg_molecule_settle(made, style);
    if (status != DIGRESS_OK) {
        dg_molecule_free(made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}

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

/* ---- of a sanitised molecule ---- */

digress_status dg_molecule_smiles(const dg_molecule *molecule, char **out) {
    return guarded(
        [&] { return write_text([&] { return RDKit::MolToSmiles(*molecule->mol); }, out); });
}

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

namespace {

/* RDKit's streams take the program's C++ locale, which nothing can change for them alone. */
void require_plain_numbers(const char *what) {
    const auto &form = std::use_facet<std::numpunct<char>>(std::locale());
    if (form.decimal_point() == '.' && form.grouping().empty()) return;
    throw std::runtime_error(std::string(what) + " cannot be written under the C++ locale " +
                             std::locale().name() + ", which writes numbers in its own way");
}

} // namespace

digress_status dg_molecule_block(const dg_molecule *molecule, const char *name, char **out) {
    return guarded([&] {
        if (molecule->mol->getNumAtoms() > 999) require_plain_numbers("a MOL block of V3000");
        RDKit::ROMol flat(*molecule->mol);
        flat.setProp("_Name", std::string(name));
        RDDepict::compute2DCoords(flat);
        return write_text([&] { return RDKit::MolToMolBlock(flat) + "$$$$\n"; }, out);
    });
}

digress_status dg_molecules_svg(size_t count, dg_molecule *const *molecules,
                                const char *const *legends, char **out) {
    return guarded([&] {
        require_plain_numbers("a picture");
        const int columns = 8, panel = 200;
        const int rows = static_cast<int>((count + columns - 1) / columns);
        std::vector<std::unique_ptr<RDKit::ROMol>> owned;
        std::vector<RDKit::ROMol *> drawn;
        std::vector<std::string> names;
        for (size_t k = 0; k < count; k++) {
            owned.emplace_back(molecules[k] ? new RDKit::ROMol(*molecules[k]->mol)
                                            : new RDKit::ROMol);
            drawn.push_back(owned.back().get());
            names.emplace_back(legends[k]);
        }
        const int width = panel * std::min(columns, static_cast<int>(count));
        const auto draw = [&] {
            RDKit::MolDraw2DSVG drawer(width, panel * rows, panel, panel);
            drawer.drawMolecules(drawn, &names);
            drawer.finishDrawing();
            return drawer.getDrawingText();
        };
        return write_text(draw, out);
    });
}
