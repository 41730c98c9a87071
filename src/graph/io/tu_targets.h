/* Targets of a set in TU format: NAME_graph_labels.txt and NAME_graph_attributes.txt, a line for
 * each graph, of numbers with commas in between. */
#ifndef DG_GRAPH_IO_TU_TARGETS_H
#define DG_GRAPH_IO_TU_TARGETS_H

#include "graph/io/builder.h"
#include "graph/targets.h"

extern const char dg_tu_attributes_suffix[];

/* Whether the options ask for something of the file with that suffix. */
bool dg_tu_has_targets(const char *suffix, const char *wanted);
/* Reads what `wanted` lists of both files: "graph_label", "graph_attribute", or with several
 * columns "graph_attribute_1" and so on. `names`, a JSON list or NULL, names all columns of the
 * attributes, which are then all read. Free *out, failing or not. Errors: INPUT, with the line; IO.
 */
digress_status dg_tu_targets_read(const char *prefix, const char *wanted, const char *names,
                                  size_t graphs, dg_targets *out);
/* Gives those of a graph to the graph that was added last. */
digress_status dg_tu_targets_give(const dg_targets *targets, size_t graph, dg_builder *builder);

#endif
