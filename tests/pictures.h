/* What the tests of pictures share: counting shapes on a page of SVG. Include after cmocka.h. */
#ifndef DG_TESTS_PICTURES_H
#define DG_TESTS_PICTURES_H

#include "core/status.h"
#include "plot/canvas.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static inline void assert_error(digress_status got, digress_status expected, const char *text) {
    assert_int_equal(got, expected);
    if (!strstr(digress_last_error(), text)) fail_msg("'%s'", digress_last_error());
}

static inline void need_cairo(void) {
    if (!dg_cairo_version()) skip();
}

/* Checks that every tag is closed by a matching one. */
static inline void assert_well_formed(const char *svg) {
    char open[64][32];
    size_t depth = 0;
    for (const char *at = strchr(svg, '<'); at; at = strchr(at + 1, '<')) {
        const char *end = strchr(at, '>');
        char name[32] = "";
        assert_non_null(end);
        if (at[1] == '?' || at[1] == '!') continue;
        sscanf(at + (at[1] == '/' ? 2 : 1), "%31[a-zA-Z]", name);
        assert_true(*name != '\0');
        if (at[1] == '/') {
            assert_true(depth-- > 0);
            assert_string_equal(open[depth], name);
        } else if (end[-1] != '/') {
            assert_true(depth < 64);
            strcpy(open[depth++], name);
        }
    }
    assert_int_equal(depth, 0);
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
}

typedef struct counts {
    size_t dots, lines, boxes;
} counts;

/* Counts what lies between `d="` and `"`: "M 1 2 L 3 4" is a line, "M 1 2 L 1 2" a dot. Everything
 * must lie on the page. */
static inline void count_path(const char *text, double side, counts *out) {
    double x = 0, y = 0, a, b, from[2] = {0};
    size_t points = 0;
    char command;
    for (int used = 0; sscanf(text, " %c%n", &command, &used) == 1 && command != '"';) {
        text += used;
        if (command == 'Z') out->boxes += points == 4;
        if (command != 'M' && command != 'L') {
            if (command != 'Z') return; /* letters and figures of texts have curves */
            continue;
        }
        assert_int_equal(sscanf(text, " %lf %lf%n", &a, &b, &used), 2);
        text += used;
        assert_true(a >= -side && a <= side && b >= -side && b <= side);
        points = command == 'M' ? 1 : points + 1;
        if (command == 'M') {
            from[0] = a;
            from[1] = b;
        }
        x = a;
        y = b;
        const bool ends = strspn(text, " ") + text == strpbrk(text, "M\"");
        if (points != 2 || !ends) continue;
        if (x == from[0] && y == from[1])
            out->dots++;
        else
            out->lines++;
    }
}

static inline counts count_shapes(const char *svg, double side) {
    counts out = {0};
    const char *from = strstr(svg, "</defs>");
    assert_well_formed(svg);
    for (const char *at = strstr(from ? from : svg, " d=\""); at; at = strstr(at + 1, " d=\""))
        count_path(at + 4, side, &out);
    return out;
}

#endif
