/* Makes an allocation of jansson fail. */
#ifndef DG_TESTS_FAILING_JSON_H
#define DG_TESTS_FAILING_JSON_H

#include <jansson.h>
#include <stdlib.h>

static long json_allocations_left = -1;

static inline void *json_allocate(size_t size) {
    if (json_allocations_left >= 0 && json_allocations_left-- == 0) return NULL;
    return malloc(size);
}

/* The allocation after the next `count` fails; < 0: none does. */
static inline void fail_json_after(long count) {
    json_allocations_left = count;
    json_set_alloc_funcs(json_allocate, free);
}

#endif
