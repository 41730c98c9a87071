/* Fields of a record that are targets: columns of a CSV, or properties of an SDF. */
#ifndef DG_DATASETS_TARGET_FIELDS_H
#define DG_DATASETS_TARGET_FIELDS_H

#include "core/status.h"
#include "digress/graph.h"
#include <stddef.h>

typedef struct dg_target_fields {
    size_t count;
    char *list;         /* their names, cut apart */
    const char **names; /* [count] */
    size_t *columns;    /* [count] of a CSV */
    const char **texts; /* [count] of the current record */
} dg_target_fields;

/* "logP,homo"; NULL: none. Free with dg_target_fields_free, failing or not. Errors: INPUT (an empty
 * name). */
digress_status dg_target_fields_of(const char *list, dg_target_fields *out);
void dg_target_fields_free(dg_target_fields *fields);

/* Finds the texts of an SDF's record: the line below "> <NAME>"; "" where there is none. They point
 * into the block. */
void dg_target_fields_find(dg_target_fields *fields, const char *block);
/* The numbers of the texts; NAN where one is empty, or NA or nan in any case. The caller frees
 * *out; NULL: there are none. Errors: INPUT, naming the path and the line. */
digress_status dg_target_fields_numbers(const dg_target_fields *fields, const char *path,
                                        size_t line, double **out);

/* Adds them to the targets of a set; a name that is asked for twice is one. */
digress_status dg_target_fields_name(const dg_target_fields *fields, digress_graph_set *set);
/* Gives the numbers, or NULL for none, to the graph that was added last. */
digress_status dg_target_fields_give(const dg_target_fields *fields, const double *numbers,
                                     digress_graph_set *set);

#endif
