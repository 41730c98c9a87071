/* The frames of a denoising chain: as a film strip, and as an animation. */
#ifndef DG_PLOT_CHAIN_H
#define DG_PLOT_CHAIN_H

#include "core/threads.h"
#include "digress/graph.h"
#include "plot/canvas.h"

enum {
    DG_MOST_FRAMES = 200
}; /* of an animation: of a longer chain this many are shown, evenly spread */

typedef struct dg_chain {
    const digress_graph_set *frames; /* graphs of the same size, the noisiest first */
    size_t count, columns; /* of a strip: the number of frames, evenly spread; columns 0: one row */
    uint32_t seed;
    const char *title;
    const dg_watch *watch; /* asked before each frame; may be NULL */
} dg_chain;

/* Nodes stay where the layout of the last frame puts them. The caller frees *bytes. Errors: INPUT
 * (one frame; not the same number of nodes; too large to draw; built without cairo, or giflib), or
 * what the watch returns. */
digress_status dg_draw_strip(const dg_chain *chain, dg_canvas_kind kind, char **bytes,
                             size_t *size);
digress_status dg_draw_animation(const dg_chain *chain, char **bytes, size_t *size);

#endif
