#include "graph/targets.h"

#include "core/memory.h"
#include "core/number.h"
#include "core/text.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void dg_targets_free(dg_targets *targets) {
    for (size_t k = 0; k < targets->count; k++) {
        free(targets->list[k].name);
        free(targets->list[k].values);
    }
    free(targets->list);
    *targets = (dg_targets){0};
}

bool dg_targets_find(const dg_targets *targets, const char *name, size_t *out) {
    for (size_t k = 0; k < targets->count; k++) {
        if (strcmp(targets->list[k].name, name) != 0) continue;
        *out = k;
        return true;
    }
    return false;
}

static digress_status fill(dg_target *target, size_t from, size_t graphs) {
    DG_TRY(dg_grow(&target->values, &target->capacity, graphs + 1, sizeof *target->values));
    for (size_t k = from; k < graphs; k++)
        target->values[k] = (double)NAN;
    return DIGRESS_OK;
}

digress_status dg_targets_add(dg_targets *targets, const char *name, size_t graphs) {
    if (!*name || !dg_is_utf8(name))
        return dg_error(DIGRESS_ERROR_INPUT, "target '%s': expected a name in UTF-8", name);
    DG_TRY(dg_grow(&targets->list, &targets->capacity, targets->count + 1, sizeof *targets->list));
    dg_target *added = &targets->list[targets->count];
    *added = (dg_target){.name = strdup(name)};
    digress_status status = added->name ? fill(added, 0, graphs) : dg_out_of_memory();
    if (status == DIGRESS_OK) {
        targets->count++;
        return DIGRESS_OK;
    }
    free(added->name);
    free(added->values);
    return status;
}

digress_status dg_targets_grow(dg_targets *targets, size_t graphs) {
    for (size_t k = 0; k < targets->count; k++)
        DG_TRY(fill(&targets->list[k], graphs, graphs + 1));
    return DIGRESS_OK;
}

/* ---- as texts ---- */

static bool is_missing(const char *text, size_t length) {
    static const char *const words[] = {"na", "nan", "none", "null"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strlen(words[k]) == length && strncasecmp(text, words[k], length) == 0) return true;
    return length == 0;
}

bool dg_target_parse(const char *text, size_t length, double *out) {
    char *end = NULL;
    for (; length > 0 && isspace((unsigned char)*text); length--)
        text++;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    *out = (double)NAN;
    if (is_missing(text, length)) return true;
    *out = dg_number_of(text, &end);
    return end == text + length && isfinite(*out);
}

void dg_target_text(double value, char out[DG_TARGET_TEXT_SIZE]) {
    enum { DIGITS = 15, ALL_DIGITS = 17 };
    *out = 0;
    if (isnan(value)) return;
    dg_number_text(value, DIGITS, out, DG_TARGET_TEXT_SIZE);
    if (dg_number_of(out, NULL) != value)
        dg_number_text(value, ALL_DIGITS, out, DG_TARGET_TEXT_SIZE);
}

bool dg_target_is_listed(const char *list, const char *name, size_t length) {
    for (const char *at = list; at && *at; at += *at == ',') {
        const size_t found = strcspn(at, ",");
        if (found == length && memcmp(at, name, length) == 0) return true;
        at += found;
    }
    return false;
}
