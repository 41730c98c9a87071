#include "train/run_log.h"

#include "core/file.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const columns[] = {
    "epoch",
    "step",
    "minutes",
    "lr",
    "loss",
    "loss_X",
    "loss_E",
    "gradient_norm",
    "graphs_per_second",
    "nll",
    "nll_exact",
    "without_pn",
    "without_pn_exact",
    "log_pn",
    "kl_prior",
    "kl_prior_exact",
    "kl_X",
    "kl_E",
    "kl_X_exact",
    "kl_E_exact",
    "reconstruction",
    "mmd_degree",
    "mmd_clustering",
    "mmd_orbit",
    "mmd_spectral",
    "mmd_wavelet",
    "validity",
    "relaxed_validity",
    "uniqueness",
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static digress_status cannot_write(const char *path) {
    return dg_error(DIGRESS_ERROR_IO, "%s: cannot write the log: %s", path, strerror(errno));
}

/* Opens for appending at `bytes`, or at the end of a shorter file. */
static digress_status open_at(const char *path, uint64_t bytes, FILE **out) {
    struct stat info;
    if (stat(path, &info) == 0 && (uint64_t)info.st_size > bytes &&
        truncate(path, (off_t)bytes) != 0)
        return cannot_write(path);
    FILE *stream = fopen(path, "a");
    if (!stream) return cannot_write(path);
    fseeko(stream, 0, SEEK_END);
    *out = stream;
    return DIGRESS_OK;
}

static void write_header(FILE *csv) {
    fputs("event", csv);
    for (size_t k = 0; k < COLUMNS; k++)
        fprintf(csv, ",%s", columns[k]);
    fputc('\n', csv);
}

static digress_status open_files(const char *folder, uint64_t jsonl_bytes, uint64_t csv_bytes,
                                 dg_run_log *log) {
    log->jsonl_path = dg_path_join(folder, "log.jsonl");
    log->csv_path = dg_path_join(folder, "log.csv");
    if (!log->jsonl_path || !log->csv_path) return dg_out_of_memory();
    DG_TRY(open_at(log->jsonl_path, jsonl_bytes, &log->jsonl));
    DG_TRY(open_at(log->csv_path, csv_bytes, &log->csv));
    if (ftello(log->csv) == 0) write_header(log->csv);
    return DIGRESS_OK;
}

digress_status dg_run_log_open(const char *folder, uint64_t jsonl_bytes, uint64_t csv_bytes,
                               dg_run_log *out) {
    dg_run_log log = {0};
    digress_status status = open_files(folder, jsonl_bytes, csv_bytes, &log);
    if (status != DIGRESS_OK) {
        dg_run_log_close(&log);
        return status;
    }
    *out = log;
    return DIGRESS_OK;
}

void dg_run_log_close(dg_run_log *log) {
    if (log->jsonl) fclose(log->jsonl);
    if (log->csv) fclose(log->csv);
    free(log->jsonl_path);
    free(log->csv_path);
    *log = (dg_run_log){0};
}

static void write_json(FILE *stream, const char *event, size_t count, const dg_log_value *values) {
    fprintf(stream, "{\"event\":\"%s\"", event);
    for (size_t k = 0; k < count; k++)
        if (isfinite(values[k].value))
            fprintf(stream, ",\"%s\":%.10g", values[k].column, values[k].value);
        else
            fprintf(stream, ",\"%s\":null", values[k].column);
    fputs("}\n", stream);
}

static void write_row(FILE *stream, const char *event, size_t count, const dg_log_value *values) {
    fputs(event, stream);
    for (size_t column = 0; column < COLUMNS; column++) {
        fputc(',', stream);
        for (size_t k = 0; k < count; k++)
            if (strcmp(values[k].column, columns[column]) == 0 && isfinite(values[k].value))
                fprintf(stream, "%.10g", values[k].value);
    }
    fputc('\n', stream);
}

static digress_status flush(FILE *stream, const char *path) {
    if (fflush(stream) != 0 || ferror(stream)) return cannot_write(path);
    return DIGRESS_OK;
}

digress_status dg_run_log_write(dg_run_log *log, const char *event, size_t count,
                                const dg_log_value *values) {
    write_json(log->jsonl, event, count, values);
    write_row(log->csv, event, count, values);
    DG_TRY(flush(log->jsonl, log->jsonl_path));
    return flush(log->csv, log->csv_path);
}

static digress_status sync_file(FILE *stream, const char *path, uint64_t *bytes) {
    DG_TRY(flush(stream, path));
    off_t length = ftello(stream);
    if (length < 0 || fsync(fileno(stream)) != 0) return cannot_write(path);
    *bytes = (uint64_t)length;
    return DIGRESS_OK;
}

digress_status dg_run_log_sync(dg_run_log *log, uint64_t *jsonl_bytes, uint64_t *csv_bytes) {
    DG_TRY(sync_file(log->jsonl, log->jsonl_path, jsonl_bytes));
    return sync_file(log->csv, log->csv_path, csv_bytes);
}
