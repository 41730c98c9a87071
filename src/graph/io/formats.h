/* Sets of graphs as files and folders in any of the formats. */
#ifndef DG_GRAPH_IO_FORMATS_H
#define DG_GRAPH_IO_FORMATS_H

#include "core/folder_kind.h"
#include "core/threads.h"
#include "digress/graph.h"

/* Reads several paths into one set, with classes that cover all of them; ends[k] is the number of
 * graphs in the first k + 1 paths. The watch, which may be NULL, can stop the reading before each
 * file and each graph. Otherwise as digress_graph_set_read. */
digress_status dg_graph_sets_read(size_t count, const char *const *paths,
                                  const digress_read_options *options, const dg_watch *watch,
                                  digress_read_report *report, size_t *ends,
                                  digress_graph_set **out);

/* Its name on the command line; NULL if it has none. */
const char *dg_format_name(digress_format format);
/* Whether graphs written in it keep their classes, if only as numbers. */
bool dg_format_keeps_classes(digress_format format);
bool dg_format_keeps_targets(digress_format format);

/* A folder of graphs that digress has written, as samples or by digress_graph_set_write. */
extern const dg_folder_kind dg_samples_folder;
/* One that `data export` has written: the set is called "graphs". */
extern const dg_folder_kind dg_graphs_folder;
/* Writes into an existing folder: NAME.EXTENSION for single-file formats, NAME_*.txt for TU, and
 * 000000.EXTENSION, ... for formats with a file per graph. *lossy: whether classes or names are
 * lost. */
digress_status dg_graph_set_write_into(const digress_graph_set *set, const char *folder,
                                       const char *name, digress_format format, bool *lossy);

#endif
