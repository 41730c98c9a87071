#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERROR_TEXT_SIZE = 1024 };

static _Thread_local char last_error[ERROR_TEXT_SIZE];

void dg_make_printable(char *text, const char *kept) {
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if ((*c < ' ' || *c == 127) && !strchr(kept, *c)) *c = ' ';
        if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) c[0] = c[1] = ' '; /* C1, in UTF-8 */
    }
}

digress_status dg_error(digress_status status, const char *format, ...) {
    char text[ERROR_TEXT_SIZE]; /* an argument may be the last error itself */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dg_make_printable(text, "");
    memcpy(last_error, text, sizeof last_error);
    return status;
}

digress_status dg_error_prefix(digress_status status, const char *format, ...) {
    char prefix[ERROR_TEXT_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    return dg_error(status, "%s: %.500s", prefix, last_error);
}

digress_status dg_out_of_memory(void) {
    return dg_error(DIGRESS_ERROR_MEMORY, "out of memory");
}

digress_status dg_null_argument(const char *function, const char *argument) {
    return dg_error(DIGRESS_ERROR_INPUT, "%s: %s is NULL", function, argument);
}

const char *digress_last_error(void) {
    return last_error[0] ? last_error : "no error";
}

const char *digress_version(void) {
    return DIGRESS_VERSION;
}
