#include "plot/run_curves.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "plot/title.h"
#include <stdlib.h>
#include <string.h>

const char *const dg_curve_keys[DG_CURVES] = {[DG_CURVE_LOSS] = "loss",
                                              [DG_CURVE_BOUND] = "nll",
                                              [DG_CURVE_VUN] = "vun",
                                              [DG_CURVE_RATIO] = "ratio"};
static const char *const events[DG_CURVES] = {[DG_CURVE_LOSS] = "epoch",
                                              [DG_CURVE_BOUND] = "validation",
                                              [DG_CURVE_VUN] = "samples",
                                              [DG_CURVE_RATIO] = "samples"};

static digress_status add_point(dg_curve *curve, double x, double y) {
    DG_TRY(
        dg_grow(&curve->points, &curve->capacity, 2 * (curve->count + 1), sizeof *curve->points));
    curve->points[2 * curve->count] = x;
    curve->points[2 * curve->count++ + 1] = y;
    return DIGRESS_OK;
}

static digress_status add_entry(const json_t *entry, bool by_steps, dg_run_curves *out) {
    const char *event = json_string_value(json_object_get(entry, "event"));
    const json_t *x = json_object_get(entry, by_steps ? "step" : "minutes");
    for (size_t k = 0; event && json_is_number(x) && k < DG_CURVES; k++) {
        const json_t *y = json_object_get(entry, dg_curve_keys[k]);
        if (strcmp(event, events[k]) != 0) continue;
        out->curves[k].left_out += json_is_null(y);
        if (json_is_number(y))
            DG_TRY(add_point(&out->curves[k], json_number_value(x), json_number_value(y)));
    }
    return DIGRESS_OK;
}

static digress_status add_lines(const char *path, char *text, bool by_steps, dg_run_curves *out) {
    size_t number = 1;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, number++) {
        json_t *entry = NULL;
        digress_status status = dg_json_parse(path, line, (size_t)(end - line), &entry);
        if (status == DIGRESS_ERROR_INPUT)
            return dg_error(status, "%s:%zu: not a record of a log", path, number);
        if (status == DIGRESS_OK) status = add_entry(entry, by_steps, out);
        json_decref(entry);
        DG_TRY(status);
    }
    for (size_t k = 0; k < DG_CURVES; k++)
        if (out->curves[k].count > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: no record of an epoch: nothing has been trained yet",
                    path);
}

digress_status dg_run_curves_read(const char *folder, bool by_steps, dg_run_curves *out) {
    char *path = dg_path_join(folder, "log.jsonl"), *text = NULL;
    size_t size = 0;
    *out = (dg_run_curves){0};
    digress_status status = path ? dg_title_of(folder, &out->name) : dg_out_of_memory();
    if (status == DIGRESS_OK) status = dg_file_read(path, &text, &size);
    if (status == DIGRESS_OK) status = add_lines(path, text, by_steps, out);
    free(text);
    free(path);
    return status;
}

void dg_run_curves_free(dg_run_curves *curves) {
    for (size_t k = 0; k < DG_CURVES; k++)
        free(curves->curves[k].points);
    free(curves->name);
    *curves = (dg_run_curves){0};
}
