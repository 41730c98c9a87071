/* A graph being built: what all generators share. */
#ifndef DG_DATASETS_DRAFT_H
#define DG_DATASETS_DRAFT_H

#include "core/rng.h"
#include "digress/graph.h"

typedef struct dg_draft {
    size_t n;
    uint8_t *pair_class; /* [n(n-1)/2] */
} dg_draft;

/* The random numbers for graph `index` of the family `seed`. */
dg_stream dg_draft_stream(uint64_t seed, uint32_t index);

/* n nodes without edges. */
digress_status dg_draft_begin(dg_draft *draft, size_t n);
/* Joins u and v; u != v. */
void dg_draft_join(dg_draft *draft, size_t u, size_t v);
/* Joins each pair of nodes u < v in first .. last-1 with probability p. */
void dg_draft_join_at_random(dg_draft *draft, dg_stream *stream, size_t first, size_t last,
                             double p);
/* Appends the graph to the set; the draft is freed, even on failure. */
digress_status dg_draft_append(dg_draft *draft, digress_graph_set *set);
void dg_draft_free(dg_draft *draft); /* for a draft that is given up */

#endif
