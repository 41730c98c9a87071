/* What reading and writing the TU format share. */
#ifndef DG_GRAPH_IO_TU_H
#define DG_GRAPH_IO_TU_H

extern const char dg_tu_indicator_suffix[];
/* The values of "node_labels" and "edge_labels" in NAME_classes.json. */
extern const char dg_tu_labels_are_names[], dg_tu_labels_are_numbers[];

#endif
