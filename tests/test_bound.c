/* The bound of a set of graphs. */
#include "sampling_fixture.h"

#include "sample/bound.h"

static void check_bound(const char *extra) {
    fixture f;
    begin_with(&f, extra);
    dg_bound bounds[2];
    const size_t threads[2] = {1, 3};
    for (size_t k = 0; k < 2; k++) {
        dg_pool *pool = NULL;
        golden_ok(dg_pool_create(threads[k], &pool));
        golden_ok(dg_bound_of(f.model, pool, f.train, 3, 1, &bounds[k]));
        dg_pool_free(pool);
    }
    assert_memory_equal(&bounds[0], &bounds[1], sizeof bounds[0]);
    const dg_bound *b = &bounds[0];
    assert_true(isfinite(b->nll) && isfinite(b->nll_exact));
    assert_true(b->kl_X_exact > 0 && b->kl_E_exact > 0 && b->reconstruction < 0 && b->log_pn < 0);
    double T = (double)f.model->noise->schedule.T;
    assert_close(b->nll, -b->log_pn + b->kl_prior + T * (b->kl_X + b->kl_E) - b->reconstruction,
                 1e-9);
    assert_close(b->without_pn_exact,
                 b->kl_prior_exact + T * (b->kl_X_exact + b->kl_E_exact) - b->reconstruction_exact,
                 1e-9);
    assert_close(b->nll_exact - b->without_pn_exact, -b->log_pn, 1e-9);
    end(&f);
}

static void the_bound_does_not_depend_on_threads(void **state) {
    (void)state;
    check_bound(NULL);
    check_bound(continuous);
}

static void name_classes(digress_graph_set *set, const char *const nodes[2],
                         const char *const edges[2]) {
    for (size_t k = 0; k < 2; k++) {
        golden_ok(digress_graph_set_name_node(set, k, nodes[k]));
        golden_ok(digress_graph_set_name_edge(set, k + 1, edges[k]));
    }
}

/* The same graphs under other numbers have the same bound. */
static void the_bound_matches_classes_by_name(void **state) {
    (void)state;
    static const char *const nodes[] = {"up", "down"}, *const edges[] = {"thin", "thick"},
                             *const reversed_nodes[] = {"down", "up"},
                             *const reversed_edges[] = {"thick", "thin"};
    const uint8_t node_map[DIGRESS_MAX_CLASSES] = {1, 0}, edge_map[DIGRESS_MAX_CLASSES] = {0, 2, 1};
    fixture f = {.train = random_set()};
    dg_pool *pool = NULL;
    dg_bound bound, mapped;
    name_classes(f.train, nodes, edges);
    f.model = tiny_model(f.train, NULL);
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(dg_bound_of(f.model, pool, f.train, 2, 1, &bound));
    dg_graph_set_recode(f.train, node_map, edge_map);
    name_classes(f.train, reversed_nodes, reversed_edges);
    golden_ok(dg_bound_of(f.model, pool, f.train, 2, 1, &mapped));
    assert_memory_equal(&bound, &mapped, sizeof bound);
    dg_pool_free(pool);
    end(&f);
}

static void the_bound_refuses_another_kind_of_set(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    dg_pool *pool = NULL;
    dg_bound bound;
    digress_graph_set *other = NULL;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(digress_graph_set_create(2, 3, &other));
    assert_int_equal(dg_bound_of(f.model, pool, other, 1, 0, &bound), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(other);
    golden_ok(digress_graph_set_create(5, 2, &other));
    golden_ok(digress_graph_set_append(other, 1, (const uint8_t[]){3}, (const uint8_t *)""));
    assert_int_equal(dg_bound_of(f.model, pool, other, 1, 0, &bound), DIGRESS_ERROR_INPUT);
    assert_string_equal(digress_last_error(), "node class 3, which the model lacks: it has 0, red");
    digress_graph_set_free(other);
    dg_pool_free(pool);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_does_not_depend_on_threads),
        cmocka_unit_test(the_bound_matches_classes_by_name),
        cmocka_unit_test(the_bound_refuses_another_kind_of_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
