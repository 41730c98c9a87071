/* digress help: the help of any command, man pages, and completion for shells. */
#include "cli/help.h"

#include "cli/complete.h"
#include "cli/shipped.h"
#include "core/nearest.h"

#include <stdio.h>
#include <string.h>

static digress_status run_help(int argc, char **argv);

static const dg_option options[] = {
    {"man", 0, NULL, "as a man page: digress help --man train | man -l - (plain text)"},
    {"completion", 0, "bash|zsh", "print a script that completes commands in this shell (none)"},
    {"configs", 0, NULL, "list the configs that 'train' and 'info' find by name (none)"},
    {"models", 0, NULL, "list the trained models that 'sample' finds by name (none)"},
    {0}};

const dg_command dg_command_help = {
    "help",
    "[--man] [COMMAND] | --completion bash|zsh | --configs | --models",
    "Says what a command does and lists its options.",
    options,
    run_help,
    "data|train|sample|tune|eval|plot|report|info|bench|help",
    NULL};

const dg_command *const dg_commands[] = {&dg_command_data,        &dg_command_data_import,
                                         &dg_command_data_export, &dg_command_train,
                                         &dg_command_sample,      &dg_command_tune,
                                         &dg_command_export,      &dg_command_eval,
                                         &dg_command_plot,        &dg_command_report,
                                         &dg_command_info,        &dg_command_bench,
                                         &dg_command_help,        NULL};

digress_status dg_command_find(const char *name, const dg_command **out) {
    const char *names[sizeof dg_commands / sizeof *dg_commands];
    size_t count = 0;
    for (; dg_commands[count]; count++) {
        names[count] = dg_commands[count]->name;
        if (strcmp(name, names[count]) != 0) continue;
        *out = dg_commands[count];
        return DIGRESS_OK;
    }
    const char *nearest = dg_nearest(name, count, names);
    if (nearest)
        return dg_error(DIGRESS_ERROR_INPUT, "unknown command '%s'; did you mean '%s'?", name,
                        nearest);
    return dg_error(DIGRESS_ERROR_INPUT, "unknown command '%s'; 'digress --help' lists them", name);
}

static const char about[] =
    "Trains a discrete graph diffusion model on your graphs, and samples new ones.";

static void print_neighbours(const dg_page *page) {
    char list[512] = "";
    for (size_t k = 0; dg_commands[k]; k++) {
        const size_t used = strlen(list);
        char name[64];
        dg_man_name(dg_commands[k], name, sizeof name);
        snprintf(list + used, sizeof list - used, "%s%s(1)", k ? ", " : "", name);
    }
    dg_man_end(page, list);
}

void dg_overview_page(const dg_page *page) {
    if (page->man) {
        dg_man_title(page, "digress", "discrete diffusion models of graphs");
        dg_page_heading(page, "Synopsis");
        dg_page_line(page, "digress COMMAND ...");
        dg_page_heading(page, "Description");
        dg_page_paragraph(page, about);
    } else {
        fprintf(page->stream, "%s\n\nUsage: digress COMMAND ...\n", about);
    }
    dg_page_heading(page, "Commands");
    for (size_t k = 0; dg_commands[k]; k++) {
        char summary[256];
        dg_short_summary(dg_commands[k], summary, sizeof summary);
        dg_page_item(page, dg_commands[k]->name, summary);
    }
    dg_page_paragraph(
        page, "'digress help COMMAND' or 'digress COMMAND --help' lists a command's options; "
              "'digress --version' says what this build is; 'digress --config-keys' prints the "
              "reference table of configuration keys.");
    if (page->man) print_neighbours(page);
}

/* A command such as "data import" is given as two words. */
static digress_status print_page(const dg_page *page, const dg_arguments *arguments) {
    char name[64] = "";
    const dg_command *command = NULL;
    for (size_t k = 0; k < arguments->positional_count; k++) {
        const size_t used = strlen(name);
        snprintf(name + used, sizeof name - used, "%s%s", k ? " " : "", arguments->positional[k]);
    }
    if (!*name) {
        dg_overview_page(page);
        return DIGRESS_OK;
    }
    DG_TRY(dg_command_find(name, &command));
    dg_command_page(page, command);
    return DIGRESS_OK;
}

static digress_status print_completion(const char *shell) {
    if (strcmp(shell, "bash") == 0)
        dg_complete_bash(stdout, dg_commands);
    else if (strcmp(shell, "zsh") == 0)
        dg_complete_zsh(stdout, dg_commands);
    else
        return dg_error(DIGRESS_ERROR_INPUT, "--completion: expected bash or zsh, got '%s'", shell);
    return DIGRESS_OK;
}

static digress_status answer(const dg_arguments *arguments) {
    const char *shell = dg_argument(&dg_command_help, arguments, "completion");
    const dg_page page = {stdout, dg_argument(&dg_command_help, arguments, "man") != NULL};
    if (shell) return print_completion(shell);
    if (dg_argument(&dg_command_help, arguments, "configs"))
        return dg_shipped_list(DG_SHIPPED_CONFIG, stdout);
    if (dg_argument(&dg_command_help, arguments, "models"))
        return dg_shipped_list(DG_SHIPPED_MODEL, stdout);
    return print_page(&page, arguments);
}

static digress_status run_help(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_help, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : answer(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
