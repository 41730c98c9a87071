/* What the rest of the library may do with a set beyond its public interface. */
#ifndef DG_GRAPH_GRAPH_SET_H
#define DG_GRAPH_GRAPH_SET_H

#include "digress/graph.h"

/* The number of node pairs joined by an edge of any class. */
size_t dg_count_edges(const digress_graph *graph);
/* dg_hash of its size and its classes. */
uint64_t dg_hash_graph(uint64_t state, const digress_graph *graph);
/* The same of all graphs of a set, in order. */
uint64_t dg_hash_graphs(uint64_t state, const digress_graph_set *set);
/* Of the names of its classes, too, and of the number of graphs. NULL has the hash `state`. */
uint64_t dg_hash_set(uint64_t state, const digress_graph_set *set);

/* Appends a graph given by rows: node_class[n] and a symmetric pair_class[n * n], whose upper
 * triangle is read. Errors: as digress_graph_set_append. */
digress_status dg_graph_set_append_rows(digress_graph_set *set, size_t n, const uint8_t *node_class,
                                        const uint8_t *pair_class);

/* Moves the graphs of `from`, none of which has a class that `to` lacks, into the empty set `to`,
 * without a copy. `from` is empty afterwards. */
void dg_graph_set_move(digress_graph_set *from, digress_graph_set *to);

/* What the graphs of a set are made of. */
typedef struct dg_graph_arrays {
    size_t count;
    size_t *node_start, *pair_start; /* [count + 1]: where each graph's classes begin */
    uint8_t *node_class, *pair_class;
} dg_graph_arrays;

/* Those of the set, which owns them. */
dg_graph_arrays dg_graph_set_arrays(const digress_graph_set *set);
/* From now on these are the graphs of the set, which had none: the arrays stay the caller's, and as
 * they are. */
void dg_graph_set_borrow(digress_graph_set *set, const dg_graph_arrays *arrays);
/* If the set has borrowed its arrays, it now has copies of its own. To be called before they are
 * changed. */
digress_status dg_graph_set_own(digress_graph_set *set);

/* Each node of class k gets the class node_map[k], and each pair of class k edge_map[k]. These need
 * not be classes of the set: its graphs are to be moved to a set that has them. edge_map may be
 * NULL: pairs stay as they are. The set must own its arrays. */
void dg_graph_set_recode(digress_graph_set *set, const uint8_t node_map[DIGRESS_MAX_CLASSES],
                         const uint8_t edge_map[DIGRESS_MAX_CLASSES]);

/* An empty set with the classes, the names and the targets of `set`. The caller owns *out. */
digress_status dg_graph_set_create_alike(const digress_graph_set *set, digress_graph_set **out);
/* Appends graph `index` of `from` with its targets. Errors: as digress_graph_set_append. */
digress_status dg_graph_set_append_from(digress_graph_set *set, const digress_graph_set *from,
                                        size_t index);
/* Appends every graph of `from`, with its targets. Errors: as digress_graph_set_append. */
digress_status dg_graph_set_append_all(digress_graph_set *set, const digress_graph_set *from);

/* Forgets all graphs but the first `count`. */
void dg_graph_set_truncate(digress_graph_set *set, size_t count);

#endif
