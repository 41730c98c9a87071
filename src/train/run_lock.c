#define _GNU_SOURCE /* flock, gethostname */
#include "train/run_lock.h"

#include "core/file.h"
#include "core/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOLDER_SIZE = 128 };

static digress_status cannot_lock(const char *path) {
    return dg_error(DIGRESS_ERROR_IO, "%s: cannot lock the run: %s", path, strerror(errno));
}

static digress_status held(const char *folder, int descriptor) {
    char holder[HOLDER_SIZE] = "";
    ssize_t length = pread(descriptor, holder, sizeof holder - 1, 0);
    if (length <= 0) snprintf(holder, sizeof holder, "another process");
    holder[strcspn(holder, "\n")] = '\0';
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: this run is being trained by %s: wait for it or stop it, or choose "
                    "another folder",
                    folder, holder);
}

static void write_holder(int descriptor) {
    char host[64] = "", holder[HOLDER_SIZE];
    gethostname(host, sizeof host - 1);
    int length = snprintf(holder, sizeof holder, "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, holder, (size_t)length, 0) != length)
        dg_warn("the lock of the run cannot say who holds it: %s", strerror(errno));
}

/* Whether `path` is still the file that was opened: its last holder may have removed it since. */
static bool is_the_file(const char *path, int descriptor) {
    struct stat named, opened;
    return stat(path, &named) == 0 && fstat(descriptor, &opened) == 0 &&
           named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/* *again: the file was removed in the meantime. */
static digress_status try_lock(const char *folder, const char *path, int *out, bool *again) {
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    *again = false;
    if (descriptor < 0) return cannot_lock(path);
    digress_status status = DIGRESS_OK;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        *again = !is_the_file(path, descriptor);
    else if (errno == EWOULDBLOCK)
        status = held(folder, descriptor);
    else if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS)
        dg_warn("%s: this file system has no locks (%s): make sure that nothing else trains in it",
                folder, strerror(errno));
    else
        status = cannot_lock(path);
    if (status != DIGRESS_OK || *again) {
        close(descriptor);
        return status;
    }
    write_holder(descriptor);
    *out = descriptor;
    return DIGRESS_OK;
}

digress_status dg_run_lock_take(const char *folder, dg_run_lock *out) {
    bool again = true;
    dg_run_lock lock = {.path = dg_path_join(folder, "lock")};
    if (!lock.path) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    while (status == DIGRESS_OK && again)
        status = try_lock(folder, lock.path, &lock.descriptor, &again);
    if (status != DIGRESS_OK) {
        free(lock.path);
        return status;
    }
    *out = lock;
    return DIGRESS_OK;
}

void dg_run_lock_release(dg_run_lock *lock) {
    if (!lock->path) return;
    unlink(lock->path); /* before it is unlocked: whoever waits for it then sees that `path` is
                           another file */
    close(lock->descriptor);
    free(lock->path);
    *lock = (dg_run_lock){0};
}
