/* chem/molecule.h over RDKit: molecules as SMILES, SDF and pictures. */
#include "chem/rdkit.hh"

#include <GraphMol/Depictor/RDDepictor.h>
#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/MolDraw2D/MolDraw2DSVG.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>

#include <algorithm>
#include <locale>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace dg;

namespace {

digress_status copy_text(const std::string &text, char **out) {
    *out = strdup(text.c_str());
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

/* What `write` returns. RDKit writes through streams, which silently drop text when memory runs
 * out. So a text longer than a string's own few bytes is written twice and compared. */
template <typename Write> digress_status write_text(Write &&write, char **out) {
    const std::size_t own = std::string().capacity();
    const std::string text = write();
    return text.size() < own || write() == text ? copy_text(text, out) : dg_out_of_memory();
}

/* RDKit's streams use the program's C++ locale, which cannot be changed for them alone. */
void require_plain_numbers(const char *what) {
    const auto &form = std::use_facet<std::numpunct<char>>(std::locale());
    if (form.decimal_point() == '.' && form.grouping().empty()) return;
    throw std::runtime_error(std::string(what) + " cannot be written under the C++ locale " +
                             std::locale().name() + ", which writes numbers in its own way");
}

} // namespace

digress_status dg_molecule_smiles(const dg_molecule *molecule, char **out) {
    return guarded(
        [&] { return write_text([&] { return RDKit::MolToSmiles(*molecule->mol); }, out); });
}

digress_status dg_molecule_block(const dg_molecule *molecule, const char *name, char **out) {
    return guarded([&] {
        if (molecule->mol->getNumAtoms() > 999) require_plain_numbers("a MOL block of V3000");
        RDKit::ROMol flat(*molecule->mol);
        flat.setProp("_Name", std::string(name));
        RDDepict::compute2DCoords(flat);
        return write_text([&] { return RDKit::MolToMolBlock(flat); }, out);
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
