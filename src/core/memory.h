/* Checked allocation, and the arena that workspaces live in. */
#ifndef DG_CORE_MEMORY_H
#define DG_CORE_MEMORY_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DG_ALIGNMENT = 64 };

/* *out = count * size zeroed bytes, aligned to DG_ALIGNMENT; the caller frees it with free(). A
 * count of 0 gives a valid pointer. Errors: MEMORY (overflow, or no memory left). */
digress_status dg_allocate(size_t count, size_t size, void *out);

/* Grows the malloc'ed array at *(void **)array so that it holds at least `needed` elements of
 * `size` bytes, at least doubling *capacity. Contents are kept; new bytes are not zeroed. */
digress_status dg_grow(void *array, size_t *capacity, size_t needed, size_t size);

static inline size_t dg_smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* *product = a * b. Errors: MEMORY on overflow. */
digress_status dg_multiply(size_t a, size_t b, size_t *product);

/* Whether a few megabytes are left. When a library fails without saying why, memory may have run
 * out: such a failure counts only if it happens again and this was true in between. */
bool dg_has_memory(void);

/* An arena: blocks that grow on demand, freed all at once. Pointers stay valid until reset/free. */
typedef struct dg_arena dg_arena;

digress_status dg_arena_create(dg_arena **out);
void dg_arena_free(dg_arena *arena); /* NULL is allowed */

/* Forgets all allocations; the memory is kept for reuse, as one block of the total size. */
digress_status dg_arena_reset(dg_arena *arena);

/* Bytes that have been allocated since the last reset. */
size_t dg_arena_used(const dg_arena *arena);

/* *out = count * size bytes aligned to DG_ALIGNMENT, not zeroed, owned by the arena. */
digress_status dg_arena_allocate(dg_arena *arena, size_t count, size_t size, void *out);

#ifdef __cplusplus
}
#endif

#endif
