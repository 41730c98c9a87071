/* digress info: what a set of graphs, a checkpoint or a run holds; what a config takes. */
#include "cli/info.h"

#include "cli/page.h"
#include "cli/read_options.h"
#include "cli/shipped.h"
#include "cli/standard_input.h"
#include "core/file.h"
#include "core/json.h"
#include "core/log.h"
#include "datasets/records.h"
#include "graph/dataset.h"
#include "graph/io/list.h"

#include <stdlib.h>
#include <string.h>

static digress_status run_info(int argc, char **argv);

static const dg_option options[] = {
    {"simplify", 0, NULL,
     "accept directed, multi-edged or self-looped graphs, and simplify them (refused)"},
    {"format", 0, DG_FORMAT_NAMES("|"), "the format of FILE (recognised by content)"},
    DG_READ_OPTIONS,
    {"json", 0, NULL, "print nothing but one JSON object on standard output (a table)"},
    {0}};

static void print_objects(const dg_page *page) {
    dg_page_heading(page, "Objects of --json, by their \"what\"");
    dg_page_item(page, "set",
                 "path, name, kind; parts, of train, val and test or of all: graphs, "
                 "n_min, n_mean, n_max, edges_mean, density, connected, valid (of judged); "
                 "valid_rule; node_classes and edge_classes: name, share");
    dg_page_item(page, "molecules", "as of a set, and read, kept, dropped by reason");
    dg_page_item(page, "checkpoint",
                 "path, name, kind, config by keys, parameters, averaged, step, "
                 "epoch, best_bound, n_max, n_mean, edges_mean, classes");
    dg_page_item(page, "run",
                 "path, name, config by keys; log: the last entry of each event and "
                 "best_validation; checkpoints last and best: path, step");
    dg_page_item(page, "config",
                 "path, name, config by keys, backend, precision, parameters, "
                 "graphs, n_max, threads; bytes to train and to sample");
    dg_page_paragraph(page, "What is unknown is null.");
}

const dg_command dg_command_info = {"info",
                                    "[--json] FILE | [--json] CONFIG [key=value ...]",
                                    "Says what a set of graphs, a checkpoint or a run folder "
                                    "holds, or how much memory a config takes.\n"
                                    "FILE may be - for the standard input.",
                                    options,
                                    run_info,
                                    NULL,
                                    print_objects};

static digress_status describe_molecules(const dg_arguments *arguments, const char *path,
                                         json_t **json) {
    const char *name = dg_read_option_given(&dg_command_info, arguments);
    if (name) dg_warn("%s: a file of molecules: --%s is not for it", path, name);
    return dg_info_molecules(path, json);
}

static digress_status describe(const dg_arguments *arguments, const digress_read_options *read,
                               json_t **json) {
    const char *path = arguments->positional[0];
    const bool given = dg_argument(&dg_command_info, arguments, "format") != NULL;
    if (dg_is_run(path)) return dg_info_run(path, json);
    if (dg_is_checkpoint(path)) return dg_info_checkpoint(path, json);
    if (!given && !dg_is_set_folder(path) && dg_holds_molecules(path))
        return describe_molecules(arguments, path, json);
    return dg_info_set(path, read, json);
}

static digress_status describe_config(const char *word, size_t count, const char *const *overrides,
                                      json_t **json) {
    char *path = NULL;
    DG_TRY(dg_shipped_path(DG_SHIPPED_CONFIG, word, &path));
    digress_status status = dg_info_config(path, count, overrides, json);
    free(path);
    return status;
}

/* Not a file: perhaps a misspelt name of a config. */
static bool is_unknown_name(const char *word) {
    return !dg_exists(word) && !strpbrk(word, "/.:");
}

static digress_status describe_argument(const dg_arguments *arguments, json_t **json) {
    digress_read_options read = {0};
    const char *format = dg_argument(&dg_command_info, arguments, "format");
    read.simplify = dg_argument(&dg_command_info, arguments, "simplify") != NULL;
    if (format) DG_TRY(digress_format_parse(format, &read.format));
    DG_TRY(dg_read_options_parse(&dg_command_info, arguments, &read));
    const size_t words = arguments->positional_count;
    if (words == 1) DG_TRY(dg_take_standard_input(arguments->positional));
    const char *const *positional = (const char *const *)arguments->positional;
    if (words >= 1 && (dg_is_config(positional[0]) || is_unknown_name(positional[0])))
        return describe_config(positional[0], words - 1, positional + 1, json);
    if (words != 1)
        return dg_error(DIGRESS_ERROR_INPUT, "info: expected one FILE: graphs, a set folder, a "
                                             "checkpoint, a run folder, or a config and key=value");
    return describe(arguments, &read, json);
}

static digress_status print_json(const dg_arguments *arguments) {
    json_t *object = NULL;
    digress_status status = describe_argument(arguments, &object);
    if (status != DIGRESS_OK) json_decref(object);
    DG_TRY(status);
    char *text = NULL;
    status = dg_json_text(object, JSON_INDENT(2) | JSON_REAL_PRECISION(17), &text);
    json_decref(object);
    DG_TRY(status);
    puts(text);
    free(text);
    return DIGRESS_OK;
}

static digress_status print_info(const dg_arguments *arguments) {
    if (dg_argument(&dg_command_info, arguments, "json")) return print_json(arguments);
    return describe_argument(arguments, NULL);
}

static digress_status run_info(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_info, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : print_info(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
