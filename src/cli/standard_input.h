/* "-" in place of a path. */
#ifndef DG_CLI_STANDARD_INPUT_H
#define DG_CLI_STANDARD_INPUT_H

#include "core/status.h"
#include <stddef.h>

/* If *path is "-", copies the standard input to an unnamed file, which replaces it, and sets *path
 * to /dev/stdin, which can then be read as often as any other file. */
digress_status dg_take_standard_input(const char **path);

#endif
