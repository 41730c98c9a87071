/* What a sample depends on beside its number, which must not have changed for `sample --resume`. */
#ifndef DG_CLI_SAMPLE_ORIGIN_H
#define DG_CLI_SAMPLE_ORIGIN_H

#include "sample/sampler.h"

/* A line of text; the caller frees it. */
digress_status dg_sample_origin(const dg_model *model, const dg_sample_options *options,
                                char **out);

#endif
