#include "graph/io/skipped.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/log.h"
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 3 };

typedef struct skipped {
    size_t files, folders;
    char *list; /* the first of them */
} skipped;

static digress_status add_skipped(skipped *s, const char *folder, const char *name) {
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

static void warn_of_skipped(const skipped *s, const char *folder) {
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
        if (!is_read(folder, names.names[k], context))
            status = add_skipped(&s, folder, names.names[k]);
    if (status == DIGRESS_OK) warn_of_skipped(&s, folder);
    free(s.list);
    dg_names_free(&names);
    return status;
}

/* ---- in the files ---- */

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
        dg_log("%zu attribute%s not read: %s (the option 'node-attribute' or "
               "the option 'edge-attribute' turns one into classes)",
               report->attributes, report->attributes == 1 ? " is" : "s are",
               report->unread_attributes);
    if (report->unclassed)
        dg_log("%zu of the nodes and edges have no class: they get the first, or '(none)' with "
               "the option 'node-attribute' or the option 'edge-attribute'",
               report->unclassed);
    print_count(report->undeclared_nodes, "node", "named only by edges: added");
    print_count(report->duplicate_nodes, "node declaration",
                "of nodes that are declared already: ignored");
    print_count(report->hyperedges, "hyperedge", "not read");
    if (report->warnings)
        dg_warn("igraph: %s%s", report->warning,
                report->warnings > 1 ? " (the first of several)" : "");
}

void dg_say_dropped(const digress_read_report *report) {
    if (report->directions || report->multi_edges || report->self_loops)
        dg_log("simplified: dropped %zu direction%s, %zu multi-edge%s and %zu self-loop%s",
               report->directions, plural(report->directions), report->multi_edges,
               plural(report->multi_edges), report->self_loops, plural(report->self_loops));
    if (report->headers)
        dg_log("the first line of %zu edge list%s is read as the numbers of nodes and edges",
               report->headers, plural(report->headers));
    if (report->compacted)
        dg_log("the nodes of %zu edge list%s are renumbered from 0, without those that no edge "
               "names (the option 'ids' literal keeps the numbers)",
               report->compacted, plural(report->compacted));
    if (report->weights)
        dg_log("the weights of %zu edge%s are ignored", report->weights, plural(report->weights));
    print_unread(report);
}
