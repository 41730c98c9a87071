/* Scripts that complete commands, options, their values and files. */
#ifndef DG_CLI_COMPLETE_H
#define DG_CLI_COMPLETE_H

#include "cli/page.h"

/* NULL ends the commands. */
void dg_complete_bash(FILE *stream, const dg_command *const *commands);
void dg_complete_zsh(FILE *stream, const dg_command *const *commands);

#endif
