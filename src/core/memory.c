#include "core/memory.h"

#include "core/memory_limit.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PROBE = 16 << 20 };

bool dg_has_memory(void) {
    void *volatile probe = malloc(PROBE); /* volatile: not optimised away */
    free(probe);
    return probe != NULL;
}

static digress_status check_block(size_t bytes) {
    if (bytes < DG_MEMORY_LARGE || bytes <= dg_memory_limit()) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_MEMORY, "out of memory (%zu bytes asked for: more than there is)",
                    bytes);
}

digress_status dg_multiply(size_t a, size_t b, size_t *product) {
    if (b != 0 && a > (SIZE_MAX / 2) / b)
        return dg_error(DIGRESS_ERROR_MEMORY, "a size of %zu x %zu is too large", a, b);
    *product = a * b;
    return DIGRESS_OK;
}

static size_t round_up(size_t bytes) {
    return (bytes + DG_ALIGNMENT - 1) / DG_ALIGNMENT * DG_ALIGNMENT;
}

static digress_status allocate_aligned(size_t bytes, void **out) {
    DG_TRY(check_block(bytes));
    void *block = aligned_alloc(DG_ALIGNMENT, round_up(bytes ? bytes : 1));
    if (!block) return dg_error(DIGRESS_ERROR_MEMORY, "out of memory (%zu bytes asked for)", bytes);
    *out = block;
    return DIGRESS_OK;
}

digress_status dg_allocate(size_t count, size_t size, void *out) {
    size_t bytes = 0;
    void *block = NULL;
    DG_TRY(dg_multiply(count, size, &bytes));
    DG_TRY(allocate_aligned(bytes, &block));
    memset(block, 0, bytes);
    memcpy(out, &block, sizeof block);
    return DIGRESS_OK;
}

digress_status dg_grow(void *array, size_t *capacity, size_t needed, size_t size) {
    if (needed <= *capacity) return DIGRESS_OK;
    size_t wanted = *capacity < SIZE_MAX / 4 ? *capacity * 2 : needed;
    if (wanted < needed) wanted = needed;
    if (wanted < 16) wanted = 16;
    size_t bytes = 0;
    DG_TRY(dg_multiply(wanted, size, &bytes));
    DG_TRY(check_block(bytes));
    void *old = NULL;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, bytes);
    if (!grown) return dg_error(DIGRESS_ERROR_MEMORY, "out of memory (%zu bytes asked for)", bytes);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return DIGRESS_OK;
}

typedef struct arena_block {
    struct arena_block *next;
    char *bytes;
    size_t size, used;
} arena_block;

struct dg_arena {
    arena_block *blocks; /* the newest first */
};

enum { ARENA_FIRST_BLOCK = 1 << 16 };

digress_status dg_arena_create(dg_arena **out) {
    return dg_allocate(1, sizeof(dg_arena), out);
}

static void free_blocks(arena_block *block) {
    while (block) {
        arena_block *next = block->next;
        free(block->bytes);
        free(block);
        block = next;
    }
}

void dg_arena_free(dg_arena *arena) {
    if (!arena) return;
    free_blocks(arena->blocks);
    free(arena);
}

static digress_status add_block(dg_arena *arena, size_t size) {
    arena_block *block = NULL;
    void *bytes = NULL;
    DG_TRY(allocate_aligned(size, &bytes));
    digress_status status = dg_allocate(1, sizeof *block, &block);
    if (status != DIGRESS_OK) {
        free(bytes);
        return status;
    }
    *block = (arena_block){.next = arena->blocks, .bytes = bytes, .size = size};
    arena->blocks = block;
    return DIGRESS_OK;
}

digress_status dg_arena_reset(dg_arena *arena) {
    if (!arena->blocks) return DIGRESS_OK;
    if (!arena->blocks->next) {
        arena->blocks->used = 0;
        return DIGRESS_OK;
    }
    size_t total = 0;
    for (const arena_block *block = arena->blocks; block; block = block->next)
        total += block->size;
    free_blocks(arena->blocks);
    arena->blocks = NULL;
    return add_block(arena, total);
}

size_t dg_arena_used(const dg_arena *arena) {
    size_t bytes = 0;
    for (const arena_block *block = arena->blocks; block; block = block->next)
        bytes += block->used;
    return bytes;
}

digress_status dg_arena_allocate(dg_arena *arena, size_t count, size_t size, void *out) {
    size_t bytes = 0;
    DG_TRY(dg_multiply(count, size, &bytes));
    bytes = round_up(bytes ? bytes : 1);
    arena_block *block = arena->blocks;
    if (!block || block->size - block->used < bytes) {
        size_t wanted = block ? block->size : ARENA_FIRST_BLOCK;
        DG_TRY(add_block(arena, wanted > bytes ? wanted : bytes));
        block = arena->blocks;
    }
    void *place = block->bytes + block->used;
    block->used += bytes;
    memcpy(out, &place, sizeof place);
    return DIGRESS_OK;
}
