/* What `digress info` tells of a set's targets. */
#ifndef DG_CLI_INFO_TARGETS_H
#define DG_CLI_INFO_TARGETS_H

#include "core/json.h"
#include "digress/graph.h"

/* A line for each, with a histogram of ten bins from the least value to the largest; nothing
 * without any. */
void dg_print_targets(const digress_graph_set *set);
/* The same, as "targets". */
void dg_put_targets(const digress_graph_set *set, json_t **json);

#endif
