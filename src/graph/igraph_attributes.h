/* Attributes of a graph that igraph has read: which are numbers, and which are not read. */
#ifndef DG_GRAPH_IGRAPH_ATTRIBUTES_H
#define DG_GRAPH_IGRAPH_ATTRIBUTES_H

#include "graph/igraph.h"
#include "graph/igraph_session.h"

/* Appends the names of nodes' or edges' attributes that are not read to out->unread, which has room
 * for them. */
digress_status dg_igraph_copy_unread(const igraph_strvector_t *names,
                                     igraph_attribute_elemtype_t of,
                                     const digress_read_options *options, dg_graphml *out);
/* Of the graph's attributes, copies those that are numbers, and those that `wanted` lists, which
 * have to be. Errors: INPUT (one that is wanted and is no number), MEMORY. */
digress_status dg_igraph_copy_numbers(const igraph_t *graph, const igraph_strvector_t *names,
                                      const igraph_vector_int_t *types, const char *wanted,
                                      dg_graphml *out);
void dg_named_numbers_free(size_t count, dg_named_number *numbers);

#endif
