/* Graphs, ragged sets of graphs, and their files.
 *
 * A graph has n nodes with a class each, and a class for each unordered pair of nodes; pair class 0
 * is "no edge". There are no self loops. */
#ifndef DIGRESS_GRAPH_H
#define DIGRESS_GRAPH_H

#include "digress/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A borrowed view of one graph of a set. Valid until the set is changed or freed. */
typedef struct digress_graph {
    size_t n;
    const uint8_t *node_class; /* [n] */
    const uint8_t *pair_class; /* [n(n-1)/2]: the strict upper triangle, row by row */
} digress_graph;

/* The index in pair_class of the pair i < j of a graph of n nodes. */
static inline size_t digress_pair_index(size_t n, size_t i, size_t j) {
    return i * n - i * (i + 1) / 2 + (j - i - 1);
}

/* Class of the pair {i, j}, in either order; 0 for i == j. */
static inline uint8_t digress_graph_pair(const digress_graph *graph, size_t i, size_t j) {
    if (i == j) return 0;
    return graph->pair_class[i < j ? digress_pair_index(graph->n, i, j)
                                   : digress_pair_index(graph->n, j, i)];
}

/* A ragged set of graphs over the same classes. */
typedef struct digress_graph_set digress_graph_set;

enum { DIGRESS_MAX_CLASSES = 255, DIGRESS_MAX_NODES = 32768 }; /* of a graph */

/* An empty set. node_classes >= 1; edge_classes >= 2, class 0 ("no edge") counted; both at most
 * DIGRESS_MAX_CLASSES. Class names are "0", "1", ... until they are set. The caller owns *out. */
digress_status digress_graph_set_create(size_t node_classes, size_t edge_classes,
                                        digress_graph_set **out);
/* An empty set with the classes and names of `set`. The caller owns *out. */
digress_status digress_graph_set_create_like(const digress_graph_set *set, digress_graph_set **out);
void digress_graph_set_free(digress_graph_set *set); /* NULL is allowed */

/* Copies a graph into the set. node_class may be NULL (all 0), and so may pair_class for a single
 * node. Errors: INPUT for a class out of range, or n not in 1 .. DIGRESS_MAX_NODES; MEMORY. The set
 * is unchanged on failure. */
digress_status digress_graph_set_append(digress_graph_set *set, size_t n, const uint8_t *node_class,
                                        const uint8_t *pair_class);

/* Many graphs at once, as lists of edges: what NumPy, networkx, SciPy and PyTorch Geometric hold.
 */
typedef struct digress_arrays {
    size_t graphs;
    const int64_t *node_start; /* [graphs + 1]: graph g has node_start[g + 1] - node_start[g] nodes;
                                  node_start[0] is 0 */
    const uint8_t *node_class; /* [node_start[graphs]]; NULL: all 0 */
    const int64_t *edge_start; /* [graphs + 1]: where each graph's edges begin in the next three */
    const int64_t *source, *target; /* [edge_start[graphs]] nodes of the graph, from 0 */
    const uint8_t *edge_class;      /* [edge_start[graphs]]; NULL: all 1. Class 0 is no edge */
    bool simplify;                  /* drop self loops, otherwise an error */
} digress_arrays;

/* Appends the graphs. A pair that is listed several times, in either direction, is one edge.
 * Errors: INPUT, naming graph and nodes, for a node that the graph does not have, a pair listed
 * with two classes, a self loop, starts that descend, and what digress_graph_set_append refuses;
 * MEMORY. The set is unchanged on failure. *self_loops, when not NULL, is how many were dropped. */
digress_status digress_graph_set_append_arrays(digress_graph_set *set, const digress_arrays *arrays,
                                               size_t *self_loops);

/* How many edges graph `index` has, and its edges in the order of pair_class: nodes source < target
 * and classes, [edges] each; any of the three may be NULL. 0 edges for index >= count. */
size_t digress_graph_set_edges(const digress_graph_set *set, size_t index, int64_t *source,
                               int64_t *target, uint8_t *edge_class);

/* Appends graphs of another set, or of the same one: those numbered index[0], ..., index[count -
 * 1], or with index NULL the first `count`. Classes keep their numbers. Errors: INPUT (no such
 * graph, a class that `set` lacks), MEMORY. The set is unchanged on failure. */
digress_status digress_graph_set_append_set(digress_graph_set *set, const digress_graph_set *from,
                                            size_t count, const size_t *index);

size_t digress_graph_set_count(const digress_graph_set *set);
size_t digress_graph_set_node_classes(const digress_graph_set *set);
size_t digress_graph_set_edge_classes(const digress_graph_set *set);
/* node_start [count + 1]: how many nodes the graphs before each have, and all of them. */
void digress_graph_set_starts(const digress_graph_set *set, int64_t *node_start);
/* For an index >= count, a graph of 0 nodes. The classes of a set's graphs lie one behind the
 * other, so that those of its first graph begin an array of all. */
digress_graph digress_graph_set_get(const digress_graph_set *set, size_t index);

/* Names of classes; edge class 0 is "none" by default. Names are copied in, and owned by the set.
 */
const char *digress_graph_set_node_name(const digress_graph_set *set, size_t node_class);
const char *digress_graph_set_edge_name(const digress_graph_set *set, size_t edge_class);
digress_status digress_graph_set_name_node(digress_graph_set *set, size_t node_class,
                                           const char *name);
digress_status digress_graph_set_name_edge(digress_graph_set *set, size_t edge_class,
                                           const char *name);

