#include "plot/title.h"

#include "core/path.h"
#include "core/text.h"
#include <stdlib.h>
#include <string.h>

/* Where the part of the path that ends at `end` begins. */
static const char *part_before(const char *path, const char *end) {
    while (end > path && end[-1] != '/')
        end--;
    return end;
}

/* Whether it is a name that digress itself gives to files and folders. */
static bool says_little(const char *name, size_t length) {
    static const char *const common[] = {"samples", "test", "train", "val", "chains"};
    if (strspn(name, "0123456789") >= length || strncmp(name, "epoch-", 6) == 0) return true;
    for (size_t k = 0; k < sizeof common / sizeof *common; k++)
        if (strlen(common[k]) == length && strncmp(name, common[k], length) == 0) return true;
    return false;
}

digress_status dg_title_of(const char *path, char **out) {
    const char *end = path + strlen(path);
    while (end > path + 1 && end[-1] == '/')
        end--;
    const char *name = part_before(path, end);
    const char *dot = memchr(name, '.', (size_t)(end - name));
    if (dot && dot > name) end = dot;
    const char *stop = end;
    while (name > path + 1 && says_little(name, (size_t)(stop - name))) {
        stop = name - 1;
        name = part_before(path, stop);
    }
    *out = dg_format("%.*s", (int)(end - name), name);
    if (!*out) return dg_out_of_memory();
    dg_make_printable(*out, "");
    for (char *at = *out; !dg_is_utf8(*out) && *at; at++)
        if ((unsigned char)*at > 127) *at = '?';
    return DIGRESS_OK;
}
