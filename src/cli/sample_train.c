#include "cli/sample_train.h"

#include "chem/alphabet.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "datasets/molecules.h"
#include "graph/classes.h"
#include "graph/io/skipped.h"
#include "train/data.h"
#include <stdlib.h>

/* "C,N,O"; the caller frees it. */
static digress_status list_atoms(const digress_graph_set *classes, char **out) {
    char *list = NULL;
    for (size_t k = 0; k < digress_graph_set_node_classes(classes); k++) {
        const char *name = digress_graph_set_node_name(classes, k);
        char *longer = dg_format("%s%s%s", list ? list : "", list ? "," : "", name);
        free(list);
        list = longer;
        if (!list) return dg_out_of_memory();
    }
    *out = list;
    return DIGRESS_OK;
}

static dg_molecule_style style_of(const dg_model *model, const dg_alphabet *alphabet) {
    dg_molecule_style style = {.full = dg_alphabet_is_full(alphabet)};
    style.aromatic = style.full;
    for (size_t k = 0; k < alphabet->atom_count; k++)
        style.hydrogens = style.hydrogens || alphabet->atoms[k].number == 1;
    for (size_t k = 0; k < alphabet->bond_count; k++)
        style.aromatic = style.aromatic || (alphabet->bonds[k] == DG_BOND_AROMATIC &&
                                            model->statistics.edge_marginals[k] > 0);
    return style;
}

void dg_tell_dropped(const char *path, const dg_import_report *report) {
    char list[DG_LIST_SIZE];
    dg_list_dropped(report->dropped, list);
    if (*list)
        dg_warn("%s: %zu of %zu molecules are used for the comparison; dropped: %s", path,
                report->kept, report->read, list);
}

static digress_status import(const dg_import_options *how, const char *path, const dg_watch *watch,
                             digress_graph_set **out) {
    dg_import_report report;
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(0, &pool));
    dg_pool_watch(pool, watch);
    digress_status status = dg_import_molecules(pool, how, 1, &path, out, &report);
    dg_pool_free(pool);
    if (status == DIGRESS_OK) dg_tell_dropped(path, &report);
    return status;
}

/* all_atoms: also atoms that the model lacks. */
static digress_status read_molecules(const dg_model *model, const char *path, bool all_atoms,
                                     const dg_watch *watch, digress_graph_set **out) {
    dg_alphabet alphabet;
    char *atoms = NULL;
    digress_status status = dg_alphabet_require(model->classes, &alphabet);
    if (status != DIGRESS_OK)
        return dg_error_prefix(status, "%s holds molecules, but the model", path);
    if (!all_atoms) DG_TRY(list_atoms(model->classes, &atoms));
    const dg_import_options how = {
        .style = style_of(model, &alphabet), .atoms = atoms, .charges = true};
    status = import(&how, path, watch, out);
    free(atoms);
    return status;
}

static digress_status restyle(const dg_molecule_style *style, const char *path,
                              digress_graph_set **set) {
    dg_import_report report;
    digress_graph_set *restyled = NULL;
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(0, &pool));
    digress_status status = dg_restyle_molecules(pool, style, *set, &restyled, &report);
    dg_pool_free(pool);
    DG_TRY(status);
    dg_tell_dropped(path, &report);
    digress_graph_set_free(*set);
    *set = restyled;
    return DIGRESS_OK;
}

/* Brings the set to the model's form if one has full atoms and the other has not. */
static digress_status match_form(const dg_model *model, const char *path, digress_graph_set **set) {
    dg_alphabet own, theirs;
    if (!dg_rdkit_version() || !dg_alphabet_of(model->classes, &own) ||
        !dg_alphabet_of(*set, &theirs) || dg_alphabet_is_full(&own) == dg_alphabet_is_full(&theirs))
        return DIGRESS_OK;
    const dg_molecule_style style = style_of(model, &own);
    return restyle(&style, path, set);
}

static digress_status read_given(const dg_model *model, const char *path, const char *part,
                                 const dg_watch *watch, digress_graph_set **out) {
    digress_read_report report = {0};
    if (dg_holds_molecules(path)) return read_molecules(model, path, false, watch, out);
    DG_TRY(dg_dataset_read_part(path, part, NULL, watch, &report, out));
    dg_say_dropped(&report);
    return match_form(model, path, out);
}

static digress_status read_own(const dg_model *model, const char *out, const dg_watch *watch,
                               digress_graph_set **train) {
    dg_dataset dataset;
    const char *const input = model->config.dataset.path;
    DG_TRY(dg_folder_holds_no_input(out, 1, &input));
    digress_status status = dg_training_data(&model->config, watch, &dataset);
    if (status != DIGRESS_OK)
        return dg_error_prefix(status, "--keep novel without --train: the model's training set");
    *train = dataset.train;
    dataset.train = NULL;
    dg_dataset_free(&dataset);
    return DIGRESS_OK;
}

digress_status dg_sample_molecules(const dg_model *model, const char *path, const dg_watch *watch,
                                   digress_graph_set **out) {
    return read_molecules(model, path, true, watch, out);
}

digress_status dg_sample_part(const dg_model *model, const char *path, const char *part,
                              const dg_watch *watch, digress_graph_set **out) {
    DG_TRY(read_given(model, path, part, watch, out));
    digress_status status = dg_graph_set_adopt(out, model->classes, "the model");
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "%s", path);
}

digress_status dg_sample_train(const dg_model *model, const char *path, const char *out,
                               const dg_watch *watch, digress_graph_set **train) {
    if (path) return dg_sample_part(model, path, "train", watch, train);
    DG_TRY(read_own(model, out, watch, train));
    digress_status status = dg_graph_set_adopt(train, model->classes, "the model");
    if (status == DIGRESS_OK) return DIGRESS_OK;
    path = model->config.dataset.path;
    return dg_error_prefix(status, "%s", path ? path : "the training set");
}