/* Targets: real numbers that the graphs carry, by name, such as "logP"; NAN where a graph has none.
 * Files of safetensors, GraphML and TU keep them, and so do splits and copies. */
size_t digress_graph_set_target_count(const digress_graph_set *set);
const char *digress_graph_set_target_name(const digress_graph_set *set, size_t target);
/* Whether the set has a target of that name; *out is its number. */
bool digress_graph_set_find_target(const digress_graph_set *set, const char *name, size_t *out);
/* Adds one that no graph has yet; *out is its number. One of that name may be there already. */
digress_status digress_graph_set_add_target(digress_graph_set *set, const char *name, size_t *out);
/* NAN: missing. */
double digress_graph_set_target(const digress_graph_set *set, size_t graph, size_t target);
/* Errors: INPUT (an infinite value; no such graph or target). */
digress_status digress_graph_set_set_target(digress_graph_set *set, size_t graph, size_t target,
                                            double value);

/* The file formats, named as on the command line. */
typedef enum digress_format {
    DIGRESS_FORMAT_AUTO, /* reading only: recognised by content */
    DIGRESS_FORMAT_EDGELIST,
    DIGRESS_FORMAT_GRAPH6,
    DIGRESS_FORMAT_GRAPHML,
    DIGRESS_FORMAT_TU,
    DIGRESS_FORMAT_SAFETENSORS,
    DIGRESS_FORMAT_TEXT, /* "N=", "X:", "E:" blocks, as the published DiGress code writes samples */
    DIGRESS_FORMAT_GML,  /* this and the following can only be read */
    DIGRESS_FORMAT_PAJEK,
    DIGRESS_FORMAT_MATRIX_MARKET
} digress_format;

/* How the node numbers of an edge list are read. AUTO: literally if the file says how many nodes it
 * has ("# nodes n") or the numbers are 0, 1, ... without gaps; otherwise compacted. */
typedef enum digress_ids {
    DIGRESS_IDS_AUTO,
    DIGRESS_IDS_LITERAL, /* node k is node k; nodes that are not listed are isolated */
    DIGRESS_IDS_COMPACT  /* the numbers that occur become 0, 1, ... in ascending order */
} digress_ids;

typedef struct digress_read_options {
    digress_format format;
    bool simplify; /* accept directed, multi-edged or self-looped input; otherwise an error */
    /* "C,N,O,F": names for the classes of files that have none. NULL: they stay numbers. The
     * edges' list begins with "none". */
    const char *node_names, *edge_names;
    digress_ids ids;     /* of edge lists */
    bool ignore_weights; /* of edge lists: what follows 'u v' is ignored; otherwise it is the class
                            of the edge, and an error if it is not a whole number */
    /* For GraphML, GML and Pajek: the attribute whose values, texts or numbers, become the classes
     * of nodes or edges. NULL: the whole numbers of an attribute "class", if there is one. */
    const char *node_attribute, *edge_attribute;
    /* "gap,mu": what becomes targets, beside what files of digress's say: attributes of a GraphML
     * or GML graph; of a TU set, "graph_label", and "graph_attribute", or "graph_attribute_1" and
     * so on where lines have several. NULL: none. */
    const char *targets;
} digress_read_options;

/* What a reader dropped or assumed, over the whole set. From `attributes` on: in GraphML, GML and
 * Pajek. */
typedef struct digress_read_report {
    size_t directions, multi_edges, self_loops; /* what `simplify` dropped */
    size_t compacted;                           /* graphs whose nodes were renumbered */
    size_t headers; /* edge lists whose first line was taken for the numbers of nodes and edges */
    size_t weights; /* edges whose weights were ignored */
    size_t attributes;           /* not read */
    char unread_attributes[256]; /* their names, each once, separated by commas; "..." if there are
                                    more */
    size_t unclassed; /* nodes and edges without a class in files that have classes: they become
                         class 0 and 1, or "(none)" where an attribute gives the classes */
    size_t undeclared_nodes; /* named only by edges */
    size_t duplicate_nodes;  /* declared a second time */
    size_t hyperedges;       /* not read */
    size_t warnings;         /* of igraph */
    char warning[256];       /* the first of them */
} digress_read_report;

/* Reads `path`: a file in any format, a folder of such files (in the order of their names), or a
 * set folder, optionally followed by ":train", ":val" or ":test" (without one, all parts are read,
 * in that order). `options` and `report` may be NULL. The caller owns *out. Errors: INPUT (path,
 * line, what was expected), IO. */
digress_status digress_graph_set_read(const char *path, const digress_read_options *options,
                                      digress_read_report *report, digress_graph_set **out);

/* Writes all graphs. One-file formats (graph6, TU as a folder, safetensors, text) write `path`;
 * edge lists and GraphML write the folder path/000000.edges, ... . Either everything is written or
 * nothing. An existing path is refused unless `force`, which replaces a file, or a folder that
 * digress wrote and that holds nothing else. graph6 cannot hold classes, nor DiGress's text their
 * names, and these and edge lists no targets: what does not fit is dropped, and *lossy, when not
 * NULL, says so. Errors: INPUT, IO. */
digress_status digress_graph_set_write(const digress_graph_set *set, const char *path,
                                       digress_format format, bool force, bool *lossy);

/* Parses the name of a format that can be read and written: "edgelist", "graph6", ... Errors:
 * INPUT, listing the names. */
digress_status digress_format_parse(const char *name, digress_format *out);

#ifdef __cplusplus
}
#endif

#endif
