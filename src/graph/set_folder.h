/* Set folders: dataset.json (name, kind, classes, counts) and {train,val,test}.safetensors. */
#ifndef DG_GRAPH_SET_FOLDER_H
#define DG_GRAPH_SET_FOLDER_H

#include "core/folder_kind.h"
#include <stddef.h>

enum { DG_PARTS = 3 };
extern const char *const dg_part_names[DG_PARTS]; /* "train", "val", "test" */

enum { DG_SET_FORMAT = 1 }; /* of dataset.json */

extern const dg_folder_kind dg_set_folder;

/* Whether `path` is a set folder: one with dataset.json. */
bool dg_is_set_folder(const char *path);
/* FOLDER/train.safetensors, ...; the caller frees it. NULL when out of memory. */
char *dg_set_part_path(const char *folder, size_t part);
/* Warns of files in the folder that are not part of the set. */
digress_status dg_set_folder_say_skipped(const char *folder);

typedef struct dg_set_description {
    char *name, *kind;
    bool has_val; /* dataset.json names a validation part */
} dg_set_description;

/* Reads dataset.json. Free with dg_set_description_free. Errors: INPUT, IO. */
digress_status dg_set_folder_describe(const char *folder, dg_set_description *out);
void dg_set_description_free(dg_set_description *description);

/* The parts of a folder that its owner has split: one file or folder each called train, test and
 * perhaps val (valid, validation), with any ending; a set folder is one, too. All NULL where `path`
 * is no such folder; without a validation part, that is NULL. Warns of what else is in it. Free
 * with dg_split_folder_free. */
digress_status dg_split_folder(const char *path, char *parts[DG_PARTS]);
void dg_split_folder_free(char *parts[DG_PARTS]);

/* The kind of the set in `path`, a folder with an optional ":split", which the caller frees; NULL
 * if it is not a set folder, or has no kind. */
digress_status dg_set_kind(const char *path, char **out);

#endif
