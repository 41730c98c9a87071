/* graph6 (McKay): a graph per line, six bits per byte, the upper triangle column by column. Its
 * sibling sparse6, whose lines begin with a colon, is read too. Neither holds classes. */
#include "graph/io/format.h"

#include "core/file.h"
#include "graph/io/text.h"
#include <inttypes.h>
#include <string.h>

/* May begin the first line, or each line. */
static const char *const headers[] = {">>graph6<<", ">>sparse6<<"};
enum {
    HEADERS = sizeof headers / sizeof *headers,
    OFFSET = 63,
    ESCAPE = 126,
    SMALL = 62,
    MIDDLE = 258047
};

static bool is_six_bits(char c) {
    return c >= OFFSET && c <= ESCAPE;
}

/* How a line of sparse6, of incremental sparse6, or of digraph6 begins. */
static bool is_relative(char c) {
    return c == ':' || c == ';' || c == '&';
}

static bool skip_header(dg_lines *line) {
    for (size_t k = 0; k < HEADERS; k++) {
        const size_t length = strlen(headers[k]);
        if ((size_t)(line->stop - line->at) < length || memcmp(line->at, headers[k], length) != 0)
            continue;
        line->at += length;
        return true;
    }
    return false;
}

/* Takes the number of nodes off the front: 1 byte, or 126 and 3 bytes, or 126 126 and 6 bytes. */
static bool take_n(const char **at, const char *stop, uint64_t *n) {
    size_t escapes = 0;
    while (escapes < 2 && *at < stop && **at == ESCAPE) {
        escapes++;
        ++*at;
    }
    size_t bytes = escapes == 0 ? 1 : escapes == 1 ? 3 : 6;
    if ((size_t)(stop - *at) < bytes) return false;
    *n = 0;
    for (size_t k = 0; k < bytes; k++) {
        char c = *(*at)++;
        if (!is_six_bits(c)) return false;
        *n = *n << 6 | (uint64_t)(c - OFFSET);
    }
    return true;
}

static uint64_t triangle_bytes(uint64_t n) {
    return n < 2 ? 0 : (n * (n - 1) / 2 + 5) / 6;
}

static digress_status bad_line(const dg_builder *builder, const dg_lines *line, const char *what) {
    return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: %s", builder->path, line->number, what);
}

static digress_status read_triangle(dg_builder *builder, const dg_lines *line, const char *bits,
                                    uint64_t n) {
    size_t bit = 0;
    for (int64_t j = 1; j < (int64_t)n; j++) {
        for (int64_t i = 0; i < j; i++, bit++) {
            if ((bits[bit / 6] - OFFSET) >> (5 - bit % 6) & 1)
                DG_TRY(dg_builder_edge(builder, line->number, i, j, 1));
        }
    }
    for (; bit % 6 != 0; bit++)
        if ((bits[bit / 6] - OFFSET) >> (5 - bit % 6) & 1)
            return bad_line(builder, line, "graph6: bits set after the last pair");
    return DIGRESS_OK;
}

/* The bits of a line, and how many of them have been taken. */
typedef struct bit_stream {
    const char *bytes;
    size_t count, taken;
} bit_stream;

static uint64_t take_bits(bit_stream *bits, size_t count) {
    uint64_t value = 0;
    for (; count > 0; count--, bits->taken++)
        value = value << 1 |
                ((uint64_t)(bits->bytes[bits->taken / 6] - OFFSET) >> (5 - bits->taken % 6) & 1);
    return value;
}

/* The line consists of units of a bit and a node x. A set bit moves on to the next node v; then x
 * <= v is an edge x v, and x > v moves on to node x. Left-over bits are padding, and so is anything
 * beyond the last node. */
static digress_status read_units(dg_builder *builder, const dg_lines *line, const char *at,
                                 uint64_t n) {
    bit_stream bits = {.bytes = at, .count = 6 * (size_t)(line->stop - at)};
    size_t width = 0;
    for (uint64_t largest = n - 1; largest > 0; largest >>= 1)
        width++;
    for (uint64_t v = 0; bits.count - bits.taken > width;) {
        v += take_bits(&bits, 1);
        const uint64_t x = take_bits(&bits, width);
        if (v >= n || x >= n) break;
        if (x > v)
            v = x;
        else
            DG_TRY(dg_builder_edge(builder, line->number, (int64_t)x, (int64_t)v, 1));
    }
    return DIGRESS_OK;
}

