#include "core/text.h"

#include "core/memory.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve_text(dg_text *text, size_t length) {
    if (!text->failed)
        text->failed =
            dg_grow(&text->bytes, &text->capacity, text->length + length + 1, 1) != DIGRESS_OK;
    return !text->failed;
}

void dg_text_add(dg_text *text, const char *bytes, size_t length) {
    if (!reserve_text(text, length)) return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void dg_text_print(dg_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) text->failed = true;
    if (!reserve_text(text, length < 0 ? 0 : (size_t)length)) return;
    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

digress_status dg_text_take(dg_text *text, char **out) {
    if (!reserve_text(text, 0)) {
        free(text->bytes);
        *text = (dg_text){0};
        return dg_out_of_memory();
    }
    text->bytes[text->length] = '\0';
    *out = text->bytes;
    *text = (dg_text){0};
    return DIGRESS_OK;
}

size_t dg_utf8_length(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xC2 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (length < 2) return length;
    uint32_t code = at[0] & (0x7Fu >> length);
    for (size_t k = 1; k < length; k++) {
        if ((at[k] & 0xC0) != 0x80) return 0; /* or the end of the text */
        code = code << 6 | (at[k] & 0x3Fu);
    }
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < smallest[length] || surrogate || code > 0x10FFFF ? 0 : length;
}

bool dg_is_utf8(const char *text) {
    for (size_t length; *text; text += length) {
        length = dg_utf8_length(text);
        if (length == 0) return false;
    }
    return true;
}
