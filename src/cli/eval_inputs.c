#include "cli/eval_inputs.h"
#include "cli/interrupt.h"
#include "cli/read_options.h"
#include "cli/sample_train.h"
#include "cli/standard_input.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/memory.h"
#include "datasets/molecules.h"
#include "distributed/launch.h"
#include "graph/classes.h"
#include "graph/dataset.h"
#include "graph/graph_set.h"
#include "graph/io/formats.h"
#include "graph/io/skipped.h"

#include <inttypes.h>
#include <stdio.h>
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

/* Reports classes that are matched by their order because they have no names, and those that
 * `other` lacks. */
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

/* The form in which molecules are read to be compared with this set. */
static dg_molecule_style style_of(const digress_graph_set *set) {
    dg_alphabet alphabet;
    dg_molecule_style style = {0};
    if (!set || !dg_alphabet_of(set, &alphabet)) return style;
    style.full = dg_alphabet_is_full(&alphabet);
    style.aromatic = style.full || has_bond(set, &alphabet, DG_BOND_AROMATIC);
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

static const char *change_of(const dg_molecule_style *from, const dg_molecule_style *to) {
    if (from->hydrogens != to->hydrogens)
        return to->hydrogens ? "hydrogens of its valid molecules are added"
                             : "hydrogens of its valid molecules are left out";
    if (from->full != to->full)
        return to->full ? "atoms of its valid molecules say their hydrogens"
                        : "atoms of its valid molecules do not say their hydrogens";
    return NULL;
}

/* Brings a set of molecules to the form of `like` if one has hydrogens, or full atoms, and the
 * other has not. *report is about the change, if there was one. */
static digress_status match_form(dg_pool *pool, const char *path, const digress_graph_set *like,
                                 digress_graph_set **set, dg_import_report *report) {
    digress_graph_set *restyled = NULL;
    dg_alphabet alphabet;
    *report = (dg_import_report){0};
    if (!dg_rdkit_version() || !like || !dg_alphabet_of(like, &alphabet) ||
        !dg_alphabet_of(*set, &alphabet))
        return DIGRESS_OK;
    const dg_molecule_style from = style_of(*set), to = style_of(like);
    const char *change = change_of(&from, &to);
    if (!change) return DIGRESS_OK;
    dg_log("%s: the %s, as in the set that it is compared with", path, change);
    DG_TRY(dg_restyle_molecules(pool, &to, *set, &restyled, report));
    digress_graph_set_free(*set);
    *set = restyled;
    return DIGRESS_OK;
}

/* ---- all that is compared ---- */

/* Files of molecules are read later, when it is known in which form. */
static digress_status read_graphs(const dg_arguments *arguments, dg_eval_inputs *in, size_t index) {
    const char *path = arguments->positional[index];
    digress_read_report report = {0};
    size_t end = 0;
    digress_read_options how = {.node_names = dg_argument(arguments->command, arguments, "atoms"),
                                .edge_names = dg_argument(arguments->command, arguments, "atoms")
                                                  ? dg_bonds_by_place
                                                  : NULL};
    if (dg_holds_molecules(path)) return DIGRESS_OK;
    DG_TRY(dg_read_options_parse(arguments->command, arguments, &how));
    DG_TRY(dg_graph_sets_read(1, &path, &how, &dg_interrupt_watch, &report, &end,
                              &in->samples[index]));
    dg_say_dropped(&report);
    return DIGRESS_OK;
}

static digress_status settle_samples(const dg_arguments *arguments, dg_pool *pool,
                                     dg_eval_inputs *in, size_t index) {
    const char *path = arguments->positional[index];
    dg_import_report report;
    if (!in->samples[index]) return read_molecules(arguments, pool, path, in, index);
    DG_TRY(match_form(pool, path, in->train ? in->train : in->reference, &in->samples[index],
                      &report));
    count_unread(path, &report, &in->unread[index]);
    return DIGRESS_OK;
}

/* Samples of full atoms, whose form files of molecules take if no set determines it: an invalid
 * sample of full atoms cannot be brought to another form. */
static const digress_graph_set *full_samples(const dg_eval_inputs *in) {
    dg_alphabet alphabet;
    for (size_t k = 0; k < in->sample_sets; k++)
        if (in->samples[k] && dg_alphabet_of(in->samples[k], &alphabet) &&
            dg_alphabet_is_full(&alphabet))
            return in->samples[k];
    return NULL;
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
    if (!dg_holds_molecules(path)) return dg_eval_read_part(arguments, path, part, out);
    tell_no_effect(arguments, path);
    DG_TRY(dg_import_molecules(pool, &how, 1, &path, out, &report));
    dg_tell_dropped(path, &report);
    return DIGRESS_OK;
}

/* For a training set and a test set of which one has full atoms and the other has not. */
static digress_status match_reference(dg_pool *pool, const char *path, dg_eval_inputs *in) {
    dg_import_report report;
    if (!in->train || !in->reference || style_of(in->train).full == style_of(in->reference).full)
        return DIGRESS_OK;
    DG_TRY(match_form(pool, path, in->train, &in->reference, &report));
    dg_tell_dropped(path, &report);
    return DIGRESS_OK;
}

static digress_status read_sets(const dg_arguments *arguments, dg_pool *pool, const char *reference,
                                const char *train, dg_eval_inputs *in) {
    const digress_graph_set *like = full_samples(in);
    bool train_first = reference && train && dg_holds_molecules(reference);
    if (train_first) DG_TRY(read_set(arguments, pool, train, "train", like, &in->train));
    if (in->train) like = in->train;
    if (reference) DG_TRY(read_set(arguments, pool, reference, "test", like, &in->reference));
    if (!train || train_first) return DIGRESS_OK;
    if (in->reference) like = in->reference;
    return read_set(arguments, pool, train, "train", like, &in->train);
}

digress_status dg_eval_inputs_read(const dg_arguments *arguments, dg_pool *pool,
                                   dg_eval_inputs *in) {
    const char *reference = dg_argument(arguments->command, arguments, "ref"),
               *train = dg_argument(arguments->command, arguments, "train");
    if (reference) DG_TRY(dg_take_standard_input(&reference));
    if (train) DG_TRY(dg_take_standard_input(&train));
    for (size_t k = 0; k < arguments->positional_count; k++)
        DG_TRY(dg_take_standard_input(&arguments->positional[k]));
    DG_TRY(dg_allocate(arguments->positional_count, sizeof *in->samples, &in->samples));
    DG_TRY(dg_allocate(arguments->positional_count, sizeof *in->unread, &in->unread));
    in->sample_sets = arguments->positional_count;
    for (size_t k = 0; k < in->sample_sets; k++)
        DG_TRY(read_graphs(arguments, in, k));
    DG_TRY(read_sets(arguments, pool, reference, train, in));
    DG_TRY(match_reference(pool, reference, in));
    for (size_t k = 0; k < in->sample_sets; k++)
        DG_TRY(settle_samples(arguments, pool, in, k));
    tell_differences(arguments, in);
    warn_of_no_rdkit(in);
    return DIGRESS_OK;
}

digress_status dg_eval_inputs_agree(const dg_eval_inputs *in, digress_status status) {
    dg_ranks *ranks = dg_ranks_joined();
    char text[64];
    size_t count = 0;
    DG_TRY(dg_ranks_agree(ranks, status));
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    uint64_t state = dg_hash_set(dg_hash_set(DG_HASH_START, in->reference), in->train);
    for (size_t k = 0; k < in->sample_sets; k++) {
        state = dg_hash_set(state, in->samples[k]);
        count += digress_graph_set_count(in->samples[k]);
    }
    snprintf(text, sizeof text, "read %zu samples (%016" PRIx64 ")", count, state);
    return dg_ranks_same(ranks, text);
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
