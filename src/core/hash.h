/* FNV-1a (Fowler, Noll, Vo): tells data apart, but is no protection against intent. */
#ifndef DG_CORE_HASH_H
#define DG_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define DG_HASH_START UINT64_C(0xcbf29ce484222325)

/* The hash of what `state` stands for, followed by these bytes. */
uint64_t dg_hash(uint64_t state, const void *bytes, size_t size);

#endif
