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
    out->node_attribute = dg_argument(command, arguments, "node-attribute");
    out->edge_attribute = dg_argument(command, arguments, "edge-attribute");
    return DIGRESS_OK;
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

/* "2 hyperedges are not read", say. */
static void print_count(size_t count, const char *what, const char *said) {
    if (count)
        dg_log("%zu %s%s %s %s", count, what, plural(count), count == 1 ? "is" : "are", said);
}

static void print_unread(const digress_read_report *report) {
    if (report->attributes)
        dg_log("%zu attribute%s not read: %s (--node-attribute NAME and --edge-attribute NAME make "
               "classes of one)",
               report->attributes, report->attributes == 1 ? " is" : "s are",
               report->unread_attributes);
    if (report->unclassed)
        dg_log(
            "%zu of the nodes and edges have no class: they are in the first, or in '(none)' with "
            "--node-attribute or --edge-attribute",
            report->unclassed);
    print_count(report->undeclared_nodes, "node", "named by edges alone: added");
    print_count(report->duplicate_nodes, "node declaration", "of nodes known already: ignored");
    print_count(report->hyperedges, "hyperedge", "not read");
    if (report->warnings)
        dg_warn("igraph: %s%s", report->warning,
                report->warnings > 1 ? " (the first of several)" : "");
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
    print_unread(report);
}
