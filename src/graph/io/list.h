/* The list of formats that graphs are read from and written to.
 *
 * A new format is a row here and a file beside it, which defines dg_NAME_format (format.h).
 * --format, its help, messages, and what --force may replace follow from the row. */
#ifndef DG_GRAPH_IO_LIST_H
#define DG_GRAPH_IO_LIST_H

/* A row: the name that --format takes, its usual name, how it is written (GRAPH: a file for each
 * graph; SET: one file; TU: a folder of files), and the extension. BETWEEN stands between two rows.
 *
 * A file has the first format that recognises it: binary formats come first, as their first bytes
 * may look like text; formats that are only read come last. */
/* clang-format off */
#define DG_WRITTEN_FORMATS(ROW, BETWEEN)                         \
    ROW(safetensors, "safetensors", SET, "safetensors")          \
    BETWEEN ROW(edgelist, "edge lists", GRAPH, "edges")          \
    BETWEEN ROW(graph6, "graph6, sparse6", SET, "g6")            \
    BETWEEN ROW(graphml, "GraphML", GRAPH, "graphml")            \
    BETWEEN ROW(tu, "TU collections", TU, "txt")                 \
    BETWEEN ROW(text, "DiGress's text", SET, "txt")
/* These have no name for --format: ROW(name, its usual name). */
#define DG_FORMATS_READ_ALONE(ROW, BETWEEN)  \
    ROW(gml, "GML")                          \
    BETWEEN ROW(pajek, "Pajek")              \
    BETWEEN ROW(matrix_market, "Matrix Market")
/* clang-format on */

#define DG_FORMAT_NAME(name, title, written, extension) #name
#define DG_FORMAT_TITLE(name, title, ...) title

/* "safetensors|edgelist|...", with `between` in place of the bar. */
#define DG_FORMAT_NAMES(between) DG_WRITTEN_FORMATS(DG_FORMAT_NAME, between)
/* "safetensors, edge lists, ..." */
#define DG_FORMAT_TITLES                                                                           \
    DG_WRITTEN_FORMATS(DG_FORMAT_TITLE, ", ") ", " DG_FORMATS_READ_ALONE(DG_FORMAT_TITLE, ", ")

#endif
