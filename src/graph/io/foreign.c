/* Files that are recognised but cannot be read. */
#include "graph/io/format.h"

#include <string.h>

static bool is_gexf(const char *bytes, size_t size) {
    return dg_is_graphml(bytes, size) && strstr(bytes, "<gexf") && !strstr(bytes, "<graphml");
}

const char *dg_foreign_format(const char *bytes, size_t size) {
    static const struct {
        const char *mark, *what;
    } kinds[] = {
        {"\x80\x02", "a Python pickle"}, {"\x80\x03", "a Python pickle"},
        {"\x80\x04", "a Python pickle"}, {"\x80\x05", "a Python pickle"},
        {"\x93NUMPY", "a NumPy array"},  {"PK\x03\x04", "a zip archive, as .npz and .pt are"},
        {"\x89HDF\r\n", "an HDF5 file"},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strncmp(bytes, kinds[k].mark, strlen(kinds[k].mark)) == 0) return kinds[k].what;
    return is_gexf(bytes, size) ? "GEXF" : NULL;
}
