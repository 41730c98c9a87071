/* Configs and trained models that come with the program and are found by their name. */
#ifndef DG_CLI_SHIPPED_H
#define DG_CLI_SHIPPED_H

#include "core/status.h"
#include <stdbool.h>
#include <stdio.h>

typedef enum dg_shipped { DG_SHIPPED_CONFIG, DG_SHIPPED_MODEL } dg_shipped;

/* Whether `word` is a config: a .yaml file, or a name that dg_shipped_path finds. */
bool dg_is_config(const char *word);

/* The file or folder that `word` means: that of this path, or else NAME, or NAME.yaml or
 * NAME.safetensors, among those that came with the program, beside it in the build tree or where
 * they are installed. The caller frees *path. Errors: INPUT, with the nearest name. */
digress_status dg_shipped_path(dg_shipped kind, const char *word, char **path);

/* Their names, one a line. */
digress_status dg_shipped_list(dg_shipped kind, FILE *stream);

#endif
