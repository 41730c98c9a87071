/* digress data import: makes a set folder from graph files. */
#include "cli/data_import.h"
#include "cli/info.h"
#include "cli/read_options.h"
#include "core/file.h"

#include "core/log.h"
#include "datasets/molecules.h"
#include "graph/dataset.h"
#include "graph/io/format.h"
#include <stdio.h>
#include <string.h>

static const dg_option options[] = {
    {"out", 'o', "DIR", "the set folder to make"},
    {"seed", 0, "S", "shuffles the graphs before they are split 64/16/20 (0)"},
    {"train", 0, "FILE", "given splits, in place of one FILE: the training graphs,"},
    {"val", 0, "FILE", "the validation graphs,"},
    {"test", 0, "FILE", "and the test graphs"},
    {"format", 0, "F",
     "edgelist, graph6, graphml, tu, safetensors, text, smiles, csv or sdf (told by the file)"},
    {"simplify", 0, NULL,
     "accept directed, multi-edged or self-looped graphs, and make them simple"},
    DG_READ_OPTIONS,
    {"name", 0, "NAME", "the set's name (that of DIR)"},
    {"kind", 0, "KIND", "what the graphs are, for 'eval': planar, sbm, tree, ... (none)"},
    {"force", 'f', NULL, "replace an existing folder"},
    {"column", 0, "NAME", "molecules: the column of a CSV that holds SMILES ('smiles', any case)"},
    {"hydrogens", 0, "H", "molecules: explicit (atoms of their own) or implicit (left out)"},
    {"bonds", 0, "B", "molecules: kekule (single and double) or aromatic bonds in rings (kekule)"},
    {"atoms", 0, "LIST",
     "molecules: the node classes, C,N,O,F say; others are dropped (all that occur)"},
    {"charges", 0, NULL, "molecules: keep charged atoms, as classes N+, O-, ... of their own"},
    {"max-atoms", 0, "N", "molecules: drop what has more atoms (no limit)"},
    {"strict", 0, NULL, "molecules: stop at the first that would be dropped"},
    {"threads", 0, "K", "molecules: threads (all processors)"},
    {0}};

static const dg_command command = {
    "data import", "FILE --out DIR | --train FILE --val FILE --test FILE --out DIR",
    "Makes a set from graph files: edge lists, graph6, sparse6, GraphML, GML, Pajek,\n"
    "Matrix Market, TU collections, safetensors.\n"
    "FILE may be a folder of files, one or more graphs in each.\n"
    "Or from files of molecules: SMILES (.smi, or a column of .csv or .tsv) and SDF (.sdf, .mol),\n"
    "each also as .gz. Molecules that are charged, radicals, or of several parts are dropped.",
    options, dg_data_import};

typedef struct request {
    const char *file, *train, *val, *test; /* either file, or the other three */
    const char *out, *name, *kind;
    uint64_t seed;
    bool force;
    digress_read_options read;
    bool molecules;
    dg_import_options molecule;
    uint64_t threads;
} request;

