/* The samples drawn so far, by their numbers, and the file that keeps those of a stopped sampling
 * for the one that continues it. */
#ifndef DG_SAMPLE_STORE_H
#define DG_SAMPLE_STORE_H

#include "digress/graph.h"
#include "digress/status.h"
#include <pthread.h>
#include <stdbool.h>

/* Any thread may add, find and save. */
typedef struct dg_store {
    pthread_mutex_t mutex;
    digress_graph_set *set;
    uint32_t *number,
        *place; /* [count of set] the numbers, ascending, and where in the set they are */
    size_t numbers, places; /* capacities */
} dg_store;

/* An empty store of graphs like `classes`. Free with dg_store_free. */
digress_status dg_store_create(const digress_graph_set *classes, dg_store *out);
void dg_store_free(dg_store *store);

/* Adds graph `number`, unless it is there already. */
digress_status dg_store_add(dg_store *store, uint32_t number, const digress_graph *graph);
/* Adds many at once. The numbers are ascending, and none of them is there yet. */
digress_status dg_store_add_others(dg_store *store, size_t count, const uint32_t *number,
                                   const digress_graph *graph);
/* Replaces the contents by the graphs of `set`, which are numbered from 0 and moved out of it. */
digress_status dg_store_take(dg_store *store, digress_graph_set *set);
/* Whether graph `number` is there; *out is valid until something is added. */
bool dg_store_find(dg_store *store, uint32_t number, digress_graph *out);
size_t dg_store_count(dg_store *store);

/* Writes a safetensors file of the graphs with their numbers; `origin` says how they were drawn.
 * Errors: IO, MEMORY. */
digress_status dg_store_save(dg_store *store, const char *origin, const char *path);
/* Fails for any other file. Errors: INPUT, IO. */
digress_status dg_store_recognise(const char *path);
/* Adds what the file holds. Errors: INPUT (not such a file, other classes, another origin), IO. */
digress_status dg_store_load(dg_store *store, const char *origin, const char *path);

#endif
