/* Set folders: dataset.json (name, kind, classes, counts) and {train,val,test}.safetensors. */
#ifndef DG_GRAPH_DATASET_H
#define DG_GRAPH_DATASET_H

#include "digress/graph.h"

typedef struct dg_dataset {
    char *name, *kind; /* kind: "planar", "community", ..., or "" when imported */
    digress_graph_set *train, *val, *test;
} dg_dataset;

/* Splits `set` 64/16/20 into train, val, test after a shuffle by `seed`. Errors: INPUT when a part
 * would be empty. Does not take ownership of `set`. */
digress_status dg_dataset_split(const digress_graph_set *set, uint64_t seed, dg_dataset *out);
/* Writes the folder whole or not at all. */
digress_status dg_dataset_write(const dg_dataset *dataset, const char *folder, bool force);
/* Reads a set folder; every part must exist and hold a graph, with the same classes. */
digress_status dg_dataset_read(const char *folder, dg_dataset *out);
void dg_dataset_free(dg_dataset *dataset);

#endif
