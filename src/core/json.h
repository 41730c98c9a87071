/* JSON that is written completely or not at all: jansson returns NULL when out of memory; here NULL
 * spreads to whatever it is put into, so that one look at the root tells whether anything failed.
 * And JSON that is read: jansson reports a failed allocation under many names, or not at all. */
#ifndef DG_CORE_JSON_H
#define DG_CORE_JSON_H

#include "core/status.h"
#include <jansson.h>

/* Take `value`. On a failure *object (*array) is released, and becomes NULL. */
void dg_json_put(json_t **object, const char *key, json_t *value);
void dg_json_append(json_t **array, json_t *value);

/* A string; bytes that are not UTF-8, which JSON cannot hold, become U+FFFD. */
json_t *dg_json_string(const char *text);

/* *out = `value` as text, laid out as jansson's `flags` say; the caller frees it. It has been read
 * back and means the same as `value`. Errors: MEMORY, for a value of NULL too. */
digress_status dg_json_text(const json_t *value, size_t flags, char **out);

/* *out = the value of a text; the caller owns it. `name` precedes the line number in errors.
 * Errors: MEMORY; INPUT, "NAME:LINE: ..." with jansson's reason. */
digress_status dg_json_parse(const char *name, const char *text, size_t size, json_t **out);

#endif