/* The last part of a path, without slashes behind it. */
static void last_part(const char *path, char *out, size_t size) {
    size_t end = strlen(path), begin;
    while (end > 0 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/';)
        begin--;
    snprintf(out, size, "%.*s", (int)(end - begin), path + begin);
}

static const char *given(const dg_arguments *arguments, const char *name) {
    return dg_argument(&command, arguments, name);
}

static digress_status find_sources(const dg_arguments *arguments, request *out) {
    out->train = given(arguments, "train");
    out->val = given(arguments, "val");
    out->test = given(arguments, "test");
    int parts = (out->train != NULL) + (out->val != NULL) + (out->test != NULL);
    bool whole = parts == 0 && arguments->positional_count == 1;
    bool split = parts == 3 && arguments->positional_count == 0;
    if (!whole && !split)
        return dg_error(DIGRESS_ERROR_INPUT, "data import: expected one FILE (or a folder of "
                                             "files), or --train, --val and --test together");
    if (whole) out->file = arguments->positional[0];
    return DIGRESS_OK;
}

/* Files of molecules are told by their names, or by --format. */
static bool is_of_molecules(const char *format, const request *wanted) {
    if (format) return dg_record_kind_parse(format) != DG_RECORDS_NONE;
    const char *path = wanted->file ? wanted->file : wanted->train;
    return dg_record_kind_of(path) != DG_RECORDS_NONE && !dg_is_folder(path) &&
           !dg_is_edge_table_file(path);
}

static digress_status read_choice(const dg_arguments *arguments, const char *name, const char *yes,
                                  const char *no, bool *out) {
    const char *value = given(arguments, name);
    if (!value) return DIGRESS_OK;
    *out = strcmp(value, yes) == 0;
    if (*out || strcmp(value, no) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "--%s: expected %s or %s, got '%s'", name, yes, no, value);
}

static digress_status understand_molecules(const dg_arguments *arguments, const char *format,
                                           request *out) {
    const char *most = given(arguments, "max-atoms"), *threads = given(arguments, "threads");
    uint64_t most_atoms = 0;
    out->molecule.kind = format ? dg_record_kind_parse(format) : DG_RECORDS_NONE;
    out->molecule.column = given(arguments, "column");
    out->molecule.atoms = given(arguments, "atoms");
    out->molecule.charges = given(arguments, "charges") != NULL;
    out->molecule.strict = given(arguments, "strict") != NULL;
    if (!out->kind) out->kind = "molecules";
    DG_TRY(read_choice(arguments, "hydrogens", "explicit", "implicit",
                       &out->molecule.style.hydrogens));
    DG_TRY(read_choice(arguments, "bonds", "aromatic", "kekule", &out->molecule.style.aromatic));
    if (most) DG_TRY(dg_parse_u64("--max-atoms", most, 1, DG_MAX_NODES, &most_atoms));
    out->molecule.most_atoms = most_atoms;
    if (threads) DG_TRY(dg_parse_u64("--threads", threads, 1, UINT16_MAX, &out->threads));
    return DIGRESS_OK;
}

static digress_status refuse_molecule_options(const dg_arguments *arguments) {
    static const char *const names[] = {"column",  "hydrogens", "bonds",  "atoms",
                                        "charges", "max-atoms", "strict", "threads"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (given(arguments, names[k]))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "--%s is for files of molecules: .smi, .csv, .sdf, or --format smiles, "
                            "csv or sdf",
                            names[k]);
    return DIGRESS_OK;
}

static digress_status understand(const dg_arguments *arguments, request *out) {
    const char *seed = given(arguments, "seed"), *format = given(arguments, "format");
    DG_TRY(find_sources(arguments, out));
    out->out = given(arguments, "out");
    if (!out->out) return dg_error(DIGRESS_ERROR_INPUT, "data import: --out DIR is needed");
    out->name = given(arguments, "name");
    out->kind = given(arguments, "kind");
    out->force = given(arguments, "force") != NULL;
    out->read.simplify = given(arguments, "simplify") != NULL;
    if (seed) DG_TRY(dg_parse_u64("--seed", seed, 0, UINT64_MAX, &out->seed));
    out->molecules = is_of_molecules(format, out);
    if (out->molecules) return understand_molecules(arguments, format, out);
    DG_TRY(refuse_molecule_options(arguments));
    DG_TRY(dg_read_options_parse(&command, arguments, &out->read));
    return format ? digress_format_parse(format, &out->read.format) : DIGRESS_OK;
}

static bool is_part(const char *name) {
    for (size_t k = 0; k < DG_PARTS; k++) {
        size_t length = strlen(dg_part_names[k]);
        if (strncmp(name, dg_part_names[k], length) == 0 && name[length] == '.') return true;
    }
    return false;
}

/* A folder of files train.g6, val.g6 and test.g6, say, is split already. */
static void warn_of_lost_split(const char *path) {
    dg_names names = {0};
    size_t parts = 0;
    if (!dg_is_folder(path) || dg_folder_names(path, &names) != DIGRESS_OK) return;
    for (size_t k = 0; k < names.count; k++)
        parts += is_part(names.names[k]);
    dg_names_free(&names);
    if (parts == DG_PARTS)
        dg_warn("%s is split already: its graphs are mixed and split anew; to keep the split, "
                "give the three files with --train, --val and --test",
                path);
}

/* ---- molecules ---- */

static void report_loss(const char *what, size_t count, bool *first) {
    if (count == 0) return;
    printf("%s %s %zu", *first ? "left out of these:" : ",", what, count);
    *first = false;
}

static void report_molecules(const dg_import_report *report) {
    char dropped[DG_LIST_SIZE];
    bool first = true;
    dg_list_dropped(report->dropped, dropped);
    printf("%zu of %zu molecules kept%s%s%s\n", report->kept, report->read,
           *dropped ? "; dropped: " : "", dropped,
           *dropped ? " (--strict stops at the first)" : "");
    report_loss("hydrogen atoms", report->hydrogens, &first);
    report_loss("stereochemistry of", report->stereo, &first);
    report_loss("isotopes of", report->isotopes, &first);
    if (!first) printf("\n");
}

static digress_status import_with(const request *wanted, dg_pool *pool, digress_graph_set *sets[],
                                  dg_import_report *report) {
    const char *const parts[DG_PARTS] = {wanted->train, wanted->val, wanted->test};
    dg_import_options how = wanted->molecule;
    dg_progress progress;
    how.progress = &progress;
    dg_progress_begin(&progress);
    digress_status status = wanted->file
                                ? dg_import_molecules(pool, &how, 1, &wanted->file, sets, report)
                                : dg_import_molecules(pool, &how, DG_PARTS, parts, sets, report);
    dg_progress_end(&progress);
    return status;
}

static digress_status read_molecules(const request *wanted, dg_dataset *out) {
    digress_graph_set *sets[DG_PARTS] = {NULL};
    dg_import_report report;
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(wanted->threads, &pool));
    digress_status status = import_with(wanted, pool, sets, &report);
    dg_pool_free(pool);
    DG_TRY(status);
    if (wanted->file) {
        status = dg_dataset_split(sets[0], wanted->seed, out);
        digress_graph_set_free(sets[0]);
        if (status != DIGRESS_OK) return dg_error_prefix(status, "%s", wanted->file);
    } else {
        *out = (dg_dataset){.train = sets[0], .val = sets[1], .test = sets[2]};
    }
    report_molecules(&report);
    return DIGRESS_OK;
}

