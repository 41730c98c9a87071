#include "datasets/records.h"

#include "chem/molecule_file.h"
#include "core/file.h"
#include "core/gzip.h"
#include "core/memory.h"
#include "datasets/target_fields.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

/* SMILES of proteins have several thousand characters; anything longer would keep a parser busy for
 * minutes in vain. */
enum { LONGEST_LINE = 1 << 16, LONGEST_RECORD = 1 << 22, LOOKAHEAD = 1 << 15, CHUNK = 1 << 16 };

/* The position in a CSV. A quote at the beginning of a field opens it; inside, a single quote
 * closes it and a doubled one stands for itself; elsewhere a quote is an ordinary character. */
typedef enum quoting { FIELD_BEGINS, IN_FIELD, IN_QUOTES, BEHIND_QUOTE } quoting;

struct dg_records {
    dg_record_kind kind;
    char *path;
    gzFile file;
    size_t line, size;
    size_t first_line;   /* of the current text */
    size_t column;       /* of a CSV */
    size_t split_column; /* SIZE_MAX: none */
    dg_target_fields targets;
    char separator, line_end;
    size_t record_lines; /* that held records */
    quoting quoting;
    char chunk[CHUNK]; /* of the file; what is left of it is at `next` */
    const char *next, *stop;
    char *text; /* the current line */
    size_t length, capacity;
    bool too_long;
};

/* ---- lines ---- */

static digress_status damaged(const dg_records *records) {
    int code = Z_OK;
    const char *reason = gzerror(records->file, &code);
    if (code == Z_OK || code == Z_STREAM_END) return DIGRESS_OK;
    if (code == Z_MEM_ERROR) return dg_out_of_memory();
    if (code == Z_BUF_ERROR) reason = "the compressed file is cut off";
    if (code == Z_ERRNO) reason = strerror(errno);
    return dg_error(DIGRESS_ERROR_IO, "%s: cannot read: %s", records->path, reason);
}

/* The next part of the file; none at its end. */
static digress_status read_chunk(dg_records *records) {
    int size = gzread(records->file, records->chunk, CHUNK);
    records->next = records->chunk;
    records->stop = records->chunk + (size > 0 ? size : 0);
    if (size <= 0) return damaged(records);
    z_off_t text = gztell(records->file), stored = gzoffset(records->file);
    if (gzdirect(records->file) || !dg_expands_too_far((size_t)text, (size_t)stored))
        return DIGRESS_OK;
    return dg_refuse_expansion(records->path);
}

static digress_status append_bytes(dg_records *records, size_t most, const char *bytes,
                                   size_t count) {
    if (records->too_long || count > most - records->length) {
        records->too_long = true;
        return DIGRESS_OK;
    }
    DG_TRY(dg_grow(&records->text, &records->capacity, records->length + count + 2, 1));
    memcpy(records->text + records->length, bytes, count);
    records->length += count;
    return DIGRESS_OK;
}

static void follow_quotes(dg_records *records, const char *at, const char *stop) {
    for (; at < stop; at++) {
        if (*at == '"' && records->quoting != IN_FIELD)
            records->quoting = records->quoting == IN_QUOTES ? BEHIND_QUOTE : IN_QUOTES;
        else if (records->quoting != IN_QUOTES)
            records->quoting = *at == records->separator ? FIELD_BEGINS : IN_FIELD;
    }
}

/* Appends the next line to the text, without its end; *more: whether there was one. */
static digress_status append_line(dg_records *records, size_t most, bool *more) {
    const char *end = NULL;
    *more = false;
    while (!end) {
        if (records->next == records->stop) DG_TRY(read_chunk(records));
        if (records->next == records->stop) break;
        const size_t left = (size_t)(records->stop - records->next);
        const char *begin = records->next;
        end = memchr(begin, records->line_end, left);
        const char *stop = end ? end : records->stop;
        DG_TRY(append_bytes(records, most, begin, (size_t)(stop - begin)));
        follow_quotes(records, begin, stop);
        records->next = end ? end + 1 : records->stop;
        *more = true;
    }
    records->line += *more;
    while (records->length > 0 && records->text[records->length - 1] == '\r')
        records->length--;
    return DIGRESS_OK;
}

