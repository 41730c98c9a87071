/* A comparison as a table for the terminal, as CSV and as JSON. */
#ifndef DG_EVAL_REPORT_H
#define DG_EVAL_REPORT_H

#include "eval/compare.h"
#include <stdio.h>

/* The names of the sets. */
typedef struct dg_report_names {
    const char *reference, *train; /* NULL if there is none */
    const char *const *samples;    /* [sample_sets] */
} dg_report_names;

/* A line for each number and a column for each set, in blocks 80 characters wide. Numbers that no
 * set has are left out, and, unless `full`, all but sizes and numbers with an interval. */
digress_status dg_report_table(FILE *stream, const dg_comparison *comparison,
                               const dg_report_names *names, bool full);
/* A line for each set and a column for each number (and two for its interval), empty if it is
 * undefined. */
digress_status dg_report_csv(FILE *stream, const dg_comparison *comparison,
                             const dg_report_names *names);
/* The targets that samples were asked for; nothing without any. */
digress_status dg_report_targets(FILE *stream, const dg_comparison *comparison,
                                 const dg_report_names *names);
/* One object; null where a number is undefined. */
digress_status dg_report_json(FILE *stream, const dg_comparison *comparison,
                              const dg_report_names *names);

#endif
