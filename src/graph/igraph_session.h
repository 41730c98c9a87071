/* For the files that talk to igraph: an igraph graph for the time of one call. */
#ifndef DG_GRAPH_IGRAPH_SESSION_H
#define DG_GRAPH_IGRAPH_SESSION_H

#include "core/status.h"
#include <igraph/igraph.h>
#include <stdint.h>

/* Calls body(graph, context) while igraph's lock is held and our error handlers are in place. */
digress_status dg_igraph_with_graph(size_t n, size_t edges, const uint32_t *ends,
                                    digress_status (*body)(const igraph_t *graph, void *context),
                                    void *context);
/* Turns a failure of igraph into a status, with its reason. To be called in `body`. */
digress_status dg_igraph_failed(igraph_error_t code);

#endif
