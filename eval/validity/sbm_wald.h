/* The test of SPECTRE and DiGress whether a graph, given its blocks, comes from their stochastic
 * block model: 2 to 5 blocks of 20 to 40 nodes, edges within a block with probability 0.3 and
 * between blocks with 0.005. */
#ifndef DG_EVAL_SBM_WALD_H
#define DG_EVAL_SBM_WALD_H

#include "eval/structure/adjacency.h"
#include <stdbool.h>

/* The largest and smallest number of nodes with which a graph can pass. */
enum { DG_SBM_MAX_NODES = 5 * 40, DG_SBM_MIN_NODES = 2 * 20 };

typedef enum dg_wald {
    /* As the published code computes it: its probabilities between blocks are a numpy.matrix, for
     * which (P - 0.005)^2 and P (1 - P) are matrix products. */
    DG_WALD_PUBLISHED,
    DG_WALD_ELEMENTWISE /* as it was meant: entry by entry */
} dg_wald;

typedef struct dg_sbm_verdict {
    bool valid;
    double mean_p; /* compared with 0.9; NAN if the number or sizes of the blocks fail already */
} dg_sbm_verdict;

/* block[u] < blocks, and no block is empty. */
dg_sbm_verdict dg_sbm_wald_test(dg_wald reading, const dg_adjacency *graph, const uint32_t *block,
                                size_t blocks);

#endif
