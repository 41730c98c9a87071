/* OUT.partial: the finished graphs of a command that was stopped, from which --resume goes on. */
#ifndef DG_CLI_REST_H
#define DG_CLI_REST_H

#include "sample/store.h"

typedef struct dg_rest {
    char *path, *origin;
    dg_store store;
    size_t saved;     /* graphs in the file */
    double last_save; /* on the clock */
} dg_rest;

/* What is left of a command that wrote to `out`: read with `resume`, removed with `force`, else
 * refused. `origin` says all that a graph depends on beside its number. Free with dg_rest_free,
 * failing or not. Errors: INPUT (another origin), IO. */
digress_status dg_rest_open(const digress_graph_set *classes, const char *origin, const char *out,
                            bool resume, bool force, dg_rest *rest);
void dg_rest_free(dg_rest *rest);

/* Writes the file now and then, for a process that is killed. What goes wrong is a warning. */
void dg_rest_save_now_and_then(dg_rest *rest);
/* After a failure: the file keeps what is drawn. Returns `status`, its text completed. */
digress_status dg_rest_keep(dg_rest *rest, size_t wanted, digress_status status);
/* After success: no file. */
digress_status dg_rest_remove(dg_rest *rest);

#endif
