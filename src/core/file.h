/* Files that appear whole or not at all. */
#ifndef DG_CORE_FILE_H
#define DG_CORE_FILE_H

#include "core/folder_kind.h"
#include "core/path.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The whole file, plus a terminating zero byte that *size does not count. The caller frees *bytes.
 * Errors: MEMORY; IO, naming the path and the system's reason. */
digress_status dg_file_read(const char *path, char **bytes, size_t *size);

/* A file being written, beside `path` under a temporary name. Existing files are replaced only by
 * dg_file_commit (flush, fsync, rename, fsync of the folder). */
typedef struct dg_file {
    FILE *stream;           /* write here; errors are sticky and reported by dg_file_commit */
    char *path, *temporary; /* temporary: NULL when `path` itself is written to */
    bool special;           /* a device or a pipe: what was written cannot be read back */
} dg_file;

digress_status dg_file_begin(dg_file *file, const char *path);
/* For one of many files in a folder being written: a new file, written in place, which is cheap,
 * since dg_folder_commit syncs all of them to disk at once. */
digress_status dg_file_begin_part(dg_file *file, const char *path);
/* Reads back what has been written so far. Errors: IO if these bytes are not at `offset`. */
digress_status dg_file_check(dg_file *file, size_t offset, const void *bytes, size_t size);
digress_status dg_file_commit(dg_file *file); /* on failure the temporary file is gone */
void dg_file_abort(dg_file *file);            /* removes the temporary file */

/* begin, write, check, commit. */
digress_status dg_file_write(const char *path, const void *bytes, size_t size);

/* A folder being written: fill `temporary`, then commit renames it to `path`. An existing `path`
 * that is not an empty folder is refused (INPUT, the option named) unless `force` and it is a
 * folder of this kind with nothing foreign in it; then commit replaces it. */
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
/* Checks that it could begin and would take none of the inputs away (see dg_folder_holds_no_input):
 * to be called before long work. */
digress_status dg_folder_check(const char *path, const dg_folder_kind *kind, bool force,
                               size_t count, const char *const *inputs);

bool dg_is_empty_folder(const char *path);

#endif
