/* Finding the blocks of a graph: Peixoto's degree-corrected microcanonical stochastic block model
 * (Phys. Rev. E 95, 012317, 2017) of the directed graph that has both orientations of every edge,
 * by minimum description length. The published evaluators use graph-tool 2.45 for this. */
#ifndef DG_EVAL_SBM_INFERENCE_H
#define DG_EVAL_SBM_INFERENCE_H

#include "eval/structure/adjacency.h"
#include "eval/validity/sbm_tables.h"

/* The description length, in nats, of a graph whose node u is in block[u] < blocks; blocks may be
 * empty. Equals graph-tool 2.45's BlockState.entropy() with its defaults. blocks <= n and <=
 * DG_MAX_BLOCKS. Errors: MEMORY. */
digress_status dg_sbm_description_length(const dg_adjacency *graph, const dg_sbm_tables *tables,
                                         const uint32_t *block, size_t blocks, double *out);

/* A partition with the least description length that merge-split moves find. */
typedef struct dg_blocks {
    size_t count;
    uint32_t *block; /* [n] 0 .. count-1; none is empty. In the arena */
    double description_length;
} dg_blocks;

/* The result depends on graph and seed alone. The graph must have an edge. Errors: MEMORY. */
digress_status dg_sbm_infer(const dg_adjacency *graph, const dg_sbm_tables *tables, uint64_t seed,
                            dg_arena *arena, dg_blocks *out);

#endif
