/* What ranks tell each other, over a wire between threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "thread_ranks.h"

/* A failed assertion must not leave a thread: each rank counts what is wrong. */
typedef struct findings {
    size_t count;
    digress_status given[MOST_THREAD_RANKS], got[MOST_THREAD_RANKS];
    char text[MOST_THREAD_RANKS][256];
    bool told[MOST_THREAD_RANKS];
    size_t wrong[MOST_THREAD_RANKS];
} findings;

static void agree(dg_ranks *ranks, void *context) {
    findings *found = context;
    const size_t r = ranks->rank;
    if (found->given[r] != DIGRESS_OK) dg_error(found->given[r], "of its own, %zu", r);
    found->got[r] = dg_ranks_agree(ranks, found->given[r]);
    found->told[r] = ranks->told;
    snprintf(found->text[r], sizeof found->text[r], "%s", digress_last_error());
}

static void check_agreement(findings found, digress_status status, const char *text) {
    run_as_ranks(found.count, agree, &found);
    for (size_t r = 0; r < found.count; r++) {
        assert_int_equal(found.got[r], status);
        assert_int_equal(found.told[r], status != DIGRESS_OK);
        if (status != DIGRESS_OK) assert_string_equal(found.text[r], text);
    }
}

static void one_failure_is_everyones(void **state) {
    (void)state;
    const digress_status input = DIGRESS_ERROR_INPUT, stop = DIGRESS_INTERRUPTED;
    check_agreement((findings){.count = 3}, DIGRESS_OK, "");
    check_agreement((findings){.count = 3, .given = {0, 0, input}}, input, "rank 2: of its own, 2");
    check_agreement((findings){.count = 2, .given = {input, 0}}, input, "of its own, 0");
    check_agreement((findings){.count = 2, .given = {input, input}}, input, "of its own, 0");
    check_agreement((findings){.count = 4, .given = {stop, 0, stop, input}}, input,
                    "rank 3: of its own, 3");
    check_agreement((findings){.count = 2, .given = {0, stop}}, stop, "rank 1: of its own, 1");
}

static void tell(dg_ranks *ranks, void *context) {
    findings *found = context;
    const size_t r = ranks->rank, count = ranks->count;
    uint32_t flags = 1u << r;
    if (dg_ranks_or(ranks, &flags) != DIGRESS_OK || flags != (1u << count) - 1) found->wrong[r]++;

    int values[64] = {0}, whole[64] = {0};
    dg_part part[MOST_THREAD_RANKS];
    for (size_t k = 0; k < count; k++) {
        const dg_part share = dg_rank_share(ranks, 64, k);
        part[k] = (dg_part){share.first * sizeof *values, share.size * sizeof *values};
        for (size_t v = share.first; k == r && v < share.first + share.size; v++)
            values[v] = (int)v;
    }
    const int *mine = values + part[r].first / sizeof *values;
    if (dg_ranks_collect(ranks, mine, r == 0 ? whole : NULL, part) != DIGRESS_OK) found->wrong[r]++;
    if (dg_ranks_share_out(ranks, values, part) != DIGRESS_OK) found->wrong[r]++;
    for (int v = 0; v < 64; v++)
        found->wrong[r] += values[v] != v || (r == 0 && whole[v] != v);

    char text[16], *all = NULL; /* of rank r, r letters */
    memset(text, 'a' + (int)r, r);
    if (dg_ranks_concatenate(ranks, text, r, &all, part) != DIGRESS_OK) found->wrong[r]++;
    for (size_t k = 0, at = 0; k < count; at += k, k++)
        found->wrong[r] +=
            part[k].first != at || part[k].size != k || (k > 0 && all[at + k - 1] != 'a' + (char)k);
    free(all);
}

static void what_one_knows_reaches_all(void **state) {
    (void)state;
    for (size_t count = 1; count <= 5; count++) {
        findings found = {.count = count};
        run_as_ranks(count, tell, &found);
        for (size_t r = 0; r < count; r++)
            assert_int_equal(found.wrong[r], 0);
    }
}

static void compare(dg_ranks *ranks, void *context) {
    findings *found = context;
    const size_t r = ranks->rank;
    found->got[r] = dg_ranks_same(ranks, found->text[r]);
    snprintf(found->text[r], sizeof found->text[r], "%s", digress_last_error());
}

static void a_rank_of_another_kind_is_found(void **state) {
    (void)state;
    findings found = {.count = 3, .text = {"one kind", "one kind", "one kind"}};
    run_as_ranks(3, compare, &found);
    for (size_t r = 0; r < 3; r++)
        assert_int_equal(found.got[r], DIGRESS_OK);
    findings other = {.count = 3, .text = {"one kind", "one kind", "another"}};
    run_as_ranks(3, compare, &other);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(other.got[r], DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(other.text[r], "rank 2 has another, rank 0 one kind"));
    }
}

static void alone_nothing_is_sent(void **state) {
    (void)state;
    uint32_t flags = 5;
    int value = 3, whole = 0;
    const dg_part part = {0, sizeof value};
    assert_int_equal(dg_ranks_agree(NULL, DIGRESS_ERROR_IO), DIGRESS_ERROR_IO);
    assert_int_equal(dg_ranks_or(NULL, &flags), DIGRESS_OK);
    assert_int_equal(flags, 5);
    assert_int_equal(dg_ranks_collect(NULL, &value, &whole, &part), DIGRESS_OK);
    assert_int_equal(whole, 3);
    assert_true(dg_is_first_rank(NULL));
    assert_int_equal(dg_rank_share(NULL, 7, 0).size, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_failure_is_everyones),
        cmocka_unit_test(what_one_knows_reaches_all),
        cmocka_unit_test(a_rank_of_another_kind_is_found),
        cmocka_unit_test(alone_nothing_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
