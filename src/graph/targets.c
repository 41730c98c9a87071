#include "graph/targets.h"

#include "core/memory.h"
#include "core/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
