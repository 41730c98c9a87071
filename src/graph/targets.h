/* Real numbers that graphs of a set carry, by name, such as a molecule's logP: NAN where a graph
 * has none. */
#ifndef DG_GRAPH_TARGETS_H
#define DG_GRAPH_TARGETS_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct dg_target {
    char *name;
    double *values; /* [graphs of the set] */
    size_t capacity;
} dg_target;

typedef struct dg_targets {
    size_t count, capacity;
    dg_target *list;
} dg_targets;

void dg_targets_free(dg_targets *targets);
bool dg_targets_find(const dg_targets *targets, const char *name, size_t *out);
/* Adds one that all `graphs` lack. Errors: INPUT (no name, or one that is no UTF-8), MEMORY. */
digress_status dg_targets_add(dg_targets *targets, const char *name, size_t graphs);
/* Makes room for a graph more, with number `graphs`, which lacks them all. */
digress_status dg_targets_grow(dg_targets *targets, size_t graphs);

/* A target's value as texts have it: NAN for nothing, NA, nan, none or null, in any case and among
 * blanks. False for anything else that is no finite number. */
bool dg_target_parse(const char *text, size_t length, double *out);
/* The shortest of its texts that is read as the same value, as a rule; "" for NAN. */
enum { DG_TARGET_TEXT_SIZE = 32 };
void dg_target_text(double value, char out[DG_TARGET_TEXT_SIZE]);
/* Whether a name is one of `list`, separated by commas. NULL: of none. */
bool dg_target_is_listed(const char *list, const char *name, size_t length);

#endif
