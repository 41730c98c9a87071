/* The classes of a set under way. Its files may number them differently: what a file names is
 * matched by name, what it does not name by number (graph/classes.h). */
#ifndef DG_GRAPH_IO_CLASS_TABLE_H
#define DG_GRAPH_IO_CLASS_TABLE_H

#include "digress/graph.h"

typedef struct dg_class_table {
    const char *what; /* "node" or "edge" */
    size_t first;     /* class that has a name to match: of edges 1, for 0 is none */
    size_t count;
    char *names[DIGRESS_MAX_CLASSES];   /* owned; NULL: called by its number */
    bool named, words;                  /* a file has named classes; some by words */
    bool names_here;                    /* the file under way does */
    uint8_t found[DIGRESS_MAX_CLASSES]; /* of the file's classes those of the set, once looked up */
} dg_class_table;

void dg_class_table_init(const char *what, size_t first, dg_class_table *out);
void dg_class_table_free(dg_class_table *table);

/* What was declared until now was of other files. */
void dg_class_table_next_file(dg_class_table *table);
/* The names of the classes of the file under way, as a JSON list; NULL: says nothing. Errors:
 * INPUT, with `path`. */
digress_status dg_class_table_declare(dg_class_table *table, const char *path, const char *json);
/* The set's class for the class `wanted` of the file under way, below DIGRESS_MAX_CLASSES. Errors:
 * INPUT (more classes than a set can have). */
digress_status dg_class_table_find(dg_class_table *table, size_t wanted, uint8_t *out);
/* Names, "C,N,O,F", for classes that no file has named; NULL: none. Errors: INPUT (fewer names than
 * classes). */
digress_status dg_class_table_name(dg_class_table *table, const char *list);

#endif
