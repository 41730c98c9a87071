/* How much memory this process can have at most. */
#ifndef DG_CORE_MEMORY_LIMIT_H
#define DG_CORE_MEMORY_LIMIT_H

#include "core/status.h"
#include <stddef.h>

enum { DG_MEMORY_LARGE = 1 << 30 }; /* bytes; less is not worth a look at the limit */

/* Bytes: of the machine, of the container (cgroup), of the limit on address space: the least. What
 * others use of it is not counted. */
size_t dg_memory_limit(void);

/* Before memory is taken whose amount comes from a file or an option: refuses what can never be
 * had, which the system may promise first and end the process for later. `what`: "1000 graphs".
 * Errors: INPUT. */
digress_status dg_require_memory(const char *what, double bytes);

#endif
