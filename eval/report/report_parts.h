/* What the files of a report share. */
#ifndef DG_EVAL_REPORT_PARTS_H
#define DG_EVAL_REPORT_PARTS_H

#include "eval/report/report.h"

extern const char *const dg_kernel_keys[DG_KERNEL_COUNT]; /* "mmd", "mmd_emd", "mmd_rbf" */

/* A share with its interval; NAN if there is no quality. */
dg_estimate dg_quality_estimate(const dg_quality *quality, const dg_share *share);

/* A field of a CSV in quotes; and a comma with a number behind it, or nothing if it is not finite.
 */
void dg_csv_text(FILE *stream, const char *text);
void dg_csv_number(FILE *stream, double value);

/* The columns that a CSV has for each target of any set of samples; and a set's fields in them,
 * empty where it has no such target. */
void dg_csv_target_names(FILE *stream, const dg_comparison *comparison);
void dg_csv_targets(FILE *stream, const dg_comparison *comparison, const dg_target_errors *errors);

/* Errors: IO, if not everything that was printed could be written. */
digress_status dg_report_check(FILE *stream);

#endif