static digress_status read_sparse6(dg_builder *builder, const dg_lines *line) {
    const char *at = line->at + 1;
    uint64_t n = 0;
    if (!take_n(&at, line->stop, &n)) return bad_line(builder, line, "sparse6: cut off");
    for (const char *c = at; c < line->stop; c++)
        if (!is_six_bits(*c)) return bad_line(builder, line, "sparse6: expected characters ? to ~");
    DG_TRY(dg_builder_begin(builder, line->number, n, false));
    DG_TRY(read_units(builder, line, at, n));
    return dg_builder_end(builder);
}

static digress_status read_line(dg_builder *builder, const dg_lines *line) {
    const char *at = line->at;
    uint64_t n = 0;
    if (*at == ':') return read_sparse6(builder, line);
    if (is_relative(*at))
        return bad_line(builder, line,
                        "digraph6, or incremental sparse6: convert it to graph6 (nauty's "
                        "copyg -g)");
    if (!take_n(&at, line->stop, &n)) return bad_line(builder, line, "graph6: cut off");
    uint64_t expected = n <= DG_MAX_NODES ? triangle_bytes(n) : 0;
    uint64_t found = (uint64_t)(line->stop - at);
    if (n <= DG_MAX_NODES && expected != found)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s:%zu: graph6: expected %" PRIu64 " bytes for %" PRIu64
                        " nodes, found %" PRIu64,
                        builder->path, line->number, expected, n, found);
    for (const char *c = at; c < line->stop; c++)
        if (!is_six_bits(*c)) return bad_line(builder, line, "graph6: expected characters ? to ~");
    DG_TRY(dg_builder_begin(builder, line->number, n, false));
    DG_TRY(read_triangle(builder, line, at, n));
    return dg_builder_end(builder);
}

static digress_status read_graph6(dg_builder *builder, const char *bytes, size_t size) {
    dg_lines line = dg_lines_of(bytes, size);
    while (dg_lines_next(&line)) {
        skip_header(&line);
        if (line.at != line.stop) DG_TRY(read_line(builder, &line));
    }
    return DIGRESS_OK;
}

/* It has a header, or its first line is as long as its number of nodes requires. */
bool dg_is_graph6(const char *bytes, size_t size) {
    dg_lines line = dg_lines_of(bytes, size);
    while (dg_lines_next(&line)) {
        uint64_t n = 0;
        if (skip_header(&line)) return true;
        if (line.at == line.stop) continue;
        if (is_relative(*line.at)) return true; /* for a better message than "unknown" */
        return take_n(&line.at, line.stop, &n) && n <= UINT32_MAX &&
               triangle_bytes(n) == (uint64_t)(line.stop - line.at);
    }
    return false;
}

bool dg_is_named_graph6(const char *path) {
    const char *slash = strrchr(path, '/'), *dot = strchr(slash ? slash : path, '.');
    for (; dot; dot = strchr(dot + 1, '.'))
        if (strcmp(dot, ".g6") == 0 || strcmp(dot, ".g6.gz") == 0 || strcmp(dot, ".graph6") == 0)
            return true;
    return false;
}

static void write_n(size_t n, FILE *stream) {
    int bytes = n <= SMALL ? 1 : n <= MIDDLE ? 3 : 6;
    if (bytes >= 3) putc(ESCAPE, stream);
    if (bytes == 6) putc(ESCAPE, stream);
    for (int k = bytes - 1; k >= 0; k--)
        putc((int)(n >> (6 * k) & 63) + OFFSET, stream);
}

static void write_graph(const digress_graph *graph, FILE *stream) {
    int bits = 0, count = 0;
    write_n(graph->n, stream);
    for (size_t j = 1; j < graph->n; j++) {
        for (size_t i = 0; i < j; i++) {
            bits = bits << 1 | (digress_graph_pair(graph, i, j) != 0);
            if (++count < 6) continue;
            putc(bits + OFFSET, stream);
            bits = count = 0;
        }
    }
    if (count) putc((bits << (6 - count)) + OFFSET, stream);
    putc('\n', stream);
}

static digress_status write_graph6(const digress_graph_set *set, const char *path) {
    dg_file file;
    DG_TRY(dg_file_begin(&file, path));
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        write_graph(&graph, file.stream);
    }
    return dg_file_commit(&file);
}

const dg_format_row dg_graph6_format = {.format = DIGRESS_FORMAT_GRAPH6,
                                        .recognise = dg_is_graph6,
                                        .read = read_graph6,
                                        .write_set = write_graph6};
