#include "core/file.h"

#include "core/memory.h"
#include "core/temporary.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static digress_status read_stream(FILE *stream, const char *path, char **bytes, size_t *size) {
    char *buffer = NULL;
    size_t capacity = 0, used = 0;
    struct stat about;
    if (fstat(fileno(stream), &about) != 0) return dg_system_error(path, "read");
    if (S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        return dg_system_error(path, "read");
    }
    size_t expected = about.st_size > 0 ? (size_t)about.st_size : 0;
    digress_status status = dg_grow(&buffer, &capacity, expected + 2, 1);
    while (status == DIGRESS_OK) {
        size_t got = fread(buffer + used, 1, capacity - used - 1, stream);
        used += got;
        if (got == 0) break;
        if (capacity - used < 2) status = dg_grow(&buffer, &capacity, used + 2, 1);
    }
    if (status == DIGRESS_OK && ferror(stream)) status = dg_system_error(path, "read");
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
    if (!stream) return dg_system_error(path, "read");
    digress_status status = read_stream(stream, path, bytes, size);
    fclose(stream);
    return status;
}

/* A device or a pipe is written to as it is; renaming over it would destroy it. */
static bool is_special(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

/* Takes `made`, with the descriptor that it is to write to; < 0: it could not be opened. */
static digress_status begin_with(dg_file made, int descriptor, dg_file *file) {
    if (made.path && descriptor >= 0) made.stream = fdopen(descriptor, made.special ? "wb" : "w+b");
    if (made.stream) {
        *file = made;
        return DIGRESS_OK;
    }
    digress_status status = made.path ? dg_system_error(made.path, "write") : dg_out_of_memory();
    if (descriptor >= 0) close(descriptor);
    dg_file_abort(&made);
    return status;
}

digress_status dg_file_begin_part(dg_file *file, const char *path) {
    const int how = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    return begin_with((dg_file){.path = strdup(path)}, open(path, how, 0666), file);
}

digress_status dg_file_begin(dg_file *file, const char *path) {
    dg_file made = {0};
    int descriptor = -1;
    if (dg_is_folder(path))
        return dg_error(DIGRESS_ERROR_IO, "%s: cannot write: it is a folder", path);
    made.special = is_special(path);
    if (made.special)
        descriptor = open(path, O_WRONLY | O_CLOEXEC);
    else
        made.temporary = dg_temporary_file(path, &descriptor);
    int reason = errno;
    made.path = strdup(path);
    errno = reason;
    return begin_with(made, descriptor, file);
}

static void release_names(dg_file *file) {
    free(file->path);
    free(file->temporary);
    *file = (dg_file){0};
}

void dg_file_abort(dg_file *file) {
    if (file->stream) fclose(file->stream);
    if (file->temporary) unlink(file->temporary);
    release_names(file);
}

digress_status dg_file_check(dg_file *file, size_t offset, const void *bytes, size_t size) {
    char block[4096];
    const char *expected = bytes;
    if (file->special) return DIGRESS_OK;
    if (fflush(file->stream) != 0) return dg_system_error(file->path, "write");
    for (size_t at = 0; at < size;) {
        size_t wanted = size - at < sizeof block ? size - at : sizeof block;
        ssize_t got = pread(fileno(file->stream), block, wanted, (off_t)(offset + at));
        if (got < 0) return dg_system_error(file->path, "read back what was written");
        if (got == 0 || memcmp(block, expected + at, (size_t)got) != 0)
            return dg_error(DIGRESS_ERROR_IO, "%s: cannot write: it does not read back as written",
                            file->path);
        at += (size_t)got;
    }
    return DIGRESS_OK;
}

static bool flush_to_disk(const dg_file *file) {
    errno = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream)) return false;
    return !file->temporary || fsync(fileno(file->stream)) == 0;
}

static digress_status flush_and_rename(dg_file *file) {
    if (!flush_to_disk(file))
        return errno ? dg_system_error(file->path, "write")
                     : dg_error(DIGRESS_ERROR_IO, "%s: cannot write: the disk may be full",
                                file->path);
    if (file->temporary) {
        if (rename(file->temporary, file->path) != 0) return dg_system_error(file->path, "write");
        free(file->temporary);
        file->temporary = NULL;
        return dg_sync_parent(file->path);
    }
    FILE *stream = file->stream;
    file->stream = NULL;
    return fclose(stream) == 0 ? DIGRESS_OK : dg_system_error(file->path, "write");
}

digress_status dg_file_commit(dg_file *file) {
    digress_status status = flush_and_rename(file);
    dg_file_abort(file);
    return status;
}

digress_status dg_file_write(const char *path, const void *bytes, size_t size) {
    dg_file file;
    DG_TRY(dg_file_begin(&file, path));
    bool written = fwrite(bytes, 1, size, file.stream) == size;
    digress_status status =
        written ? dg_file_check(&file, 0, bytes, size) : dg_system_error(path, "write");
    if (status == DIGRESS_OK) return dg_file_commit(&file);
    dg_file_abort(&file);
    return status;
}
