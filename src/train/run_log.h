/* A run's log: log.jsonl, one object a line, and log.csv, the same as a table. */
#ifndef DG_TRAIN_RUN_LOG_H
#define DG_TRAIN_RUN_LOG_H

#include "core/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct dg_log_file {
    int descriptor;
    char *path;     /* NULL: not open */
    uint64_t bytes; /* of whole records */
} dg_log_file;

typedef struct dg_run_log {
    dg_log_file jsonl, csv;
} dg_run_log;

typedef struct dg_log_value {
    const char *column; /* one of the table's columns, in run_log.c */
    double value;
} dg_log_value;

/* Opens both files of the folder and cuts them to the given lengths (a file that is shorter stays
 * as it is). An empty log.csv gets its header. Errors: IO. */
digress_status dg_run_log_open(const char *folder, uint64_t jsonl_bytes, uint64_t csv_bytes,
                               dg_run_log *out);
void dg_run_log_close(dg_run_log *log);

/* One record of kind `event`. A value that is not finite is null in JSON and empty in the table. A
 * record that cannot be written to both files is in neither. Errors: IO. */
digress_status dg_run_log_write(dg_run_log *log, const char *event, size_t count,
                                const dg_log_value *values);
/* Brings all records to the disk and returns the lengths of the files. */
digress_status dg_run_log_sync(dg_run_log *log, uint64_t *jsonl_bytes, uint64_t *csv_bytes);

#endif
