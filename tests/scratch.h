/* A folder of its own for each test that writes files: use with cmocka_unit_test_setup_teardown.
 * *state is the folder's path. */
#ifndef DG_TESTS_SCRATCH_H
#define DG_TESTS_SCRATCH_H

#include "core/file.h"
#include "core/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int scratch_setup(void **state) {
    const char *base = getenv("TMPDIR");
    if (!base) base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* no disk to wait for */
    char *path = dg_format("%s/digress-XXXXXX", base);
    if (!path || !mkdtemp(path)) return -1;
    *state = path;
    return 0;
}

static int scratch_teardown(void **state) {
    int failed = dg_remove_tree(*state) != DIGRESS_OK;
    free(*state);
    return failed;
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

/* FOLDER/name, valid until the 8th call after this one. */
static inline const char *scratch_path(void **state, const char *name) {
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
    return path;
}

/* Writes a file without waiting for the disk. */
static inline const char *scratch_bytes(const char *path, const void *bytes, size_t size) {
    FILE *stream = fopen(path, "wb");
    if (!stream) return NULL;
    size_t written = fwrite(bytes, 1, size, stream);
    return fclose(stream) == 0 && written == size ? path : NULL;
}

static inline const char *scratch_file(void **state, const char *name, const char *text) {
    return scratch_bytes(scratch_path(state, name), text, strlen(text));
}

#endif
