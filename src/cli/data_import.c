/* digress data import: makes a set folder from graph files. */
#include "cli/data_import.h"
#include "cli/data_import_read.h"
#include "cli/deadline.h"
#include "cli/interrupt.h"
#include "cli/read_options.h"
#include "cli/standard_input.h"
#include "core/file.h"
#include "core/log.h"
#include "distributed/launch.h"
#include "eval/targets/list.h"
#include "graph/io/list.h"
#include "graph/io/skipped.h"
#include <stdio.h>
#include <string.h>

static const dg_option options[] = {
    {"out", 'o', "DIR", "the set folder to make (must be given)"},
    {"seed", 0, "S", "shuffles the graphs before they are split 64/16/20 (0)"},
    {"train", 0, "FILE", "parts of your own, instead of FILE: the training graphs (64 % of FILE)"},
    {"val", 0, "FILE",
     "the validation graphs; if only the other two are given, there are none (16 %)"},
    {"test", 0, "FILE", "the test graphs (20 %)"},
    {"format", 0, DG_FORMAT_NAMES("|") "|smiles|csv|sdf",
     "the format of FILE (recognised by name and content)"},
    {"simplify", 0, NULL,
     "accept directed, multi-edged or self-looped graphs, and simplify them (refused)"},
    DG_READ_OPTIONS,
    {"name", 0, "NAME", "the set's name (the name of DIR)"},
    {"kind", 0, "KIND",
     "what the graphs are, so that 'eval' knows what is valid: planar, sbm, community, tree, "
     "lobster, grid or molecules (none; for molecules, molecules)"},
    {"target-computed", 0, "NAMES",
     "targets to compute of each graph, separated by commas: " DG_TARGET_NAMES(
         ", ") "; the first "
               "nine are of molecules (none)"},
    {"target", 0, "NAMES",
     "targets of the graphs, separated by commas: columns of a CSV, properties of an SDF, "
     "attributes "
     "of a GraphML or GML graph, graph_label or graph_attribute of a TU set (those that a file of "
     "digress's names)"},
    {"force", 'f', NULL, "replace a set folder, but nothing else, and never the input (refused)"},
    {"column", 0, "NAME", "molecules: the column of a CSV that holds SMILES ('smiles', any case)"},
    {"delimiter", 0, "C",
     "molecules: what separates a CSV's fields: comma, semicolon, tab or another character "
     "(detected)"},
    {"split-column", 0, "NAME",
     "molecules: the column of a CSV that says train, val or test; SPLIT in MOSES (none)"},
    {"hydrogens", 0, "explicit|implicit",
     "molecules: hydrogens as atoms of their own, or left out (implicit)"},
    {"bonds", 0, "kekule|aromatic",
     "molecules: rings with single and double bonds, or aromatic ones (kekule; with "
     "--atoms-as full, aromatic)"},
    {"atoms-as", 0, "element|charge|full",
     "molecules: what a node class says: the element (charged molecules are dropped); also its "
     "charge, as in N+ or O-; or also its hydrogens and whether it is aromatic, as in [CH3], [nH] "
     "or [O-], with aromatic bonds (element)"},
    {"atoms", 0, "LIST",
     "molecules: the node classes, such as C,N,O,F; molecules with others are dropped (all that "
     "occur)"},
    {"charges", 0, NULL, "molecules: keep charged atoms, as --atoms-as charge does (dropped)"},
    {"max-atoms", 0, "N", "molecules: drop those with more atoms (no limit)"},
    {"keep-largest-fragment", 0, NULL,
     "molecules: of a salt or another record in several parts, keep the largest part (dropped)"},
    {"dropped", 0, "FILE",
     "molecules: list those dropped: file, record, name, reason (only counted)"},
    {"strict", 0, NULL, "molecules: stop at the first that would be dropped (dropped and counted)"},
    {"threads", 0, "K", "molecules: threads (all processors)"},
    {0}};

