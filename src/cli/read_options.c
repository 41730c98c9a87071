#include "cli/read_options.h"

#include "core/log.h"
#include <string.h>

/* *out: which of two words is given; as it was where none is. */
static digress_status choose(const dg_command *command, const dg_arguments *arguments,
                             const char *name, const char *const words[2], int *out) {
    const char *value = dg_argument(command, arguments, name);
    if (!value) return DIGRESS_OK;
    for (int k = 0; k < 2; k++) {
        if (strcmp(value, words[k]) != 0) continue;
        *out = k;
        return DIGRESS_OK;
    }
    return dg_error(DIGRESS_ERROR_INPUT, "--%s: expected %s or %s, got '%s'", name, words[0],
                    words[1], value);
}

digress_status dg_read_options_parse(const dg_command *command, const dg_arguments *arguments,
                                     digress_read_options *out) {
    int ids = -1, weights = -1;
    DG_TRY(choose(command, arguments, "ids", (const char *const[]){"literal", "compact"}, &ids));
    DG_TRY(
        choose(command, arguments, "weights", (const char *const[]){"class", "ignore"}, &weights));
    if (ids >= 0) out->ids = ids ? DIGRESS_IDS_COMPACT : DIGRESS_IDS_LITERAL;
    out->ignore_weights = weights == 1;
    return DIGRESS_OK;
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

void dg_print_dropped(const digress_read_report *report) {
    if (report->directions || report->multi_edges || report->self_loops)
        dg_log("simplified: dropped %zu directions, %zu multi-edges and %zu self-loops",
               report->directions, report->multi_edges, report->self_loops);
    if (report->headers)
        dg_log("the first line of %zu edge list%s is read as the numbers of nodes and edges",
               report->headers, plural(report->headers));
    if (report->compacted)
        dg_log("the nodes of %zu edge list%s are numbered anew from 0, without those that no edge "
               "names (--ids literal keeps the numbers)",
               report->compacted, plural(report->compacted));
    if (report->weights)
        dg_log("the weights of %zu edge%s are ignored", report->weights, plural(report->weights));
}
