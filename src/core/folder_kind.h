/* What `--force` may replace: a folder that digress made and that holds nothing else. */
#ifndef DG_CORE_FOLDER_KIND_H
#define DG_CORE_FOLDER_KIND_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

/* One kind of folder that digress writes. The file `.digress` in it says which. */
typedef struct dg_folder_kind {
    const char *name; /* "set" */
    /* The paths in it that digress writes, folders with a slash behind; NULL ends them. `#` stands
     * for six digits or more, `*` for anything but a slash. */
    const char *const *content;
    /* By all of these a folder without the mark, of an older digress, is known; NULL ends them. No
     * list: by nothing. */
    const char *const *signs;
    bool keeps_others; /* what else lies in it stays when it is replaced */
} dg_folder_kind;

/* Puts the mark into a folder. */
digress_status dg_folder_mark(const char *folder, const dg_folder_kind *kind);
digress_status dg_folder_unmark(const char *folder);

/* Refuses what stands at `path` unless it is a folder of this kind with nothing foreign in it.
 * Errors: INPUT, naming the first foreign file. */
digress_status dg_folder_is_replaceable(const char *path, const dg_folder_kind *kind);
/* Refuses the folder `path` where one of the inputs (NULL: none) is it or lies in it, or links
 * there, or is a folder with such a link. An input may have ":split" behind it. Errors: INPUT. */
digress_status dg_folder_holds_no_input(const char *path, size_t count, const char *const *inputs);

#endif
