#include "graph/io/format.h"

#include "core/file.h"
#include "core/log.h"
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 3 };

typedef struct skipped {
    size_t files, folders;
    char *list; /* the first of them */
} skipped;

static digress_status add(skipped *s, const char *folder, const char *name) {
    char *path = dg_path_join(folder, name);
    if (!path) return dg_out_of_memory();
    const bool is_folder = dg_is_folder(path);
    const size_t before = s->files + s->folders;
    free(path);
    *(is_folder ? &s->folders : &s->files) += 1;
    if (before > SHOWN) return DIGRESS_OK;
    char *longer = before < SHOWN ? dg_format("%s%s%s%s", before ? s->list : "", before ? ", " : "",
                                              name, is_folder ? "/" : "")
                                  : dg_format("%s, ...", s->list);
    free(s->list);
    s->list = longer;
    return longer ? DIGRESS_OK : dg_out_of_memory();
}

/* "3 files"; "" for none. */
static void count_text(size_t count, const char *what, char *out, size_t size) {
    *out = '\0';
    if (count > 0) snprintf(out, size, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

static void say(const skipped *s, const char *folder) {
    char files[32], folders[32];
    count_text(s->files, "file", files, sizeof files);
    count_text(s->folders, "folder", folders, sizeof folders);
    if (s->list)
        dg_warn("%s: %s%s%s in it %s not read: %s", folder, files,
                *files && *folders ? " and " : "", folders,
                s->files + s->folders == 1 ? "is" : "are", s->list);
}

digress_status dg_say_skipped(const char *folder, dg_is_read *is_read, const void *context) {
    dg_names names = {0};
    skipped s = {0};
    DG_TRY(dg_folder_names(folder, &names));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < names.count && status == DIGRESS_OK; k++)
        if (!is_read(folder, names.names[k], context)) status = add(&s, folder, names.names[k]);
    if (status == DIGRESS_OK) say(&s, folder);
    free(s.list);
    dg_names_free(&names);
    return status;
}
