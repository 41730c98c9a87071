/* The curves of one or several runs. */
#ifndef DG_PLOT_CURVES_H
#define DG_PLOT_CURVES_H

#include "plot/canvas.h"
#include "plot/run_curves.h"

/* A panel for each kind of curve that any run has. by_steps: see dg_run_curves_read. The caller
 * frees *bytes. Errors: INPUT (nothing to draw; built without cairo). */
digress_status dg_draw_curves(size_t count, const dg_run_curves *runs, bool by_steps,
                              const char *title, dg_canvas_kind kind, char **bytes, size_t *size);

#endif
