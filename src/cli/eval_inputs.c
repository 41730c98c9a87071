#include "cli/eval_inputs.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "datasets/molecules.h"
#include "graph/classes.h"
#include "graph/dataset.h"

#include <stdlib.h>

static const char BONDS[] = "none,single,double,triple,aromatic";

static void warn_of_no_rdkit(const dg_eval_inputs *in) {
    dg_alphabet alphabet;
    if (dg_rdkit_version()) return;
    bool molecules = in->reference && dg_alphabet_of(in->reference, &alphabet);
    for (size_t k = 0; k < in->sample_sets && !molecules; k++)
        molecules = dg_alphabet_of(in->samples[k], &alphabet);
    if (molecules && dg_rdkit_require() != DIGRESS_OK)
        dg_warn("molecules are compared as graphs only: %s", digress_last_error());
}

/* ---- what is matched, and how ---- */

/* Says where the classes of `set` are not those of `other`. */
static void tell_difference(const char *path, const digress_graph_set *set, const char *other_name,
                            const digress_graph_set *other) {
    char text[300];
    if (!set || !other || dg_nodes_are_plain(set)) return;
    dg_classes_by_place(set, other, text, sizeof text);
    if (*text) dg_log("%s: its classes have no names: %s of %s", path, text, other_name);
    dg_classes_lacking(set, other, text, sizeof text);
    if (*text) dg_log("%s has %s, which %s lacks", path, text, other_name);
}

static void tell_differences(const dg_arguments *arguments, const dg_eval_inputs *in) {
    const char *train = dg_argument(&dg_command_eval, arguments, "train");
    tell_difference(train, in->train, "the test set", in->reference);
    for (size_t k = 0; k < in->sample_sets; k++)
        tell_difference(arguments->positional[k], in->samples[k],
                        in->reference ? "the test set" : "train",
                        in->reference ? in->reference : in->train);
}

/* ---- samples that are files of molecules ---- */

/* "C,N,O,F"; the caller frees it. NULL when out of memory. */
static char *atom_list(const digress_graph_set *set) {
    char *list = dg_format("%s", digress_graph_set_node_name(set, 0));
    for (size_t k = 1; list && k < digress_graph_set_node_classes(set); k++) {
        char *longer = dg_format("%s,%s", list, digress_graph_set_node_name(set, k));
        free(list);
        list = longer;
    }
    return list;
}

static bool has_bond(const digress_graph_set *set, const dg_alphabet *alphabet, int bond) {
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
            if (alphabet->bonds[graph.pair_class[pair]] == bond) return true;
    }
    return false;
}

/* Reads them as the set that they are compared with was: its atoms, which the caller frees as
 * *atoms, its bonds and charges. */
static digress_status read_like(const digress_graph_set *set, dg_import_options *out,
                                char **atoms) {
    dg_alphabet alphabet;
    if (!set || !dg_alphabet_of(set, &alphabet)) return DIGRESS_OK;
    out->style.aromatic = has_bond(set, &alphabet, DG_BOND_AROMATIC);
    for (size_t k = 0; k < alphabet.atom_count; k++) {
        out->style.hydrogens = out->style.hydrogens || alphabet.atoms[k].number == 1;
        out->charges = out->charges || alphabet.atoms[k].charge != 0;
    }
    out->atoms = *atoms = atom_list(set);
    return *atoms ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status read_molecules(const dg_arguments *arguments, dg_pool *pool, const char *path,
                                     const dg_eval_inputs *in, digress_graph_set **out) {
    const char *given = dg_argument(&dg_command_eval, arguments, "atoms");
    dg_import_options how = {0};
    dg_import_report report;
    char *list = NULL, dropped[160];
    DG_TRY(read_like(in->train ? in->train : in->reference, &how, &list));
    if (given) how.atoms = given;
    digress_status status = dg_import_molecules(pool, &how, 1, &path, out, &report);
    free(list);
    DG_TRY(status);
    dg_list_dropped(report.dropped, dropped, sizeof dropped);
    if (*dropped)
        dg_warn("%s: %zu of %zu molecules could be read, and only they are judged%s", path,
                report.kept, report.read, dropped);
    return DIGRESS_OK;
}

/* ---- all that is compared ---- */

static digress_status read_samples(const dg_arguments *arguments, dg_pool *pool, const char *path,
                                   const dg_eval_inputs *in, digress_graph_set **out) {
    const digress_read_options how = {
        .node_names = dg_argument(&dg_command_eval, arguments, "atoms"),
        .edge_names = dg_argument(&dg_command_eval, arguments, "atoms") ? BONDS : NULL};
    if (dg_record_kind_of(path) != DG_RECORDS_NONE && !dg_is_folder(path))
        return read_molecules(arguments, pool, path, in, out);
    return digress_graph_set_read(path, &how, NULL, out);
}

digress_status dg_eval_inputs_read(const dg_arguments *arguments, dg_pool *pool,
                                   dg_eval_inputs *in) {
    const char *reference = dg_argument(&dg_command_eval, arguments, "ref"),
               *train = dg_argument(&dg_command_eval, arguments, "train");
    if (reference) DG_TRY(dg_dataset_read_part(reference, "test", &in->reference));
    if (train) DG_TRY(dg_dataset_read_part(train, "train", &in->train));
    DG_TRY(dg_allocate(arguments->positional_count, sizeof *in->samples, &in->samples));
    in->sample_sets = arguments->positional_count;
    for (size_t k = 0; k < in->sample_sets; k++)
        DG_TRY(read_samples(arguments, pool, arguments->positional[k], in, &in->samples[k]));
    tell_differences(arguments, in);
    warn_of_no_rdkit(in);
    return DIGRESS_OK;
}

void dg_eval_inputs_free(dg_eval_inputs *in) {
    for (size_t k = 0; k < in->sample_sets; k++)
        digress_graph_set_free(in->samples[k]);
    free(in->samples);
    digress_graph_set_free(in->reference);
    digress_graph_set_free(in->train);
}