const dg_command dg_command_data_import = {
    "data import",
    "FILE... --out DIR | --train FILE [--val FILE] --test FILE --out DIR",
    "Makes a set from files of graphs or of molecules.\n"
    "Graphs: " DG_FORMAT_TITLES
    ". FILE may be a folder of files, one or more graphs in each, or - for the standard input. A "
    "folder with train.*, test.* and perhaps val.* keeps that split.\n"
    "Molecules: SMILES (.smi, or a column of .csv or .tsv) and SDF (.sdf, .mol); another name "
    "works if the content is clear. Those that are charged, radicals or in several parts are "
    "dropped.\n"
    "All but TU may be compressed (.gz).\n"
    "An import that is stopped has written nothing; the same command on the same files makes the "
    "same set.",
    options,
    dg_data_import,
    NULL,
    NULL};

/* The last part of a path, without trailing slashes. */
static void last_part(const char *path, char *out, size_t size) {
    size_t end = strlen(path), begin;
    while (end > 0 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/';)
        begin--;
    snprintf(out, size, "%.*s", (int)(end - begin), path + begin);
}

static const char *given(const dg_arguments *arguments, const char *name) {
    return dg_argument(&dg_command_data_import, arguments, name);
}

static digress_status find_sources(const dg_arguments *arguments, dg_import_request *out) {
    bool parts = false;
    for (size_t k = 0; k < DG_PARTS; k++) {
        out->parts[k] = given(arguments, dg_part_names[k]);
        if (!out->parts[k]) continue;
        DG_TRY(dg_take_standard_input(&out->parts[k]));
        parts = true;
    }
    bool whole = !parts && arguments->positional_count > 0;
    bool split = out->parts[0] && out->parts[2] && arguments->positional_count == 0;
    if (!whole && !split)
        return dg_error(DIGRESS_ERROR_INPUT, "data import: expected FILE... (or folders of "
                                             "files), or --train, --val and --test together "
                                             "(--val may be left out)");
    for (size_t k = 0; k < arguments->positional_count; k++)
        DG_TRY(dg_take_standard_input(&arguments->positional[k]));
    out->file_count = arguments->positional_count;
    out->files = arguments->positional;
    return DIGRESS_OK;
}

/* By --format, or else by the first file. */
static bool is_of_molecules(const char *format, const dg_import_request *wanted) {
    if (format) return dg_record_kind_parse(format) != DG_RECORDS_NONE;
    return dg_holds_molecules(wanted->file_count ? wanted->files[0] : wanted->parts[0]);
}

static digress_status read_choice(const dg_arguments *arguments, const char *name, const char *yes,
                                  const char *no, bool *out) {
    const char *value = given(arguments, name);
    if (!value) return DIGRESS_OK;
    *out = strcmp(value, yes) == 0;
    if (*out || strcmp(value, no) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "--%s: expected %s or %s, got '%s'", name, yes, no, value);
}

static digress_status read_delimiter(const dg_arguments *arguments, char *out) {
    static const struct {
        const char *name;
        char delimiter;
    } names[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"\\t", '\t'}};
    const char *value = given(arguments, "delimiter");
    if (!value) return DIGRESS_OK;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(value, names[k].name) == 0) return *out = names[k].delimiter, DIGRESS_OK;
    if (strlen(value) != 1 || strchr("\"\r\n", *value))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--delimiter: expected comma, semicolon, tab or a character, got '%s'",
                        value);
    *out = *value;
    return DIGRESS_OK;
}

static digress_status understand_csv(const dg_arguments *arguments, dg_import_request *out) {
    out->molecule.csv.column = given(arguments, "column");
    out->molecule.csv.split_column = given(arguments, "split-column");
    out->molecule.csv.targets = given(arguments, "target");
    if (out->molecule.csv.split_column && out->file_count == 0)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "data import: --split-column and --train, --val, --test exclude each other");
    return read_delimiter(arguments, &out->molecule.csv.delimiter);
}

