/* What an import dropped, and why. */
#include "datasets/molecules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *const dg_drop_names[DG_DROPS] = {
    "unparsable",  "disconnected", "radical",        "charged",           "other atoms",
    "other bonds", "too large",    "only hydrogens", "changed as graphs", "other parts"};

void dg_list_dropped(const size_t dropped[DG_DROPS], char out[DG_LIST_SIZE]) {
    out[0] = 0;
    for (size_t k = 0; k < DG_DROPS; k++) {
        size_t used = strlen(out);
        if (dropped[k])
            snprintf(out + used, DG_LIST_SIZE - used, "%s%zu %s", used ? ", " : "", dropped[k],
                     dg_drop_names[k]);
    }
}

void dg_list_left_out(const dg_import_report *report, char out[DG_LIST_SIZE]) {
    const struct {
        const char *what;
        size_t count;
    } losses[] = {{"hydrogen atoms", report->hydrogens},
                  {"stereochemistry of", report->stereo},
                  {"isotopes of", report->isotopes},
                  {"smaller fragments of", report->cut}};
    out[0] = 0;
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        size_t used = strlen(out);
        if (losses[k].count)
            snprintf(out + used, DG_LIST_SIZE - used, "%s%s %zu", used ? ", " : "", losses[k].what,
                     losses[k].count);
    }
}

/* A field of a table whose fields are separated by tabs. */
static void print_field(FILE *stream, const char *text, char behind) {
    for (; text && *text; text++)
        putc(iscntrl((unsigned char)*text) ? ' ' : *text, stream);
    putc(behind, stream);
}

void dg_print_drop(FILE *stream, const char *file, size_t record, const char *name, dg_drop why,
                   const char *detail) {
    print_field(stream, file, '\t');
    fprintf(stream, "%zu\t", record);
    print_field(stream, name, '\t');
    print_field(stream, dg_drop_names[why], *detail ? ':' : '\n');
    if (!*detail) return;
    putc(' ', stream);
    print_field(stream, detail, '\n');
}
