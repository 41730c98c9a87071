/* How much memory this process can have at most. */
#ifndef DG_CORE_MEMORY_LIMIT_H
#define DG_CORE_MEMORY_LIMIT_H

#include <stddef.h>

/* Bytes: of the machine, of the container (cgroup), of the limit on address space: the least. What
 * others use of it is not counted. */
size_t dg_memory_limit(void);

#endif
