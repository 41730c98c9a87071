/* Files that appear whole or not at all. */
#ifndef DG_CORE_FILE_H
#define DG_CORE_FILE_H

#include "core/folder_kind.h"
#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* After a system call that failed: "PATH: cannot ACTION: why", by errno.
 * Errors: MEMORY where it was one of memory, and IO. */
digress_status dg_system_error(const char *path, const char *action);

/* The whole file, plus a terminating zero byte that *size does not count. The caller frees *bytes.
 * Errors: MEMORY; IO, naming the path and the system's reason. */
digress_status dg_file_read(const char *path, char **bytes, size_t *size);

/* A file under way: written beside `path` under a temporary name. Existing files are replaced
 * only by dg_file_commit (flush, fsync, rename, fsync of the folder). */
typedef struct dg_file {
    FILE *stream;           /* write here; errors are sticky and reported by dg_file_commit */
    char *path, *temporary; /* temporary: NULL when `path` itself is written to */
    bool special;           /* a device or a pipe: what was written cannot be read back */
} dg_file;

digress_status dg_file_begin(dg_file *file, const char *path);
/* For one of many files in a folder under way: a new one, written in its place, and cheap, since
 * dg_folder_commit takes all of them to the disk at once. */
digress_status dg_file_begin_part(dg_file *file, const char *path);
/* Reads back what has been written so far. Errors: IO, where these bytes are not at `offset`. */
digress_status dg_file_check(dg_file *file, size_t offset, const void *bytes, size_t size);
digress_status dg_file_commit(dg_file *file); /* on failure the temporary file is gone */
void dg_file_abort(dg_file *file);            /* removes the temporary file */

/* begin, write, check, commit. */
digress_status dg_file_write(const char *path, const void *bytes, size_t size);

/* Whether an entry of a folder is such a temporary file or folder, of a program that is at work or
 * was killed: readers of folders pass it over, and the next to write the same name removes it. */
bool dg_is_temporary(const char *name);

/* Takes the name of a file or folder to the disk: what was made or renamed there. */
digress_status dg_sync_parent(const char *path);

/* A folder under way: fill `temporary`, then commit renames it to `path`. An existing `path` that
 * is not an empty folder is refused (INPUT, the option named) unless `force` and it is a folder of
 * this kind with nothing foreign in it; then commit replaces it. */
typedef struct dg_folder {
    char *path, *temporary;
    const dg_folder_kind *kind;
    bool force;
    int descriptor; /* of `temporary` */
} dg_folder;

digress_status dg_folder_begin(dg_folder *folder, const char *path, const dg_folder_kind *kind,
                               bool force);
digress_status dg_folder_commit(dg_folder *folder);
void dg_folder_abort(dg_folder *folder);
/* Whether it could begin, and takes none of the inputs away (see dg_folder_holds_no_input): to be
 * asked before long work. */
digress_status dg_folder_check(const char *path, const dg_folder_kind *kind, bool force,
                               size_t count, const char *const *inputs);

/* Makes `path` and its missing parents. */
digress_status dg_make_folders(const char *path);
bool dg_is_folder(const char *path);
bool dg_is_empty_folder(const char *path);
bool dg_exists(const char *path);
bool dg_exists_in(const char *folder, const char *name); /* FOLDER/NAME; takes no memory */

/* Deletes a file, or a folder with all that is in it. A missing path is no error. */
digress_status dg_remove_tree(const char *path);

/* A new string "a/b"; the caller frees it. NULL when out of memory. */
char *dg_path_join(const char *folder, const char *name);
/* A new string, as sprintf would make it; the caller frees it. NULL when out of memory. */
char *dg_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
