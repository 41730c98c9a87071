/* What the node numbers of an edge list mean, and how many nodes it has. */
#ifndef DG_GRAPH_IO_EDGELIST_IDS_H
#define DG_GRAPH_IO_EDGELIST_IDS_H

#include "graph/io/builder.h"

typedef struct dg_item { /* an edge and its class, or a node and its class */
    int64_t u, v, value;
    size_t line;
    bool bare; /* the line is just 'u v' */
} dg_item;

typedef struct dg_item_list {
    dg_item *items;
    size_t count, capacity;
} dg_item_list;

/* An edge list as it is in its file. */
typedef struct dg_edgelist {
    dg_item_list edges, nodes;
    int64_t n;                     /* "# nodes n"; -1: not given */
    int64_t said_n, said_edges;    /* "# Nodes: n Edges: m"; -1: not given */
    size_t line;                   /* the line that gave the number of nodes */
    bool gaps;                     /* some numbers are missing, and remain so */
    bool weighted;                 /* according to its header, the third column holds weights */
    char *node_names, *edge_names; /* JSON lists; NULL: none */
} dg_edgelist;

digress_status dg_edgelist_add(dg_item_list *list, dg_item added);

/* Settles list->n, and renumbers the nodes from 0 if that is asked for or, by default, if the
 * file's numbers do not start at 0 or have gaps and no "# nodes n" says otherwise. A first line 'n
 * m' that fits the rest is removed from the edges. n stays -1 if there are no nodes. Errors: INPUT
 * if the file's own account of its size is wrong. */
digress_status dg_edgelist_settle(dg_edgelist *list, dg_builder *builder);

#endif
