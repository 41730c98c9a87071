/* The public interface to molecules (include/digress/molecules.h), over the internal one. */
#include "digress/molecules.h"

#include "chem/molecule.h"
#include "core/file.h"
#include "datasets/molecules.h"

bool digress_has_molecules(void) {
    return dg_rdkit_version() != NULL;
}

static dg_import_options internal_options(const digress_import_options *options) {
    if (!options) return (dg_import_options){0};
    return (dg_import_options){.csv = {.column = options->column},
                               .style = {.hydrogens = options->hydrogens,
                                         .aromatic = options->aromatic || options->full,
                                         .full = options->full},
                               .charges = options->charges,
                               .atoms = options->atoms,
                               .most_atoms = options->most_atoms,
                               .strict = options->strict};
}

static digress_import_report public_report(const dg_import_report *report) {
    const size_t *dropped = report->dropped;
    return (digress_import_report){.read = report->read,
                                   .kept = report->kept,
                                   .unparsable = dropped[DG_DROP_UNPARSABLE],
                                   .disconnected = dropped[DG_DROP_DISCONNECTED],
                                   .radical = dropped[DG_DROP_RADICAL],
                                   .charged = dropped[DG_DROP_CHARGED],
                                   .other_atoms = dropped[DG_DROP_ATOM],
                                   .other_bonds = dropped[DG_DROP_BOND],
                                   .too_large = dropped[DG_DROP_TOO_LARGE],
                                   .only_hydrogens = dropped[DG_DROP_HYDROGEN],
                                   .changed = dropped[DG_DROP_CHANGED],
                                   .hydrogens_left_out = report->hydrogens,
                                   .stereo_left_out = report->stereo,
                                   .isotopes_left_out = report->isotopes};
}

static digress_status import(const char *path, const dg_import_options *how,
                             const digress_import_options *options, digress_import_report *report,
                             digress_graph_set **out) {
    const dg_watch watch = dg_watch_of_caller(options ? &options->watch : NULL);
    dg_import_report found = {0};
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create_watched(options ? options->threads : 0, &watch, &pool));
    digress_status status = dg_import_molecules(pool, how, 1, &path, out, &found);
    dg_pool_free(pool);
    if (report) *report = public_report(&found);
    return status;
}

digress_status digress_molecules_read(const char *path, const digress_import_options *options,
                                      digress_import_report *report, digress_graph_set **out) {
    dg_import_options how = internal_options(options);
    digress_graph_set *set = NULL;
    dg_file dropped;
    DG_NEED(path);
    DG_NEED(out);
    if (!options || !options->dropped) return import(path, &how, options, report, out);
    DG_TRY(dg_file_begin(&dropped, options->dropped));
    how.dropped = dropped.stream;
    digress_status status = import(path, &how, options, report, &set);
    if (status != DIGRESS_OK) {
        dg_file_abort(&dropped);
        return status;
    }
    status = dg_file_commit(&dropped);
    if (status == DIGRESS_OK)
        *out = set;
    else
        digress_graph_set_free(set);
    return status;
}

digress_status digress_molecule_smiles(const digress_graph_set *set, size_t index, char **smiles) {
    dg_alphabet alphabet;
    dg_molecule *molecule = NULL;
    dg_verdict verdict;
    DG_NEED(set);
    DG_NEED(smiles);
    *smiles = NULL;
    if (index >= digress_graph_set_count(set))
        return dg_error(DIGRESS_ERROR_INPUT, "graph %zu: the set has %zu, counted from 0", index,
                        digress_graph_set_count(set));
    DG_TRY(dg_rdkit_require());
    DG_TRY(dg_alphabet_require(set, &alphabet));
    const digress_graph graph = digress_graph_set_get(set, index);
    DG_TRY(dg_molecule_build(&alphabet, &graph, false, &molecule));
    digress_status status = dg_molecule_judge(molecule, &verdict);
    if (status == DIGRESS_OK && verdict.complaint == DG_COMPLAINT_NONE)
        status = dg_molecule_smiles(molecule, smiles);
    else if (status == DIGRESS_OK)
        dg_error(DIGRESS_ERROR_INPUT, "graph %zu: %s", index, verdict.reason);
    dg_molecule_free(molecule);
    return status;
}
