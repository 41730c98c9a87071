/* Texts compressed by gzip. */
#ifndef DG_CORE_GZIP_H
#define DG_CORE_GZIP_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Texts expand 3 to 20 times; one that expands far beyond that is damaged, or a trap. */
bool dg_expands_too_far(size_t text, size_t stored);
/* The error for it, INPUT. */
digress_status dg_refuse_expansion(const char *path);

/* If *bytes, as read by dg_file_read, are compressed, replaces them by the text. Errors: IO (cut
 * off, damaged), INPUT (dg_refuse_expansion), each naming the path; MEMORY. */
digress_status dg_gunzip(const char *path, char **bytes, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
