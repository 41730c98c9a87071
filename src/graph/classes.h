/* Classes of different sets, matched by their names: "C" is "C", whatever its number.
 *
 * A set whose classes are named "0", "1", ... has no names of its own, as most files have none.
 * Compared with a set whose names are numbers, too ("6", "7"), its numbers are names like any
 * other; compared with one whose names are words ("C", "N"), class k is that set's class k. Edge
 * class 0, no edge, is the same in every set. */
#ifndef DG_GRAPH_CLASSES_H
#define DG_GRAPH_CLASSES_H

#include "digress/graph.h"

/* Whether `name` is a whole number, as the labels of TU sets are. */
bool dg_is_class_number(const char *name);
/* Whether the name of each class is its own number. */
bool dg_node_classes_are_numbered(const digress_graph_set *set);
bool dg_edge_classes_are_numbered(const digress_graph_set *set);
/* Whether the nodes are plain: of one class, without a name; and whether the edges are: they are
 * there or not. */
bool dg_nodes_are_plain(const digress_graph_set *set);
bool dg_edges_are_plain(const digress_graph_set *set);

/* Whether both have the same names in the same order. */
bool dg_same_classes(const digress_graph_set *a, const digress_graph_set *b);

/* An empty set with the classes of `first`, then those that only `second` has. The caller owns
 * *out. Errors: INPUT (more classes than a set can have). */
digress_status dg_classes_join(const digress_graph_set *first, const digress_graph_set *second,
                               digress_graph_set **out);

/* Checks that every class in use in `set` is also one of `onto`, the classes of `owner` ("the
 * model"). Errors: INPUT, naming those that are not, or saying that the set has no classes although
 * `onto` has. */
digress_status dg_classes_require(const digress_graph_set *set, const digress_graph_set *onto,
                                  const char *owner);
/* Maps *set to the classes of `onto`, which may be more, or in another order. Errors: as
 * dg_classes_require; the set is then unchanged. */
digress_status dg_graph_set_adopt(digress_graph_set **set, const digress_graph_set *onto,
                                  const char *owner);
/* A copy over the classes of `onto`, which has all that are in use; plain nodes or edges get its
 * first class. The caller owns *out. */
digress_status dg_graph_set_copy(const digress_graph_set *set, const digress_graph_set *onto,
                                 digress_graph_set **out);

/* The classes that graphs of `set` have and `other` lacks: "node classes N, S, edge class triple";
 * "" if there are none. */
void dg_classes_lacking(const digress_graph_set *set, const digress_graph_set *other, char *out,
                        size_t size);
/* "0-3 stand for C, N, O, F": which node classes of `set`, which has no names, are taken for which
 * of `other`; "" if they are matched by name. */
void dg_classes_by_place(const digress_graph_set *set, const digress_graph_set *other, char *out,
                         size_t size);

#endif
