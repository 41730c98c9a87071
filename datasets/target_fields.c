#include "datasets/target_fields.h"

#include "core/memory.h"
#include "graph/targets.h"
#include <stdlib.h>
#include <string.h>

digress_status dg_target_fields_of(const char *list, dg_target_fields *out) {
    *out = (dg_target_fields){0};
    if (!list) return DIGRESS_OK;
    out->list = strdup(list);
    if (!out->list) return dg_out_of_memory();
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        out->count++;
    DG_TRY(dg_allocate(out->count, sizeof *out->names, &out->names));
    DG_TRY(dg_allocate(out->count, sizeof *out->columns, &out->columns));
    DG_TRY(dg_allocate(out->count, sizeof *out->texts, &out->texts));
    char *at = out->list;
    for (size_t k = 0; k < out->count; k++) {
        char *comma = strchr(at, ',');
        if (comma) *comma = 0;
        if (!*at)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "the option 'target': expected names separated by commas, got '%s'",
                            list);
        out->names[k] = at;
        out->texts[k] = "";
        if (comma) at = comma + 1;
    }
    return DIGRESS_OK;
}

void dg_target_fields_free(dg_target_fields *fields) {
    free(fields->list);
    free(fields->names);
    free(fields->columns);
    free(fields->texts);
    *fields = (dg_target_fields){0};
}

/* Whether a line such as "> 25 <logP>" heads the property. */
static int is_head_of(const char *line, const char *name) {
    const size_t length = strlen(name), end = strcspn(line, "\n");
    if (*line != '>') return 0;
    const char *open = memchr(line, '<', end);
    return open && strncmp(open + 1, name, length) == 0 && open[1 + length] == '>';
}

void dg_target_fields_find(dg_target_fields *fields, const char *block) {
    for (size_t k = 0; k < fields->count; k++)
        fields->texts[k] = "";
    for (const char *line = block; line && *line;) {
        const char *end = strchr(line, '\n');
        for (size_t k = 0; end && k < fields->count; k++)
            if (is_head_of(line, fields->names[k])) fields->texts[k] = end + 1;
        line = end ? end + 1 : NULL;
    }
}

static digress_status number_of(const char *text, const char *name, const char *path, size_t line,
                                double *out) {
    text += strspn(text, " \t\r");
    const size_t length = strcspn(text, "\r\n");
    if (dg_target_parse(text, length, out)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s:%zu: target '%s': expected a number, or nothing, got '%.*s'", path, line,
                    name, length > 60 ? 60 : (int)length, text);
}

digress_status dg_target_fields_numbers(const dg_target_fields *fields, const char *path,
                                        size_t line, double **out) {
    *out = NULL;
    if (fields->count == 0) return DIGRESS_OK;
    DG_TRY(dg_allocate(fields->count, sizeof **out, out));
    for (size_t k = 0; k < fields->count; k++)
        DG_TRY(number_of(fields->texts[k], fields->names[k], path, line, &(*out)[k]));
    return DIGRESS_OK;
}

digress_status dg_target_fields_name(const dg_target_fields *fields, digress_graph_set *set) {
    size_t target = 0;
    for (size_t k = 0; k < fields->count; k++)
        DG_TRY(digress_graph_set_add_target(set, fields->names[k], &target));
    return DIGRESS_OK;
}

digress_status dg_target_fields_give(const dg_target_fields *fields, const double *numbers,
                                     digress_graph_set *set) {
    size_t target = 0;
    for (size_t k = 0; numbers && k < fields->count; k++)
        if (digress_graph_set_find_target(set, fields->names[k], &target))
            DG_TRY(digress_graph_set_set_target(set, digress_graph_set_count(set) - 1, target,
                                                numbers[k]));
    return DIGRESS_OK;
}
