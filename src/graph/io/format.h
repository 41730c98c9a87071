/* What the file of a format defines: dg_NAME_format, where the list (list.h) has a row NAME. */
#ifndef DG_GRAPH_IO_FORMAT_H
#define DG_GRAPH_IO_FORMAT_H

#include "graph/io/builder.h"
#include <stdio.h>

typedef struct dg_format_row {
    digress_format format; /* 0: it has no number in the public header, and gets one after those */
    /* Whether a file's content is of this format. NULL: not a format of one file. */
    bool (*recognise)(const char *bytes, size_t size);
    /* bytes[size] is 0. */
    digress_status (*read)(dg_builder *builder, const char *bytes, size_t size);
    /* One of these three, or none if it can only be read: a file per graph, a file for the whole
     * set, a folder of several files. */
    digress_status (*write_graph)(const digress_graph_set *set, size_t index, FILE *stream);
    digress_status (*write_set)(const digress_graph_set *set, const char *path);
    digress_status (*write_folder)(const digress_graph_set *set, const char *name,
                                   const char *folder);
    bool keeps_classes, keeps_names, keeps_targets; /* otherwise they are lost when written */
} dg_format_row;

bool dg_is_edgelist(const char *bytes, size_t size);
bool dg_is_graph6(const char *bytes, size_t size);
bool dg_is_named_graph6(const char *path); /* NAME.g6, NAME.g6.gz or NAME.graph6 */
bool dg_is_graphml(const char *bytes, size_t size);
bool dg_is_safetensors(const char *bytes, size_t size);
bool dg_is_blocks(const char *bytes, size_t size);

/* Additional metadata of a set in safetensors; a list of notes ends with a NULL key. */
typedef struct dg_set_note {
    const char *key, *value;
} dg_set_note;
digress_status dg_safetensors_write_noted(const digress_graph_set *set, const dg_set_note *notes,
                                          const char *path);

/* What a file is that is known but cannot be read: "a Python pickle"; NULL: something else. */
const char *dg_foreign_format(const char *bytes, size_t size);

/* Whether a text holds SMILES, one per line, possibly followed by other words. It may look like
 * graph6, too. Nothing here reads them. */
bool dg_is_smiles_text(const char *bytes, size_t size);

/* A folder with one or more NAME_graph_indicator.txt; several are read as one set. */
digress_status dg_is_tu_folder(const char *path, bool *out);
digress_status dg_tu_read(dg_builder *builder, const char *folder);

#endif
