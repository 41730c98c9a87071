#include "cli/eval_inputs.h"
#include "cli/interrupt.h"
#include "cli/read_options.h"
#include "cli/standard_input.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "datasets/molecules.h"
#include "graph/classes.h"
#include "graph/dataset.h"
#include "graph/io/formats.h"
#include "graph/io/skipped.h"

#include <stdlib.h>
#include <string.h>

const char dg_bonds_by_place[] = "none,single,double,triple,aromatic";

static void warn_of_no_rdkit(const dg_eval_inputs *in) {
    dg_alphabet alphabet;
    if (dg_rdkit_version()) return;
    bool molecules = in->reference && dg_alphabet_of(in->reference, &alphabet);
    for (size_t k = 0; k < in->sample_sets && !molecules; k++)
        molecules = dg_alphabet_of(in->samples[k], &alphabet);
    if (molecules && dg_rdkit_require() != DIGRESS_OK)
        dg_warn("molecules are compared as graphs only: %s", digress_last_error());
}

/* ---- classes that differ ---- */

/* Reports classes that are matched by place, and those that `other` lacks. */
static void tell_difference(const char *path, const digress_graph_set *set, const char *other_name,
                            const digress_graph_set *other) {
    char text[300];
    if (!set || !other || dg_nodes_are_plain(set) || dg_nodes_are_plain(other)) return;
    dg_classes_by_place(set, other, text, sizeof text);
    if (*text) dg_log("%s: its classes have no names: %s of %s", path, text, other_name);
    dg_classes_lacking(set, other, text, sizeof text);
    if (*text) dg_log("%s has %s, which %s lacks", path, text, other_name);
}

static void tell_differences(const dg_arguments *arguments, const dg_eval_inputs *in) {
    const char *train = dg_argument(arguments->command, arguments, "train");
    tell_difference(train, in->train, "the test set", in->reference);
    for (size_t k = 0; k < in->sample_sets; k++)
        tell_difference(arguments->positional[k], in->samples[k],
                        in->reference ? "the test set" : "train",
                        in->reference ? in->reference : in->train);
}

/* ---- samples that are files of molecules ---- */

static bool has_bond(const digress_graph_set *set, const dg_alphabet *alphabet, int bond) {
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
            if (alphabet->bonds[graph.pair_class[pair]] == bond) return true;
    }
    return false;
}

/* The form that molecules take to be compared with this set. */
static dg_molecule_style style_of(const digress_graph_set *set) {
    dg_alphabet alphabet;
    dg_molecule_style style = {0};
    if (!set || !dg_alphabet_of(set, &alphabet)) return style;
    style.aromatic = has_bond(set, &alphabet, DG_BOND_AROMATIC);
    for (size_t k = 0; k < alphabet.atom_count; k++)
        style.hydrogens = style.hydrogens || alphabet.atoms[k].number == 1;
    return style;
}

static void tell_unread(const char *path, const dg_import_report *report, const dg_unread *unread) {
    size_t others[DG_DROPS];
    char list[DG_LIST_SIZE];
    if (unread->invalid > 0)
        dg_log("%s: %zu of %zu samples are not molecules that RDKit accepts: they count as invalid",
               path, unread->invalid, report->read);
    if (unread->valid == 0) return;
    memcpy(others, report->dropped, sizeof others);
    others[DG_DROP_UNPARSABLE] = 0;
    dg_list_dropped(others, list);
    dg_warn("%s: %zu of %zu samples count as valid, but cannot be compared as graphs: %s", path,
            unread->valid, report->read, list);
}

static void count_unread(const char *path, const dg_import_report *report, dg_unread *unread) {
    unread->invalid = report->dropped[DG_DROP_UNPARSABLE];
    unread->valid = report->read - report->kept - unread->invalid;
    tell_unread(path, report, unread);
}

static void tell_no_effect(const dg_arguments *arguments, const char *path) {
    const char *name = dg_read_option_given(arguments->command, arguments);
    if (name) dg_warn("%s: a file of molecules: --%s is not for it", path, name);
}

/* Every record of the file is a sample. */
static digress_status read_molecules(const dg_arguments *arguments, dg_pool *pool, const char *path,
                                     dg_eval_inputs *in, size_t index) {
    const dg_import_options how = {.style = style_of(in->train ? in->train : in->reference),
                                   .atoms = dg_argument(arguments->command, arguments, "atoms"),
                                   .samples = true};
    dg_import_report report;
    tell_no_effect(arguments, path);
    DG_TRY(dg_import_molecules(pool, &how, 1, &path, &in->samples[index], &report));
    count_unread(path, &report, &in->unread[index]);
    return DIGRESS_OK;
}

