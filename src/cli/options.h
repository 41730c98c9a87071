/* Command-line options, from one table per sub-command: parsing, --help, man pages and completion
 * come from it. */
#ifndef DG_CLI_OPTIONS_H
#define DG_CLI_OPTIONS_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "--name VALUE", "--name=VALUE", or "-s VALUE". A flag has argument NULL. */
typedef struct dg_option {
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    /* NULL: a flag. "DIR", "N", ...; "one|of|these" words, or "some,of,these", with commas. */
    const char *argument;
    const char *help; /* with the default in parentheses */
} dg_option;

struct dg_page;

/* A sub-command, for `digress` and `digress NAME --help`. */
typedef struct dg_command {
    const char *name, *usage, *summary;           /* usage: "CONFIG.yaml [key=value ...]" */
    const dg_option *options;                     /* ended by a NULL name */
    digress_status (*run)(int argc, char **argv); /* argv[0] is the sub-command's name */
    const char *operands; /* "one|of|these" words; NULL: files, or no operands */
    void (*more)(const struct dg_page *page); /* what --help lists below the options; or NULL */
} dg_command;

extern const dg_command dg_command_data, dg_command_data_import, dg_command_data_export,
    dg_command_train, dg_command_sample, dg_command_tune, dg_command_export, dg_command_eval,
    dg_command_plot, dg_command_report, dg_command_info, dg_command_bench, dg_command_help;

typedef struct dg_arguments {
    const dg_command *command;
    const char *const *values; /* [options] value of each, NULL when not given; "" for a flag */
    size_t positional_count;
    const char **positional;
    bool help; /* --help was given and has been printed: return OK at once */
} dg_arguments;

/* Errors: INPUT for an unknown option (suggesting the nearest) or a missing value. Free with
 * dg_arguments_free. */
digress_status dg_arguments_parse(const dg_command *command, int argc, char **argv,
                                  dg_arguments *out);
void dg_arguments_free(dg_arguments *arguments);
/* The value of option `name`, or NULL; the name must be in the table. */
const char *dg_argument(const dg_command *command, const dg_arguments *arguments, const char *name);
/* The same as a whole number, minimum .. maximum; *out stays as it is if the option is not given.
 * Errors: INPUT. */
digress_status dg_argument_number(const dg_arguments *arguments, const char *name, uint64_t minimum,
                                  uint64_t maximum, uint64_t *out);

/* Replaces the library's names of options by the program's: "the option 'force'" becomes "--force".
 * For dg_log_edit. */
void dg_name_flags(char *text);
/* "digress: " and the last error, as a line on stderr. */
void dg_print_failure(void);

/* Number parsers with one clear INPUT error: "--threads: expected a whole number, got 'x'". */
digress_status dg_parse_u64(const char *what, const char *text, uint64_t minimum, uint64_t maximum,
                            uint64_t *out);
digress_status dg_parse_double(const char *what, const char *text, double *out);

#endif
