/* The text of a config, and the table of its keys. */
#include "config/schema.h"

#include "core/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add(dg_text *out, const char *text) {
    dg_text_add(out, text, strlen(text));
}

void dg_yaml_quote(dg_text *out, const char *text) {
    add(out, "\"");
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f) {
            dg_text_print(out, "\\x%02X", byte);
            continue;
        }
        if (byte == '"' || byte == '\\') add(out, "\\");
        dg_text_add(out, text, 1);
    }
    add(out, "\"");
}

/* The shortest decimal form that reads back to the same number. */
static void write_number(dg_text *out, double value) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        dg_number_text(value, digits, text, sizeof text);
        if (dg_number_of(text, NULL) == value) break;
    }
    add(out, text);
}

static void write_list(dg_text *out, size_t count, const double *numbers) {
    for (size_t k = 0; k < count; k++) {
        add(out, k ? ", " : "[");
        write_number(out, numbers[k]);
    }
    add(out, "]");
}

static void write_value(dg_text *out, const dg_config *config, const dg_key *key) {
    const void *place = (const char *)config + key->offset;
    const double *numbers = place;
    const char *text = NULL;
    switch (key->type) {
    case DG_KEY_WHOLE:
        dg_text_print(out, "%" PRIu64, *(const uint64_t *)place);
        return;
    case DG_KEY_NUMBER:
        write_number(out, *numbers);
        return;
    case DG_KEY_BOOLEAN:
        add(out, *(const bool *)place ? "true" : "false");
        return;
    case DG_KEY_NAME:
        add(out, dg_key_name_of(config, key));
        return;
    case DG_KEY_PAIR:
    case DG_KEY_TRIPLE:
        write_list(out, key->type == DG_KEY_PAIR ? 2 : 3, numbers);
        return;
    default:
        break;
    }
    text = *(char *const *)place;
    if (!text)
        add(out, "null");
    else
        dg_yaml_quote(out, text);
}

/* Opens a section for each part of `name` that it does not share with `before`, the last key. */
static void write_key(dg_text *out, const char *before, const char *name) {
    size_t depth = 0, start = 0;
    bool shared = true;
    for (size_t k = 0; name[k]; k++) {
        if (name[k] != '.') continue;
        shared = shared && strncmp(before, name, k + 1) == 0;
        if (!shared)
            dg_text_print(out, "%*s%.*s:\n", (int)(2 * depth), "", (int)(k - start), name + start);
        depth++;
        start = k + 1;
    }
    dg_text_print(out, "%*s%s: ", (int)(2 * depth), "", name + start);
}

digress_status dg_config_text(const dg_config *config, char **out) {
    dg_text text = {0};
    const char *before = "";
    for (const dg_key *key = dg_keys; key->name; before = key->name, key++) {
        write_key(&text, before, key->name);
        write_value(&text, config, key);
        add(&text, "\n");
    }
    return dg_text_take(&text, out);
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
