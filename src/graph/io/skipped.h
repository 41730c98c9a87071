/* Says on stderr what is skipped or assumed. */
#ifndef DG_GRAPH_IO_SKIPPED_H
#define DG_GRAPH_IO_SKIPPED_H

#include "digress/graph.h"

/* Warns, in one line, of the files and folders that are skipped when a folder is read. */
typedef bool dg_is_read(const char *folder, const char *name, const void *context);
digress_status dg_say_skipped(const char *folder, dg_is_read *is_read, const void *context);

/* Says what a reader dropped or assumed, if anything. */
void dg_say_dropped(const digress_read_report *report);

#endif
