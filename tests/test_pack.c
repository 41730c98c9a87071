/* How graphs are laid out in packs, and cut into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include "graph/pack.h"

enum { GRAPHS = 300 };

static void rows_stand_one_behind_the_other(void **state) {
    (void)state;
    const uint32_t n[] = {3, 1, 5};
    dg_arena *arena = NULL;
    dg_pack pack;
    assert_int_equal(dg_arena_create(&arena), DIGRESS_OK);
    assert_int_equal(dg_pack_layout(arena, 3, n, &pack), DIGRESS_OK);
    assert_int_equal(pack.nodes, 9);
    assert_int_equal(pack.pairs, 35);
    assert_int_equal(pack.node_start[2], 4);
    assert_int_equal(pack.pair_start[2], 10);
    assert_int_equal(pack.pair_start[3], 35);
    dg_arena_free(arena);
}

/* Checks that every graph is there once, in order, within the limits; returns the number of graphs
 * in the fullest pack. */
static size_t check_packs(const uint32_t *n, size_t graphs, size_t max_graphs, size_t packs,
                          const size_t *start) {
    size_t fullest = 0;
    assert_int_equal(start[0], 0);
    assert_int_equal(start[packs], graphs);
    for (size_t k = 0; k < packs; k++) {
        size_t nodes = 0, pairs = 0, count = start[k + 1] - start[k];
        assert_true(start[k + 1] > start[k] && count <= max_graphs);
        for (size_t g = start[k]; g < start[k + 1]; g++) {
            nodes += n[g];
            pairs += (size_t)n[g] * n[g];
        }
        assert_true(count == 1 || (nodes <= DG_PACK_MAX_NODES && pairs <= DG_PACK_MAX_PAIRS));
        if (count > fullest) fullest = count;
    }
    return fullest;
}

static void packs_keep_their_limits(void **state) {
    (void)state;
    const dg_rng key = {5, DG_RNG_TEST, 0, 0};
    uint32_t n[GRAPHS];
    size_t start[GRAPHS + 1];
    for (uint32_t k = 0; k < GRAPHS; k++)
        n[k] = 1 + dg_rng_u32(&key, k) % 120;
    for (size_t max_graphs = 1; max_graphs <= GRAPHS; max_graphs += 7) {
        check_packs(n, GRAPHS, max_graphs, dg_pack_split(GRAPHS, n, max_graphs, start), start);
        for (size_t threads = 1; threads < 9; threads += 3)
            check_packs(n, GRAPHS, max_graphs,
                        dg_pack_split_evenly(GRAPHS, n, max_graphs, threads, start), start);
    }
    assert_int_equal(dg_pack_split(0, n, 4, start), 0);
    assert_int_equal(dg_pack_split_evenly(0, n, 4, 2, start), 0);
}

static void threads_get_even_shares(void **state) {
    (void)state;
    uint32_t n[GRAPHS];
    size_t start[GRAPHS + 1];
    for (size_t k = 0; k < GRAPHS; k++)
        n[k] = 9;
    assert_int_equal(dg_pack_split(256, n, 128, start), 10); /* the last one of 4 graphs */
    size_t packs = dg_pack_split_evenly(256, n, 256, 2, start);
    assert_int_equal(packs, 10);
    assert_int_equal(check_packs(n, 256, 256, packs, start), 26);
    assert_true(start[10] - start[9] >= 22);
    assert_int_equal(dg_pack_split_evenly(6, n, 6, 4, start), 3);
    assert_int_equal(dg_pack_split_evenly(4, n, 4, 4, start), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_one_behind_the_other),
        cmocka_unit_test(packs_keep_their_limits),
        cmocka_unit_test(threads_get_even_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
