/* The description of a set, kept in a safetensors file for the next time. */
#ifndef DG_EVAL_DESCRIPTION_CACHE_H
#define DG_EVAL_DESCRIPTION_CACHE_H

#include "eval/descriptors/description.h"

/* Checks that the file at `path` is a cache, or that one can be written there: to be called before
 * long work. Errors: INPUT when the file is something else; IO. */
digress_status dg_description_cache_check(const char *path);

/* As dg_describe, but taken from the file at `path` if that holds the same set's description with
 * the same options; otherwise the set is described, and the file written or replaced. Errors: as
 * above. */
digress_status dg_describe_cached(dg_pool *pool, const digress_graph_set *set,
                                  const dg_describe_options *options, const char *path,
                                  dg_description *out);

#endif
