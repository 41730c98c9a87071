/* Reads damaged copies of given files: each copy has bytes changed, runs cut out, doubled or taken
 * from elsewhere in the file. Under the sanitizers a bug shows; every error must be one line.
 * Usage: fuzz_read COPIES SEED FILE... */
#include "core/file.h"
#include "core/rng.h"
#include "digress/graph.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_RUN = 64, MOST_CHANGES = 6 };

static const char numbers[] = "0123456789-~?@ \n,#\"{[<";

typedef struct text {
    char *bytes;
    size_t size, room;
} text;

static size_t below(dg_stream *stream, size_t bound) {
    return bound ? dg_stream_below(stream, (uint32_t)bound) : 0;
}

static void change(dg_stream *stream, text *copy) {
    size_t at = below(stream, copy->size), from = below(stream, copy->size);
    size_t run = 1 + below(stream, LARGEST_RUN);
    size_t end = at + run < copy->size ? at + run : copy->size;
    if (copy->size == 0) return;
    switch (dg_stream_below(stream, 5)) {
    case 0:
        copy->bytes[at] = (char)dg_stream_u32(stream);
        break;
    case 1:
        copy->bytes[at] = numbers[below(stream, sizeof numbers - 1)];
        break;
    case 2: /* cut out */
        memmove(copy->bytes + at, copy->bytes + end, copy->size - end);
        copy->size -= end - at;
        break;
    case 3: /* double */
        if (copy->size + (end - at) > copy->room) break;
        memmove(copy->bytes + end, copy->bytes + at, copy->size - at);
        copy->size += end - at;
        break;
    default: /* take from elsewhere */
        if (from + (end - at) <= copy->size)
            memmove(copy->bytes + at, copy->bytes + from, end - at);
    }
}

static int read_copy(const char *path, const text *copy) {
    const digress_read_options options = {.simplify = copy->size % 2};
    digress_graph_set *set = NULL;
    FILE *stream = fopen(path, "wb");
    if (!stream) return 1;
    fwrite(copy->bytes, 1, copy->size, stream);
    if (fclose(stream) != 0) return 1;
    digress_status status = digress_graph_set_read(path, &options, NULL, &set);
    if (status == DIGRESS_OK) digress_graph_set_free(set);
    int wrong = status == DIGRESS_ERROR_INTERNAL ||
                (status != DIGRESS_OK && strchr(digress_last_error(), '\n') != NULL);
    if (wrong) fprintf(stderr, "status %d: %s\n", status, digress_last_error());
    return wrong;
}

static int fuzz_file(const char *seed_path, const char *path, unsigned long copies,
                     dg_stream *stream) {
    text seed = {0}, copy = {0};
    int wrong = 0;
    if (dg_file_read(seed_path, &seed.bytes, &seed.size) != DIGRESS_OK) return 1;
    copy.room = 2 * seed.size + LARGEST_RUN;
    copy.bytes = malloc(copy.room);
    for (unsigned long k = 0; k < copies && copy.bytes && !wrong; k++) {
        memcpy(copy.bytes, seed.bytes, seed.size);
        copy.size = seed.size;
        for (size_t changes = 1 + below(stream, MOST_CHANGES); changes > 0; changes--)
            change(stream, &copy);
        wrong = read_copy(path, &copy);
    }
    if (wrong) fprintf(stderr, "the copy of %s is left in %s\n", seed_path, path);
    free(copy.bytes);
    free(seed.bytes);
    return wrong;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: fuzz_read COPIES SEED FILE...\n");
        return 2;
    }
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/fuzz-read-%ld", (long)getpid());
    dg_stream stream = {.key = {.seed = strtoull(argv[2], NULL, 10), .purpose = DG_RNG_TEST}};
    for (int k = 3; k < argc; k++)
        if (fuzz_file(argv[k], path, strtoul(argv[1], NULL, 10), &stream)) return 1;
    remove(path);
    return 0;
}
