/* Holding a graph to its constraints while it is sampled.
 *
 * What a step drew is not taken as it is. From the graph before it, of which the edges that the
 * step deletes are taken away, its other changes are made one after the other, the most probable
 * first; one that breaks a constraint is left out (ConStruct, Madeira et al. 2024, whose noise is
 * without edges, so that steps only insert). As the noise itself is held to them, so is every graph
 * on the way. */
#ifndef DG_SAMPLE_CONSTRAINTS_PROJECT_H
#define DG_SAMPLE_CONSTRAINTS_PROJECT_H

#include "sample/constraints/constraints.h"

/* Entries that must have the class they have: known_node [n], known_pair [n * n]. */
typedef struct dg_known {
    const bool *node, *pair; /* NULL: none */
} dg_known;

typedef struct dg_projection {
    const dg_constraints *constraints;
    dg_class_rows graph;                      /* as the step drew it; changed in place */
    const uint8_t *before_node, *before_pair; /* NULL: nothing was before; it is noise */
    const float *X, *E; /* the network's logits of this graph; not for noise */
    dg_rng key;         /* for noise: the order of its edges */
    dg_known known;
    dg_arena *arena, *trial_arena; /* for scratch; the second is reset */
    size_t changes;                /* counts of this projection, added to */
    size_t refused[DIGRESS_CONSTRAINTS], made[DIGRESS_CONSTRAINTS];
} dg_projection;

/* Leaves out the changes that the constraints forbid. */
digress_status dg_project(dg_projection *projection);
/* Then makes the graph what it must be by those that are held at the end. */
digress_status dg_mend(dg_projection *projection);

/* Puts `wanted` in entry (i, j), node i if they are equal, if nothing forbids it. */
digress_status dg_try_entry(dg_projection *projection, size_t i, size_t j, uint8_t wanted,
                            bool *done, digress_constraint *by);
/* log p of class k at entry (i, j) by the network. */
double dg_entry_score(const dg_projection *projection, size_t i, size_t j, uint8_t k);

static inline uint8_t dg_entry(const dg_class_rows *graph, size_t i, size_t j) {
    return i == j ? graph->node_class[i] : graph->pair_class[i * graph->n + j];
}

static inline void dg_set_entry(const dg_class_rows *graph, size_t i, size_t j, uint8_t k) {
    if (i == j)
        graph->node_class[i] = k;
    else
        graph->pair_class[i * graph->n + j] = graph->pair_class[j * graph->n + i] = k;
}

static inline bool dg_is_known(const dg_known *known, size_t n, size_t i, size_t j) {
    if (i == j) return known->node && known->node[i];
    return known->pair && known->pair[i * n + j];
}

#endif
