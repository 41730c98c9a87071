/* The text format of samples written by the published DiGress code. A block is a graph: the number
 * of nodes, their classes, and the matrix of edge classes, symmetric with a zero diagonal:
 *
 *     N=3
 *     X:
 *     0 0 2
 *     E:
 *     0 1 0
 *     1 0 2
 *     0 2 0
 */
#include "graph/io/format.h"

#include "core/file.h"
#include "graph/io/text.h"

bool dg_is_blocks(const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (dg_lines_next(&lines))
        if (lines.at < lines.stop)
            return lines.stop - lines.at > 2 && memcmp(lines.at, "N=", 2) == 0;
    return false;
}

static digress_status expected(const dg_builder *builder, const dg_lines *lines, const char *what) {
    ptrdiff_t length = lines->stop - lines->at;
    return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: expected %s, found '%.*s'", builder->path,
                    lines->number, what, (int)(length > 40 ? 40 : length), lines->at);
}

static bool next_text(dg_lines *lines) {
    while (dg_lines_next(lines))
        if (lines->at < lines->stop) return true;
    lines->at = lines->stop = lines->end;
    return false;
}

static digress_status read_mark(const dg_builder *builder, dg_lines *lines, const char *mark) {
    char what[16];
    snprintf(what, sizeof what, "'%s'", mark);
    if (next_text(lines) && dg_take_word(&lines->at, lines->stop, mark)) return DIGRESS_OK;
    return expected(builder, lines, what);
}

static digress_status expected_numbers(const dg_builder *builder, const dg_lines *lines, size_t n) {
    char what[64];
    snprintf(what, sizeof what, "a line of %zu whole numbers", n);
    return expected(builder, lines, what);
}

static digress_status read_nodes(dg_builder *builder, dg_lines *lines, size_t n) {
    DG_TRY(read_mark(builder, lines, "X:"));
    if (lines->at == lines->stop) next_text(lines);
    const char *at = lines->at;
    for (size_t i = 0; i < n; i++) {
        int64_t node_class;
        if (!dg_take_integer(&at, lines->stop, &node_class))
            return expected_numbers(builder, lines, n);
        DG_TRY(dg_builder_node(builder, lines->number, (int64_t)i, node_class));
    }
    return at == lines->stop ? DIGRESS_OK : expected_numbers(builder, lines, n);
}

static digress_status read_row(dg_builder *builder, dg_lines *lines, size_t n, size_t i) {
    const char *at = lines->at;
    for (size_t j = 0; j < n; j++) {
        int64_t edge_class;
        if (!dg_take_integer(&at, lines->stop, &edge_class))
            return expected_numbers(builder, lines, n);
        if (edge_class != 0)
            DG_TRY(dg_builder_entry(builder, lines->number, (int64_t)i, (int64_t)j, edge_class));
    }
    return at == lines->stop ? DIGRESS_OK : expected_numbers(builder, lines, n);
}

static digress_status read_block(dg_builder *builder, dg_lines *lines) {
    int64_t n = 0;
    const size_t number = lines->number;
    const char *at = lines->at + 2;
    if (lines->stop - lines->at < 3 || memcmp(lines->at, "N=", 2) != 0 ||
        !dg_take_integer(&at, lines->stop, &n) || at != lines->stop || n < 0)
        return expected(builder, lines, "'N=' and the number of nodes");
    DG_TRY(dg_builder_begin(builder, number, (uint64_t)n, false));
    DG_TRY(read_nodes(builder, lines, (size_t)n));
    DG_TRY(read_mark(builder, lines, "E:"));
    for (size_t i = 0; i < (size_t)n; i++) {
        next_text(lines);
        DG_TRY(read_row(builder, lines, (size_t)n, i));
    }
    DG_TRY(dg_builder_check_entries(builder, number));
    return dg_builder_end(builder);
}

static digress_status read_blocks(dg_builder *builder, const char *bytes, size_t size) {
    dg_lines lines = dg_lines_of(bytes, size);
    while (next_text(&lines))
        DG_TRY(read_block(builder, &lines));
    return DIGRESS_OK;
}

static void write_block(const digress_graph *graph, FILE *stream) {
    fprintf(stream, "N=%zu\nX: \n", graph->n);
    for (size_t i = 0; i < graph->n; i++)
        fprintf(stream, "%d ", graph->node_class[i]);
    fprintf(stream, "\nE: \n");
    for (size_t i = 0; i < graph->n; i++) {
        for (size_t j = 0; j < graph->n; j++)
            fprintf(stream, "%d ", digress_graph_pair(graph, i, j));
        fprintf(stream, "\n");
    }
    fprintf(stream, "\n");
}

static digress_status write_blocks(const digress_graph_set *set, const char *path) {
    dg_file file;
    DG_TRY(dg_file_begin(&file, path));
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        write_block(&graph, file.stream);
    }
    return dg_file_commit(&file);
}

const dg_format_row dg_text_format = {.format = DIGRESS_FORMAT_TEXT,
                                      .recognise = dg_is_blocks,
                                      .read = read_blocks,
                                      .write_set = write_blocks,
                                      .keeps_classes = true};
