/* Paths, and what is there. */
#ifndef DG_CORE_PATH_H
#define DG_CORE_PATH_H

#include "core/status.h"
#include <stdbool.h>

/* After a system call that failed: "PATH: cannot ACTION: why", by errno.
 * Errors: MEMORY if memory ran out, else IO. */
digress_status dg_system_error(const char *path, const char *action);

/* Syncs the name of a file or folder, just made or renamed, to disk. */
digress_status dg_sync_parent(const char *path);

/* Makes `path` and its missing parents. */
digress_status dg_make_folders(const char *path);
bool dg_is_folder(const char *path);
bool dg_exists(const char *path);
bool dg_exists_in(const char *folder, const char *name); /* FOLDER/NAME; allocates nothing */

/* Deletes a file, or a folder with all that is in it. A missing path is not an error. */
digress_status dg_remove_tree(const char *path);

/* A new string "a/b"; the caller frees it. NULL when out of memory. */
char *dg_path_join(const char *folder, const char *name);
/* A new string, as sprintf would make it; the caller frees it. NULL when out of memory. */
char *dg_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
