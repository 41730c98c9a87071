/* What the tests of the metrics share: pools, generated sets, descriptions, computing one squared
 * MMD. */
#ifndef DG_TESTS_METRICS_H
#define DG_TESTS_METRICS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "datasets/generators.h"
#include "eval/distances/mmd.h"

enum { THREADS = 2 };

static inline void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

static inline dg_pool *make_pool(size_t threads) {
    dg_pool *pool = NULL;
    ok(dg_pool_create(threads, &pool));
    return pool;
}

static inline digress_graph_set *make(const char *kind, uint64_t seed, size_t count) {
    digress_graph_set *set = NULL;
    ok(dg_generate(dg_generator_find(kind), seed, count, &set));
    return set;
}

static inline dg_description describe(dg_pool *pool, const digress_graph_set *set,
                                      bool drop_above_two) {
    dg_describe_options options = {.descriptors = DG_ALL_DESCRIPTORS,
                                   .drop_above_two = drop_above_two};
    dg_description description;
    ok(dg_describe(pool, set, &options, &description));
    return description;
}

static inline double mmd_of(dg_pool *pool, dg_kernel kernel, enum dg_descriptor_id id,
                            const dg_description *a, const dg_description *b) {
    dg_mmd mmd;
    const dg_mmd_request what = {.kernel = kernel, .descriptor = id};
    ok(dg_squared_mmd(pool, &what, a, b, &mmd));
    return mmd.value;
}

#endif
