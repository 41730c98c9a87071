/* Rules that say which graphs are valid. */
#ifndef DG_EVAL_RULES_H
#define DG_EVAL_RULES_H

#include "core/threads.h"
#include "digress/graph.h"
#include "eval/validity/rules/list.h"
#include <stdbool.h>

const char *dg_rule_name(dg_rule rule); /* "none", "planar", ... */
/* Errors: INPUT, listing the names. */
digress_status dg_rule_parse(const char *name, dg_rule *out);
/* The rule for a set of the given kind (dataset.json's); NONE if there is none, as for molecules
 * without RDKit. */
dg_rule dg_rule_of_kind(const char *kind);

/* Whether one graph obeys the rule; true for DG_RULE_NONE. Errors: INPUT for molecules, since a
 * graph alone has no names. */
digress_status dg_is_valid(dg_rule rule, const digress_graph *graph, bool *out);
/* out [count]: which graphs of the set obey the rule, which must not be NONE. The caller frees it,
 * even after a failure. It stays NULL if validity is undefined: for molecules whose classes have no
 * names. */
digress_status dg_judge_validity(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                                 bool **out);

#endif