static void clear_record(dg_records *records) {
    records->length = 0;
    records->too_long = false;
    records->quoting = FIELD_BEGINS;
}

/* Reads a line; in a CSV, as many lines as quoted fields span. */
static digress_status next_line(dg_records *records, bool *more) {
    bool further = true;
    clear_record(records);
    DG_TRY(dg_grow(&records->text, &records->capacity, 1, 1));
    DG_TRY(append_line(records, LONGEST_LINE, more));
    records->first_line = records->line;
    while (records->kind == DG_RECORDS_CSV && further && !records->too_long &&
           records->quoting == IN_QUOTES) {
        DG_TRY(append_bytes(records, LONGEST_LINE, "\n", 1));
        DG_TRY(append_line(records, LONGEST_LINE, &further));
    }
    records->text[records->length] = 0;
    return DIGRESS_OK;
}

/* ---- fields of a CSV ---- */

/* Takes the field at *at, in place, and moves past it and its separator; NULL when there is none
 * left. In quotes, "" stands for a quote. */
static char *take_field(char **at, char separator) {
    if (!*at) return NULL;
    char *field = *at, *from = field, *to = field;
    bool quoted = *from == '"';
    if (quoted) from++;
    while (*from && (quoted || *from != separator)) {
        if (quoted && *from == '"' && *++from != '"') {
            quoted = false;
            continue;
        }
        *to++ = *from++;
    }
    *at = *from ? from + 1 : NULL;
    *to = 0;
    return field;
}

static char *trimmed(char *text) {
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = 0;
    return text;
}

static digress_status no_such_column(const dg_records *records, const char *wanted,
                                     const char *option) {
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s:1: no column '%.60s': expected one of the header's: %.300s (the option "
                    "'%s'; the option 'delimiter' says what is between them)",
                    records->path, wanted, records->text, option);
}

/* The number of a column in the header line; SIZE_MAX: it is not there. */
static digress_status column_number(const char *header, char separator, const char *name,
                                    bool any_case, size_t *out) {
    char *copy = strdup(header), *at = copy, *field = NULL;
    if (!copy) return dg_out_of_memory();
    if (strncmp(at, "\xef\xbb\xbf", 3) == 0) at += 3; /* a byte order mark */
    *out = SIZE_MAX;
    for (size_t k = 0; *out == SIZE_MAX && (field = take_field(&at, separator)); k++) {
        field = trimmed(field);
        if ((any_case ? strcasecmp : strcmp)(field, name) == 0) *out = k;
    }
    free(copy);
    return DIGRESS_OK;
}

/* The separator is the first by which the header has the column. */
static digress_status find_columns(dg_records *records, const dg_csv_options *csv) {
    bool more = false;
    const char *wanted = csv->column ? csv->column : "smiles";
    const char *candidates = dg_ends_with(records->path, ".tsv") ? "\t,;" : ",;\t";
    const char given[] = {csv->delimiter, 0};
    DG_TRY(next_line(records, &more));
    records->column = SIZE_MAX;
    for (const char *c = *given ? given : candidates; records->column == SIZE_MAX && *c; c++) {
        records->separator = *c;
        DG_TRY(column_number(records->text, *c, wanted, !csv->column, &records->column));
    }
    if (records->column == SIZE_MAX) return no_such_column(records, wanted, "column");
    for (size_t k = 0; k < records->targets.count; k++) {
        DG_TRY(column_number(records->text, records->separator, records->targets.names[k], false,
                             &records->targets.columns[k]));
        if (records->targets.columns[k] == SIZE_MAX)
            return no_such_column(records, records->targets.names[k], "target");
    }
    if (!csv->split_column) return DIGRESS_OK;
    DG_TRY(column_number(records->text, records->separator, csv->split_column, false,
                         &records->split_column));
    return records->split_column == SIZE_MAX
               ? no_such_column(records, csv->split_column, "split-column")
               : DIGRESS_OK;
}

