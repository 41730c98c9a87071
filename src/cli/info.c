/* digress info: what a set of graphs, a checkpoint or a run holds; what a config takes. */
#include "cli/info.h"

#include "cli/configs.h"
#include "cli/options.h"
#include "core/file.h"

#include <stdlib.h>

static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"simplify", 0, NULL,
     "accept directed, multi-edged or self-looped graphs, and make them simple (refused)"},
    {"format", 0, "edgelist|graph6|graphml|tu|safetensors|text",
     "the format of FILE (told by its content)"},
    {0}};

const dg_command dg_command_info = {
    "info",
    "FILE | CONFIG [key=value ...]",
    "Says what a set of graphs, a checkpoint or a run folder holds, or what memory a config takes.",
    options,
    run,
    NULL,
    NULL};

static digress_status describe(const char *path, const digress_read_options *read) {
    if (dg_is_run(path)) return dg_info_run(path);
    if (dg_is_checkpoint(path)) return dg_info_checkpoint(path);
    return dg_info_set(path, read);
}

static digress_status describe_config(const char *word, size_t count,
                                      const char *const *overrides) {
    char *path = NULL;
    DG_TRY(dg_config_path(word, &path));
    digress_status status = dg_info_config(path, count, overrides);
    free(path);
    return status;
}

static digress_status describe_argument(const dg_arguments *arguments) {
    digress_read_options read = {0};
    const char *format = dg_argument(&dg_command_info, arguments, "format");
    read.simplify = dg_argument(&dg_command_info, arguments, "simplify") != NULL;
    if (format) DG_TRY(digress_format_parse(format, &read.format));
    const size_t words = arguments->positional_count;
    const char *const *positional = (const char *const *)arguments->positional;
    if (words >= 1 && dg_is_config(positional[0]))
        return describe_config(positional[0], words - 1, positional + 1);
    if (words != 1)
        return dg_error(DIGRESS_ERROR_INPUT, "info: expected one FILE: graphs, a set folder, a "
                                             "checkpoint, a run folder, or a config and key=value");
    return describe(arguments->positional[0], &read);
}

static digress_status run(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_info, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : describe_argument(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
