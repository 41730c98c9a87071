/* What igraph does not say about a GraphML file: which edges are directed, and what is not read. */
#ifndef DG_GRAPH_IO_GRAPHML_TAGS_H
#define DG_GRAPH_IO_GRAPHML_TAGS_H

#include "graph/io/builder.h"

typedef struct dg_graphml_tags {
    char *text; /* the file for igraph, without the attributes that are not read, which igraph would
                   keep for every node; a zero byte follows */
    size_t size;
    size_t nodes; /* declared, each once */
    size_t edges;
    uint8_t *directed; /* [edges] whether each is, by its own attribute or the graph's default */
    bool has_node_attribute,
        has_edge_attribute; /* whether the attributes that become classes are there */
} dg_graphml_tags;

/* Counts in builder->report what is not read. bytes[size] is 0. Free with dg_graphml_tags_free.
 * Errors: INPUT if the file lacks an attribute that is asked for. */
digress_status dg_graphml_scan(dg_builder *builder, const char *bytes, size_t size,
                               dg_graphml_tags *out);
void dg_graphml_tags_free(dg_graphml_tags *tags);

#endif