/* ---- opening ---- */

static digress_status check_text(dg_records *records) {
    char start[LOOKAHEAD];
    int size = gzread(records->file, start, sizeof start);
    if (size < 0) return damaged(records);
    if (size == 0) {
        DG_TRY(damaged(records));
        return dg_error(DIGRESS_ERROR_INPUT, "%s: empty", records->path);
    }
    if (memchr(start, 0, (size_t)size))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: binary: expected a text of SMILES, CSV or SDF",
                        records->path);
    gzrewind(records->file);
    const bool old_macintosh =
        !memchr(start, '\n', (size_t)size) && memchr(start, '\r', (size_t)size);
    records->line_end = old_macintosh ? '\r' : '\n';
    return DIGRESS_OK;
}

static digress_status open_file(dg_records *records, const char *path) {
    struct stat status;
    records->path = dg_format("%s", path);
    if (!records->path) return dg_out_of_memory();
    errno = 0;
    if (stat(path, &status) != 0 || !(records->file = gzopen(path, "rb")))
        return errno ? dg_system_error(path, "open") : dg_out_of_memory(); /* zlib's own */
    if (S_ISDIR(status.st_mode))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: a folder: expected a file of molecules", path);
    records->size = (size_t)status.st_size;
    gzbuffer(records->file, 1 << 18);
    return check_text(records);
}

digress_status dg_records_open(const char *path, dg_record_kind kind, const dg_csv_options *csv,
                               dg_records **out) {
    const dg_csv_options plain = {0};
    dg_records *records = NULL;
    DG_TRY(dg_allocate(1, sizeof *records, &records));
    records->kind = kind;
    records->separator = ',';
    records->split_column = SIZE_MAX;
    digress_status status = open_file(records, path);
    if (status == DIGRESS_OK)
        status = dg_target_fields_of(csv ? csv->targets : NULL, &records->targets);
    if (status == DIGRESS_OK && kind == DG_RECORDS_SMILES && records->targets.count > 0)
        status = dg_error(DIGRESS_ERROR_INPUT,
                          "%s: lines of SMILES hold no targets: the option 'target' is for columns "
                          "of a CSV and properties of an SDF",
                          path);
    if (status == DIGRESS_OK && kind == DG_RECORDS_CSV)
        status = find_columns(records, csv ? csv : &plain);
    if (status != DIGRESS_OK) {
        dg_records_close(records);
        return status;
    }
    *out = records;
    return DIGRESS_OK;
}

void dg_records_close(dg_records *records) {
    if (!records) return;
    if (records->file) gzclose(records->file);
    free(records->path);
    free(records->text);
    dg_target_fields_free(&records->targets);
    free(records);
}

/* ---- records ---- */

static bool is_header(const char *word, size_t line) {
    return line == 1 && strcasecmp(word, "smiles") == 0;
}

/* The parts of a line, which point into it. */
typedef struct parts {
    const char *molecule; /* NULL: the line is to be skipped */
    const char *name, *split;
} parts;

static parts parts_of_smiles(const dg_records *records) {
    char *word = trimmed(records->text), *behind = word + strcspn(word, " \t");
    parts found = {.molecule = word, .name = trimmed(behind)};
    *behind = 0;
    if (found.name == behind) found.name = "";
    const bool skipped = *word == '#' || *word == 0 || is_header(word, records->line);
    return skipped ? (parts){0} : found;
}

/* A missing field is empty. */
static parts parts_of_csv(dg_records *records) {
    parts found = {"", "", ""};
    char *at = records->text, *field = NULL;
    if (*trimmed(at) == 0) return (parts){0};
    for (size_t t = 0; t < records->targets.count; t++)
        records->targets.texts[t] = "";
    for (size_t k = 0; (field = take_field(&at, records->separator)); k++) {
        field = trimmed(field);
        if (k == records->column) found.molecule = field;
        if (k == records->split_column) found.split = field;
        for (size_t t = 0; t < records->targets.count; t++)
            if (k == records->targets.columns[t]) records->targets.texts[t] = field;
    }
    return found;
}

