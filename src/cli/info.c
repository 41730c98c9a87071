/* digress info: what a set of graphs, a checkpoint or a run holds; what a config takes. */
#include "cli/info.h"

#include "cli/read_options.h"
#include "core/file.h"

static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"simplify", 0, NULL,
     "accept directed, multi-edged or self-looped graphs, and make them simple"},
    {"format", 0, "F", "edgelist, graph6, graphml, tu, safetensors or text (told by the content)"},
    DG_READ_OPTIONS,
    {0}};

const dg_command dg_command_info = {
    "info", "FILE | CONFIG.yaml [key=value ...]",
    "Says what a set of graphs, a checkpoint or a run folder holds, or what memory a config takes.",
    options, run};

static digress_status describe(const char *path, const digress_read_options *read) {
    if (dg_is_run(path)) return dg_info_run(path);
    if (dg_is_checkpoint(path)) return dg_info_checkpoint(path);
    return dg_info_set(path, read);
}

static digress_status describe_argument(const dg_arguments *arguments) {
    digress_read_options read = {0};
    const char *format = dg_argument(&dg_command_info, arguments, "format");
    read.simplify = dg_argument(&dg_command_info, arguments, "simplify") != NULL;
    if (format) DG_TRY(digress_format_parse(format, &read.format));
    DG_TRY(dg_read_options_parse(&dg_command_info, arguments, &read));
    const size_t words = arguments->positional_count;
    const char *const *positional = (const char *const *)arguments->positional;
    if (words >= 1 && dg_is_config(positional[0]))
        return dg_info_config(positional[0], words - 1, positional + 1);
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