/* ---- any graphs ---- */

static digress_status read_dataset(const request *wanted, digress_read_report *report,
                                   dg_dataset *out) {
    if (wanted->molecules) return read_molecules(wanted, out);
    if (!wanted->file)
        return dg_dataset_read_parts(wanted->train, wanted->val, wanted->test, &wanted->read,
                                     report, out);
    digress_graph_set *set = NULL;
    warn_of_lost_split(wanted->file);
    DG_TRY(digress_graph_set_read(wanted->file, &wanted->read, report, &set));
    digress_status status = dg_dataset_split(set, wanted->seed, out);
    digress_graph_set_free(set);
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "%s", wanted->file);
}

static digress_status write_dataset(const request *wanted, dg_dataset *dataset) {
    char name[256];
    last_part(wanted->out, name, sizeof name);
    DG_TRY(dg_dataset_describe(dataset, wanted->name ? wanted->name : name,
                               wanted->kind ? wanted->kind : ""));
    return dg_dataset_write(dataset, wanted->out, wanted->force);
}

static void report_dataset(const request *wanted, const digress_read_report *report,
                           const dg_dataset *dataset) {
    dg_print_dropped(report);
    dg_print(stdout, "%s: %zu train, %zu val, %zu test graphs; %zu node and %zu edge classes\n",
             wanted->out, digress_graph_set_count(dataset->train),
             digress_graph_set_count(dataset->val), digress_graph_set_count(dataset->test),
             digress_graph_set_node_classes(dataset->train),
             digress_graph_set_edge_classes(dataset->train));
    dg_print_next(wanted->out);
}

static digress_status import_files(const dg_arguments *arguments) {
    request wanted = {0};
    digress_read_report report = {0};
    dg_dataset dataset = {0};
    DG_TRY(understand(arguments, &wanted));
    DG_TRY(dg_folder_check(wanted.out, wanted.force));
    DG_TRY(read_dataset(&wanted, &report, &dataset));
    digress_status status = write_dataset(&wanted, &dataset);
    if (status == DIGRESS_OK) report_dataset(&wanted, &report, &dataset);
    dg_dataset_free(&dataset);
    return status;
}

digress_status dg_data_import(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&command, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : import_files(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
