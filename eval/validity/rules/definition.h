/* What the file of a validity rule defines. */
#ifndef DG_EVAL_RULES_DEFINITION_H
#define DG_EVAL_RULES_DEFINITION_H

#include "core/threads.h"
#include "eval/structure/adjacency.h"
#include "eval/validity/rules/list.h"
#include <stdbool.h>

/* A graph to judge. */
typedef struct dg_candidate {
    const digress_graph *graph;
    dg_adjacency adjacency;
    const void *prepared; /* what the rule prepared; NULL: nothing */
    dg_arena *arena;      /* for scratch */
} dg_candidate;

typedef struct dg_rule_definition {
    const char *kind; /* of the sets (dataset.json) that are judged by it; NULL: none */
    bool connected;   /* only connected graphs are valid; `obeys` sees no others */
    /* NULL: all (connected) graphs obey. */
    digress_status (*obeys)(const dg_candidate *candidate, bool *out);
    /* Prepares what `obeys` needs for graphs of up to so many edges; NULL: nothing. */
    digress_status (*prepare)(size_t most_edges, void **out);
    void (*release)(void *prepared);
    /* Instead of `obeys`, if a graph alone does not say enough: out [count] belongs to the caller,
     * and stays NULL if validity is undefined. */
    digress_status (*judge_set)(dg_pool *pool, const digress_graph_set *set, bool **out);
    bool (*is_available)(void); /* NULL: always. If false, sets of its kind have no rule */
} dg_rule_definition;

/* dg_planar_rule, ... */
#define DG_RULE_DECLARATION(number, name, text) extern const dg_rule_definition dg_##name##_rule;
DG_RULE_ROWS(DG_RULE_DECLARATION, )

#endif
