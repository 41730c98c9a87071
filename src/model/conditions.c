#include "model/conditions.h"

#include "graph/statistics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- names and room ---- */

static digress_status allocate(dg_conditions *c) {
    const size_t sizes = c->count * DG_CONDITION_BINS * (c->max_n + 1);
    DG_TRY(dg_allocate(c->count, sizeof *c->mean, &c->mean));
    DG_TRY(dg_allocate(c->count, sizeof *c->deviation, &c->deviation));
    DG_TRY(dg_allocate(c->count * (DG_CONDITION_BINS - 1), sizeof *c->edges, &c->edges));
    return dg_allocate(sizes, sizeof *c->n_counts, &c->n_counts);
}

static digress_status add_name(dg_conditions *c, const char *name, size_t length) {
    if (length == 0 || c->count == DG_MOST_TARGETS)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.targets: expected up to %d names, such as [logP, weight]",
                        DG_MOST_TARGETS);
    c->names[c->count] = strndup(name, length);
    if (!c->names[c->count]) return dg_out_of_memory();
    c->count++;
    for (size_t k = 0; k + 1 < c->count; k++)
        if (strcmp(c->names[k], c->names[c->count - 1]) == 0)
            return dg_error(DIGRESS_ERROR_INPUT, "model.targets: '%s' stands in it twice",
                            c->names[k]);
    return DIGRESS_OK;
}

static digress_status begin(const char *list, size_t max_n, dg_conditions *out) {
    *out = (dg_conditions){.max_n = max_n};
    if (!list) return DIGRESS_OK;
    DG_TRY(dg_allocate(DG_MOST_TARGETS, sizeof *out->names, (void *)&out->names));
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        DG_TRY(add_name(out, at, length));
        at += length;
        if (*at == 0) return allocate(out);
    }
}

void dg_conditions_free(dg_conditions *c) {
    for (size_t k = 0; k < c->count; k++)
        free(c->names[k]);
    free(c->names);
    free(c->mean);
    free(c->deviation);
    free(c->edges);
    free(c->n_counts);
    *c = (dg_conditions){0};
}

bool dg_conditions_find(const dg_conditions *c, const char *name, size_t *out) {
    for (*out = 0; *out < c->count; ++*out)
        if (strcmp(c->names[*out], name) == 0) return true;
    return false;
}

/* ---- of a training set ---- */

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static size_t bin_of(const dg_conditions *c, size_t target, double value) {
    const double *edges = c->edges + target * (DG_CONDITION_BINS - 1);
    size_t bin = 0;
    while (bin + 1 < DG_CONDITION_BINS && value >= edges[bin])
        bin++;
    return bin;
}

static digress_status find_edges(const digress_graph_set *train, size_t of_set, size_t given,
                                 double *edges) {
    double *values = NULL;
    size_t count = 0;
    DG_TRY(dg_allocate(given, sizeof *values, &values));
    for (size_t g = 0; g < digress_graph_set_count(train); g++) {
        const double value = digress_graph_set_target(train, g, of_set);
        if (!isnan(value)) values[count++] = value;
    }
    qsort(values, count, sizeof *values, ascending);
    for (size_t k = 0; k + 1 < DG_CONDITION_BINS; k++)
        edges[k] = values[(k + 1) * count / DG_CONDITION_BINS];
    free(values);
    return DIGRESS_OK;
}

static digress_status measure(const digress_graph_set *train, size_t target, dg_conditions *c) {
    size_t of_set = 0;
    if (!digress_graph_set_find_target(train, c->names[target], &of_set))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.targets: the training set has no target '%s' (digress info lists "
                        "those that a set has)",
                        c->names[target]);
    const dg_target_statistics of = dg_target_statistics_of(train, of_set);
    if (of.given == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "model.targets: no training graph has a value of '%s'",
                        c->names[target]);
    c->mean[target] = of.mean;
    c->deviation[target] = of.deviation > 0 ? of.deviation : 1;
    DG_TRY(find_edges(train, of_set, of.given, c->edges + target * (DG_CONDITION_BINS - 1)));
    for (size_t g = 0; g < digress_graph_set_count(train); g++) {
        const double value = digress_graph_set_target(train, g, of_set);
        if (isnan(value)) continue;
        const size_t bin = target * DG_CONDITION_BINS + bin_of(c, target, value);
        c->n_counts[bin * (c->max_n + 1) + digress_graph_set_get(train, g).n]++;
    }
    return DIGRESS_OK;
}

digress_status dg_conditions_of(const char *list, const digress_graph_set *train, size_t max_n,
                                dg_conditions *out) {
    DG_TRY(begin(list, max_n, out));
    for (size_t k = 0; k < out->count; k++)
        DG_TRY(measure(train, k, out));
    return DIGRESS_OK;
}

