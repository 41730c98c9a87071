/* Classes made from the values of an attribute. */
#ifndef DG_GRAPH_IO_VALUE_CLASSES_H
#define DG_GRAPH_IO_VALUE_CLASSES_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dg_value_classes {
    char *names;   /* JSON list, in the order of the classes; owned. NULL: there are none */
    uint8_t *of;   /* [count] class of each element */
    bool *missing; /* [count] whether it has no value: its class is "(none)" */
} dg_value_classes;

/* A class for each value, in order: whole numbers by size, texts by bytes. Class 0 is "none" if
 * `first` is 1. values[k] is NULL if element k has none. `what`: "node" or "edge". Free with
 * dg_value_classes_free, even after a failure. Errors: INPUT (too many values). */
digress_status dg_value_classes_of(const char *what, size_t first, size_t count,
                                   char *const *values, dg_value_classes *out);
void dg_value_classes_free(dg_value_classes *classes);

#endif
