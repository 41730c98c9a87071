/* The parts of `digress info`, each of which reports what one kind of path holds: on stdout, or, if
 * `json` is not NULL, as an object in *json, which the caller releases. */
#ifndef DG_CLI_INFO_H
#define DG_CLI_INFO_H

#include "config/config.h"
#include "core/status.h"
#include "digress/graph.h"
#include <jansson.h>
#include <stdbool.h>

digress_status dg_info_set(const char *path, const digress_read_options *options, json_t **json);
/* A file of molecules, as `digress data import --charges` reads it. */
digress_status dg_info_molecules(const char *path, json_t **json);

bool dg_is_checkpoint(const char *path);
digress_status dg_info_checkpoint(const char *path, json_t **json);

/* The model that a config trains, and how much memory that takes; `overrides` are key=value. */
digress_status dg_info_config(const char *path, size_t count, const char *const *overrides,
                              json_t **json);

bool dg_is_run(const char *path); /* a folder with config.yaml and log.jsonl */
digress_status dg_info_run(const char *path, json_t **json);

void dg_print_config(const dg_config *config);
/* A line "label 2: C 0.720, N 0.280", with only the first classes if there are many. */
void dg_print_classes(const char *label, size_t count, const double *shares,
                      const digress_graph_set *set,
                      const char *(*name)(const digress_graph_set *set, size_t index));

#endif
