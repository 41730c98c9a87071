/* What the rest of the library may do with a set beside its public interface. */
#ifndef DG_GRAPH_GRAPH_SET_H
#define DG_GRAPH_GRAPH_SET_H

#include "digress/graph.h"

/* Moves the graphs of `from`, none of which has a class that `to` lacks, into the empty set `to`,
 * without a copy. `from` is empty then. */
void dg_graph_set_move(digress_graph_set *from, digress_graph_set *to);

/* Each node of class k gets the class map[k], one of the set's. */
void dg_graph_set_recode(digress_graph_set *set, const uint8_t map[DIGRESS_MAX_CLASSES]);

#endif