/* To be called after --bonds is read. */
static digress_status read_atoms_as(const dg_arguments *arguments, dg_import_options *out) {
    const char *value = given(arguments, "atoms-as");
    out->charges = given(arguments, "charges") != NULL;
    if (!value) return DIGRESS_OK;
    if (out->charges)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--charges means --atoms-as charge: give one of the two");
    out->charges = strcmp(value, "charge") == 0;
    out->style.full = strcmp(value, "full") == 0;
    if (!out->charges && !out->style.full && strcmp(value, "element") != 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--atoms-as: expected element, charge or full, got '%s'", value);
    if (!out->style.full) return DIGRESS_OK;
    if (given(arguments, "bonds") && !out->style.aromatic)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--bonds kekule: with --atoms-as full, bonds are aromatic");
    out->style.aromatic = true;
    return DIGRESS_OK;
}

static digress_status understand_molecules(const dg_arguments *arguments, const char *format,
                                           dg_import_request *out) {
    const char *most = given(arguments, "max-atoms"), *threads = given(arguments, "threads");
    uint64_t most_atoms = 0;
    out->molecule.kind = format ? dg_record_kind_parse(format) : DG_RECORDS_NONE;
    DG_TRY(understand_csv(arguments, out));
    out->molecule.atoms = given(arguments, "atoms");
    out->molecule.strict = given(arguments, "strict") != NULL;
    out->molecule.largest_fragment = given(arguments, "keep-largest-fragment") != NULL;
    out->dropped = given(arguments, "dropped");
    if (!out->kind) out->kind = "molecules";
    DG_TRY(read_choice(arguments, "hydrogens", "explicit", "implicit",
                       &out->molecule.style.hydrogens));
    DG_TRY(read_choice(arguments, "bonds", "aromatic", "kekule", &out->molecule.style.aromatic));
    DG_TRY(read_atoms_as(arguments, &out->molecule));
    if (most) DG_TRY(dg_parse_u64("--max-atoms", most, 1, DIGRESS_MAX_NODES, &most_atoms));
    out->molecule.most_atoms = most_atoms;
    if (threads) DG_TRY(dg_parse_u64("--threads", threads, 1, UINT16_MAX, &out->threads));
    return DIGRESS_OK;
}

/* Options for graph files would have no effect on molecules. */
static digress_status refuse_graph_options(const dg_arguments *arguments) {
    const char *name = dg_read_option_given(&dg_command_data_import, arguments);
    if (given(arguments, "simplify")) name = "simplify";
    if (!name) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "--%s is for files of graphs, and these are molecules (--format says what they "
                    "are)",
                    name);
}

static digress_status refuse_molecule_options(const dg_arguments *arguments) {
    static const char *const names[] = {
        "column",  "delimiter", "split-column",          "hydrogens", "bonds",  "atoms-as", "atoms",
        "charges", "max-atoms", "keep-largest-fragment", "dropped",   "strict", "threads"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (given(arguments, names[k]))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "--%s is for files of molecules: .smi, .csv, .sdf, or --format smiles, "
                            "csv or sdf",
                            names[k]);
    return DIGRESS_OK;
}

static digress_status understand(const dg_arguments *arguments, dg_import_request *out) {
    const char *seed = given(arguments, "seed"), *format = given(arguments, "format");
    DG_TRY(find_sources(arguments, out));
    out->out = given(arguments, "out");
    if (!out->out) return dg_error(DIGRESS_ERROR_INPUT, "data import: --out DIR is needed");
    out->name = given(arguments, "name");
    out->kind = given(arguments, "kind");
    out->force = given(arguments, "force") != NULL;
    out->computed = given(arguments, "target-computed");
    out->read.simplify = given(arguments, "simplify") != NULL;
    if (seed) DG_TRY(dg_parse_u64("--seed", seed, 0, UINT64_MAX, &out->seed));
    out->molecules = is_of_molecules(format, out);
    if (out->molecules) {
        DG_TRY(refuse_graph_options(arguments));
        return understand_molecules(arguments, format, out);
    }
    DG_TRY(refuse_molecule_options(arguments));
    DG_TRY(dg_read_options_parse(&dg_command_data_import, arguments, &out->read));
    out->read.targets = given(arguments, "target");
    return format ? digress_format_parse(format, &out->read.format) : DIGRESS_OK;
}

