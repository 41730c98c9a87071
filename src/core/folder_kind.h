/* What `--force` may replace: a folder that digress made and that contains nothing else. */
#ifndef DG_CORE_FOLDER_KIND_H
#define DG_CORE_FOLDER_KIND_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

/* One kind of folder that digress writes. The file `.digress` in it says which. */
typedef struct dg_folder_kind {
    const char *name; /* "set" */
    /* The paths in it that digress writes, folders with a trailing slash; ends with NULL. `#`
     * stands for six or more digits, `*` for anything but a slash. */
    const char *const *content;
    /* A folder of an older digress, without the mark, is recognised if it has all of these; ends
     * with NULL. NULL instead of a list: it is never recognised. */
    const char *const *signs;
    bool keeps_others; /* anything else in it stays when it is replaced */
} dg_folder_kind;

/* Puts the mark into a folder. */
digress_status dg_folder_mark(const char *folder, const dg_folder_kind *kind);
digress_status dg_folder_unmark(const char *folder);

/* Refuses what is at `path` unless it is a folder of this kind with nothing foreign in it. Errors:
 * INPUT, naming the first foreign file. */
digress_status dg_folder_is_replaceable(const char *path, const dg_folder_kind *kind);
/* Refuses the folder `path` if one of the inputs (NULL: none) is that folder, lies in it, links
 * there, or is a folder with such a link. An input may end with ":split". Errors: INPUT. */
digress_status dg_folder_holds_no_input(const char *path, size_t count, const char *const *inputs);

#endif
