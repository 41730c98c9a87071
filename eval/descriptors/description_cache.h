/* The description of a set, kept in a file (safetensors) for the next time. */
#ifndef DG_EVAL_DESCRIPTION_CACHE_H
#define DG_EVAL_DESCRIPTION_CACHE_H

#include "eval/descriptors/description.h"

/* As dg_describe, but taken from the file at `path` where that holds the same set's description
 * with the same options; else described, and the file written anew. Errors: INPUT when the file is
 * something else; IO. */
digress_status dg_describe_cached(dg_pool *pool, const digress_graph_set *set,
                                  const dg_describe_options *options, const char *path,
                                  dg_description *out);

#endif
