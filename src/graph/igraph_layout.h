/* Where the nodes of a connected graph are drawn, by igraph. */
#ifndef DG_GRAPH_IGRAPH_LAYOUT_H
#define DG_GRAPH_IGRAPH_LAYOUT_H

#include "core/status.h"
#include <stddef.h>
#include <stdint.h>

typedef enum dg_layout_kind {
    DG_LAYOUT_TREE,   /* in layers below the node that is nearest to all others (Reingold and
                         Tilford 1981) */
    DG_LAYOUT_SPRING, /* distances as in the graph (Kamada and Kawai 1989), starting from a
                         multidimensional scaling, so that meshes do not fold */
    DG_LAYOUT_FORCE   /* communities apart (Fruchterman and Reingold 1991), starting from SPRING */
} dg_layout_kind;

/* at[2 u] and at[2 u + 1] are node u's x and y, in a unit of the layout's own. The same graph and
 * seed always give the same layout. `ends` holds the two nodes of each of the edges. */
digress_status dg_igraph_layout(dg_layout_kind kind, size_t n, size_t edges, const uint32_t *ends,
                                uint32_t seed, double *at);

#endif
