/* "-" for a path. */
#ifndef DG_CLI_STANDARD_INPUT_H
#define DG_CLI_STANDARD_INPUT_H

#include "core/status.h"
#include <stddef.h>

/* Where `path` is "-", takes all of the standard input into a file without a name, puts that in its
 * place, and makes the path /dev/stdin: it can then be read as often as any other file. */
digress_status dg_take_standard_input(const char **path);

#endif
