/* The objects of `digress info --json`. */
#ifndef DG_CLI_INFO_JSON_H
#define DG_CLI_INFO_JSON_H

#include "config/config.h"
#include "core/json.h"
#include "digress/graph.h"

json_t *dg_info_number(double value); /* null for NAN */
json_t *dg_info_count(size_t value);

/* Every key and its value: {"model.n_layers": 5, ...}. */
json_t *dg_info_config_json(const dg_config *config);
/* [{"name": "C", "share": 0.72}, ...] */
json_t *dg_info_classes_json(size_t count, const double *shares, const digress_graph_set *set,
                             const char *(*name)(const digress_graph_set *set, size_t index));

#endif
