#include "eval/targets/errors.h"

#include "core/memory.h"
#include "eval/targets/targets.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Pearson's; NAN where one of the two does not vary. */
static double correlation_of(const digress_graph_set *set, size_t target, const double *measured,
                             const digress_target_error *of) {
    double xx = 0, yy = 0, xy = 0;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        const double x = digress_graph_set_target(set, g, target) - of->mean_asked;
        const double y = measured[g] - of->mean_measured;
        if (isnan(x) || isnan(y)) continue;
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

static void compare(const digress_graph_set *set, size_t target, const double *measured,
                    digress_target_error *out) {
    double error = 0, asked = 0, found = 0;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        const double wanted = digress_graph_set_target(set, g, target);
        if (isnan(wanted)) continue;
        out->asked++;
        if (isnan(measured[g])) continue;
        out->measured++;
        error += fabs(measured[g] - wanted);
        asked += wanted;
        found += measured[g];
    }
    if (out->measured == 0) return;
    const double count = (double)out->measured;
    out->mae = error / count;
    out->mean_asked = asked / count;
    out->mean_measured = found / count;
    out->correlation = correlation_of(set, target, measured, out);
}

static digress_status measure(dg_pool *pool, const digress_graph_set *set, size_t target,
                              digress_target_error *out) {
    const double none = (double)NAN;
    const char *name = digress_graph_set_target_name(set, target);
    bool of_molecules = false;
    double *measured = NULL;
    *out = (digress_target_error){
        .mae = none, .mean_asked = none, .mean_measured = none, .correlation = none};
    snprintf(out->name, sizeof out->name, "%s", name);
    out->computed = dg_target_is_computed(name, &of_molecules);
    if (!out->computed) return DIGRESS_OK;
    DG_TRY(dg_allocate(digress_graph_set_count(set), sizeof *measured, &measured));
    digress_status status = dg_target_measure(pool, set, name, measured);
    if (status == DIGRESS_OK) compare(set, target, measured, out);
    free(measured);
    return status;
}

digress_status dg_target_errors_of(dg_pool *pool, const digress_graph_set *set,
                                   dg_target_errors *out) {
    const size_t count = digress_graph_set_target_count(set);
    *out = (dg_target_errors){0};
    if (count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the samples carry no targets that they were asked for: write them as "
                        "safetensors, or name the table that they were asked from");
    DG_TRY(dg_allocate(count, sizeof *out->list, &out->list));
    out->count = count;
    for (size_t k = 0; k < count; k++)
        DG_TRY(measure(pool, set, k, &out->list[k]));
    return DIGRESS_OK;
}

void dg_target_errors_free(dg_target_errors *errors) {
    free(errors->list);
    *errors = (dg_target_errors){0};
}

digress_status digress_target_error_of(const digress_graph_set *samples, size_t target,
                                       size_t threads, digress_target_error *out) {
    dg_pool *pool = NULL;
    DG_NEED(samples);
    DG_NEED(out);
    if (target >= digress_graph_set_target_count(samples))
        return dg_error(DIGRESS_ERROR_INPUT, "target %zu: the set has %zu, counted from 0", target,
                        digress_graph_set_target_count(samples));
    DG_TRY(dg_pool_create(threads, &pool));
    digress_status status = measure(pool, samples, target, out);
    dg_pool_free(pool);
    return status;
}
