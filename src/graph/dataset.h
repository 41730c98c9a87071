/* Set folders: dataset.json (name, kind, classes, counts) and {train,val,test}.safetensors. */
#ifndef DG_GRAPH_DATASET_H
#define DG_GRAPH_DATASET_H

#include "core/folder_kind.h"
#include "digress/graph.h"

enum { DG_PARTS = 3 };
extern const char *const dg_part_names[DG_PARTS]; /* "train", "val", "test" */

typedef struct dg_dataset {
    char *name, *kind; /* kind: "planar", "community", ..., or "" when imported. Both are "" until
                          set, with dg_dataset_describe */
    digress_graph_set *train, *val, *test; /* val: NULL where there is no part for validation */
} dg_dataset;

/* Splits `set` 64/16/20 into train, val, test after a shuffle by `seed`. Errors: INPUT when a part
 * would be empty. Does not take ownership of `set`. */
digress_status dg_dataset_split(const digress_graph_set *set, uint64_t seed, dg_dataset *out);
/* Takes the first counts[0] graphs for train, the next counts[1] for val, then counts[2] for test.
 */
digress_status dg_dataset_cut(const digress_graph_set *set, const size_t counts[DG_PARTS],
                              dg_dataset *out);
/* Copies a name and a kind in. */
digress_status dg_dataset_describe(dg_dataset *dataset, const char *name, const char *kind);
extern const dg_folder_kind dg_set_folder;
/* Writes the folder whole or not at all; with `force` in place of a set folder. */
digress_status dg_dataset_write(const dg_dataset *dataset, const char *folder, bool force);
/* Reads the three parts from paths that digress_graph_set_read takes; the classes fit all of them.
 * `val`, `options` and `report` may be NULL. */
digress_status dg_dataset_read_parts(const char *train, const char *val, const char *test,
                                     const digress_read_options *options,
                                     digress_read_report *report, dg_dataset *out);
/* Warns of what is no part of the set in its folder. */
digress_status dg_dataset_say_skipped(const char *folder);
/* Whether `path` is a set folder: one with dataset.json. */
bool dg_is_set_folder(const char *path);
/* Whether dataset.json names a part for validation. */
digress_status dg_dataset_has_val(const char *folder, bool *out);
/* Reads a set folder; every part that it names must exist and hold a graph. */
digress_status dg_dataset_read(const char *folder, dg_dataset *out);
/* Reads graphs from a path that digress_graph_set_read takes; of a set folder without ":split" the
 * given part alone: "train", "val" or "test". `options` and `report` may be NULL. */
digress_status dg_dataset_read_part(const char *path, const char *part,
                                    const digress_read_options *options,
                                    digress_read_report *report, digress_graph_set **out);
/* The kind of the set in `path`, a folder with an optional ":split", which the caller frees; NULL
 * where it is no set folder, or of no kind. */
digress_status dg_dataset_kind(const char *path, char **out);
void dg_dataset_free(dg_dataset *dataset);

#endif
