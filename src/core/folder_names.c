#include "core/folder_names.h"

#include "core/memory.h"
#include "core/path.h"
#include "core/temporary.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static digress_status add_name(dg_names *names, const char *name) {
    DG_TRY(dg_grow(&names->names, &names->capacity, names->count + 1, sizeof *names->names));
    names->names[names->count] = strdup(name);
    return names->names[names->count++] ? DIGRESS_OK : dg_out_of_memory();
}

digress_status dg_folder_names(const char *folder, dg_names *out) {
    DIR *stream = opendir(folder);
    if (!stream) return dg_system_error(folder, "read");
    dg_names names = {0};
    digress_status status = DIGRESS_OK;
    const struct dirent *entry = NULL;
    while (status == DIGRESS_OK && (entry = readdir(stream)))
        if (entry->d_name[0] != '.' && !dg_is_temporary(entry->d_name))
            status = add_name(&names, entry->d_name);
    closedir(stream);
    if (status != DIGRESS_OK) {
        dg_names_free(&names);
        return status;
    }
    if (names.count) qsort(names.names, names.count, sizeof *names.names, compare_names);
    *out = names;
    return DIGRESS_OK;
}

void dg_names_free(dg_names *names) {
    for (size_t k = 0; k < names->count; k++)
        free(names->names[k]);
    free(names->names);
    *names = (dg_names){0};
}
