/* Texts that grow. */
#ifndef DG_CORE_TEXT_H
#define DG_CORE_TEXT_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

/* A text under way, {0} at first. A failure sticks, and dg_text_take reports it: what has been
 * added meanwhile is lost, so that there is no torn text. */
typedef struct dg_text {
    char *bytes;
    size_t length, capacity;
    bool failed;
} dg_text;

void dg_text_add(dg_text *text, const char *bytes, size_t length);
void dg_text_print(dg_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* *out = the text, which the caller frees. Errors: MEMORY. */
digress_status dg_text_take(dg_text *text, char **out);

/* The bytes of the character that the text begins with; 0 where it is no UTF-8. */
size_t dg_utf8_length(const char *text);
bool dg_is_utf8(const char *text);

#endif
