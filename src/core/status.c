#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERROR_TEXT_SIZE = 1024 };

static _Thread_local char last_error[ERROR_TEXT_SIZE];

digress_status dg_error(digress_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_error, sizeof last_error, format, arguments);
    va_end(arguments);
    return status;
}

digress_status dg_error_prefix(digress_status status, const char *format, ...) {
    char text[ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (written < 0 || (size_t)written + 3 >= sizeof text) return status;
    snprintf(text + written, sizeof text - (size_t)written, ": %s", last_error);
    memcpy(last_error, text, sizeof last_error);
    return status;
}

const char *digress_last_error(void) {
    return last_error[0] ? last_error : "no error";
}

const char *digress_version(void) {
    return DIGRESS_VERSION;
}
