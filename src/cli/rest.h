/* OUT.partial: the finished graphs of a command that was stopped, from which --resume goes on. */
#ifndef DG_CLI_REST_H
#define DG_CLI_REST_H

#include "sample/store.h"

typedef struct dg_rest {
    char *path, *origin;
    dg_store store;
    size_t saved;     /* graphs in the file */
    double last_save; /* by dg_clock */
} dg_rest;

/* What an earlier command that wrote to `out` has left: read with `resume`, replaced with `force`,
 * otherwise refused. `origin` says everything that a graph depends on beside its number. Free with
 * dg_rest_free, even if this fails. Errors: INPUT (another origin), IO. */
digress_status dg_rest_open(const digress_graph_set *classes, const char *origin, const char *out,
                            bool resume, bool force, dg_rest *rest);
void dg_rest_free(dg_rest *rest);

/* Writes the file now and then, in case the process is killed. A failure is only a warning. */
void dg_rest_save_now_and_then(dg_rest *rest);
/* After a failure: writes what has been drawn to the file, and returns `status` with a text that
 * says so. */
digress_status dg_rest_keep(dg_rest *rest, size_t wanted, digress_status status);
/* After success: removes the file. */
digress_status dg_rest_remove(dg_rest *rest);

#endif
