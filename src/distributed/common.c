#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "distributed/common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 100 };

static bool map(int file, size_t size, bool writes, dg_common *out) {
    const int flags = file < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
    void *memory = mmap(NULL, size, writes ? PROT_READ | PROT_WRITE : PROT_READ, flags, file, 0);
    if (memory == MAP_FAILED) return false;
    out->memory = memory;
    out->size = size;
    return true;
}

/* A name may be left of a process that was killed. */
static int create_file(size_t number, char name[DG_COMMON_NAME]) {
    int file = -1;
    for (int k = 0; file < 0 && k < TRIES; k++) {
        snprintf(name, DG_COMMON_NAME, "/digress-%ld-%zu-%d", (long)getpid(), number, k);
        file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (file < 0 && errno != EEXIST) break;
    }
    if (file < 0) *name = 0;
    return file;
}

/* Room is reserved first: a write into a file system that is full would be a crash. */
bool dg_common_create(size_t size, size_t number, bool others, dg_common *out,
                      dg_common_name *name) {
    *name = (dg_common_name){.size = size};
    if (!others) return map(-1, size, true, out);
    const int file = create_file(number, name->text);
    if (file < 0) return false;
    const bool done = posix_fallocate(file, 0, (off_t)size) == 0 && map(file, size, true, out);
    close(file);
    return done;
}

bool dg_common_attach(const dg_common_name *name, dg_common *out) {
    const int file = *name->text ? shm_open(name->text, O_RDONLY, 0) : -1;
    if (file < 0) return false;
    const bool done = map(file, (size_t)name->size, false, out);
    close(file);
    return done;
}

void dg_common_unlink(const dg_common_name *name) {
    if (*name->text) shm_unlink(name->text);
}

void dg_common_free(dg_common *list) {
    while (list) {
        dg_common *next = list->next;
        if (list->memory) munmap(list->memory, list->size);
        free(list);
        list = next;
    }
}
