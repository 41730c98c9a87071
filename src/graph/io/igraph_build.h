/* Adds graphs that igraph has read to the set being read. */
#ifndef DG_GRAPH_IO_IGRAPH_BUILD_H
#define DG_GRAPH_IO_IGRAPH_BUILD_H

#include "graph/igraph.h"
#include "graph/io/builder.h"

/* Adds a graph to the set, and what is not read of it to the report. directed: [edges], whether
 * each edge is; NULL: all as the graph says. */
digress_status dg_igraph_build(const dg_graphml *graph, const uint8_t *directed,
                               dg_builder *builder);

#endif