/* ---- in a checkpoint ---- */

typedef struct part {
    const char *name;
    double *values;
    size_t rank, shape[3];
} part;

enum { PARTS = 4 };

static void parts_of(const dg_conditions *c, part out[PARTS]) {
    out[0] = (part){"targets.mean", c->mean, 1, {c->count}};
    out[1] = (part){"targets.deviation", c->deviation, 1, {c->count}};
    out[2] = (part){"targets.edges", c->edges, 2, {c->count, DG_CONDITION_BINS - 1}};
    out[3] =
        (part){"targets.n_counts", c->n_counts, 3, {c->count, DG_CONDITION_BINS, c->max_n + 1}};
}

digress_status dg_conditions_write(const dg_conditions *c, dg_tensor_writer *writer) {
    part parts[PARTS];
    parts_of(c, parts);
    for (size_t k = 0; c->count > 0 && k < PARTS; k++)
        DG_TRY(dg_tensor_writer_add(writer, parts[k].name, DG_F64, parts[k].rank, parts[k].shape,
                                    parts[k].values));
    return DIGRESS_OK;
}

static digress_status read_part(const part *to, const dg_tensor_file *file) {
    const dg_tensor *tensor = NULL;
    DG_TRY(dg_tensor_file_require(file, to->name, DG_F64, to->rank, to->shape, &tensor));
    memcpy(to->values, tensor->data, tensor->count * sizeof *to->values);
    for (size_t k = 0; k < tensor->count; k++)
        if (!isfinite(to->values[k]) || (to->rank == 3 && to->values[k] < 0))
            return dg_error(DIGRESS_ERROR_INPUT, "%s: tensor '%s': %g stands in it",
                            dg_tensor_file_path(file), to->name, to->values[k]);
    return DIGRESS_OK;
}

digress_status dg_conditions_read(const char *list, size_t max_n, const dg_tensor_file *file,
                                  dg_conditions *out) {
    part parts[PARTS];
    DG_TRY(begin(list, max_n, out));
    parts_of(out, parts);
    for (size_t k = 0; out->count > 0 && k < PARTS; k++)
        DG_TRY(read_part(&parts[k], file));
    for (size_t k = 0; k < out->count; k++)
        if (!(out->deviation[k] > 0))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s: tensor 'targets.deviation': expected positive numbers",
                            dg_tensor_file_path(file));
    return DIGRESS_OK;
}

/* ---- for a network ---- */

float dg_conditions_scale(const dg_conditions *c, size_t target, double value) {
    return (float)((value - c->mean[target]) / c->deviation[target]);
}

digress_status dg_conditions_rows(const dg_conditions *c, dg_arena *arena,
                                  const digress_graph_set *set, size_t count, const uint32_t *index,
                                  float **out) {
    *out = NULL;
    if (c->count == 0) return DIGRESS_OK;
    DG_TRY(dg_arena_allocate(arena, count * c->count, sizeof **out, out));
    for (size_t k = 0; k < c->count; k++) {
        size_t of_set = 0;
        const bool has = digress_graph_set_find_target(set, c->names[k], &of_set);
        for (size_t g = 0; g < count; g++)
            (*out)[g * c->count + k] =
                has ? dg_conditions_scale(c, k, digress_graph_set_target(set, index[g], of_set))
                    : NAN;
    }
    return DIGRESS_OK;
}

/* p(n | bin) / p(n) of one target, with one graph of p(n) added to the counts of the bin. */
static void weigh_by(const dg_conditions *c, size_t target, double value, size_t max_n,
                     const double *p_n, double *weights) {
    const double *counts =
        c->n_counts + (target * DG_CONDITION_BINS + bin_of(c, target, value)) * (c->max_n + 1);
    double total = 0;
    for (size_t n = 0; n <= c->max_n; n++)
        total += counts[n];
    for (size_t n = 0; n <= max_n; n++) {
        const double count = n <= c->max_n ? counts[n] : 0;
        if (p_n[n] > 0) weights[n] *= (count + p_n[n]) / (total + 1) / p_n[n];
    }
}

digress_status dg_conditions_weigh_sizes(const dg_conditions *c, const double *values, size_t max_n,
                                         double *weights) {
    double total = 0, *p_n = NULL;
    DG_TRY(dg_allocate(max_n + 1, sizeof *p_n, &p_n));
    for (size_t n = 0; n <= max_n; n++)
        total += weights[n];
    for (size_t n = 0; n <= max_n; n++)
        p_n[n] = weights[n] / total;
    for (size_t k = 0; k < c->count; k++)
        if (!isnan(values[k])) weigh_by(c, k, values[k], max_n, p_n, weights);
    free(p_n);
    return DIGRESS_OK;
}
