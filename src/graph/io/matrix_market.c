/* Matrix Market: the adjacency matrix of one graph, by its entries. It is only read.
 *
 *     %%MatrixMarket matrix coordinate pattern symmetric
 *     4 4 2                          rows, columns, entries
 *     2 1                            each pair once if symmetric, otherwise in both orders
 *     4 3
 *
 * The values of an integer matrix are the classes of the edges; those of a real one are weights. */
#include "graph/io/format.h"

#include "graph/io/text.h"
#include <inttypes.h>
#include <strings.h>

static const char BANNER[] = "%%MatrixMarket";

typedef struct matrix {
    bool symmetric, pattern;
    int64_t rows, columns, entries;
} matrix;

static bool is_matrix_market(const char *bytes, size_t size) {
    return size >= sizeof BANNER - 1 && memcmp(bytes, BANNER, sizeof BANNER - 1) == 0;
}

static digress_status bad_line(const dg_builder *builder, const dg_lines *line, const char *what) {
    const ptrdiff_t length = line->stop - line->at;
    return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: expected %s, found '%.*s'", builder->path,
                    line->number, what, (int)(length > 60 ? 60 : length), line->at);
}

static digress_status read_banner(const dg_builder *builder, dg_lines *lines, matrix *out) {
    char line[80], object[16], layout[16], field[16], symmetry[16];
    if (!dg_lines_next(lines) || !dg_take_word(&lines->at, lines->stop, BANNER))
        return bad_line(builder, lines, "%%MatrixMarket");
    const ptrdiff_t length = lines->stop - lines->at;
    snprintf(line, sizeof line, "%.*s", length > 79 ? 79 : (int)length, lines->at);
    if (sscanf(line, "%15s %15s %15s %15s", object, layout, field, symmetry) != 4 ||
        strcasecmp(object, "matrix") != 0 || strcasecmp(layout, "coordinate") != 0 ||
        (strcasecmp(symmetry, "symmetric") != 0 && strcasecmp(symmetry, "general") != 0))
        return bad_line(builder, lines, "a matrix, coordinate, symmetric or general");
    out->pattern = strcasecmp(field, "pattern") == 0;
    out->symmetric = strcasecmp(symmetry, "symmetric") == 0;
    return DIGRESS_OK;
}

static bool next_numbers(dg_lines *lines) {
    while (dg_lines_next(lines))
        if (lines->at < lines->stop && *lines->at != '%') return true;
    lines->at = lines->stop = lines->end;
    return false;
}

static digress_status read_sizes(const dg_builder *builder, dg_lines *lines, matrix *out) {
    next_numbers(lines);
    const char *at = lines->at;
    if (!dg_take_integer(&at, lines->stop, &out->rows) ||
        !dg_take_integer(&at, lines->stop, &out->columns) ||
        !dg_take_integer(&at, lines->stop, &out->entries) || at != lines->stop || out->rows < 0 ||
        out->rows != out->columns)
        return bad_line(builder, lines, "rows, columns and entries of a square matrix");
    return DIGRESS_OK;
}

static digress_status read_entry(dg_builder *builder, const dg_lines *line, const matrix *read) {
    int64_t row = 0, column = 0, value = 1;
    const char *at = line->at;
    bool good = dg_take_integer(&at, line->stop, &row) && dg_take_integer(&at, line->stop, &column);
    if (good && !read->pattern && builder->options.ignore_weights) {
        builder->report.weights++;
        at = line->stop;
    } else if (good && !read->pattern) {
        good = dg_take_integer(&at, line->stop, &value);
    }
    if (!good || at != line->stop)
        return bad_line(builder, line,
                        read->pattern ? "'row column'"
                                      : "'row column class', whole numbers (give the option "
                                        "'weights' ignore to read the edges without them)");
    return (read->symmetric ? dg_builder_edge : dg_builder_entry)(builder, line->number, row - 1,
                                                                  column - 1, value);
}

static digress_status read_matrix_market(dg_builder *builder, const char *bytes, size_t size) {
    matrix read = {0};
    int64_t found = 0;
    dg_lines lines = dg_lines_of(bytes, size);
    DG_TRY(read_banner(builder, &lines, &read));
    DG_TRY(read_sizes(builder, &lines, &read));
    DG_TRY(dg_builder_begin(builder, lines.number, (uint64_t)read.rows, false));
    for (; next_numbers(&lines); found++)
        DG_TRY(read_entry(builder, &lines, &read));
    if (found != read.entries)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: %" PRId64 " entries by its header, but %" PRId64
                        " are in it: is it cut "
                        "off?",
                        builder->path, read.entries, found);
    if (!read.symmetric) DG_TRY(dg_builder_check_entries(builder, lines.number));
    return dg_builder_end(builder);
}

const dg_format_row dg_matrix_market_format = {.format = DIGRESS_FORMAT_MATRIX_MARKET,
                                               .recognise = is_matrix_market,
                                               .read = read_matrix_market};
