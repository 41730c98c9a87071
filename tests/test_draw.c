/* The public interface to pictures. What is drawn is tested in test_plot.c. */
#include "metrics.h"

#include "digress/digress.h"
#include "small_graphs.h"
#include <string.h>

static digress_status stop(void *context) {
    (void)context;
    return DIGRESS_INTERRUPTED;
}

static void draws_a_page(void **state) {
    (void)state;
    digress_graph_set *set = make_empty(1, 2);
    char *svg = NULL, *titled = NULL;
    size_t size = 0, length = 0;
    append(set, 4, "0-1 1-2 2-3");
    if (!digress_has_pictures()) {
        assert_int_equal(digress_draw_svg(set, NULL, &svg, &size), DIGRESS_ERROR_INPUT);
        digress_graph_set_free(set);
        return;
    }
    ok(digress_draw_svg(set, NULL, &svg, &size));
    assert_int_equal(strlen(svg), size);
    assert_non_null(strstr(svg, "<svg"));
    ok(digress_draw_svg(set, &(digress_draw_options){.title = "Paths"}, &titled, &length));
    assert_true(length > size);
    free(svg);
    free(titled);
    digress_graph_set_free(set);
}

static void refuses_what_cannot_be_drawn(void **state) {
    (void)state;
    digress_graph_set *set = make_empty(1, 2);
    const digress_draw_options stopped = {.watch = {stop, NULL}};
    char *svg = NULL;
    size_t size = 0;
    assert_int_equal(digress_draw_svg(set, NULL, &svg, &size), DIGRESS_ERROR_INPUT);
    append(set, 2, "0-1");
    if (digress_has_pictures())
        assert_int_equal(digress_draw_svg(set, &stopped, &svg, &size), DIGRESS_INTERRUPTED);
    assert_int_equal(digress_draw_svg(NULL, NULL, &svg, &size), DIGRESS_ERROR_INPUT);
    assert_int_equal(digress_draw_svg(set, NULL, NULL, &size), DIGRESS_ERROR_INPUT);
    assert_null(svg);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_a_page),
        cmocka_unit_test(refuses_what_cannot_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