static parts parts_of_line(dg_records *records) {
    return records->kind == DG_RECORDS_SMILES ? parts_of_smiles(records) : parts_of_csv(records);
}

void dg_record_free(dg_record *record) {
    free(record->text);
    free(record->name);
    free(record->split);
    free(record->targets);
    *record = (dg_record){0};
}

static digress_status copy_of(const char *text, char **out) {
    if (text && !(*out = strdup(text))) return dg_out_of_memory();
    return DIGRESS_OK;
}

static digress_status hand_over(const dg_records *records, const parts *found, dg_record *out) {
    if (records->too_long) return DIGRESS_OK;
    DG_TRY(copy_of(found->name, &out->name));
    DG_TRY(copy_of(found->split, &out->split));
    DG_TRY(dg_target_fields_numbers(&records->targets, records->path, out->line, &out->targets));
    return copy_of(found->molecule, &out->text);
}

/* "# 7: reason" stands for a sample that is not a molecule; *reason then points into the text. A
 * comment that goes with a molecule (dg_largest_fragment) does not. */
static bool is_invalid_sample(const dg_records *records, const char **reason) {
    const char *at = records->text;
    if (records->kind != DG_RECORDS_SMILES || *at++ != '#') return false;
    at += strspn(at, " \t");
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || strncmp(at + digits, ": ", 2) != 0) return false;
    *reason = at + digits + 2;
    return strncmp(*reason, dg_largest_fragment, strlen(dg_largest_fragment)) != 0;
}

static digress_status next_molecule_line(dg_records *records, dg_record *out, bool *more) {
    for (;;) {
        DG_TRY(next_line(records, more));
        if (!*more) return DIGRESS_OK;
        parts found = {0};
        out->is_invalid = is_invalid_sample(records, &found.molecule);
        if (!out->is_invalid) found = parts_of_line(records);
        if (!found.molecule) continue;
        out->line = records->first_line;
        records->record_lines += records->line - records->first_line + 1;
        return hand_over(records, &found, out);
    }
}

static bool is_blank_text(const char *text) {
    return text[strspn(text, " \t\r\n")] == 0;
}

/* A block's first line is its name. */
static digress_status hand_over_block(dg_records *records, dg_record *out) {
    const parts found = {.molecule = records->text};
    if (!records->too_long) dg_target_fields_find(&records->targets, records->text);
    DG_TRY(hand_over(records, &found, out));
    if (records->too_long) return DIGRESS_OK;
    out->name = strndup(records->text, strcspn(records->text, "\n"));
    return out->name ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status next_block(dg_records *records, dg_record *out, bool *more) {
    clear_record(records);
    out->line = records->line + 1;
    for (bool line = true; line;) {
        size_t begin = records->length;
        DG_TRY(append_line(records, LONGEST_RECORD, &line));
        DG_TRY(dg_grow(&records->text, &records->capacity, records->length + 2, 1));
        records->text[records->length] = 0;
        if (line && strncmp(records->text + begin, "$$$$", 4) == 0) {
            records->text[begin] = 0;
            *more = true;
            return hand_over_block(records, out);
        }
        records->text[records->length++] = '\n';
        records->text[records->length] = 0;
    }
    *more = !is_blank_text(records->text);
    return *more ? hand_over_block(records, out) : DIGRESS_OK;
}

digress_status dg_records_next(dg_records *records, dg_record *out, bool *more) {
    *out = (dg_record){0};
    digress_status status = records->kind == DG_RECORDS_SDF
                                ? next_block(records, out, more)
                                : next_molecule_line(records, out, more);
    if (status != DIGRESS_OK) dg_record_free(out);
    return status;
}

void dg_records_progress(const dg_records *records, size_t *done, size_t *total) {
    z_off_t offset = gzoffset(records->file);
    *done = offset > 0 ? (size_t)offset : 0;
    *total = records->size;
}

size_t dg_records_lines(const dg_records *records) {
    return records->record_lines;
}
