#include "graph/io/class_table.h"

#include "core/json.h"
#include "graph/classes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN = DIGRESS_MAX_CLASSES }; /* no class has this number */

void dg_class_table_init(const char *what, size_t first, dg_class_table *out) {
    *out = (dg_class_table){.what = what, .first = first, .count = first};
    dg_class_table_next_file(out);
}

void dg_class_table_free(dg_class_table *table) {
    for (size_t k = 0; k < DIGRESS_MAX_CLASSES; k++)
        free(table->names[k]);
}

void dg_class_table_next_file(dg_class_table *table) {
    memset(table->found, UNKNOWN, sizeof table->found);
    table->names_here = false;
}

/* ---- names ---- */

static size_t find_name(const dg_class_table *table, const char *name) {
    char number[24];
    for (size_t k = table->first; k < table->count; k++) {
        snprintf(number, sizeof number, "%zu", k);
        if (strcmp(table->names[k] ? table->names[k] : number, name) == 0) return k;
    }
    return UNKNOWN;
}

static digress_status set_name(dg_class_table *table, size_t k, const char *name) {
    table->names[k] = strdup(name);
    return table->names[k] ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status add_name(dg_class_table *table, const char *name, uint8_t *out) {
    if (table->count >= DIGRESS_MAX_CLASSES)
        return dg_error(DIGRESS_ERROR_INPUT, "more than %d %s classes", DIGRESS_MAX_CLASSES,
                        table->what);
    *out = (uint8_t)table->count;
    return set_name(table, table->count++, name);
}

/* ---- what a file declares ---- */

/* If earlier files without names have used class k, the k-th word becomes its name. */
static bool stands_for_number(const dg_class_table *table, size_t k, const char *name) {
    return !table->named && k < table->count && !dg_is_class_number(name);
}

static digress_status declare_name(dg_class_table *table, size_t k, const char *name) {
    size_t at = find_name(table, name);
    if (at != UNKNOWN) {
        table->found[k] = (uint8_t)at;
        return DIGRESS_OK;
    }
    if (!stands_for_number(table, k, name)) return add_name(table, name, &table->found[k]);
    table->found[k] = (uint8_t)k;
    return set_name(table, k, name);
}

static digress_status check_list(const dg_class_table *table, const char *path, json_t *list) {
    size_t count = json_array_size(list);
    if (count < 1 || count > DIGRESS_MAX_CLASSES)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a list of 1 to %d names of %s classes",
                        path, DIGRESS_MAX_CLASSES, table->what);
    for (size_t k = 0; k < count; k++) {
        const char *name = json_string_value(json_array_get(list, k));
        if (!name)
            return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a list of the names of %s classes",
                            path, table->what);
        for (size_t other = 0; k >= table->first && other < k; other++)
            if (strcmp(name, json_string_value(json_array_get(list, other))) == 0)
                return dg_error(DIGRESS_ERROR_INPUT, "%s: %s classes %zu and %zu are both '%s'",
                                path, table->what, other, k, name);
    }
    return DIGRESS_OK;
}

static digress_status declare_list(dg_class_table *table, const char *path, json_t *list) {
    bool words = table->words;
    DG_TRY(check_list(table, path, list));
    for (size_t k = table->first; k < json_array_size(list); k++) {
        const char *name = json_string_value(json_array_get(list, k));
        digress_status status = declare_name(table, k, name);
        if (status != DIGRESS_OK) return dg_error_prefix(status, "%s", path);
        words = words || !dg_is_class_number(name);
    }
    if (table->first > 0 && !table->names[0])
        DG_TRY(set_name(table, 0, json_string_value(json_array_get(list, 0))));
    table->words = words;
    table->named = table->names_here = true;
    return DIGRESS_OK;
}

digress_status dg_class_table_declare(dg_class_table *table, const char *path, const char *json) {
    if (!json) return DIGRESS_OK;
    json_t *list = NULL; /* what cannot be read is not a list, either */
    if (dg_json_parse(path, json, strlen(json), &list) == DIGRESS_ERROR_MEMORY)
        return DIGRESS_ERROR_MEMORY;
    digress_status status = declare_list(table, path, list);
    json_decref(list);
    return status;
}

/* ---- what it does not ---- */

static digress_status find_number(dg_class_table *table, size_t wanted, uint8_t *out) {
    char number[24];
    snprintf(number, sizeof number, "%zu", wanted);
    size_t at = find_name(table, number);
    *out = (uint8_t)at;
    return at == UNKNOWN ? add_name(table, number, out) : DIGRESS_OK;
}

digress_status dg_class_table_find(dg_class_table *table, size_t wanted, uint8_t *out) {
    uint8_t *found = &table->found[wanted];
    if (*found == UNKNOWN) {
        const bool by_name = table->names_here || (table->named && !table->words);
        *found = (uint8_t)wanted;
        if (by_name && wanted >= table->first) DG_TRY(find_number(table, wanted, found));
        if (*found >= table->count) table->count = *found + 1u;
    }
    *out = *found;
    return DIGRESS_OK;
}

digress_status dg_class_table_name(dg_class_table *table, const char *list) {
    size_t count = 0;
    if (!list || table->named) return DIGRESS_OK;
    for (const char *from = list; *from && count < DIGRESS_MAX_CLASSES; from += *from == ',') {
        size_t length = strcspn(from, ",");
        table->names[count] = strndup(from, length);
        if (!table->names[count++]) return dg_out_of_memory();
        from += length;
    }
    if (count < table->count)
        return dg_error(DIGRESS_ERROR_INPUT, "'%s' names %zu %s classes: the graphs have %zu", list,
                        count, table->what, table->count);
    table->count = count;
    table->named = true;
    return DIGRESS_OK;
}
