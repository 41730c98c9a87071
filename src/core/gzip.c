#include "core/gzip.h"

#include "core/memory.h"
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum { MOST_EXPANSION = 200, FREE_EXPANSION = 64 << 20 };
enum { WITH_GZIP_HEADER = 16 + MAX_WBITS };

bool dg_expands_too_far(size_t text, size_t stored) {
    return text >= FREE_EXPANSION && text / MOST_EXPANSION >= stored;
}

digress_status dg_refuse_expansion(const char *path) {
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: refused, as it expands to more than %d times its size: decompress it "
                    "first if you trust it",
                    path, MOST_EXPANSION);
}

/* The text so far, and what it is made from. */
typedef struct expansion {
    z_stream stream;
    const char *path;
    size_t stored; /* bytes of the file */
    char *text;
    size_t length, capacity;
} expansion;

static void give_room(expansion *e, size_t left) {
    e->stream.next_out = (Bytef *)e->text + e->length;
    e->stream.avail_out = (uInt)(left < UINT_MAX ? left : UINT_MAX);
}

static digress_status expand_step(expansion *e, int *code) {
    DG_TRY(dg_grow(&e->text, &e->capacity, e->length + (1 << 16) + 1, 1));
    give_room(e, e->capacity - e->length - 1);
    const size_t room = e->stream.avail_out;
    *code = inflate(&e->stream, Z_NO_FLUSH);
    e->length += room - e->stream.avail_out;
    if (*code == Z_MEM_ERROR) return dg_out_of_memory();
    if (*code == Z_BUF_ERROR || (*code == Z_OK && e->stream.avail_out > 0))
        return dg_error(DIGRESS_ERROR_IO, "%s: cannot read: the compressed file is cut off",
                        e->path);
    if (*code != Z_OK && *code != Z_STREAM_END)
        return dg_error(DIGRESS_ERROR_IO, "%s: cannot read: %s", e->path,
                        e->stream.msg ? e->stream.msg : "the compressed file is damaged");
    return dg_expands_too_far(e->length, e->stored) ? dg_refuse_expansion(e->path) : DIGRESS_OK;
}

/* A file may hold several texts, one after another. */
static digress_status expand(expansion *e) {
    for (;;) {
        int code = Z_OK;
        DG_TRY(expand_step(e, &code));
        if (code != Z_STREAM_END) continue;
        if (e->stream.avail_in == 0) return DIGRESS_OK;
        inflateReset(&e->stream);
    }
}

static bool is_gzip(const char *bytes, size_t size) {
    return size > 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

digress_status dg_gunzip(const char *path, char **bytes, size_t *size) {
    expansion e = {.path = path, .stored = *size};
    if (!is_gzip(*bytes, *size)) return DIGRESS_OK;
    if (*size > UINT_MAX)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: over 4 GB: decompress it first", path);
    e.stream.next_in = (Bytef *)*bytes;
    e.stream.avail_in = (uInt)*size;
    if (inflateInit2(&e.stream, WITH_GZIP_HEADER) != Z_OK) return dg_out_of_memory();
    digress_status status = expand(&e);
    inflateEnd(&e.stream);
    if (status != DIGRESS_OK) {
        free(e.text);
        return status;
    }
    e.text[e.length] = '\0';
    free(*bytes);
    *bytes = e.text;
    *size = e.length;
    return DIGRESS_OK;
}
