/* Sets of graphs in three parts: splitting them, and set folders with everything in them. */
#ifndef DG_GRAPH_DATASET_H
#define DG_GRAPH_DATASET_H

#include "core/threads.h"
#include "digress/graph.h"
#include "graph/set_folder.h"

typedef struct dg_dataset {
    char *name, *kind; /* kind: "planar", "community", ..., or "" when imported. Both are "" until
                          set, with dg_dataset_describe */
    digress_graph_set *train, *val, *test; /* val: NULL if there is no validation part */
} dg_dataset;

/* Splits `set` 64/16/20 into train, val, test after a shuffle by `seed`. Errors: INPUT when a part
 * would be empty. Does not take ownership of `set`. */
digress_status dg_dataset_split(const digress_graph_set *set, uint64_t seed, dg_dataset *out);
/* Takes the first counts[0] graphs for train, the next counts[1] for val, then counts[2] for test.
 */
digress_status dg_dataset_cut(const digress_graph_set *set, const size_t counts[DG_PARTS],
                              dg_dataset *out);
/* Copies the name and the kind. */
digress_status dg_dataset_describe(dg_dataset *dataset, const char *name, const char *kind);
/* Writes the whole folder or nothing; with `force`, it may replace a set folder. */
digress_status dg_dataset_write(const dg_dataset *dataset, const char *folder, bool force);
/* Reads the three parts from paths that digress_graph_set_read takes; the classes cover all of
 * them. `val`, `options` and `report` may be NULL; the watch, here and below, can stop it. */
digress_status dg_dataset_read_parts(const char *train, const char *val, const char *test,
                                     const digress_read_options *options, const dg_watch *watch,
                                     digress_read_report *report, dg_dataset *out);
/* Reads a set folder; every part that it names must exist and hold a graph. */
digress_status dg_dataset_read(const char *folder, const dg_watch *watch, dg_dataset *out);
/* Reads the parts of a folder that its owner has split (dg_split_folder); *out stays empty, its
 * `train` NULL, where `path` is no such folder. `options` and `report` may be NULL. */
digress_status dg_dataset_read_split(const char *path, const digress_read_options *options,
                                     const dg_watch *watch, digress_read_report *report,
                                     dg_dataset *out);
/* Reads graphs from a path that digress_graph_set_read takes; from a set folder without ":split",
 * or a folder that its owner has split, only the given part: "train", "val" or "test". `options`
 * and `report` may be NULL. */
digress_status dg_dataset_read_part(const char *path, const char *part,
                                    const digress_read_options *options, const dg_watch *watch,
                                    digress_read_report *report, digress_graph_set **out);
void dg_dataset_free(dg_dataset *dataset);

#endif
