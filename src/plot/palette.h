/* Colours that people with any kind of colour vision can tell apart (Okabe and Ito 2008). */
#ifndef DG_PLOT_PALETTE_H
#define DG_PLOT_PALETTE_H

#include "plot/canvas.h"

/* For text, for less important lines, and for the background. */
#define DG_INK_TEXT ((dg_ink){0x2b303a, 1.0})
#define DG_INK_FAINT ((dg_ink){0x7a828f, 1.0})
#define DG_INK_RULE ((dg_ink){0xe3e6ea, 1.0})
#define DG_INK_PANEL ((dg_ink){0xf8f9fa, 1.0})
#define DG_INK_EDGE ((dg_ink){0x59626f, 1.0})
#define DG_INK_WHITE ((dg_ink){0xffffff, 1.0})

enum { DG_COLORS = 8 };
/* The colour of class, or line, k; from DG_COLORS on they repeat in lighter and darker shades. */
dg_ink dg_color(size_t k);
/* The colour of edges: the first class is grey. `k` counts from "no edge". */
dg_ink dg_edge_color(size_t k);

#endif
