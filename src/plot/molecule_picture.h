/* One molecule, as RDKit draws it. */
#ifndef DG_PLOT_MOLECULE_PICTURE_H
#define DG_PLOT_MOLECULE_PICTURE_H

#include "chem/alphabet.h"
#include "plot/canvas.h"

/* Draws a molecule, of several fragments the largest, into the square of `side` from (0, 0).
 * *valid: whether RDKit accepts it; otherwise nothing is drawn. Errors: MEMORY, INTERNAL. */
digress_status dg_draw_molecule(dg_canvas *canvas, const dg_alphabet *alphabet,
                                const digress_graph *graph, double side, bool *valid);

/* Draws the paths of an SVG of RDKit. Errors: INTERNAL for anything that RDKit is not known to
 * write. */
digress_status dg_draw_svg_paths(dg_canvas *canvas, const char *svg);

#endif
