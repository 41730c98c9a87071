/* For the files that talk to igraph: a graph of its own, for the time of one call. */
#ifndef DG_GRAPH_IGRAPH_SESSION_H
#define DG_GRAPH_IGRAPH_SESSION_H

#include "core/status.h"
#include <igraph/igraph.h>
#include <stdint.h>

/* body(graph, context) with igraph's lock held, and its handlers in place. */
digress_status dg_igraph_with_graph(size_t n, size_t edges, const uint32_t *ends,
                                    digress_status (*body)(const igraph_t *graph, void *context),
                                    void *context);
/* igraph's failure as a status, with its reason. For a body. */
digress_status dg_igraph_failed(igraph_error_t code);

#endif
