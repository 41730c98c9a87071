/* Growing texts. */
#ifndef DG_CORE_TEXT_H
#define DG_CORE_TEXT_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

/* A text being built, {0} at first. A failure sticks until dg_text_take reports it and drops the
 * text, so that no truncated text ever gets out. */
typedef struct dg_text {
    char *bytes;
    size_t length, capacity;
    bool failed;
} dg_text;

void dg_text_add(dg_text *text, const char *bytes, size_t length);
void dg_text_print(dg_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* *out = the text, which the caller frees. Errors: MEMORY. */
digress_status dg_text_take(dg_text *text, char **out);

/* The number of bytes of the text's first character; 0 if it is not UTF-8. */
size_t dg_utf8_length(const char *text);
bool dg_is_utf8(const char *text);

#endif
