#include "cli/train_pictures.h"

#include "cli/interrupt.h"
#include "core/file.h"
#include "core/log.h"
#include "plot/chain.h"
#include "plot/curves.h"
#include "plot/gallery.h"
#include "plot/title.h"

#include <stdlib.h>

enum { DRAWN_GRAPHS = 16 };

/* Takes the path and the bytes. */
static digress_status write_picture(digress_status drawn, char *path, char *bytes, size_t size) {
    digress_status status = drawn;
    if (status == DIGRESS_OK) status = path ? dg_file_write(path, bytes, size) : dg_out_of_memory();
    if (status != DIGRESS_OK && status != DIGRESS_INTERRUPTED && path)
        dg_warn("%s is not drawn: %s", path, digress_last_error());
    free(path);
    free(bytes);
    return status == DIGRESS_INTERRUPTED ? status : DIGRESS_OK;
}

static digress_status draw_samples(const dg_drawn *drawn, const char *title) {
    const dg_gallery gallery = {
        .set = drawn->samples, .count = DRAWN_GRAPHS, .title = title, .watch = &dg_interrupt_watch};
    dg_gallery_report report;
    char *bytes = NULL;
    size_t size = 0;
    digress_status status = dg_draw_gallery(&gallery, DG_CANVAS_SVG, &bytes, &size, &report);
    return write_picture(status, dg_format("%s.svg", drawn->stem), bytes, size);
}

static digress_status draw_chain(const dg_drawn *drawn, size_t k, const char *title) {
    const dg_chain chain = {
        .frames = drawn->chain[k], .title = title, .watch = &dg_interrupt_watch};
    char *bytes = NULL;
    size_t size = 0;
    digress_status status = dg_draw_animation(&chain, &bytes, &size);
    return write_picture(status, dg_format("%s-chain-%zu.gif", drawn->stem, k), bytes, size);
}

static digress_status draw_curves(const dg_drawn *drawn) {
    dg_run_curves curves = {0};
    char *bytes = NULL;
    size_t size = 0;
    digress_status status = dg_run_curves_read(drawn->run, false, &curves);
    if (status == DIGRESS_OK)
        status = dg_draw_curves(1, &curves, false, curves.name, DG_CANVAS_SVG, &bytes, &size);
    dg_run_curves_free(&curves);
    return write_picture(status, dg_path_join(drawn->run, "curves.svg"), bytes, size);
}

digress_status dg_train_pictures(void *context, const dg_drawn *drawn) {
    char *title = NULL;
    (void)context;
    DG_TRY(dg_title_of(drawn->stem, &title));
    digress_status status = draw_samples(drawn, title);
    for (size_t k = 0; k < drawn->chains && status == DIGRESS_OK; k++)
        status = draw_chain(drawn, k, title);
    free(title);
    return status == DIGRESS_OK ? draw_curves(drawn) : status;
}
