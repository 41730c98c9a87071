/* The lists of descriptors and of validity rules: every row works. test_docs.sh compares them with
 * the documentation. */
#include "eval/descriptors/description.h"
#include "eval/validity/rules.h"

#include "metrics.h"

static void every_descriptor_is_whole(void **state) {
    (void)state;
    dg_pool *pool = make_pool(1);
    digress_graph_set *set = make("planar", 1, 2);
    dg_description description = describe(pool, set, false);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        const dg_descriptor *descriptor = dg_descriptor_of(d);
        if (!(descriptor->tv_sigma > 0.0))
            fail_msg("%s has no total-variation kernel", dg_descriptor_name(d));
        assert_true(descriptor->emd_sigma == 0.0 || descriptor->emd_bins > 0.0);
        assert_true(description.rows[d][0].length > 0);
    }
    dg_description_free(&description);
    digress_graph_set_free(set);
    dg_pool_free(pool);
}

/* A name stands for one rule, and a kind of sets has one rule. */
static void rules_are_found_by_name_and_kind(void **state) {
    (void)state;
    for (size_t k = 0; k < DG_RULE_COUNT; k++) {
        dg_rule rule = DG_RULE_NONE;
        ok(dg_rule_parse(dg_rule_name((dg_rule)k), &rule));
        assert_int_equal(rule, k);
    }
    assert_int_equal(dg_rule_of_kind("community"), DG_RULE_CONNECTED);
    assert_int_equal(dg_rule_of_kind("sbm"), DG_RULE_SBM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_descriptor_is_whole),
        cmocka_unit_test(rules_are_found_by_name_and_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
