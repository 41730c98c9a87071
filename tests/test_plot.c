/* Pictures of graphs: what is drawn, and where. Fonts do not matter. Without cairo there is nothing
 * to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metrics.h"
#include "pictures.h"
#include "plot/axes.h"
#include "plot/gallery.h"
#include "plot/layout.h"
#include "plot/molecule_picture.h"
#include "plot/planar_layout.h"
#include "plot/title.h"
#include "small_graphs.h"
#include <math.h>
#include <string.h>

/* ---- layouts ---- */

/* Every node has a place of its own in the square, and the same one each time. */
static void check_layout(const digress_graph *graph) {
    double *at = calloc(4 * graph->n, sizeof *at), *again = at + 2 * graph->n;
    assert_non_null(at);
    ok(dg_layout_of(graph, 7, at));
    ok(dg_layout_of(graph, 7, again));
    assert_memory_equal(at, again, 2 * graph->n * sizeof *at);
    for (size_t k = 0; k < 2 * graph->n; k++)
        assert_true(at[k] >= 0.0 && at[k] <= 1.0); /* false for NaN */
    for (size_t u = 0; u < graph->n; u++)
        for (size_t v = 0; v < u; v++)
            assert_true(hypot(at[2 * u] - at[2 * v], at[2 * u + 1] - at[2 * v + 1]) > 1e-3);
    free(at);
}

static const char octahedron[] = "0-1 1-2 2-0 3-4 4-5 5-3 0-3 0-4 1-4 1-5 2-5 2-3";

static digress_graph_set *make_graphs(void) {
    digress_graph_set *set = make_empty(1, 2);
    append(set, 1, "");
    append(set, 2, "");
    append(set, 2, "0-1");
    append(set, 5, "");
    append(set, 4, "0-1 1-2 2-3");
    append(set, 7, "0-1 0-2 1-3 1-4 2-5 2-6");
    append(set, 5, "0-1 0-2 0-3 0-4 1-2 1-3 1-4 2-3 2-4 3-4");
    append(set, 9, "0-1 1-2 2-0 3-4 4-5 5-6 6-3 7-8");
    append(set, 9, "0-1 1-2 3-4 4-5 6-7 7-8 0-3 3-6 1-4 4-7 2-5 5-8");
    append(set, 6, octahedron);
    return set;
}

static void test_every_node_has_a_place(void **state) {
    (void)state;
    digress_graph_set *set = make_graphs();
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        const digress_graph graph = digress_graph_set_get(set, k);
        check_layout(&graph);
    }
    digress_graph_set_free(set);
}

