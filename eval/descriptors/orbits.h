/* The 15 node orbits of the graphlets of two to four nodes. */
#ifndef DG_EVAL_ORBITS_H
#define DG_EVAL_ORBITS_H

#include "eval/structure/adjacency.h"

enum { DG_ORBITS = 15 };

/* For each node, in how many induced subgraphs it has each position, numbered as by Przulj (2007)
 * and ORCA:
 *    0 edge; 1, 2 path of three: end, middle; 3 triangle; 4, 5 path of four: end, middle;
 *    6, 7 star: leaf, centre; 8 square; 9, 10, 11 triangle with a tail: the tail's end, the
 *    triangle's free corners, the tail's corner; 12, 13 square with a diagonal: off it, on it;
 *    14 complete graph of four.
 * counts: [n][DG_ORBITS]. Scratch comes from the arena. */
digress_status dg_count_orbits(const dg_adjacency *graph, dg_arena *arena,
                               int64_t (*counts)[DG_ORBITS]);

#endif
