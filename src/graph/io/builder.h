/* The set being read: checks every graph, and makes it simple if asked to. */
#ifndef DG_GRAPH_IO_BUILDER_H
#define DG_GRAPH_IO_BUILDER_H

#include "core/status.h"
#include "core/threads.h"
#include "digress/graph.h"
#include "graph/io/class_table.h"

/* A byte is kept for each pair of nodes, so absurd sizes are refused before memory runs out: more
 * than DG_MAX_NODES nodes, or more than DG_FREE_NODES in a file with fewer bytes than nodes. */
enum { DG_MAX_NODES = DIGRESS_MAX_NODES, DG_FREE_NODES = 4096 };

typedef struct dg_builder {
    digress_read_options options;
    digress_read_report report;
    const dg_watch *watch;  /* can stop the reading before each graph (borrowed); may be NULL */
    const char *path;       /* of the current file, for messages (borrowed) */
    size_t bytes;           /* of that file */
    const char *unit;       /* ":" if messages name lines, else " edge " or the like */
    digress_graph_set *set; /* with room for every class */
    dg_class_table nodes, edges;
    size_t n, node_capacity, pair_capacity, seen_capacity; /* the current graph */
    bool directed;
    uint8_t *node_class, *pair_class, *seen; /* seen: the orders in which each pair was listed */
} dg_builder;

/* `options` may be NULL; what it points to is borrowed. */
digress_status dg_builder_create(const digress_read_options *options, dg_builder *out);
void dg_builder_free(dg_builder *builder);

/* To be called before each file, since it may number its classes differently. Borrows `path`. */
void dg_builder_next_file(dg_builder *builder, const char *path);

/* Starts a graph of n nodes of class 0 and no edge. `number` is what messages name: the line, or
 * whatever `unit` says. */
digress_status dg_builder_begin(dg_builder *builder, size_t number, uint64_t n, bool directed);
digress_status dg_builder_node(dg_builder *builder, size_t number, int64_t node,
                               int64_t node_class);
/* An edge of an undirected graph, where each pair is listed once; an arc of a directed graph. */
digress_status dg_builder_edge(dg_builder *builder, size_t number, int64_t u, int64_t v,
                               int64_t edge_class);
/* An entry of a symmetric adjacency matrix, which has each pair in both orders. When all have been
 * added, dg_builder_check_entry looks for the opposite of each. */
digress_status dg_builder_entry(dg_builder *builder, size_t number, int64_t u, int64_t v,
                                int64_t edge_class);
digress_status dg_builder_check_entry(dg_builder *builder, size_t number, int64_t u, int64_t v);
/* The same for all entries of the graph. */
digress_status dg_builder_check_entries(dg_builder *builder, size_t number);
/* Adds the graph to the set. */
digress_status dg_builder_end(dg_builder *builder);

/* A target of the graph that was added last; NAN: it has none. Errors: INPUT. */
digress_status dg_builder_target(dg_builder *builder, const char *name, double value);

/* Counts an attribute that is not read, and records its name once if there is room. */
void dg_builder_note_unread(dg_builder *builder, const char *name, size_t length);

/* The classes that a file declares, before its graphs: JSON lists of all names, which are matched
 * with those of earlier files; NULL: not declared. Errors: INPUT. */
digress_status dg_builder_declare(dg_builder *builder, const char *node_names,
                                  const char *edge_names);
/* Gives names, "C,N,O,F", to the classes that no file has named; NULL: none. Errors: INPUT (fewer
 * names than classes). */
digress_status dg_builder_name(dg_builder *builder, const char *node_names, const char *edge_names);
/* The set of all graphs so far, with as many classes as were declared or used. The builder is empty
 * afterwards. */
digress_status dg_builder_finish(dg_builder *builder, digress_graph_set **out);

/* The names of a set's classes as a JSON list; the caller frees it. NULL when out of memory. */
char *dg_node_names_json(const digress_graph_set *set);
char *dg_edge_names_json(const digress_graph_set *set);
/* The same of its targets. */
char *dg_target_names_json(const digress_graph_set *set);

#endif
