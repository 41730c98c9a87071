/* Generators of synthetic graph sets. Every graph is a pure function of (kind, seed, index). */
#ifndef DG_DATASETS_GENERATORS_H
#define DG_DATASETS_GENERATORS_H

#include "config/choices.h"
#include "core/threads.h"
#include "digress/graph.h"

typedef struct dg_generator {
    dg_family family;
    const char *about; /* the parameters, in one line */
    /* Appends graph number `index` of the family `seed` to the set. */
    digress_status (*generate)(uint64_t seed, uint32_t index, digress_graph_set *set);
    /* The empty set that they are added to; NULL: 1 node class, 2 edge classes. */
    digress_status (*create)(digress_graph_set **out);
} dg_generator;

extern const dg_generator dg_generators[];                    /* ends with a NULL about */
const char *dg_generator_name(const dg_generator *generator); /* "planar" */
const dg_generator *dg_generator_of(dg_family family);        /* NULL for none */
const dg_generator *dg_generator_find(const char *name);      /* or NULL */

/* `count` graphs from index 0. */
digress_status dg_generate(const dg_generator *generator, uint64_t seed, size_t count,
                           digress_graph_set **out);

/* An empty set for its graphs. */
digress_status dg_generator_set(const dg_generator *generator, digress_graph_set **out);
/* Appends the next graphs until the set, which holds the first ones, has `count`. The watch (NULL:
 * none) is asked before each; what has been added stays, even on failure. */
digress_status dg_generate_more(const dg_generator *generator, uint64_t seed, size_t count,
                                const dg_watch *watch, digress_graph_set *set);

/* An Erdos-Renyi twin of `set`, for baselines: the same n for each graph, and the set's density for
 * all pairs. */
digress_status dg_erdos_renyi_like(const digress_graph_set *set, uint64_t seed,
                                   digress_graph_set **out);

#endif
