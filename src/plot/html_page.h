/* An HTML page that contains its pictures, and needs no other file and no script. */
#ifndef DG_PLOT_HTML_PAGE_H
#define DG_PLOT_HTML_PAGE_H

#include "core/text.h"

typedef struct dg_html_page {
    dg_text text;
    unsigned pictures;
} dg_html_page;

/* A page being written, {0} at first. Errors are reported by dg_html_end. */
void dg_html_begin(dg_html_page *page, const char *title);
void dg_html_section(dg_html_page *page, const char *heading, const char *text);
/* Text printed literally, in a fixed-width font. */
void dg_html_preformatted(dg_html_page *page, const char *text);
/* An SVG of dg_canvas_take. `label`: a description for those who cannot see it. */
void dg_html_picture(dg_html_page *page, const char *svg, const char *label);
/* The whole page, which the caller frees. Errors: MEMORY. */
digress_status dg_html_end(dg_html_page *page, char **out);

#endif
