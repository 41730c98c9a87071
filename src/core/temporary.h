/* What is written beside a path until it is complete: NAME.tmp-PID-K. It is locked while it is
 * being written, to tell what a killed process left behind from the work of a living one. */
#ifndef DG_CORE_TEMPORARY_H
#define DG_CORE_TEMPORARY_H

#include <stdbool.h>

/* Makes an empty file (or a folder) beside `path`, after removing what dead processes left there.
 * Returns its name, which the caller frees, and its descriptor, which holds the lock until it is
 * closed; NULL, with errno set, on a failure. */
char *dg_temporary_file(const char *path, int *descriptor);
char *dg_temporary_folder(const char *path, int *descriptor);

/* Whether an entry of a folder is such a file or folder, of a program that is running or was
 * killed: readers of folders skip it, and the next to write the same name removes it. */
bool dg_is_temporary(const char *name);

#endif