static digress_status write_dataset(const dg_import_request *wanted, dg_dataset *dataset) {
    char name[256];
    last_part(wanted->out, name, sizeof name);
    DG_TRY(dg_dataset_describe(dataset, wanted->name ? wanted->name : name,
                               wanted->kind ? wanted->kind : ""));
    return dg_dataset_write(dataset, wanted->out, wanted->force);
}

void dg_print_next(const char *folder) {
    dg_print(stdout, "train on it: digress train --data %s\n", folder);
}

static void report_dataset(const dg_import_request *wanted, const digress_read_report *report,
                           const dg_dataset *dataset) {
    dg_say_dropped(report);
    dg_print(stdout, "%s: %zu train, %zu val, %zu test graphs; %zu node and %zu edge classes\n",
             wanted->out, digress_graph_set_count(dataset->train),
             dataset->val ? digress_graph_set_count(dataset->val) : 0,
             digress_graph_set_count(dataset->test), digress_graph_set_node_classes(dataset->train),
             digress_graph_set_edge_classes(dataset->train));
    dg_print_next(wanted->out);
}

static digress_status stopped(void) {
    return dg_error(DIGRESS_INTERRUPTED,
                    "stopped by %s: nothing was written; the same command makes the same set",
                    dg_interrupt_name());
}

/* For a signal during work that cannot be interrupted: a graph of millions of edges takes seconds
 * to read. */
static void say_stopped(void *context) {
    (void)context;
    (void)stopped();
    dg_print_failure();
}

/* Ranks wait for each other, and do not end by themselves. */
static digress_status read_dataset(const dg_import_request *wanted, digress_read_report *report,
                                   dg_dataset *out) {
    dg_deadline deadline;
    dg_interrupt_catch();
    if (!wanted->ranks) DG_TRY(dg_deadline_begin(&deadline, say_stopped, NULL));
    digress_status status = dg_import_read(wanted, report, out);
    if (!wanted->ranks) dg_deadline_end(&deadline);
    return status == DIGRESS_INTERRUPTED && dg_interrupt_signal() ? stopped() : status;
}

static digress_status check_folder(const dg_import_request *wanted) {
    DG_TRY(dg_folder_check(wanted->out, &dg_set_folder, wanted->force, wanted->file_count,
                           wanted->files));
    return dg_folder_holds_no_input(wanted->out, DG_PARTS, wanted->parts);
}

static digress_status write_and_report(const dg_import_request *wanted,
                                       const digress_read_report *report, dg_dataset *dataset) {
    DG_TRY(write_dataset(wanted, dataset));
    report_dataset(wanted, report, dataset);
    return DIGRESS_OK;
}

/* Of several ranks, all have the set, and the first one writes it. */
static digress_status import_files(const dg_arguments *arguments) {
    dg_import_request wanted = {.watch = &dg_interrupt_watch, .ranks = dg_ranks_joined()};
    const bool first = dg_is_first_rank(wanted.ranks);
    digress_read_report report = {0};
    dg_dataset dataset = {0};
    DG_TRY(understand(arguments, &wanted));
    if (first) DG_TRY(check_folder(&wanted));
    DG_TRY(read_dataset(&wanted, &report, &dataset));
    digress_status status = first ? write_and_report(&wanted, &report, &dataset) : DIGRESS_OK;
    dg_dataset_free(&dataset);
    return status;
}

digress_status dg_data_import(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_data_import, argc, argv, &arguments));
    dg_ranks *ranks = dg_ranks_joined();
    const uint64_t known = dg_rank_failures(ranks);
    digress_status status = arguments.help ? DIGRESS_OK : import_files(&arguments);
    dg_arguments_free(&arguments);
    return dg_ranks_settle(ranks, known, status);
}
