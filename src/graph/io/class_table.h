/* The classes of a set being read. Its files may number them differently: named classes are matched
 * by name, others by number (graph/classes.h). */
#ifndef DG_GRAPH_IO_CLASS_TABLE_H
#define DG_GRAPH_IO_CLASS_TABLE_H

#include "digress/graph.h"

typedef struct dg_class_table {
    const char *what; /* "node" or "edge" */
    size_t first;     /* the first class with a name to match: for edges 1, since 0 is "none" */
    size_t count;
    char *names[DIGRESS_MAX_CLASSES];   /* owned; NULL: its number is its name */
    bool named, words;                  /* a file has named classes; some are words */
    bool names_here;                    /* the current file has names */
    uint8_t found[DIGRESS_MAX_CLASSES]; /* the set's class for each of the file's, once looked up */
} dg_class_table;

void dg_class_table_init(const char *what, size_t first, dg_class_table *out);
void dg_class_table_free(dg_class_table *table);

/* To be called before each file: what has been declared so far is about other files. */
void dg_class_table_next_file(dg_class_table *table);
/* The names of the current file's classes, as a JSON list; NULL: not declared. Errors: INPUT, with
 * `path`. */
digress_status dg_class_table_declare(dg_class_table *table, const char *path, const char *json);
/* The set's class for the class `wanted` of the current file, below DIGRESS_MAX_CLASSES. Errors:
 * INPUT (more classes than a set can have). */
digress_status dg_class_table_find(dg_class_table *table, size_t wanted, uint8_t *out);
/* Gives names, "C,N,O,F", to the classes that no file has named; NULL: none. Errors: INPUT (fewer
 * names than classes). */
digress_status dg_class_table_name(dg_class_table *table, const char *list);

#endif
