/* Configs that are found by name. */
#ifndef DG_CLI_CONFIGS_H
#define DG_CLI_CONFIGS_H

#include "core/status.h"
#include <stdbool.h>
#include <stdio.h>

/* Whether `word` is a config: a .yaml file, or a name that dg_config_path finds. */
bool dg_is_config(const char *word);

/* The file that `word` means: the file of this path, or else NAME or NAME.yaml among the configs
 * that came with the program, beside it in the build tree or installed. The caller frees *path.
 * Errors: INPUT, with the nearest name. */
digress_status dg_config_path(const char *word, char **path);

/* Their names, one a line. */
digress_status dg_configs_list(FILE *stream);

#endif
