/* What reading and writing a safetensors file share. */
#ifndef DG_CORE_SAFETENSORS_FORMAT_H
#define DG_CORE_SAFETENSORS_FORMAT_H

#include "core/safetensors.h"
#include <stdbool.h>

enum { DG_LENGTH_BYTES = 8 }; /* of the header's length, at the start of a file */

extern const char dg_metadata_key[];

const char *dg_dtype_name(dg_dtype dtype); /* "F32" */
bool dg_dtype_parse(const char *name, dg_dtype *out);

#endif