/* For samples that are graphs with hydrogens and a set without, or the other way round. */
static digress_status match_hydrogens(dg_pool *pool, const char *path, dg_eval_inputs *in,
                                      size_t index) {
    const digress_graph_set *like = in->train ? in->train : in->reference;
    digress_graph_set **samples = &in->samples[index], *restyled = NULL;
    const dg_molecule_style style = style_of(like);
    dg_import_report report;
    dg_alphabet alphabet;
    if (!dg_rdkit_version() || !like || !dg_alphabet_of(like, &alphabet) ||
        !dg_alphabet_of(*samples, &alphabet) || style_of(*samples).hydrogens == style.hydrogens)
        return DIGRESS_OK;
    dg_log(
        "%s: the hydrogens of its valid molecules are %s, as in the set that it is compared with",
        path, style.hydrogens ? "added" : "left out");
    DG_TRY(dg_restyle_molecules(pool, &style, *samples, &restyled, &report));
    digress_graph_set_free(*samples);
    *samples = restyled;
    count_unread(path, &report, &in->unread[index]);
    return DIGRESS_OK;
}

/* ---- all that is compared ---- */

static digress_status read_samples(const dg_arguments *arguments, dg_pool *pool, dg_eval_inputs *in,
                                   size_t index) {
    const char *path = arguments->positional[index];
    digress_read_report report = {0};
    size_t end = 0;
    digress_read_options how = {.node_names = dg_argument(arguments->command, arguments, "atoms"),
                                .edge_names = dg_argument(arguments->command, arguments, "atoms")
                                                  ? dg_bonds_by_place
                                                  : NULL};
    DG_TRY(dg_read_options_parse(arguments->command, arguments, &how));
    if (dg_holds_molecules(path)) return read_molecules(arguments, pool, path, in, index);
    DG_TRY(dg_graph_sets_read(1, &path, &how, &dg_interrupt_watch, &report, &end,
                              &in->samples[index]));
    dg_say_dropped(&report);
    return match_hydrogens(pool, path, in, index);
}

digress_status dg_eval_read_part(const dg_arguments *arguments, const char *path, const char *part,
                                 digress_graph_set **out) {
    digress_read_options how = {0};
    digress_read_report report = {0};
    DG_TRY(dg_read_options_parse(arguments->command, arguments, &how));
    DG_TRY(dg_dataset_read_part(path, part, &how, &dg_interrupt_watch, &report, out));
    dg_say_dropped(&report);
    return DIGRESS_OK;
}

/* A file of molecules is read in the form of `like`, if that is not NULL. */
static digress_status read_set(const dg_arguments *arguments, dg_pool *pool, const char *path,
                               const char *part, const digress_graph_set *like,
                               digress_graph_set **out) {
    const dg_import_options how = {.style = style_of(like), .charges = true};
    dg_import_report report;
    char list[DG_LIST_SIZE];
    if (!dg_holds_molecules(path)) return dg_eval_read_part(arguments, path, part, out);
    tell_no_effect(arguments, path);
    DG_TRY(dg_import_molecules(pool, &how, 1, &path, out, &report));
    dg_list_dropped(report.dropped, list);
    if (*list)
        dg_warn("%s: %zu of %zu molecules are used for the comparison; dropped: %s", path,
                report.kept, report.read, list);
    return DIGRESS_OK;
}

static digress_status read_sets(const dg_arguments *arguments, dg_pool *pool, const char *reference,
                                const char *train, dg_eval_inputs *in) {
    bool train_first = reference && train && dg_holds_molecules(reference);
    if (train_first) DG_TRY(read_set(arguments, pool, train, "train", NULL, &in->train));
    if (reference) DG_TRY(read_set(arguments, pool, reference, "test", in->train, &in->reference));
    if (!train || train_first) return DIGRESS_OK;
    return read_set(arguments, pool, train, "train", in->reference, &in->train);
}

digress_status dg_eval_inputs_read(const dg_arguments *arguments, dg_pool *pool,
                                   dg_eval_inputs *in) {
    const char *reference = dg_argument(arguments->command, arguments, "ref"),
               *train = dg_argument(arguments->command, arguments, "train");
    if (reference) DG_TRY(dg_take_standard_input(&reference));
    if (train) DG_TRY(dg_take_standard_input(&train));
    for (size_t k = 0; k < arguments->positional_count; k++)
        DG_TRY(dg_take_standard_input(&arguments->positional[k]));
    DG_TRY(read_sets(arguments, pool, reference, train, in));
    DG_TRY(dg_allocate(arguments->positional_count, sizeof *in->samples, &in->samples));
    DG_TRY(dg_allocate(arguments->positional_count, sizeof *in->unread, &in->unread));
    in->sample_sets = arguments->positional_count;
    for (size_t k = 0; k < in->sample_sets; k++)
        DG_TRY(read_samples(arguments, pool, in, k));
    tell_differences(arguments, in);
    warn_of_no_rdkit(in);
    return DIGRESS_OK;
}

void dg_eval_inputs_free(dg_eval_inputs *in) {
    for (size_t k = 0; k < in->sample_sets; k++)
        digress_graph_set_free(in->samples[k]);
    free(in->samples);
    free(in->unread);
    digress_graph_set_free(in->reference);
    digress_graph_set_free(in->train);
}

digress_status dg_eval_find_rule(const char *path, dg_rule *out) {
    if (!path) return DIGRESS_OK;
    char *kind = NULL;
    DG_TRY(dg_set_kind(path, &kind));
    if (kind && dg_rule_of_kind(kind) != DG_RULE_NONE) *out = dg_rule_of_kind(kind);
    free(kind);
    return DIGRESS_OK;
}
