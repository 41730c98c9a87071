#include "core/json.h"

#include "core/memory.h"
#include "core/number.h"
#include "core/text.h"
#include <stdlib.h>
#include <string.h>

static void keep_if(int failed, json_t **container) {
    if (!failed) return;
    json_decref(*container);
    *container = NULL;
}

void dg_json_put(json_t **object, const char *key, json_t *value) {
    keep_if(json_object_set_new(*object, key, value), object);
}

void dg_json_append(json_t **array, json_t *value) {
    keep_if(json_array_append_new(*array, value), array);
}

json_t *dg_json_string(const char *text) {
    static const char replacement[] = "\xEF\xBF\xBD";
    if (dg_is_utf8(text)) return json_string(text);
    dg_text mended = {0};
    char *bytes = NULL;
    while (*text) {
        size_t length = dg_utf8_length(text);
        dg_text_add(&mended, length ? text : replacement, length ? length : strlen(replacement));
        text += length ? length : 1;
    }
    if (dg_text_take(&mended, &bytes) != DIGRESS_OK) return NULL;
    json_t *string = json_string(bytes);
    free(bytes);
    return string;
}

static int add_part(const char *bytes, size_t length, void *text) {
    dg_text_add(text, bytes, length);
    return 0; /* a failure sticks: jansson does not look at every result */
}

static digress_status write_text(const json_t *value, size_t flags, char **out) {
    dg_text text = {0};
    char *bytes = NULL;
    text.failed = !value || json_dump_callback(value, add_part, &text, flags) != 0;
    DG_TRY(dg_text_take(&text, &bytes));
    json_t *again = json_loads(bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    bool same = json_equal(value, again);
    json_decref(again);
    if (same) {
        *out = bytes;
        return DIGRESS_OK;
    }
    free(bytes);
    return dg_out_of_memory();
}

digress_status dg_json_text(const json_t *value, size_t flags, char **out) {
    const dg_locale entered = dg_locale_enter();
    const digress_status status = write_text(value, flags, out);
    dg_locale_leave(entered);
    return status;
}

/* When its buffer for a string cannot grow, jansson leaves bytes out and carries on. So a text is
 * trusted once it has been read twice with the same result and there was memory in between. */
digress_status dg_json_parse(const char *name, const char *text, size_t size, json_t **out) {
    json_error_t error;
    json_t *once = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    const bool had_memory = dg_has_memory();
    json_t *parsed = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    const bool same = json_equal(once, parsed), bad = !once && !parsed && error.text[0];
    json_decref(once);
    if (had_memory && same) {
        *out = parsed;
        return DIGRESS_OK;
    }
    json_decref(parsed);
    if (!had_memory || !bad) return dg_out_of_memory();
    return dg_error(DIGRESS_ERROR_INPUT, "%s:%d: %s", name, error.line, error.text);
}
