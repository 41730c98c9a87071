/* What `digress plot` is given: graphs, a run, a chain; and what is drawn of it. */
#ifndef DG_CLI_PLOT_INPUTS_H
#define DG_CLI_PLOT_INPUTS_H

#include "cli/options.h"
#include "core/threads.h"
#include "digress/graph.h"

typedef enum dg_plot_what {
    DG_PLOT_GRAPHS,
    DG_PLOT_CHAIN,
    DG_PLOT_CURVES,
    DG_PLOT_HISTOGRAMS
} dg_plot_what;

/* What is drawn of `path` by default: the curves of a run, a chain, or graphs. */
dg_plot_what dg_plot_default(const char *path);

/* Where the graphs to be drawn are: for a run its last samples, or their first chain; for a folder
 * of samples its first chain; otherwise the path itself. The caller frees *out. Errors: INPUT (a
 * run without samples, or without a chain), IO, MEMORY. */
digress_status dg_plot_find(const char *path, bool chain, char **out);
/* Reads graphs or molecules; of a set folder the test part. The caller frees *out. */
digress_status dg_plot_read(const dg_arguments *arguments, dg_pool *pool, const char *path,
                            digress_graph_set **out);

#endif
