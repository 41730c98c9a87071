#include "plot/molecule_picture.h"

#include "chem/molecule.h"
#include "core/number.h"
#include <stdlib.h>
#include <string.h>

/* ---- what RDKit writes: <path d='M 1,2 L 3,4' style='stroke:#FF0000;stroke-width:2.0px' /> ----
 */

static digress_status unknown(const char *text) {
    return dg_error(DIGRESS_ERROR_INTERNAL, "RDKit's picture has something unknown at '%.20s'",
                    text);
}

static double read_number(const char **text) {
    char *end = NULL;
    const char *from = *text + strspn(*text, " ,\n");
    double value = dg_number_of(from, &end);
    *text = end;
    return value;
}

/* Continues from the pen's position; a quadratic curve is drawn as a cubic one. */
static void draw_curve(dg_canvas *canvas, char command, const char **text, double pen[2]) {
    double at[6] = {0};
    if (command == 'C') {
        for (size_t k = 0; k < 6; k++)
            at[k] = read_number(text);
    } else {
        const double middle[2] = {read_number(text), read_number(text)};
        at[4] = read_number(text);
        at[5] = read_number(text);
        for (size_t k = 0; k < 2; k++) {
            at[k] = pen[k] + 2.0 / 3.0 * (middle[k] - pen[k]);
            at[2 + k] = at[4 + k] + 2.0 / 3.0 * (middle[k] - at[4 + k]);
        }
    }
    dg_canvas_curve(canvas, at);
    pen[0] = at[4];
    pen[1] = at[5];
}

/* Adds the path that `text` describes, up to the closing quotation mark. */
static digress_status add_path(dg_canvas *canvas, const char *text) {
    double pen[2] = {0};
    for (text += strspn(text, " ,\n"); *text != '\''; text += strspn(text, " ,\n")) {
        const char command = *text++;
        if (command == 'M' || command == 'L') {
            pen[0] = read_number(&text);
            pen[1] = read_number(&text);
            (command == 'M' ? dg_canvas_move : dg_canvas_line)(canvas, pen[0], pen[1]);
        } else if (command == 'Q' || command == 'C') {
            draw_curve(canvas, command, &text, pen);
        } else if (command == 'Z') {
            dg_canvas_close(canvas);
        } else {
            return unknown(text - 1);
        }
    }
    return DIGRESS_OK;
}

/* What follows `name` before `end`; NULL if `name` is not there. */
static const char *find(const char *from, const char *end, const char *name) {
    const char *found = strstr(from, name);
    return found && found < end ? found + strlen(name) : NULL;
}

static dg_ink ink_of(const char *color) {
    return (dg_ink){(uint32_t)strtoul(color, NULL, 16), 1.0};
}

static digress_status draw_path(dg_canvas *canvas, const char *from, const char *end) {
    const char *path = find(from, end, " d='");
    const char *width = find(from, end, "stroke-width:"), *stroke = find(from, end, "stroke:#");
    const char *fill = find(from, end, "fill='#");
    if (!fill) fill = find(from, end, "fill:#");
    if (!path || (!fill && !(stroke && width))) return unknown(from);
    if (fill) {
        DG_TRY(add_path(canvas, path));
        dg_canvas_fill(canvas, ink_of(fill));
    }
    if (stroke && width) {
        DG_TRY(add_path(canvas, path));
        dg_canvas_draw(canvas, 0.8 * read_number(&width), ink_of(stroke));
    }
    return DIGRESS_OK;
}

digress_status dg_draw_svg_paths(dg_canvas *canvas, const char *svg) {
    const char *const passed[] = {"<?xml", "<svg", "</svg", "<!--", "<rect", "</rect"};
    for (const char *at = strchr(svg, '<'), *end; at; at = strchr(end, '<')) {
        bool known = false;
        end = strchr(at, '>');
        if (!end) return unknown(at);
        for (size_t k = 0; k < sizeof passed / sizeof *passed; k++)
            known = known || strncmp(at, passed[k], strlen(passed[k])) == 0;
        if (known) continue;
        if (strncmp(at, "<path ", 6) != 0) return unknown(at);
        DG_TRY(draw_path(canvas, at, end));
    }
    return DIGRESS_OK;
}

/* ---- a molecule ---- */

static digress_status draw(dg_canvas *canvas, dg_molecule *molecule, double side) {
    const double panel = 200.0; /* the panels' side in chem/rdkit_write.cc */
    const char *const legend = "";
    char *svg = NULL;
    DG_TRY(dg_molecules_svg(1, &molecule, &legend, &svg));
    dg_canvas_enter(canvas, 0.0, 0.0, side / panel);
    digress_status status = dg_draw_svg_paths(canvas, svg);
    dg_canvas_leave(canvas);
    free(svg);
    return status;
}

digress_status dg_draw_molecule(dg_canvas *canvas, const dg_alphabet *alphabet,
                                const digress_graph *graph, double side, bool *valid) {
    dg_molecule *molecule = NULL;
    dg_verdict verdict;
    DG_TRY(dg_molecule_build(alphabet, graph, false, &molecule));
    digress_status status = dg_molecule_judge(molecule, &verdict);
    *valid = status == DIGRESS_OK && verdict.complaint == DG_COMPLAINT_NONE;
    if (*valid) status = draw(canvas, molecule, side);
    dg_molecule_free(molecule);
    return status;
}
