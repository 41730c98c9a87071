#include "graph/io/value_classes.h"

#include "core/json.h"
#include "core/memory.h"
#include "digress/graph.h"
#include "graph/classes.h"
#include <stdlib.h>
#include <string.h>

static const char MISSING[] = "(none)";

static const char *name_of(const char *value) {
    return value ? value : MISSING;
}

static int compare_names(const void *left, const void *right) {
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    const size_t length_a = strlen(a), length_b = strlen(b);
    const bool numbers = dg_is_class_number(a) && dg_is_class_number(b);
    if (numbers && length_a != length_b) return length_a < length_b ? -1 : 1;
    return strcmp(a, b);
}

/* Lists each value that occurs once; they are borrowed. */
static digress_status list_names(size_t count, char *const *values, const char ***out,
                                 size_t *distinct) {
    const char **names = NULL;
    DG_TRY(dg_allocate(count + 1, sizeof *names, &names));
    for (size_t k = 0; k < count; k++)
        names[k] = name_of(values[k]);
    qsort(names, count, sizeof *names, compare_names);
    *distinct = 0;
    for (size_t k = 0; k < count; k++)
        if (k == 0 || strcmp(names[k], names[*distinct - 1]) != 0) names[(*distinct)++] = names[k];
    *out = names;
    return DIGRESS_OK;
}

static digress_status list_json(size_t first, const char *const *names, size_t distinct,
                                char **out) {
    json_t *list = json_array();
    if (first) dg_json_append(&list, json_string("none"));
    for (size_t k = 0; k < distinct; k++)
        dg_json_append(&list, json_string(names[k]));
    const digress_status status = dg_json_text(list, JSON_COMPACT, out);
    json_decref(list);
    return status;
}

static digress_status assign(size_t first, size_t count, char *const *values,
                             const char *const *names, size_t distinct, dg_value_classes *out) {
    DG_TRY(dg_allocate(count + 1, sizeof *out->of, &out->of));
    DG_TRY(dg_allocate(count + 1, sizeof *out->missing, &out->missing));
    for (size_t k = 0; k < count; k++) {
        const char *name = name_of(values[k]);
        const char *const *found = bsearch(&name, names, distinct, sizeof *names, compare_names);
        out->of[k] = (uint8_t)(first + (size_t)(found - names));
        out->missing[k] = !values[k];
    }
    return list_json(first, names, distinct, &out->names);
}

static digress_status check_names(const char *what, size_t first, const char *const *names,
                                  size_t distinct) {
    if (first + distinct > DIGRESS_MAX_CLASSES)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the %s attribute has %zu values: classes can be made of %zu at most", what,
                        distinct, DIGRESS_MAX_CLASSES - first);
    for (size_t k = 0; first && k < distinct; k++)
        if (strcmp(names[k], "none") == 0)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "the %s attribute has the value 'none', which stands for no %s: give "
                            "it another name",
                            what, what);
    return DIGRESS_OK;
}

digress_status dg_value_classes_of(const char *what, size_t first, size_t count,
                                   char *const *values, dg_value_classes *out) {
    const char **names = NULL;
    size_t distinct = 0;
    if (count == 0) return DIGRESS_OK;
    DG_TRY(list_names(count, values, &names, &distinct));
    digress_status status = check_names(what, first, names, distinct);
    if (status == DIGRESS_OK) status = assign(first, count, values, names, distinct, out);
    free(names);
    return status;
}

void dg_value_classes_free(dg_value_classes *classes) {
    free(classes->names);
    free(classes->of);
    free(classes->missing);
    *classes = (dg_value_classes){0};
}
