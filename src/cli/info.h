/* The parts of `digress info`, each of which prints what one kind of path holds. */
#ifndef DG_CLI_INFO_H
#define DG_CLI_INFO_H

#include "config/config.h"
#include "core/status.h"
#include "digress/graph.h"
#include <stdbool.h>

digress_status dg_info_set(const char *path, const digress_read_options *options);

bool dg_is_checkpoint(const char *path);
digress_status dg_info_checkpoint(const char *path);

bool dg_is_config(const char *path); /* by its ending, .yaml */
/* What it trains, and how much memory that takes; `overrides` are key=value. */
digress_status dg_info_config(const char *path, size_t count, const char *const *overrides);

bool dg_is_run(const char *path); /* a folder with config.yaml and log.jsonl */
digress_status dg_info_run(const char *path);

void dg_print_config(const dg_config *config);
/* A line "label 2: C 0.720, N 0.280", with the first classes only where there are many. */
void dg_print_classes(const char *label, size_t count, const double *shares,
                      const digress_graph_set *set,
                      const char *(*name)(const digress_graph_set *set, size_t index));

#endif
