/* The public interface to pictures (include/digress/draw.h), over the internal one. */
#include "digress/draw.h"

#include "plot/gallery.h"
#include <stdlib.h>

enum { DEFAULT_GRAPHS = 16 };

bool digress_has_pictures(void) {
    return dg_cairo_version() != NULL;
}

digress_status digress_draw_svg(const digress_graph_set *set, const digress_draw_options *options,
                                char **svg, size_t *size) {
    static const digress_draw_options defaults = {0};
    dg_gallery_report report;
    DG_NEED(set);
    DG_NEED(svg);
    DG_NEED(size);
    if (!options) options = &defaults;
    const dg_watch watch = dg_watch_of_caller(&options->watch);
    const dg_gallery gallery = {.set = set,
                                .count = options->count ? options->count : DEFAULT_GRAPHS,
                                .columns = options->columns,
                                .seed = options->seed,
                                .title = options->title ? options->title : "",
                                .watch = &watch};
    return dg_draw_gallery(&gallery, DG_CANVAS_SVG, svg, size, &report);
}
