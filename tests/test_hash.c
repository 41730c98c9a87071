/* FNV-1a, and the hash of a graph. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/hash.h"
#include "graph/graph_set.h"

static uint64_t of(const char *text) {
    return dg_hash(DG_HASH_START, text, strlen(text));
}

/* Values of the FNV reference, http://www.isthe.com/chongo/tech/comp/fnv. */
static void equals_the_reference(void **state) {
    (void)state;
    assert_true(of("") == UINT64_C(0xcbf29ce484222325));
    assert_true(of("a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(of("foobar") == UINT64_C(0x85944171f73967e8));
    assert_true(dg_hash(of("foo"), "bar", 3) == of("foobar"));
}

/* Its size, the class of any node and the class of any pair count. */
static void tells_graphs_apart(void **state) {
    (void)state;
    uint8_t nodes[3] = {0}, pairs[3] = {0};
    digress_graph graph = {.n = 3, .node_class = nodes, .pair_class = pairs};
    const uint64_t empty = dg_hash_graph(DG_HASH_START, &graph);
    assert_true(dg_hash_graph(DG_HASH_START, &graph) == empty);
    for (size_t k = 0; k < 3; k++) {
        nodes[k] = 1;
        assert_true(dg_hash_graph(DG_HASH_START, &graph) != empty);
        nodes[k] = 0;
        pairs[k] = 1;
        assert_true(dg_hash_graph(DG_HASH_START, &graph) != empty);
        pairs[k] = 0;
    }
    graph.n = 2;
    assert_true(dg_hash_graph(DG_HASH_START, &graph) != empty);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_reference),
        cmocka_unit_test(tells_graphs_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
