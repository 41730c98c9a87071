#include "tune/trial_file.h"

#include "core/file.h"
#include "core/memory.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static digress_status keep(dg_trial_file *record, const dg_trial *trial) {
    DG_TRY(dg_grow(&record->trials, &record->capacity, record->count + 1, sizeof *record->trials));
    record->trials[record->count++] = *trial;
    return DIGRESS_OK;
}

static digress_status cannot_write(const dg_trial_file *record) {
    return dg_error(DIGRESS_ERROR_IO, "%s: cannot write: %s", record->path, strerror(errno));
}

/* Appends a line, or starts a new file with it. */
static digress_status write_line(const dg_trial_file *record, json_t *json, const char *mode) {
    char *text = NULL;
    DG_TRY(dg_json_text(json, JSON_COMPACT, &text));
    FILE *file = fopen(record->path, mode);
    bool good =
        file && fprintf(file, "%s\n", text) > 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    digress_status status = good ? DIGRESS_OK : cannot_write(record);
    if (file && fclose(file) != 0 && good) status = cannot_write(record);
    free(text);
    return status;
}

static digress_status begin(dg_trial_file *record, const char *origin) {
    json_t *json = json_object();
    dg_json_put(&json, "tune", dg_json_string(origin));
    digress_status status = json ? write_line(record, json, "w") : dg_out_of_memory();
    json_decref(json);
    return status;
}

static digress_status read_origin(const json_t *json, const char *origin) {
    const char *theirs = json_string_value(json_object_get(json, "tune"));
    if (!theirs)
        return dg_error(DIGRESS_ERROR_INPUT, "not a record of 'digress tune': no 'tune' in it");
    if (strcmp(theirs, origin) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "these trials (%s) are not the ones asked for (%s): give the same options to "
                    "go on, or start over with the option 'force'",
                    theirs, origin);
}

static digress_status read_line(dg_trial_file *record, const char *origin, size_t number,
                                const char *line, size_t length) {
    json_t *json = NULL;
    dg_trial trial;
    DG_TRY(dg_json_parse("a line", line, length, &json));
    digress_status status =
        number == 1 ? read_origin(json, origin) : dg_trial_from_json(json, &trial);
    json_decref(json);
    if (status == DIGRESS_OK && number > 1) status = keep(record, &trial);
    return status;
}

/* Cuts off the incomplete line that a killed process left at the end. */
static digress_status cut(const dg_trial_file *record, size_t length, size_t size) {
    if (length == size || truncate(record->path, (off_t)length) == 0) return DIGRESS_OK;
    return cannot_write(record);
}

static digress_status read_lines(dg_trial_file *record, const char *origin, const char *text,
                                 size_t size) {
    size_t number = 0;
    const char *line = text, *end = NULL;
    for (; (end = memchr(line, '\n', size - (size_t)(line - text))); line = end + 1) {
        digress_status status = read_line(record, origin, ++number, line, (size_t)(end - line));
        if (status != DIGRESS_OK) return dg_error_prefix(status, "%s:%zu", record->path, number);
    }
    DG_TRY(cut(record, (size_t)(line - text), size));
    return number > 0 ? DIGRESS_OK : begin(record, origin);
}

static digress_status read_all(dg_trial_file *record, const char *origin) {
    char *text = NULL;
    size_t size = 0;
    DG_TRY(dg_file_read(record->path, &text, &size));
    digress_status status = read_lines(record, origin, text, size);
    free(text);
    return status;
}

digress_status dg_trial_file_open(const char *path, const char *origin, bool resume, bool force,
                                  dg_trial_file *out) {
    *out = (dg_trial_file){.path = dg_format("%s", path)};
    if (!out->path) return dg_out_of_memory();
    if (!dg_exists(path)) return begin(out, origin);
    if (resume) return read_all(out, origin);
    if (force) return begin(out, origin);
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: holds what an earlier search has tried: go on with the option 'resume', "
                    "or start over with the option 'force'",
                    path);
}

digress_status dg_trial_file_share(dg_ranks *ranks, dg_trial_file *record) {
    const bool first = dg_is_first_rank(ranks);
    const size_t size = first ? record->count * sizeof *record->trials : 0;
    dg_trial *all = NULL;
    dg_part *part = NULL;
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    DG_TRY(dg_allocate(dg_rank_count(ranks), sizeof *part, &part));
    digress_status status = dg_ranks_concatenate(ranks, record->trials, size, &all, part);
    for (size_t k = 0; status == DIGRESS_OK && !first && k < part[0].size / sizeof *all; k++)
        status = keep(record, &all[k]);
    free(all);
    free(part);
    return status;
}

void dg_trial_file_free(dg_trial_file *record) {
    free(record->path);
    free(record->trials);
    *record = (dg_trial_file){0};
}

const dg_trial *dg_trial_file_find(const dg_trial_file *record, const dg_candidate *candidate) {
    for (size_t k = 0; k < record->count; k++)
        if (dg_candidate_same(&record->trials[k].candidate, candidate)) return &record->trials[k];
    return NULL;
}

digress_status dg_trial_file_add(dg_trial_file *record, const dg_trial *trial) {
    if (record->path) {
        json_t *json = dg_trial_to_json(trial);
        digress_status status = json ? write_line(record, json, "a") : dg_out_of_memory();
        json_decref(json);
        DG_TRY(status);
    }
    return keep(record, trial);
}
