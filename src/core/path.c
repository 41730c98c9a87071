#define _GNU_SOURCE /* nftw */
#include "core/path.h"

#include "core/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

digress_status dg_system_error(const char *path, const char *action) {
    if (errno == ENOMEM) return dg_out_of_memory();
    return dg_error(DIGRESS_ERROR_IO, "%s: cannot %s: %s", path, action, strerror(errno));
}

char *dg_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return NULL;
    char *text = malloc((size_t)length + 1);
    if (!text) return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

char *dg_path_join(const char *folder, const char *name) {
    size_t length = strlen(folder);
    return dg_format(length && folder[length - 1] == '/' ? "%s%s" : "%s/%s", folder, name);
}

bool dg_exists(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0;
}

bool dg_exists_in(const char *folder, const char *name) {
    char path[PATH_MAX]; /* no path is longer */
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length > 0 && (size_t)length < sizeof path && dg_exists(path);
}

bool dg_is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

digress_status dg_sync_parent(const char *path) {
    const char *slash = strrchr(path, '/');
    char *parent = slash ? dg_format("%.*s", (int)(slash + 1 - path), path) : dg_format(".");
    if (!parent) return dg_out_of_memory();
    int descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    if (descriptor < 0) /* a folder that may be written but not read: nothing more can be done */
        return errno == EACCES ? DIGRESS_OK : dg_system_error(path, "sync its folder");
    digress_status status = DIGRESS_OK;
    if (fsync(descriptor) != 0 && errno != EINVAL)
        status = dg_system_error(path, "sync its folder");
    close(descriptor);
    return status;
}

static digress_status make_one_folder(const char *path) {
    if (mkdir(path, 0777) == 0) return dg_sync_parent(path);
    digress_status status = dg_system_error(path, "make the folder");
    return dg_is_folder(path) ? DIGRESS_OK : status;
}

digress_status dg_make_folders(const char *path) {
    char *part = strdup(path);
    if (!part) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    for (char *end = part; *end && status == DIGRESS_OK;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char kept = *end;
        *end = '\0';
        status = make_one_folder(part);
        *end = kept;
    }
    free(part);
    return status;
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *place) {
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

digress_status dg_remove_tree(const char *path) {
    if (!dg_exists(path)) return DIGRESS_OK;
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        return dg_system_error(path, "remove");
    return DIGRESS_OK;
}
