/* What is passed over, or taken for granted, is said: on stderr. */
#ifndef DG_GRAPH_IO_SKIPPED_H
#define DG_GRAPH_IO_SKIPPED_H

#include "digress/graph.h"

/* Warns of the files and folders of a folder that are passed over when it is read, in one line. */
typedef bool dg_is_read(const char *folder, const char *name, const void *context);
digress_status dg_say_skipped(const char *folder, dg_is_read *is_read, const void *context);

/* What a reader dropped or took for granted; nothing where that is nothing. */
void dg_say_dropped(const digress_read_report *report);

#endif
