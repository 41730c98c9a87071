/* The variational bound of a model on a set (DiGress, appendix C; all terms in nats per graph). */
#ifndef DG_SAMPLE_BOUND_H
#define DG_SAMPLE_BOUND_H

#include "core/threads.h"
#include "digress/model.h"
#include "model/model.h"

typedef digress_bound dg_bound;

/* `repeats` draws of t per graph, stratified over the set. Noise depends on `seed` alone, so that
 * models are compared on the same noise. Results do not depend on the pool's threads, nor on the
 * ranks that it has joined, which divide the set. The set's classes are matched to the model's by
 * name (graph/classes.h). Errors: INPUT (an empty set; a class that the model lacks), MEMORY. */
digress_status dg_bound_of(const dg_model *model, dg_pool *pool, const digress_graph_set *set,
                           size_t repeats, uint64_t seed, dg_bound *out);

#endif
