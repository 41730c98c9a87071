/* Checked allocation, arenas and error texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/memory.h"
#include <stdlib.h>
#include <string.h>

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    void *block = NULL;
    size_t product = 0, capacity = 0;
    dg_arena *arena = NULL;
    assert_int_equal(dg_allocate(SIZE_MAX / 4, 8, &block), DIGRESS_ERROR_MEMORY);
    assert_int_equal(dg_multiply(SIZE_MAX / 2, 3, &product), DIGRESS_ERROR_MEMORY);
    assert_int_equal(dg_grow(&block, &capacity, SIZE_MAX / 4, 8), DIGRESS_ERROR_MEMORY);
    assert_int_equal(dg_arena_create(&arena), DIGRESS_OK);
    assert_int_equal(dg_arena_allocate(arena, SIZE_MAX / 4, 8, &block), DIGRESS_ERROR_MEMORY);
    dg_arena_free(arena);
    assert_null(block);
}

static void blocks_are_zeroed_and_aligned(void **state) {
    (void)state;
    unsigned char *block = NULL, *empty = NULL;
    const unsigned char zeros[100] = {0};
    assert_int_equal(dg_allocate(10, 10, &block), DIGRESS_OK);
    assert_int_equal((uintptr_t)block % DG_ALIGNMENT, 0);
    assert_memory_equal(block, zeros, 100);
    assert_int_equal(dg_allocate(0, 8, &empty), DIGRESS_OK);
    assert_non_null(empty);
    free(block);
    free(empty);
}

static void growing_keeps_what_is_there(void **state) {
    (void)state;
    int *numbers = NULL;
    size_t capacity = 0;
    for (int k = 0; k < 1000; k++) {
        assert_int_equal(dg_grow(&numbers, &capacity, (size_t)k + 1, sizeof *numbers), DIGRESS_OK);
        numbers[k] = k;
    }
    for (int k = 0; k < 1000; k++)
        assert_int_equal(numbers[k], k);
    free(numbers);
}

static void arena_pointers_stay_until_reset(void **state) {
    (void)state;
    dg_arena *arena = NULL;
    char *places[40];
    assert_int_equal(dg_arena_create(&arena), DIGRESS_OK);
    for (int round = 0; round < 3; round++) {
        for (int k = 0; k < 40; k++) {
            size_t size = (size_t)(k * k * 97 + 1);
            assert_int_equal(dg_arena_allocate(arena, size, 1, &places[k]), DIGRESS_OK);
            assert_int_equal((uintptr_t)places[k] % DG_ALIGNMENT, 0);
            memset(places[k], k, size);
        }
        for (int k = 0; k < 40; k++)
            assert_int_equal(places[k][k * k * 97], k);
        assert_int_equal(dg_arena_reset(arena), DIGRESS_OK);
    }
    dg_arena_free(arena);
}

static void an_error_may_quote_the_last_one(void **state) {
    (void)state;
    dg_error(DIGRESS_ERROR_INPUT, "line %d", 7);
    assert_int_equal(dg_error(DIGRESS_ERROR_IO, "again: %s", digress_last_error()),
                     DIGRESS_ERROR_IO);
    assert_string_equal(digress_last_error(), "again: line 7");
    dg_error_prefix(DIGRESS_ERROR_INPUT, "file %s", "a.txt");
    assert_string_equal(digress_last_error(), "file a.txt: again: line 7");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(blocks_are_zeroed_and_aligned),
        cmocka_unit_test(growing_keeps_what_is_there),
        cmocka_unit_test(arena_pointers_stay_until_reset),
        cmocka_unit_test(an_error_may_quote_the_last_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
