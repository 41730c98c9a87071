/* The text of a config, and the table of its keys. */
#include "config/schema.h"

#include "core/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void dg_yaml_quote(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f) {
            fprintf(stream, "\\x%02X", byte);
            continue;
        }
        if (byte == '"' || byte == '\\') fputc('\\', stream);
        fputc(byte, stream);
    }
    fputc('"', stream);
}

/* The shortest of the usual forms that reads back equal. */
static void write_number(FILE *stream, double value) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fputs(text, stream);
}

static void write_list(FILE *stream, size_t count, const double *numbers) {
    for (size_t k = 0; k < count; k++) {
        fputs(k ? ", " : "[", stream);
        write_number(stream, numbers[k]);
    }
    fputc(']', stream);
}

static void write_value(FILE *stream, const dg_config *config, const dg_key *key) {
    const void *place = (const char *)config + key->offset;
    const double *numbers = place;
    const char *text = NULL;
    switch (key->type) {
    case DG_KEY_WHOLE:
        fprintf(stream, "%" PRIu64, *(const uint64_t *)place);
        return;
    case DG_KEY_NUMBER:
        write_number(stream, *numbers);
        return;
    case DG_KEY_BOOLEAN:
        fputs(*(const bool *)place ? "true" : "false", stream);
        return;
    case DG_KEY_PAIR:
    case DG_KEY_TRIPLE:
        write_list(stream, key->type == DG_KEY_PAIR ? 2 : 3, numbers);
        return;
    default:
        break;
    }
    text = *(char *const *)place;
    if (!text)
        fputs("null", stream);
    else if (key->type == DG_KEY_NAME)
        fputs(text, stream);
    else
        dg_yaml_quote(stream, text);
}

/* The parts of `name` that `before` does not share open new sections. */
static void write_key(FILE *stream, const char *before, const char *name) {
    size_t depth = 0, start = 0;
    bool shared = true;
    for (size_t k = 0; name[k]; k++) {
        if (name[k] != '.') continue;
        shared = shared && strncmp(before, name, k + 1) == 0;
        if (!shared)
            fprintf(stream, "%*s%.*s:\n", (int)(2 * depth), "", (int)(k - start), name + start);
        depth++;
        start = k + 1;
    }
    fprintf(stream, "%*s%s: ", (int)(2 * depth), "", name + start);
}

digress_status dg_config_text(const dg_config *config, char **out) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return dg_error(DIGRESS_ERROR_MEMORY, "out of memory while writing a config");
    const char *before = "";
    for (const dg_key *key = dg_keys; key->name; before = key->name, key++) {
        write_key(stream, before, key->name);
        write_value(stream, config, key);
        fputc('\n', stream);
    }
    bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        free(text);
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory while writing a config");
    }
    *out = text;
    return DIGRESS_OK;
}

static void describe_row(FILE *stream, const dg_key *key) {
    fprintf(stream, "| `%s` | ", key->name);
    fputs(dg_key_type_name(key->type), stream);
    for (size_t k = 0; key->names[k]; k++)
        fprintf(stream, "%s%s", k ? ", " : "", key->names[k]);
    fprintf(stream, " | %s | %s |\n", key->standard, key->help);
}

void dg_config_describe(FILE *stream) {
    fputs("| key | value | default | meaning |\n| --- | --- | --- | --- |\n", stream);
    for (const dg_key *key = dg_keys; key->name; key++)
        describe_row(stream, key);
}
