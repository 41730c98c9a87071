/* The lists of descriptors and of validity rules: every row works and is documented. */
#include "core/file.h"
#include "eval/descriptors/description.h"
#include "eval/validity/rules.h"

#include <stdlib.h>
#include <string.h>

#include "metrics.h"

/* The table of docs/evaluation.md that follows `mark` has a row "| `name` |" for each of `count`
 * names, and no other. */
static void check_documented(const char *page, const char *mark, size_t count,
                             const char *(*name)(size_t)) {
    const char *table = strstr(page, mark);
    assert_non_null(table);
    const char *end = strstr(table, "<!-- end -->");
    size_t rows = 0;
    for (const char *at = table; (at = strstr(at, "\n| `")) && at < end; at++)
        rows += strncmp(at, "\n| `--", 6) != 0; /* the head */
    for (size_t k = 0; k < count; k++) {
        char row[64];
        snprintf(row, sizeof row, "\n| `%s` |", name(k));
        const char *found = strstr(table, row);
        if (!found || found > end) fail_msg("docs/evaluation.md has no row '| `%s` |'", name(k));
    }
    assert_int_equal(rows, count);
}

static const char *descriptor_name(size_t descriptor) {
    return dg_descriptor_name(descriptor);
}

static const char *rule_name(size_t rule) {
    return dg_rule_name((dg_rule)rule);
}

static void the_documentation_names_them_all(void **state) {
    (void)state;
    char *page = NULL;
    size_t size = 0;
    ok(dg_file_read(TESTS_FOLDER "/../docs/evaluation.md", &page, &size));
    check_documented(page, "<!-- descriptors -->", DG_DESCRIPTOR_COUNT, descriptor_name);
    check_documented(page, "<!-- rules -->", DG_RULE_COUNT, rule_name);
    free(page);
}

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

/* A name stands for one rule, and a kind of sets has one. */
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
        cmocka_unit_test(the_documentation_names_them_all),
        cmocka_unit_test(every_descriptor_is_whole),
        cmocka_unit_test(rules_are_found_by_name_and_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
