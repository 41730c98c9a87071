/* The generators, one file each, listed in generators.c. */
#ifndef DG_DATASETS_KINDS_H
#define DG_DATASETS_KINDS_H

#include "digress/graph.h"

digress_status dg_generate_planar(uint64_t seed, uint32_t index, digress_graph_set *set);
digress_status dg_generate_sbm(uint64_t seed, uint32_t index, digress_graph_set *set);
digress_status dg_generate_community(uint64_t seed, uint32_t index, digress_graph_set *set);
digress_status dg_generate_tree(uint64_t seed, uint32_t index, digress_graph_set *set);
digress_status dg_generate_lobster(uint64_t seed, uint32_t index, digress_graph_set *set);
digress_status dg_generate_grid(uint64_t seed, uint32_t index, digress_graph_set *set);
digress_status dg_generate_molecule(uint64_t seed, uint32_t index, digress_graph_set *set);
/* An empty set for molecules of C, N, O and F. */
digress_status dg_create_molecule_set(digress_graph_set **out);
digress_status dg_generate_er(uint64_t seed, uint32_t index, digress_graph_set *set);

#endif
