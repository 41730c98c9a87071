/* What a run's log says, as curves. */
#ifndef DG_PLOT_RUN_CURVES_H
#define DG_PLOT_RUN_CURVES_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

enum dg_curve_kind {
    DG_CURVE_LOSS,
    DG_CURVE_BOUND, /* on the validation set */
    DG_CURVE_VUN,   /* the share of samples that are valid, unique and novel */
    DG_CURVE_RATIO, /* the mean ratio of the MMDs of samples */
    DG_CURVES
};

extern const char *const dg_curve_keys[DG_CURVES]; /* their names in the log: "loss", ... */

typedef struct dg_curve {
    size_t count, capacity;
    double *points;  /* [2 count] x, y */
    size_t left_out; /* values that were not finite when they were logged */
} dg_curve;

typedef struct dg_run_curves {
    char *name; /* the folder's */
    dg_curve curves[DG_CURVES];
} dg_run_curves;

/* Reads RUN/log.jsonl; x is steps, or else minutes of training. An incomplete last line is left
 * out. The caller frees with dg_run_curves_free, even after a failure. Errors: INPUT (no record
 * that can be drawn), IO, MEMORY. */
digress_status dg_run_curves_read(const char *folder, bool by_steps, dg_run_curves *out);
void dg_run_curves_free(dg_run_curves *curves); /* zeroed is allowed */

#endif
