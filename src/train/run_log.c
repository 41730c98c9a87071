#include "train/run_log.h"

#include "core/file.h"
#include "core/log.h"
#include "core/number.h"
#include "eval/descriptors/list.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MMD_COLUMN(number, name) "mmd_" #name
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
    "reconstruction_exact",
    DG_DESCRIPTOR_ROWS(MMD_COLUMN, DG_COMMA),
    "validity",
    "relaxed_validity",
    "uniqueness",
    "vun",
    "ratio",
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static digress_status cannot_write(const dg_log_file *file) {
    return dg_error(DIGRESS_ERROR_IO, "%s: cannot write the log: %s", file->path, strerror(errno));
}

/* Opens FOLDER/name for appending, cut to `bytes` if it is longer. */
static digress_status open_at(const char *folder, const char *name, uint64_t bytes,
                              dg_log_file *out) {
    struct stat about;
    out->path = dg_path_join(folder, name);
    if (!out->path) return dg_out_of_memory();
    out->descriptor = open(out->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (out->descriptor < 0 || fstat(out->descriptor, &about) != 0) return cannot_write(out);
    out->bytes = (uint64_t)about.st_size < bytes ? (uint64_t)about.st_size : bytes;
    if (ftruncate(out->descriptor, (off_t)out->bytes) != 0) return cannot_write(out);
    return DIGRESS_OK;
}

/* Cuts off what came after the last whole record. */
static void roll_back(dg_log_file *file) {
    if (ftruncate(file->descriptor, (off_t)file->bytes) != 0)
        dg_warn("%s: the last line is incomplete: %s", file->path, strerror(errno));
}

static digress_status append(dg_log_file *file, const char *text, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t written = write(file->descriptor, text + done, length - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return cannot_write(file);
        done += (size_t)written;
    }
    return DIGRESS_OK;
}

/* ---- the records' text ---- */

static void print_header(FILE *out) {
    fputs("event", out);
    for (size_t k = 0; k < COLUMNS; k++)
        fprintf(out, ",%s", columns[k]);
    fputc('\n', out);
}

enum { NUMBER_TEXT = 32 };

static const char *number_text(double value, const char *none, char text[NUMBER_TEXT]) {
    if (!isfinite(value)) return none;
    dg_number_text(value, 10, text, NUMBER_TEXT);
    return text;
}

static void print_json(FILE *out, const char *event, size_t count, const dg_log_value *values) {
    char text[NUMBER_TEXT];
    fprintf(out, "{\"event\":\"%s\"", event);
    for (size_t k = 0; k < count; k++)
        fprintf(out, ",\"%s\":%s", values[k].column, number_text(values[k].value, "null", text));
    fputs("}\n", out);
}

static void print_row(FILE *out, const char *event, size_t count, const dg_log_value *values) {
    char text[NUMBER_TEXT];
    fputs(event, out);
    for (size_t column = 0; column < COLUMNS; column++) {
        fputc(',', out);
        for (size_t k = 0; k < count; k++)
            if (strcmp(values[k].column, columns[column]) == 0)
                fputs(number_text(values[k].value, "", text), out);
    }
    fputc('\n', out);
}

/* The text of one record: `jsonl_size` bytes for log.jsonl, then those for log.csv. The caller
 * frees *text. */
static digress_status print_record(const char *event, size_t count, const dg_log_value *values,
                                   char **text, size_t *jsonl_size, size_t *size) {
    FILE *stream = open_memstream(text, size);
    if (!stream) return dg_out_of_memory();
    print_json(stream, event, count, values);
    fflush(stream);
    *jsonl_size = *size;
    print_row(stream, event, count, values);
    bool torn = ferror(stream) != 0;
    if (fclose(stream) == 0 && !torn) return DIGRESS_OK;
    free(*text);
    return dg_out_of_memory();
}

/* ---- the log ---- */

static digress_status write_header(dg_log_file *csv) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return dg_out_of_memory();
    print_header(stream);
    digress_status status = fclose(stream) == 0 ? append(csv, text, size) : dg_out_of_memory();
    free(text);
    if (status == DIGRESS_OK) csv->bytes = size;
    return status;
}

digress_status dg_run_log_open(const char *folder, uint64_t jsonl_bytes, uint64_t csv_bytes,
                               dg_run_log *out) {
    dg_run_log log = {.jsonl = {.descriptor = -1}, .csv = {.descriptor = -1}};
    digress_status status = open_at(folder, "log.jsonl", jsonl_bytes, &log.jsonl);
    if (status == DIGRESS_OK) status = open_at(folder, "log.csv", csv_bytes, &log.csv);
    if (status == DIGRESS_OK && log.csv.bytes == 0) status = write_header(&log.csv);
    if (status != DIGRESS_OK) {
        dg_run_log_close(&log);
        return status;
    }
    *out = log;
    return DIGRESS_OK;
}

static void close_file(dg_log_file *file) {
    if (file->path && file->descriptor >= 0) close(file->descriptor);
    free(file->path);
}

void dg_run_log_close(dg_run_log *log) {
    close_file(&log->jsonl);
    close_file(&log->csv);
    *log = (dg_run_log){0};
}

digress_status dg_run_log_write(dg_run_log *log, const char *event, size_t count,
                                const dg_log_value *values) {
    char *text = NULL;
    size_t jsonl_size = 0, size = 0;
    DG_TRY(print_record(event, count, values, &text, &jsonl_size, &size));
    digress_status status = append(&log->jsonl, text, jsonl_size);
    if (status == DIGRESS_OK) status = append(&log->csv, text + jsonl_size, size - jsonl_size);
    free(text);
    if (status != DIGRESS_OK) {
        roll_back(&log->jsonl);
        roll_back(&log->csv);
        return status;
    }
    log->jsonl.bytes += jsonl_size;
    log->csv.bytes += size - jsonl_size;
    return DIGRESS_OK;
}

digress_status dg_run_log_sync(dg_run_log *log, uint64_t *jsonl_bytes, uint64_t *csv_bytes) {
    if (fsync(log->jsonl.descriptor) != 0) return cannot_write(&log->jsonl);
    if (fsync(log->csv.descriptor) != 0) return cannot_write(&log->csv);
    *jsonl_bytes = log->jsonl.bytes;
    *csv_bytes = log->csv.bytes;
    return DIGRESS_OK;
}
