/* What a page is called: after the file or folder that it shows. */
#ifndef DG_PLOT_TITLE_H
#define DG_PLOT_TITLE_H

#include "core/status.h"

/* *out = the path's last part, without what follows its dot, as UTF-8; if that
 * says little, such as "samples" or "000000", with the part before it. The caller frees it. Errors:
 * MEMORY. */
digress_status dg_title_of(const char *path, char **out);

#endif
