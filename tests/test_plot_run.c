/* Pictures of chains and runs: what is drawn, and where. Without cairo, or giflib, there is nothing
 * to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metrics.h"
#include "pictures.h"
#include "plot/chain.h"
#include "plot/curves.h"
#include "plot/histograms.h"
#include "scratch.h"
#include "small_graphs.h"
#ifdef DIGRESS_GIF
#include <gif_lib.h>
#endif

/* ---- chains ---- */

static digress_graph_set *make_chain(void) {
    digress_graph_set *set = make_empty(1, 2);
    append(set, 6, "0-1 1-2 2-5 3-0");
    append(set, 6, "0-1 1-2 2-3");
    append(set, 6, "0-1 1-2 2-3 3-4");
    append(set, 6, "0-1 1-2 2-3 3-4 4-5");
    append(set, 6, "0-1 1-2 2-3 3-4 4-5 5-0");
    return set;
}

static void test_a_strip_has_the_first_and_the_last_frame(void **state) {
    (void)state;
    need_cairo();
    digress_graph_set *set = make_chain();
    const dg_chain chain = {.frames = set, .count = 2, .title = "chain"};
    char *svg = NULL;
    size_t size = 0;
    ok(dg_draw_strip(&chain, DG_CANVAS_SVG, &svg, &size));
    const counts found = count_shapes(svg, 500.0);
    assert_int_equal(found.dots, 2 * 2 * 6);
    assert_int_equal(found.lines, 4 + 6);
    free(svg);
    digress_graph_set_free(set);
}

static void test_what_is_no_chain(void **state) {
    (void)state;
    need_cairo();
    digress_graph_set *set = make_empty(1, 2);
    const dg_chain chain = {.frames = set, .count = 8, .title = ""};
    char *bytes = NULL;
    size_t size = 0;
    append(set, 2, "0-1");
    assert_error(dg_draw_strip(&chain, DG_CANVAS_SVG, &bytes, &size), DIGRESS_ERROR_INPUT,
                 "two frames or more");
    append(set, 3, "0-1");
    assert_error(dg_draw_strip(&chain, DG_CANVAS_SVG, &bytes, &size), DIGRESS_ERROR_INPUT,
                 "graph 0 has 2 nodes, the last has 3");
    digress_graph_set_free(set);
}

#ifdef DIGRESS_GIF
typedef struct reader {
    const char *bytes;
    size_t size, at;
} reader;

static int read_bytes(GifFileType *gif, GifByteType *out, int wanted) {
    reader *from = gif->UserData;
    const size_t left = from->size - from->at,
                 count = (size_t)wanted < left ? (size_t)wanted : left;
    memcpy(out, from->bytes + from->at, count);
    from->at += count;
    return (int)count;
}

static int delay_of(GifFileType *gif, int frame) {
    GraphicsControlBlock control;
    assert_int_equal(DGifSavedExtensionToGCB(gif, frame, &control), GIF_OK);
    return control.DelayTime;
}

static void test_an_animation_has_a_frame_for_each(void **state) {
    (void)state;
    need_cairo();
    digress_graph_set *set = make_chain();
    const dg_chain chain = {.frames = set, .title = "chain"};
    reader from = {0};
    char *bytes = NULL;
    int code = 0;
    ok(dg_draw_animation(&chain, &bytes, &from.size));
    from.bytes = bytes;
    GifFileType *gif = DGifOpen(&from, read_bytes, &code);
    assert_non_null(gif);
    assert_int_equal(DGifSlurp(gif), GIF_OK);
    assert_int_equal(gif->ImageCount, 5);
    assert_int_equal(gif->SWidth, 400 + 2 * 24);
    assert_int_equal(gif->SHeight, 420 + 30 + 2 * 24);
    for (int k = 0; k < 4; k++)
        assert_int_equal(delay_of(gif, k), 25);
    assert_int_equal(delay_of(gif, 4), 200);
    const size_t pixels = (size_t)gif->SWidth * (size_t)gif->SHeight;
    for (int k = 1; k < 5; k++)
        assert_memory_not_equal(gif->SavedImages[k].RasterBits, gif->SavedImages[k - 1].RasterBits,
                                pixels);
    const GifColorType corner = gif->SColorMap->Colors[gif->SavedImages[0].RasterBits[0]];
    assert_int_equal(corner.Red & corner.Green & corner.Blue, 255);
    assert_int_equal(DGifCloseFile(gif, &code), GIF_OK);
    free(bytes);
    digress_graph_set_free(set);
}
#endif

