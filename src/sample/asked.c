#include "sample/asked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static digress_status unknown_target(const dg_conditions *has, const char *name) {
    char list[240] = "";
    for (size_t k = 0; k < has->count; k++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", has->names[k]);
    }
    if (has->count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "target '%s': the model was trained without targets (model.targets)", name);
    return dg_error(DIGRESS_ERROR_INPUT, "target '%s': the model does not have it: it has %s", name,
                    list);
}

/* Far beyond what the network has seen it could only fail. */
static digress_status check_value(const dg_conditions *has, size_t target, double value) {
    const double most = 1000;
    const double far = (double)dg_conditions_scale(has, target, value);
    if (isnan(value) || fabs(far) <= most) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "target '%s': %g is out of reach: the training set has a mean of %g, and a "
                    "deviation of %g",
                    has->names[target], value, (double)has->mean[target],
                    (double)has->deviation[target]);
}

static bool is_asked_before(const digress_asked_targets *asked, size_t k) {
    for (size_t before = 0; before < k; before++)
        if (strcmp(asked->names[before], asked->names[k]) == 0) return true;
    return false;
}

static digress_status fill(const digress_asked_targets *asked, const dg_conditions *has,
                           dg_asked *out) {
    for (size_t k = 0; k < out->rows * out->count; k++)
        out->values[k] = (double)NAN;
    for (size_t k = 0; k < asked->count; k++) {
        size_t target = 0;
        if (!dg_conditions_find(has, asked->names[k], &target))
            return unknown_target(has, asked->names[k]);
        if (is_asked_before(asked, k))
            return dg_error(DIGRESS_ERROR_INPUT, "target '%s': asked for twice", asked->names[k]);
        for (size_t row = 0; row < out->rows; row++) {
            const double value = asked->values[row * asked->count + k];
            DG_TRY(check_value(has, target, value));
            out->values[row * out->count + target] = value;
        }
    }
    return DIGRESS_OK;
}

digress_status dg_asked_of(const digress_asked_targets *asked, const dg_model *model,
                           dg_asked *out) {
    enum { MOST = 1000 };
    const double guidance = asked->guidance;
    *out = (dg_asked){.count = model->conditions.count, .guidance = guidance == 0 ? 1 : guidance};
    if (asked->count == 0 || asked->rows == 0) return DIGRESS_OK;
    if (!(guidance >= 0) || guidance > MOST)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the option 'guidance': expected a number from 0 to %d, got %g", MOST,
                        guidance);
    if (model->conditions.count == 0) return unknown_target(&model->conditions, asked->names[0]);
    out->rows = asked->rows;
    out->guided = out->guidance != 1;
    DG_TRY(dg_allocate(out->rows * out->count, sizeof *out->values, &out->values));
    return fill(asked, &model->conditions, out);
}

void dg_asked_free(dg_asked *asked) {
    free(asked->values);
}

const double *dg_asked_row(const dg_asked *asked, uint32_t number) {
    return asked->rows ? asked->values + number % asked->rows * asked->count : NULL;
}

digress_status dg_asked_give(const dg_asked *asked, const dg_model *model, size_t first,
                             digress_graph_set *set) {
    for (size_t k = 0; asked->rows > 0 && k < asked->count; k++) {
        size_t target = 0;
        DG_TRY(digress_graph_set_add_target(set, model->conditions.names[k], &target));
        for (size_t g = 0; g < digress_graph_set_count(set); g++)
            DG_TRY(digress_graph_set_set_target(set, g, target,
                                                dg_asked_row(asked, (uint32_t)(first + g))[k]));
    }
    return DIGRESS_OK;
}

digress_status dg_asked_begin(const dg_asked *asked, const dg_model *model, dg_arena *arena,
                              const dg_pack *pack, const uint32_t *number, dg_asked_pack *out) {
    const dg_noise_model *noise = model->noise;
    *out = (dg_asked_pack){0};
    if (asked->rows == 0) return DIGRESS_OK;
    DG_TRY(
        dg_arena_allocate(arena, pack->graphs * asked->count, sizeof *out->targets, &out->targets));
    for (size_t g = 0; g < pack->graphs; g++)
        for (size_t k = 0; k < asked->count; k++)
            out->targets[g * asked->count + k] =
                dg_conditions_scale(&model->conditions, k, dg_asked_row(asked, number[g])[k]);
    if (!asked->guided) return DIGRESS_OK;
    DG_TRY(dg_arena_allocate(arena, pack->nodes * noise->out_X, sizeof *out->X, &out->X));
    DG_TRY(dg_arena_allocate(arena, pack->pairs * noise->out_E, sizeof *out->E, &out->E));
    out->free = (dg_free_prediction){out->X, out->E, asked->guidance};
    return DIGRESS_OK;
}
