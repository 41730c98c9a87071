/* What the files of a report share. */
#ifndef DG_EVAL_REPORT_PARTS_H
#define DG_EVAL_REPORT_PARTS_H

#include "eval/report/report.h"

extern const char *const dg_kernel_keys[DG_KERNEL_COUNT]; /* "mmd", "mmd_emd", "mmd_rbf" */

/* A share with its interval; NAN if there is no quality. */
dg_estimate dg_quality_estimate(const dg_quality *quality, const dg_share *share);

/* Errors: IO, if not everything that was printed could be written. */
digress_status dg_report_check(FILE *stream);

#endif
