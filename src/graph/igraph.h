/* The one place that talks to igraph. Debian's igraph is not built thread-safe, so every call is
 * made under one mutex; its process-wide error handlers and attribute table are saved and restored,
 * and its errors become statuses. */
#ifndef DG_GRAPH_IGRAPH_H
#define DG_GRAPH_IGRAPH_H

#include "core/status.h"
#include "digress/graph.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum dg_igraph_format {
    DG_IGRAPH_GRAPHML, /* its first graph: igraph 0.10 cannot reach a later one */
    DG_IGRAPH_GML,
    DG_IGRAPH_PAJEK
} dg_igraph_format;

/* An attribute of a graph. */
typedef struct dg_named_number {
    char *name;
    double value; /* NAN: missing */
} dg_named_number;

/* A graph as it stands in such a file. */
typedef struct dg_graphml {
    bool directed;
    size_t n, edges;
    int64_t *ends;      /* [edges * 2] */
    double *node_class; /* [n] attribute "class" of the nodes; NULL: none */
    double *edge_class; /* [edges] the same for edges; NULL: none */
    char **node_values; /* [n] values of the requested attribute, each NULL if missing; NULL: none
                           was requested */
    char **edge_values; /* [edges] the same of the edges */
    bool has_node_attribute, has_edge_attribute; /* whether the file has the requested attributes */
    char **unread; /* [unread_count] names of the attributes that are not read */
    size_t unread_count;
    size_t warnings;               /* of igraph */
    char warning[256];             /* the first of them */
    char *node_names, *edge_names; /* attributes "node_classes", "edge_classes" of the graph: names
                                      as JSON lists; NULL: none */
    dg_named_number *numbers; /* [number_count] attributes of the graph that are numbers, or that
                                 the options name as targets */
    size_t number_count;
    char *target_names; /* attribute "targets" of the graph: which of them are targets, as a JSON
                           list; NULL: none says so */
} dg_graphml;

/* Reads a file held in memory. `name` stands for it in messages; `options` names the attributes
 * that become classes. The caller frees with dg_graphml_free. Errors: INPUT, MEMORY. */
digress_status dg_igraph_read(dg_igraph_format format, const char *name, const char *bytes,
                              size_t size, const digress_read_options *options, dg_graphml *out);
digress_status dg_igraph_write_graphml(const dg_graphml *graph, FILE *stream);
void dg_graphml_free(dg_graphml *graph);

/* A canonical order of a graph with coloured nodes (BLISS: Junttila and Kaski 2007): isomorphic
 * graphs are equal when put in it. position[u] is node u's place, 0 .. n-1. `ends` holds the two
 * nodes of each undirected edge. */
digress_status dg_igraph_canonical_order(size_t n, const uint32_t *color, size_t edges,
                                         const uint32_t *ends, uint32_t *position);

#endif
