/* Targets that samples are asked for: --target, --targets, --guidance. */
#include "cli/sample_steering.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/number.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void dg_given_targets_free(dg_given_targets *given) {
    free(given->text);
    free(given->names);
    free(given->values);
    *given = (dg_given_targets){0};
}

static size_t count_fields(const char *line) {
    size_t count = 1;
    for (; *line && *line != '\n'; line++)
        count += *line == ',';
    return count;
}

/* Cuts the field at *at off and moves behind its comma; without the blanks and quotes around it. */
static char *take_field(char **at) {
    char *field = *at, *comma = strchr(field, ',');
    *at = comma ? comma + 1 : field + strlen(field);
    if (comma) *comma = 0;
    while (isspace((unsigned char)*field))
        field++;
    size_t length = strlen(field);
    while (length > 0 && isspace((unsigned char)field[length - 1]))
        field[--length] = 0;
    if (length < 2 || *field != '"' || field[length - 1] != '"') return field;
    field[length - 1] = 0;
    return field + 1;
}

static bool read_number(const char *text, double *out) {
    char *end = NULL;
    *out = dg_number_of(text, &end);
    return end != text && *end == 0 && isfinite(*out);
}

/* "logP=2.5,weight=120" */
static digress_status read_pairs(const char *list, dg_given_targets *out) {
    out->text = strdup(list);
    if (!out->text) return dg_out_of_memory();
    out->asked.count = count_fields(list);
    out->asked.rows = 1;
    DG_TRY(dg_allocate(out->asked.count, sizeof *out->names, (void *)&out->names));
    DG_TRY(dg_allocate(out->asked.count, sizeof *out->values, &out->values));
    char *at = out->text;
    for (size_t k = 0; k < out->asked.count; k++) {
        char *field = take_field(&at), *equals = strchr(field, '=');
        if (!equals || equals == field || !read_number(equals + 1, &out->values[k]))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "--target: expected NAME=NUMBER, such as logP=2.5, got '%.80s'", field);
        *equals = 0;
        out->names[k] = field;
    }
    return DIGRESS_OK;
}

static digress_status read_row(const char *path, size_t line, char *text, dg_given_targets *out,
                               size_t *capacity) {
    const size_t count = out->asked.count, first = out->asked.rows * count;
    if (count_fields(text) != count)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s:%zu: expected %zu fields, as in the header, got "
                        "%zu",
                        path, line, count, count_fields(text));
    DG_TRY(dg_grow(&out->values, capacity, first + count, sizeof *out->values));
    for (size_t k = 0; k < count; k++) {
        const char *field = take_field(&text);
        out->values[first + k] = (double)NAN;
        if (*field && !read_number(field, &out->values[first + k]))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s:%zu: target '%s': expected a number, or nothing, got '%.60s'", path,
                            line, out->names[k], field);
    }
    out->asked.rows++;
    return DIGRESS_OK;
}

static digress_status read_names(char *header, dg_given_targets *out) {
    out->asked.count = count_fields(header);
    DG_TRY(dg_allocate(out->asked.count, sizeof *out->names, (void *)&out->names));
    for (size_t k = 0; k < out->asked.count; k++)
        out->names[k] = take_field(&header);
    return DIGRESS_OK;
}

digress_status dg_given_targets_read(const char *path, dg_given_targets *out) {
    size_t size = 0, line = 1, capacity = 0;
    DG_TRY(dg_file_read(path, &out->text, &size));
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    char *next = NULL, *at = out->text;
    if (strncmp(at, byte_order_mark, strlen(byte_order_mark)) == 0) at += strlen(byte_order_mark);
    for (; at && *at; at = next, line++) {
        next = strchr(at, '\n');
        if (next) *next++ = 0;
        if (line == 1)
            DG_TRY(read_names(at, out));
        else if (at[strspn(at, " \t\r")])
            DG_TRY(read_row(path, line, at, out, &capacity));
    }
    out->asked.names = out->names;
    out->asked.values = out->values;
    if (out->asked.rows > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: expected a header of names and a row of numbers for each sample", path);
}

digress_status dg_sample_targets_parse(const dg_command *command, const dg_arguments *arguments,
                                       dg_given_targets *out) {
    const char *list = dg_argument(command, arguments, "target");
    const char *path = dg_argument(command, arguments, "targets");
    const char *guidance = dg_argument(command, arguments, "guidance");
    const char *scale = dg_argument(command, arguments, "guidance-scale");
    out->regressor = dg_argument(command, arguments, "regressor");
    out->scale = 100;
    if (scale && !out->regressor)
        return dg_error(DIGRESS_ERROR_INPUT, "--guidance-scale has no use without --regressor");
    if (guidance && out->regressor)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--guidance and --regressor exclude each other: a regressor has "
                        "--guidance-scale");
    if (out->regressor && !list && !path)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--regressor has no use without --target or --targets");
    if (scale) DG_TRY(dg_parse_double("--guidance-scale", scale, &out->scale));
    if (list && path)
        return dg_error(DIGRESS_ERROR_INPUT, "--target and --targets exclude each other");
    if (guidance && !list && !path)
        return dg_error(DIGRESS_ERROR_INPUT, "--guidance has no use without --target or --targets");
    if (list) DG_TRY(read_pairs(list, out));
    if (path) DG_TRY(dg_given_targets_read(path, out));
    out->asked.names = out->names;
    out->asked.values = out->values;
    out->asked.guidance = 1;
    if (!guidance) return DIGRESS_OK;
    DG_TRY(dg_parse_double("--guidance", guidance, &out->asked.guidance));
    if (out->asked.guidance > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "--guidance: expected a number above 0, got %s (without targets, leave out "
                    "--target)",
                    guidance);
}
