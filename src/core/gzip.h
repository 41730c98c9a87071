/* Texts that are compressed by gzip. */
#ifndef DG_CORE_GZIP_H
#define DG_CORE_GZIP_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Texts expand 3 to 20 times; one that goes on far beyond that is damaged, or a trap. */
bool dg_expands_too_far(size_t text, size_t stored);
/* The error for it, INPUT. */
digress_status dg_refuse_expansion(const char *path);

/* Where *bytes, as dg_file_read gives them, are compressed, the text takes their place. Errors: IO
 * (cut off, damaged), INPUT (dg_refuse_expansion), each naming the path; MEMORY. */
digress_status dg_gunzip(const char *path, char **bytes, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
