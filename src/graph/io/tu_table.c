#include "graph/io/tu_table.h"

#include "core/file.h"
#include "core/memory.h"
#include "graph/io/text.h"
#include <stdlib.h>

static digress_status parse_row(dg_tu_table *into, const dg_lines *lines) {
    size_t first = into->rows * into->width;
    const char *at = lines->at;
    DG_TRY(dg_grow(&into->values, &into->capacity, first + into->width, sizeof *into->values));
    DG_TRY(dg_grow(&into->lines, &into->line_capacity, into->rows + 1, sizeof *into->lines));
    bool good = true;
    for (size_t k = 0; k < into->width && good; k++)
        good = dg_take_integer(&at, lines->stop, &into->values[first + k]);
    if (!good || at != lines->stop)
        return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: expected %s", into->path, lines->number,
                        into->width == 1 ? "one whole number" : "two nodes 'u, v'");
    into->lines[into->rows++] = lines->number;
    return DIGRESS_OK;
}

digress_status dg_tu_table_read(const char *prefix, const char *suffix, size_t width, bool optional,
                                dg_tu_table *out) {
    char *bytes = NULL;
    size_t size = 0;
    out->width = width;
    out->path = dg_format("%s%s", prefix, suffix);
    if (!out->path) return dg_out_of_memory();
    if (optional && !dg_exists(out->path)) return DIGRESS_OK;
    DG_TRY(dg_file_read(out->path, &bytes, &size));
    dg_lines lines = dg_lines_of(bytes, size);
    digress_status status = DIGRESS_OK;
    while (status == DIGRESS_OK && dg_lines_next(&lines))
        if (lines.at != lines.stop) status = parse_row(out, &lines);
    free(bytes);
    return status;
}

void dg_tu_table_free(dg_tu_table *freed) {
    free(freed->path);
    free(freed->values);
    free(freed->lines);
}
