/* Targets that are computed of graphs and molecules. */
#ifndef DG_EVAL_TARGETS_H
#define DG_EVAL_TARGETS_H

#include "core/threads.h"
#include "digress/graph.h"
#include "eval/structure/adjacency.h"
#include "eval/targets/list.h"

/* Whether there is one of that name, and whether it is of molecules alone. */
bool dg_target_is_computed(const char *name, bool *of_molecules);

/* out [graphs of the set]: the target of each graph; NAN of one that is no valid molecule. Of a
 * molecule in several parts, the largest counts. Errors: INPUT (no such target, with the list; one
 * of molecules, and the set has none; built without RDKit). */
digress_status dg_target_measure(dg_pool *pool, const digress_graph_set *set, const char *name,
                                 double *out);
/* Measures each of the names in `list`, separated by commas, and adds it to the set. */
digress_status dg_targets_compute(dg_pool *pool, digress_graph_set *set, const char *list);

/* Of graph_targets.c. */
typedef digress_status dg_graph_target(const dg_adjacency *graph, dg_arena *arena, double *out);
#define DG_GRAPH_TARGET_DECLARATION(name, text) dg_graph_target dg_target_##name;
DG_GRAPH_TARGET_ROWS(DG_GRAPH_TARGET_DECLARATION, )

#endif
