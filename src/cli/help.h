/* The list of commands, and their help. */
#ifndef DG_CLI_HELP_H
#define DG_CLI_HELP_H

#include "cli/page.h"

/* All commands, ended by NULL; "data import" is one too. */
extern const dg_command *const dg_commands[];

/* Errors: INPUT, with the nearest name. */
digress_status dg_command_find(const char *name, const dg_command **out);

/* What digress is and which commands it has: `digress --help`, and of a man page digress.1. */
void dg_overview_page(const dg_page *page);

#endif
