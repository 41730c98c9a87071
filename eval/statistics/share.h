/* Shares and their confidence intervals. */
#ifndef DG_EVAL_SHARE_H
#define DG_EVAL_SHARE_H

#include <stddef.h>

/* A share of graphs and its exact 95 % interval (Clopper and Pearson 1934). NAN if there are none.
 */
typedef struct dg_share {
    size_t count;
    double share, low, high;
} dg_share;

/* Samples that have no graph: lines of a file that are not molecules, and valid molecules that the
 * graphs cannot express. */
typedef struct dg_unread {
    size_t invalid, valid;
} dg_unread;

dg_share dg_share_of(size_t count, size_t total);

#endif