/* ---- curves and histograms ---- */

static void test_a_log_becomes_curves(void **state) {
    dg_run_curves run;
    scratch_file(state, "log.jsonl",
                 "{\"event\":\"epoch\",\"step\":2,\"minutes\":0.5,\"loss\":3}\n"
                 "{\"event\":\"epoch\",\"step\":4,\"minutes\":1.5,\"loss\":null}\n"
                 "{\"event\":\"validation\",\"step\":4,\"minutes\":2,\"nll\":70}\n"
                 "{\"event\":\"samples\",\"step\":4,\"minutes\":3,\"vun\":null,\"ratio\":1.25}\n"
                 "{\"event\":\"epoch\",\"step\":6,\"minu");
    ok(dg_run_curves_read(*state, false, &run));
    assert_int_equal(run.curves[DG_CURVE_LOSS].count, 1);
    assert_int_equal(run.curves[DG_CURVE_LOSS].left_out, 1);
    assert_int_equal(run.curves[DG_CURVE_VUN].count, 0);
    assert_true(run.curves[DG_CURVE_BOUND].points[0] == 2.0);
    assert_true(run.curves[DG_CURVE_RATIO].points[1] == 1.25);
    dg_run_curves_free(&run);
    ok(dg_run_curves_read(*state, true, &run));
    assert_true(run.curves[DG_CURVE_LOSS].points[0] == 2.0);
    if (dg_cairo_version()) {
        char *svg = NULL;
        size_t size = 0;
        ok(dg_draw_curves(1, &run, true, "run", DG_CANVAS_SVG, &svg, &size));
        assert_int_equal(count_shapes(svg, 1000.0).dots, 3); /* one value a panel */
        free(svg);
    }
    dg_run_curves_free(&run);
    scratch_file(state, "log.jsonl", "{\"event\":\"best\"}\n");
    assert_error(dg_run_curves_read(*state, true, &run), DIGRESS_ERROR_INPUT, "no record");
    dg_run_curves_free(&run);
    scratch_file(state, "log.jsonl", "{}\nno record\n");
    assert_error(dg_run_curves_read(*state, true, &run), DIGRESS_ERROR_INPUT, "log.jsonl:2:");
    dg_run_curves_free(&run);
}

static void test_histograms_have_a_bar_for_each_value(void **state) {
    (void)state;
    need_cairo();
    digress_graph_set *set = make_empty(1, 2);
    const dg_distributions wanted = {
        .samples = set, .reference = set, .title = "", .samples_name = "a", .reference_name = "b"};
    dg_pool *pool = NULL;
    char *svg = NULL;
    size_t size = 0;
    ok(dg_pool_create(1, &pool));
    append(set, 4, "0-1 1-2 2-0 2-3"); /* degrees 1, 2, 3; clustering 0, 1/3, 1 */
    append(set, 3, "0-1 1-2");
    ok(dg_draw_histograms(pool, &wanted, DG_CANVAS_SVG, &svg, &size));
    assert_int_equal(count_shapes(svg, 1200.0).boxes, 3 + 3 + 2);
    free(svg);
    dg_pool_free(pool);
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_strip_has_the_first_and_the_last_frame),
        cmocka_unit_test(test_what_is_no_chain),
#ifdef DIGRESS_GIF
        cmocka_unit_test(test_an_animation_has_a_frame_for_each),
#endif
        SCRATCH_TEST(test_a_log_becomes_curves),
        cmocka_unit_test(test_histograms_have_a_bar_for_each_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
