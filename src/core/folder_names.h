/* What is in a folder. */
#ifndef DG_CORE_FOLDER_NAMES_H
#define DG_CORE_FOLDER_NAMES_H

#include "core/status.h"
#include <stddef.h>

/* The names in a folder that do not start with a dot, in order. The caller frees with
 * dg_names_free. */
typedef struct dg_names {
    char **names;
    size_t count, capacity;
} dg_names;
digress_status dg_folder_names(const char *folder, dg_names *out);
void dg_names_free(dg_names *names);

#endif
