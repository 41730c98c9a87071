#define _GNU_SOURCE /* nftw, syncfs */
#include "core/file.h"

#include "core/memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static digress_status system_error(const char *path, const char *action) {
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

bool dg_is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static digress_status read_stream(FILE *stream, const char *path, char **bytes, size_t *size) {
    char *buffer = NULL;
    size_t capacity = 0, used = 0;
    struct stat about;
    if (fstat(fileno(stream), &about) != 0) return system_error(path, "read");
    if (S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        return system_error(path, "read");
    }
    size_t expected = about.st_size > 0 ? (size_t)about.st_size : 0;
    digress_status status = dg_grow(&buffer, &capacity, expected + 2, 1);
    while (status == DIGRESS_OK) {
        size_t got = fread(buffer + used, 1, capacity - used - 1, stream);
        used += got;
        if (got == 0) break;
        if (capacity - used < 2) status = dg_grow(&buffer, &capacity, used + 2, 1);
    }
    if (status == DIGRESS_OK && ferror(stream)) status = system_error(path, "read");
    if (status != DIGRESS_OK) {
        free(buffer);
        return status;
    }
    buffer[used] = '\0';
    *bytes = buffer;
    *size = used;
    return DIGRESS_OK;
}

digress_status dg_file_read(const char *path, char **bytes, size_t *size) {
    FILE *stream = fopen(path, "rb");
    if (!stream) return system_error(path, "read");
    digress_status status = read_stream(stream, path, bytes, size);
    fclose(stream);
    return status;
}

/* A device or a pipe is written to as it is; renaming over it would destroy it. */
static bool is_special(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

enum { TEMPORARY_TRIES = 1000 };

/* A name beside `path` that `make` could create; NULL (with errno) when it could not. */
static char *make_temporary(const char *path, int (*make)(const char *)) {
    for (int k = 0; k < TEMPORARY_TRIES; k++) {
        char *name = dg_format("%s.tmp-%ld-%d", path, (long)getpid(), k);
        if (!name || make(name) == 0) return name;
        free(name);
        if (errno != EEXIST) break;
    }
    return NULL;
}

static int make_empty_file(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int make_folder(const char *path) {
    return mkdir(path, 0777);
}

/* Opens file->temporary, or file->path where there is none. */
static digress_status open_stream(dg_file *file) {
    file->stream = fopen(file->temporary ? file->temporary : file->path, "wb");
    if (file->stream) return DIGRESS_OK;
    digress_status status = system_error(file->path, "write");
    dg_file_abort(file);
    return status;
}

digress_status dg_file_begin_part(dg_file *file, const char *path) {
    dg_file made = {.path = strdup(path)};
    if (!made.path) return dg_out_of_memory();
    DG_TRY(open_stream(&made));
    *file = made;
    return DIGRESS_OK;
}

digress_status dg_file_begin(dg_file *file, const char *path) {
    if (dg_is_folder(path))
        return dg_error(DIGRESS_ERROR_IO, "%s: cannot write: it is a folder", path);
    if (is_special(path)) return dg_file_begin_part(file, path);
    dg_file made = {.path = strdup(path)};
    if (!made.path) return dg_out_of_memory();
    made.temporary = make_temporary(path, make_empty_file);
    if (!made.temporary) {
        digress_status status = system_error(path, "write");
        free(made.path);
        return status;
    }
    DG_TRY(open_stream(&made));
    *file = made;
    return DIGRESS_OK;
}

void dg_file_abort(dg_file *file) {
    if (file->stream) fclose(file->stream);
    if (file->temporary) unlink(file->temporary);
    free(file->path);
    free(file->temporary);
    *file = (dg_file){0};
}

static bool flush_to_disk(const dg_file *file) {
    errno = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream)) return false;
    return !file->temporary || fsync(fileno(file->stream)) == 0;
}

digress_status dg_file_commit(dg_file *file) {
    digress_status status = DIGRESS_OK;
    if (!flush_to_disk(file)) {
        status = errno ? system_error(file->path, "write")
                       : dg_error(DIGRESS_ERROR_IO, "%s: cannot write: the disk may be full",
                                  file->path);
    } else if (file->temporary && rename(file->temporary, file->path) != 0) {
        status = system_error(file->path, "write");
    } else {
        free(file->temporary);
        file->temporary = NULL;
    }
    dg_file_abort(file);
    return status;
}

digress_status dg_file_write(const char *path, const void *bytes, size_t size) {
    dg_file file;
    DG_TRY(dg_file_begin(&file, path));
    fwrite(bytes, 1, size, file.stream);
    return dg_file_commit(&file);
}

static digress_status make_one_folder(const char *path) {
    if (mkdir(path, 0777) == 0) return DIGRESS_OK;
    digress_status status = system_error(path, "make the folder");
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
        return system_error(path, "remove");
    return DIGRESS_OK;
}

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

/* The working folder, or one that it lies in, is never replaced. */
static bool holds_working_folder(const char *path) {
    char *outer = realpath(path, NULL), *inner = realpath(".", NULL);
    size_t length = outer ? strlen(outer) : 0;
    bool holds = outer && inner && strncmp(inner, outer, length) == 0 &&
                 (length == 1 || inner[length] == '/' || inner[length] == '\0');
    free(outer);
    free(inner);
    return holds;
}

static digress_status begin_folder(dg_folder *folder) {
    if (!*folder->path)
        return dg_error(DIGRESS_ERROR_INPUT, "the name of the folder to write is empty");
    if (holds_working_folder(folder->path))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: the working folder is in it: name another one",
                        folder->path);
    if (dg_exists(folder->path) && !dg_is_empty_folder(folder->path) && !folder->force)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: exists already: give the option 'force' to replace it", folder->path);
    DG_TRY(make_parents(folder->path));
    folder->temporary = make_temporary(folder->path, make_folder);
    return folder->temporary ? DIGRESS_OK : system_error(folder->path, "make the folder");
}

digress_status dg_folder_begin(dg_folder *folder, const char *path, bool force) {
    dg_folder made = {.path = trim_path(path), .force = force};
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
    if (folder->temporary) dg_remove_tree(folder->temporary);
    free(folder->path);
    free(folder->temporary);
    *folder = (dg_folder){0};
}

/* Moves what stands at `path` aside, so that it comes back when the new one cannot take its place.
 */
static digress_status replace(const dg_folder *folder) {
    char *old = dg_format("%s.old", folder->temporary);
    if (!old) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    if (rename(folder->path, old) != 0) {
        status = system_error(folder->path, "replace");
    } else if (rename(folder->temporary, folder->path) != 0) {
        status = system_error(folder->path, "write");
        (void)rename(old, folder->path);
    } else {
        status = dg_remove_tree(old);
    }
    free(old);
    return status;
}

static digress_status sync_folder(const dg_folder *folder) {
    int descriptor = open(folder->temporary, O_RDONLY | O_DIRECTORY);
    bool synced = descriptor >= 0 && syncfs(descriptor) == 0;
    digress_status status = synced ? DIGRESS_OK : system_error(folder->path, "write");
    if (descriptor >= 0) close(descriptor);
    return status;
}

digress_status dg_folder_commit(dg_folder *folder) {
    digress_status status = sync_folder(folder);
    if (status != DIGRESS_OK) {
        dg_folder_abort(folder);
        return status;
    }
    if (folder->force && dg_exists(folder->path))
        status = replace(folder);
    else if (rename(folder->temporary, folder->path) != 0) /* allowed over an empty folder */
        status = system_error(folder->path, "write");
    dg_folder_abort(folder);
    return status;
}
