/* The most memory that this process can have. */
#ifndef DG_CORE_MEMORY_LIMIT_H
#define DG_CORE_MEMORY_LIMIT_H

#include "core/status.h"
#include <stddef.h>

enum { DG_MEMORY_LARGE = 1 << 30 }; /* bytes; for less, the limit is not looked up */

/* Bytes: the least of what the machine, the container (cgroup) and the limit on address space
 * allow. What other processes use is not subtracted. */
size_t dg_memory_limit(void);

/* To be called before taking memory whose amount comes from a file or an option: refuses what can
 * never be had, which the system might promise first and kill the process for later. `what`: "1000
 * graphs". Errors: INPUT. */
digress_status dg_require_memory(const char *what, double bytes);

#endif
