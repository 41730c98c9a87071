/* The record of what a search has tried, one JSON object a line, so that a search that was stopped
 * can go on. The first line says what the trials depend on. */
#ifndef DG_TUNE_TRIAL_FILE_H
#define DG_TUNE_TRIAL_FILE_H

#include "distributed/ranks.h"
#include "tune/candidate.h"

typedef struct dg_trial_file {
    char *path; /* NULL: trials are not kept in a file */
    dg_trial *trials;
    size_t count, capacity;
} dg_trial_file;

/* With `resume`, reads the trials of the file, if there is one; an incomplete line at its end is
 * dropped. Otherwise an existing file is refused, unless `force`. `origin`: everything that a trial
 * depends on beside its candidate. Free with dg_trial_file_free, even if this fails. Errors: INPUT
 * (another origin, not such a file), IO. */
digress_status dg_trial_file_open(const char *path, const char *origin, bool resume, bool force,
                                  dg_trial_file *out);
void dg_trial_file_free(dg_trial_file *record);
/* The trials that rank 0 has read reach the others, which have no file. */
digress_status dg_trial_file_share(dg_ranks *ranks, dg_trial_file *record);
/* NULL where there is none. Valid until the next dg_trial_file_add. */
const dg_trial *dg_trial_file_find(const dg_trial_file *record, const dg_candidate *candidate);
/* Adds the trial, first to the file. Errors: IO. */
digress_status dg_trial_file_add(dg_trial_file *record, const dg_trial *trial);

#endif