static double turn(const double *a, const double *b, const double *c) {
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static size_t count_crossings(size_t edges, const uint32_t *ends, const double *at) {
    size_t count = 0;
    for (size_t e = 0; e < edges; e++)
        for (size_t f = 0; f < e; f++) {
            const uint32_t a = ends[2 * e], b = ends[2 * e + 1], c = ends[2 * f],
                           d = ends[2 * f + 1];
            if (a == c || a == d || b == c || b == d) continue;
            count += turn(at + 2 * a, at + 2 * b, at + 2 * c) *
                             turn(at + 2 * a, at + 2 * b, at + 2 * d) <
                         0 &&
                     turn(at + 2 * c, at + 2 * d, at + 2 * a) *
                             turn(at + 2 * c, at + 2 * d, at + 2 * b) <
                         0;
        }
    return count;
}

static void test_components_lie_side_by_side(void **state) {
    (void)state;
    digress_graph_set *set = make_empty(1, 2);
    const uint32_t ends[] = {0, 2, 2, 4, 4, 0, 1, 3, 3, 5, 5, 1};
    double at[12];
    append(set, 6, "0-2 2-4 4-0 1-3 3-5 5-1");
    const digress_graph graph = digress_graph_set_get(set, 0);
    ok(dg_layout_of(&graph, 0, at));
    assert_int_equal(count_crossings(6, ends, at), 0);
    digress_graph_set_free(set);
}

/* Rings around a node, with spokes and one diagonal in each field: 3 n - 3 - (the last ring)
 * edges. */
enum { RINGS = 5, AROUND = 7 };
static size_t make_web(uint32_t *ends) {
    size_t edges = 0;
    for (uint32_t k = 0; k < RINGS * AROUND; k++) {
        const uint32_t next = k % AROUND == AROUND - 1 ? k + 1 - AROUND : k + 1;
        const uint32_t to[] = {next, k + AROUND, next + AROUND};
        const size_t most = k < (RINGS - 1) * AROUND ? 3 : 1;
        for (size_t e = 0; e < most; e++, edges++) {
            ends[2 * edges] = k;
            ends[2 * edges + 1] = to[e];
        }
    }
    for (uint32_t k = 0; k < AROUND; k++, edges++) {
        ends[2 * edges] = RINGS * AROUND;
        ends[2 * edges + 1] = k;
    }
    return edges;
}

static void test_a_planar_graph_has_no_crossing(void **state) {
    (void)state;
    enum { N = RINGS * AROUND + 1 };
    uint32_t ends[6 * N];
    double at[2 * N];
    bool found = false;
    const size_t edges = make_web(ends);
    ok(dg_planar_layout(N, edges, ends, at, &found));
    assert_true(found);
    assert_int_equal(count_crossings(edges, ends, at), 0);
    const uint32_t complete[] = {0, 1, 0, 2, 0, 3, 0, 4, 1, 2, 1, 3, 1, 4, 2, 3, 2, 4, 3, 4};
    ok(dg_planar_layout(5, 10, complete, at, &found));
    assert_false(found);
    const uint32_t path[] = {0, 1, 1, 2};
    ok(dg_planar_layout(3, 2, path, at, &found));
    assert_false(found); /* its one face passes a node twice */
}

/* ---- galleries ---- */

static char *draw_set(const digress_graph_set *set, size_t most, dg_gallery_report *report) {
    const dg_gallery gallery = {.set = set, .count = most, .title = "A & B <C>"};
    char *svg = NULL;
    size_t size = 0;
    ok(dg_draw_gallery(&gallery, DG_CANVAS_SVG, &svg, &size, report));
    assert_int_equal(strlen(svg), size);
    return svg;
}

static void test_a_gallery_has_a_dot_a_node_and_a_line_an_edge(void **state) {
    (void)state;
    need_cairo();
    digress_graph_set *set = make_empty(1, 2);
    dg_gallery_report report;
    append(set, 6, "0-1 1-2 2-3 3-0");
    append(set, 5, "0-1 0-2 0-3");
    append(set, 3, "0-1");
    char *svg = draw_set(set, 2, &report);
    const counts found = count_shapes(svg, 700.0);
    assert_int_equal(found.dots, 2 * (6 + 5)); /* and a halo each */
    assert_int_equal(found.lines, 4 + 3);
    assert_int_equal(report.drawn, 2);
    free(svg);
    digress_graph_set_free(set);
}

static void test_classes_have_colours_and_a_legend(void **state) {
    (void)state;
    need_cairo();
    digress_graph_set *set = make_empty(3, 4);
    dg_gallery_report report;
    const uint8_t nodes[] = {0, 1, 2}, pairs[] = {1, 2, 3};
    ok(digress_graph_set_append(set, 3, nodes, pairs));
    char *svg = draw_set(set, 1, &report);
    const counts found = count_shapes(svg, 700.0);
    assert_int_equal(found.dots, 2 * 3 + 3);
    assert_int_equal(found.lines, 3 + 3);
    free(svg);
    digress_graph_set_free(set);
}

static void test_too_large_a_graph_is_skipped(void **state) {
    (void)state;
    need_cairo();
    const size_t n = DG_MOST_DRAWN_NODES + 1;
    uint8_t *pairs = calloc(n * (n - 1) / 2, 1);
    digress_graph_set *set = make_empty(1, 2);
    const dg_gallery gallery = {.set = set, .count = 4, .title = ""};
    dg_gallery_report report;
    char *bytes = NULL;
    size_t size = 0;
    assert_error(dg_draw_gallery(&gallery, DG_CANVAS_SVG, &bytes, &size, &report),
                 DIGRESS_ERROR_INPUT, "no graph to draw");
    ok(digress_graph_set_append(set, n, NULL, pairs));
    assert_error(dg_draw_gallery(&gallery, DG_CANVAS_SVG, &bytes, &size, &report),
                 DIGRESS_ERROR_INPUT, "more than 1000 nodes");
    append(set, 2, "0-1");
    bytes = draw_set(set, 4, &report);
    assert_int_equal(report.drawn, 1);
    assert_int_equal(report.skipped, 1);
    free(bytes);
    free(pairs);
    digress_graph_set_free(set);
}

static size_t big_endian(const char *bytes) {
    const unsigned char *at = (const unsigned char *)bytes;
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

static void test_a_png_has_the_size_of_its_page_and_the_same_bytes_again(void **state) {
    (void)state;
    need_cairo();
    digress_graph_set *set = make_graphs();
    dg_gallery gallery = {.set = set, .count = 4, .columns = 4, .title = "graphs"};
    dg_gallery_report report;
    char *bytes = NULL, *again = NULL;
    size_t size = 0, size_again = 0;
    ok(dg_draw_gallery(&gallery, DG_CANVAS_PNG, &bytes, &size, &report));
    assert_true(size > 24);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(big_endian(bytes + 16), 2 * (4 * 200 + 3 * 16 + 2 * 24));
    assert_int_equal(big_endian(bytes + 20), 2 * (30 + 220 + 2 * 24));
    ok(dg_draw_gallery(&gallery, DG_CANVAS_PNG, &again, &size_again, &report));
    assert_int_equal(size_again, size);
    assert_memory_equal(again, bytes, size);
    free(again);
    free(bytes);
    digress_graph_set_free(set);
}

static void test_a_page_must_not_be_too_large(void **state) {
    (void)state;
    need_cairo();
    dg_canvas *canvas = NULL;
    assert_error(dg_canvas_create(DG_CANVAS_PNG, 100.0, 1e6, &canvas), DIGRESS_ERROR_INPUT,
                 "fewer graphs");
}

/* ---- RDKit's pictures ---- */

static void test_paths_of_rdkit_are_drawn(void **state) {
    (void)state;
    need_cairo();
    dg_canvas *canvas = NULL;
    char *svg = NULL;
    size_t size = 0;
    ok(dg_canvas_create(DG_CANVAS_SVG, 100.0, 100.0, &canvas));
    ok(dg_draw_svg_paths(canvas, "<?xml version='1.0'?><svg x='1'><!-- head -->"
                                 "<path class='bond-0' d='M 1.5,2 L 30,40' "
                                 "style='fill:none;stroke:#FF0000;stroke-width:2.0px' />"
                                 "<path d='M 1 2\nQ 3 4, 5 6\nL 1 2\n' fill='#0000FF'/></svg>"));
    assert_error(dg_draw_svg_paths(canvas, "<svg><text x='1'>N</text></svg>"),
                 DIGRESS_ERROR_INTERNAL, "<text");
    assert_error(dg_draw_svg_paths(canvas, "<path d='M 1 2 A 3 4' fill='#0000FF'/>"),
                 DIGRESS_ERROR_INTERNAL, "A 3 4");
    ok(dg_canvas_take(canvas, &svg, &size));
    assert_int_equal(count_shapes(svg, 100.0).lines, 1);
    assert_non_null(strstr(svg, "rgb(100%,0%,0%)"));
    assert_non_null(strstr(svg, "rgb(0%,0%,100%)"));
    free(svg);
    dg_canvas_free(canvas);
}

/* ---- axes and titles ---- */

static void test_ranges_are_rounded(void **state) {
    (void)state;
    double range[2] = {0.13, 0.87}, flat[2] = {3.0, 3.0};
    dg_axes_round(range);
    assert_true(fabs(range[0] - 0.1) < 1e-12 && fabs(range[1] - 0.9) < 1e-12);
    dg_axes_round(flat);
    assert_true(flat[0] < 3.0 && flat[1] > 3.0);
    const dg_axes axes = {
        .width = 400, .height = 300, .x = {0, 1}, .y = {1, 100}, .logarithmic = true};
    assert_true(fabs(dg_axes_y(&axes, 10) - (dg_axes_y(&axes, 1) + dg_axes_y(&axes, 100)) / 2) <
                1e-9);
}

static void test_titles_say_where_it_is_from(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"planar.g6", "planar"},
        {"data/planar/", "planar"},
        {"data/planar/test.g6", "planar/test"},
        {"s/chains/000000", "s/chains/000000"},
        {"runs/a/samples/epoch-000010.safetensors", "a/samples/epoch-000010"},
        {"/test", "test"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char *title = NULL;
        ok(dg_title_of(cases[k][0], &title));
        assert_string_equal(title, cases[k][1]);
        free(title);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_node_has_a_place),
        cmocka_unit_test(test_components_lie_side_by_side),
        cmocka_unit_test(test_a_planar_graph_has_no_crossing),
        cmocka_unit_test(test_a_gallery_has_a_dot_a_node_and_a_line_an_edge),
        cmocka_unit_test(test_classes_have_colours_and_a_legend),
        cmocka_unit_test(test_too_large_a_graph_is_skipped),
        cmocka_unit_test(test_a_png_has_the_size_of_its_page_and_the_same_bytes_again),
        cmocka_unit_test(test_a_page_must_not_be_too_large),
        cmocka_unit_test(test_paths_of_rdkit_are_drawn),
        cmocka_unit_test(test_ranges_are_rounded),
        cmocka_unit_test(test_titles_say_where_it_is_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
