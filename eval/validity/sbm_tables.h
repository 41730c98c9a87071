/* Logarithms of factorials and of numbers of integer partitions: the description length of blocks
 * consists of these. */
#ifndef DG_EVAL_SBM_TABLES_H
#define DG_EVAL_SBM_TABLES_H

#include "core/status.h"
#include <stddef.h>

enum { DG_MAX_BLOCKS = 32 };

/* Threads may share it. */
typedef struct dg_sbm_tables {
    size_t factorials, rows, columns;
    double *log_factorial;  /* [factorials] ln k! */
    double *log_partitions; /* [rows][columns]; column k - 1 is for at most k parts */
} dg_sbm_tables;

/* Tables for graphs of up to so many nodes and edges. Errors: MEMORY. */
digress_status dg_sbm_tables_create(size_t max_nodes, size_t max_edges, dg_sbm_tables **out);
void dg_sbm_tables_free(dg_sbm_tables *tables); /* NULL is allowed */

/* ln of the number of partitions of a large n into at most k parts (Szekeres 1953). */
double dg_log_partitions_of_large(const dg_sbm_tables *tables, size_t large_n, size_t k);

/* The same for any n. */
static inline double dg_log_partitions(const dg_sbm_tables *tables, size_t n, size_t k) {
    if (n == 0 || k == 0) return 0.0;
    if (k > n) k = n;
    if (n >= tables->rows) return dg_log_partitions_of_large(tables, n, k);
    if (k > tables->columns) k = tables->columns;
    return tables->log_partitions[n * tables->columns + k - 1];
}

#endif
