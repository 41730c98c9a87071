/* Which rows are equal. Many molecules share a histogram, and what takes a time quadratic in rows
 * need see each only once. */
#ifndef DG_EVAL_DISTINCT_H
#define DG_EVAL_DISTINCT_H

#include "eval/descriptors/descriptor.h"

typedef struct dg_distinct {
    size_t rows, count; /* of all; of those that differ */
    size_t *number;     /* [rows] 0 .. count - 1, in the order in which they first occur */
} dg_distinct;

/* The caller frees with dg_distinct_free. */
digress_status dg_distinct_find(const dg_row *rows, size_t count, dg_distinct *out);
void dg_distinct_free(dg_distinct *distinct);

#endif
