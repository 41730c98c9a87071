/* digress data export: writes a set in other formats. */
#include "cli/data_export.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/read_options.h"
#include "cli/sample_outputs.h"
#include "cli/standard_input.h"
#include "core/file.h"
#include "core/log.h"
#include "datasets/molecules.h"
#include "graph/io/formats.h"
#include "graph/io/list.h"
#include "graph/io/skipped.h"
#include "graph/set_folder.h"

static const dg_option options[] = {
    {"out", 'o', "DIR", "the folder to make (must be given)"},
    {"format", 0, DG_FORMAT_NAMES(",") ",smiles,sdf,csv",
     "what to write: one of these, or several, separated by commas; of graphs that are molecules, "
     "smiles, sdf and csv, too (edgelist)"},
    DG_READ_OPTIONS,
    {"force", 'f', NULL, "replace a folder of 'data export', but nothing else (refused)"},
    {0}};

const dg_command dg_command_data_export = {
    "data export",
    "DATA --out DIR [--format FORMATS]",
    "Writes graphs in other formats, with their targets where these have room for them.\n"
    "DATA is a set, or FOLDER:train of one, or a file of graphs.",
    options,
    dg_data_export,
    NULL,
    NULL};

static digress_status write_folder(const char *out, bool force, dg_outputs *outputs,
                                   const digress_graph_set *set) {
    dg_folder folder;
    DG_TRY(dg_folder_begin(&folder, out, &dg_graphs_folder, force));
    digress_status status = dg_outputs_write(outputs, set, folder.temporary, "graphs");
    if (status == DIGRESS_OK) return dg_folder_commit(&folder);
    dg_folder_abort(&folder);
    return status;
}

static digress_status read_set(const dg_arguments *arguments, digress_graph_set **out) {
    const char *path = arguments->positional[0];
    digress_read_options how = {0};
    digress_read_report report = {0};
    size_t end = 0;
    DG_TRY(dg_take_standard_input(&path));
    if (dg_holds_molecules(path))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: a file of molecules: 'data import' makes a set of it", path);
    DG_TRY(dg_read_options_parse(&dg_command_data_export, arguments, &how));
    DG_TRY(dg_graph_sets_read(1, &path, &how, &dg_interrupt_watch, &report, &end, out));
    dg_say_dropped(&report);
    return DIGRESS_OK;
}

static digress_status export_set(const dg_arguments *arguments) {
    const char *out = dg_argument(&dg_command_data_export, arguments, "out");
    const bool force = dg_argument(&dg_command_data_export, arguments, "force") != NULL;
    digress_graph_set *set = NULL;
    dg_outputs outputs;
    if (arguments->positional_count != 1)
        return dg_error(DIGRESS_ERROR_INPUT, "data export: expected one DATA, got %zu",
                        arguments->positional_count);
    if (!out) return dg_error(DIGRESS_ERROR_INPUT, "data export: --out DIR is needed");
    DG_TRY(dg_outputs_parse(dg_argument(&dg_command_data_export, arguments, "format"), false,
                            &outputs));
    DG_TRY(dg_folder_check(out, &dg_graphs_folder, force, 1, arguments->positional));
    dg_interrupt_catch();
    DG_TRY(read_set(arguments, &set));
    const char *path = arguments->positional[0];
    if (dg_is_set_folder(path))
        dg_log("%s: all of its parts, one after another: training, validation and test graphs; "
               "%s:train is the first of them",
               path, path);
    digress_status status = write_folder(out, force, &outputs, set);
    if (status == DIGRESS_OK) {
        dg_print(stdout, "%zu graphs in %s", digress_graph_set_count(set), out);
        if (outputs.judged) printf("; %zu of them are not valid molecules", outputs.invalid);
        printf("\n");
    }
    digress_graph_set_free(set);
    return status;
}

digress_status dg_data_export(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_data_export, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : export_set(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
