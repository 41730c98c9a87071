/* A file of a set in TU format: lines of whole numbers. */
#ifndef DG_GRAPH_IO_TU_TABLE_H
#define DG_GRAPH_IO_TU_TABLE_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dg_tu_table {
    char *path;
    int64_t *values; /* [rows * width]; NULL: there is no such file */
    size_t rows, width, capacity;
    size_t *lines; /* [rows] */
    size_t line_capacity;
} dg_tu_table;

/* PREFIX and SUFFIX are the file's path; an optional one may be missing. *out starts zeroed; free
 * it even after a failure. Errors: INPUT, with the line; IO. */
digress_status dg_tu_table_read(const char *prefix, const char *suffix, size_t width, bool optional,
                                dg_tu_table *out);
void dg_tu_table_free(dg_tu_table *freed);

#endif
