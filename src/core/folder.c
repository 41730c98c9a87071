#define _GNU_SOURCE /* renameat2, syncfs */
#include "core/file.h"

#include "core/log.h"
#include "core/temporary.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path without trailing slashes. */
static char *trim_path(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return strndup(path, length);
}

static digress_status make_parents(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path) return DIGRESS_OK;
    char *parent = strndup(path, (size_t)(slash - path));
    if (!parent) return dg_out_of_memory();
    digress_status status = dg_make_folders(parent);
    free(parent);
    return status;
}

bool dg_is_empty_folder(const char *path) {
    DIR *folder = opendir(path);
    if (!folder) return false;
    size_t entries = 0;
    while (readdir(folder))
        entries++;
    closedir(folder);
    return entries <= 2; /* . and .. */
}

/* The working folder, or one that contains it, is never replaced. */
static bool holds_working_folder(const char *path) {
    char *outer = realpath(path, NULL), *inner = realpath(".", NULL);
    size_t length = outer ? strlen(outer) : 0;
    bool holds = outer && inner && strncmp(inner, outer, length) == 0 &&
                 (length == 1 || inner[length] == '/' || inner[length] == '\0');
    free(outer);
    free(inner);
    return holds;
}

static digress_status check_place(const dg_folder *folder) {
    if (!dg_exists(folder->path) || dg_is_empty_folder(folder->path)) return DIGRESS_OK;
    DG_TRY(dg_folder_is_replaceable(folder->path, folder->kind));
    if (folder->force) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: exists already: give the option 'force' to replace it", folder->path);
}

static digress_status begin_folder(dg_folder *folder) {
    if (!*folder->path)
        return dg_error(DIGRESS_ERROR_INPUT, "the name of the folder to write is empty");
    if (holds_working_folder(folder->path))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: the working folder is in it: name another one",
                        folder->path);
    DG_TRY(check_place(folder));
    DG_TRY(make_parents(folder->path));
    folder->temporary = dg_temporary_folder(folder->path, &folder->descriptor);
    return folder->temporary ? DIGRESS_OK : dg_system_error(folder->path, "make the folder");
}

digress_status dg_folder_begin(dg_folder *folder, const char *path, const dg_folder_kind *kind,
                               bool force) {
    dg_folder made = {.path = trim_path(path), .kind = kind, .force = force};
    if (!made.path) return dg_out_of_memory();
    digress_status status = begin_folder(&made);
    if (status != DIGRESS_OK) {
        dg_folder_abort(&made);
        return status;
    }
    *folder = made;
    return DIGRESS_OK;
}

void dg_folder_abort(dg_folder *folder) {
    if (folder->temporary) {
        (void)dg_remove_tree(folder->temporary);
        close(folder->descriptor);
    }
    free(folder->path);
    free(folder->temporary);
    *folder = (dg_folder){0};
}

digress_status dg_folder_check(const char *path, const dg_folder_kind *kind, bool force,
                               size_t count, const char *const *inputs) {
    dg_folder folder;
    DG_TRY(dg_folder_begin(&folder, path, kind, force));
    dg_folder_abort(&folder);
    return dg_folder_holds_no_input(path, count, inputs);
}

/* The new folder is in place: failing here does not fail what was asked for. */
static void remove_replaced(const dg_folder *folder, const char *old) {
    if (dg_remove_tree(old) != DIGRESS_OK)
        dg_warn("%s is written; what it replaced could not be removed: %s", folder->path,
                digress_last_error());
}

/* Moves what is at `path` aside, so that it can come back if the new one cannot take its place. */
static digress_status replace_in_two(const dg_folder *folder) {
    char *old = dg_format("%s.old", folder->temporary);
    if (!old) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    if (rename(folder->path, old) != 0) {
        status = dg_system_error(folder->path, "replace");
    } else if (rename(folder->temporary, folder->path) != 0) {
        status = dg_system_error(folder->path, "write");
        (void)rename(old, folder->path);
    } else {
        remove_replaced(folder, old);
    }
    free(old);
    return status;
}

/* If the system can exchange two folders, there is a folder at every moment. */
static digress_status replace(dg_folder *folder) {
#ifdef RENAME_EXCHANGE
    if (renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->path, RENAME_EXCHANGE) == 0) {
        digress_status status = dg_sync_parent(folder->path);
        remove_replaced(folder, folder->temporary);
        return status;
    }
    if (errno != ENOSYS && errno != EINVAL) return dg_system_error(folder->path, "replace");
#endif
    DG_TRY(replace_in_two(folder));
    return dg_sync_parent(folder->path);
}

/* Something may have appeared there meanwhile. IO: the new folder cannot be written. */
static digress_status check_again(const dg_folder *folder) {
    return check_place(folder) == DIGRESS_OK ? DIGRESS_OK
                                             : dg_error_prefix(DIGRESS_ERROR_IO, "cannot write");
}

static digress_status put_in_place(dg_folder *folder) {
    DG_TRY(dg_folder_mark(folder->temporary, folder->kind));
    DG_TRY(check_again(folder));
    if (syncfs(folder->descriptor) != 0) return dg_system_error(folder->path, "write");
    if (folder->force && dg_exists(folder->path)) return replace(folder);
    if (rename(folder->temporary, folder->path) != 0) /* allowed onto an empty folder */
        return dg_system_error(folder->path, "write");
    return dg_sync_parent(folder->path);
}

digress_status dg_folder_commit(dg_folder *folder) {
    digress_status status = put_in_place(folder);
    dg_folder_abort(folder);
    return status;
}
