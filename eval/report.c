#include "eval/report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kernel_keys[DG_KERNEL_COUNT] = {
    [DG_KERNEL_TV] = "mmd", [DG_KERNEL_EMD] = "mmd_emd", [DG_KERNEL_RBF] = "mmd_rbf"};
static const char *const kernel_labels[DG_KERNEL_COUNT] = {
    [DG_KERNEL_TV] = "MMD", [DG_KERNEL_EMD] = "EMD", [DG_KERNEL_RBF] = "RBF"};

/* ---- a set's numbers, one by one ---- */

typedef enum metric_style { COUNT, MEAN, DISTANCE, RATIO, BOUND, SHARE } metric_style;

typedef struct metric {
    char key[32], label[32];
    metric_style style;
    bool interval;
    dg_estimate estimate;
} metric;

enum { MOST_METRICS = 80 };
typedef struct metric_list {
    size_t count;
    metric metrics[MOST_METRICS];
} metric_list;

static metric *add(metric_list *list, const char *key, const char *label, metric_style style,
                   double value) {
    metric *added = &list->metrics[list->count++];
    *added = (metric){.style = style, .estimate = {value, {NAN, NAN}}};
    snprintf(added->key, sizeof added->key, "%s", key);
    snprintf(added->label, sizeof added->label, "%s", label);
    return added;
}

static void add_estimate(metric_list *list, const char *key, const char *label, metric_style style,
                         const dg_estimate *estimate) {
    metric *added = add(list, key, label, style, estimate->value);
    added->interval = true;
    added->estimate = *estimate;
}

static dg_estimate estimate_of(const dg_quality *quality, const dg_share *share) {
    if (quality->count == 0) return (dg_estimate){NAN, {NAN, NAN}};
    return (dg_estimate){share->share, {share->low, share->high}};
}

static void add_quality(metric_list *list, const dg_quality *quality) {
    const struct {
        const char *key, *label;
        const dg_share *share;
    } shares[] = {{"valid", "valid", &quality->share_valid},
                  {"unique", "unique", &quality->share_unique},
                  {"novel", "novel", &quality->share_novel},
                  {"vun", "valid, unique, novel", &quality->share_vun}};
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        dg_estimate estimate = estimate_of(quality, shares[k].share);
        add_estimate(list, shares[k].key, shares[k].label, SHARE, &estimate);
    }
}

static double value_of(const dg_molecule_metrics *molecules, double value) {
    return molecules->count > 0 ? value : NAN;
}

static void add_molecules(metric_list *list, const dg_molecule_metrics *molecules) {
    const struct {
        const char *key, *label;
        const dg_share *share;
    } shares[] = {{"validity", "molecules: valid", &molecules->validity},
                  {"relaxed_validity", "  relaxed valid", &molecules->relaxed_validity},
                  {"uniqueness", "  unique of these", &molecules->uniqueness},
                  {"novelty", "  novel of these", &molecules->novelty}};
    const struct {
        const char *key, *label;
        metric_style style;
        double value;
    } numbers[] = {
        {"stable_atoms", "  stable atoms", SHARE, molecules->stable_atoms},
        {"stable_molecules", "  stable molecules", SHARE, molecules->stable_molecules},
        {"mae_n", "  MAE of sizes", DISTANCE, molecules->mae_train[DG_HISTOGRAM_N]},
        {"mae_atoms", "  MAE of atoms", DISTANCE, molecules->mae_train[DG_HISTOGRAM_ATOMS]},
        {"mae_bonds", "  MAE of bonds", DISTANCE, molecules->mae_train[DG_HISTOGRAM_BONDS]},
        {"mae_valency", "  MAE of valencies", DISTANCE, molecules->mae_train[DG_HISTOGRAM_VALENCY]},
        {"logp", "  logP", RATIO, molecules->property_mean[DG_PROPERTY_LOGP]},
        {"tpsa", "  TPSA", RATIO, molecules->property_mean[DG_PROPERTY_TPSA]},
        {"weight", "  weight", RATIO, molecules->property_mean[DG_PROPERTY_WEIGHT]},
        {"rings", "  rings", RATIO, molecules->property_mean[DG_PROPERTY_RINGS]},
        {"w1_logp", "  W1 of logP", RATIO, molecules->property_distance[DG_PROPERTY_LOGP]},
        {"w1_tpsa", "  W1 of TPSA", RATIO, molecules->property_distance[DG_PROPERTY_TPSA]},
        {"w1_weight", "  W1 of weight", RATIO, molecules->property_distance[DG_PROPERTY_WEIGHT]},
        {"w1_rings", "  W1 of rings", RATIO, molecules->property_distance[DG_PROPERTY_RINGS]},
        {"internal_diversity", "  internal diversity", RATIO, molecules->internal_diversity},
        {"mmd_fingerprint", "  MMD fingerprints", DISTANCE, molecules->fingerprint_mmd}};
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        const dg_share *share = shares[k].share;
        const dg_estimate estimate = {
            value_of(molecules, share->share),
            {value_of(molecules, share->low), value_of(molecules, share->high)}};
        add_estimate(list, shares[k].key, shares[k].label, SHARE, &estimate);
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        add(list, numbers[k].key, numbers[k].label, numbers[k].style,
            value_of(molecules, numbers[k].value));
}

/* The same keys in the same order for every set. */
static metric_list metrics_of(const dg_compared_set *set) {
    metric_list list = {0};
    add(&list, "count", "graphs", COUNT, (double)set->count);
    add(&list, "nodes", "nodes", MEAN, set->nodes);
    add(&list, "edges", "edges", MEAN, set->edges);
    add(&list, "degree", "degree", MEAN, set->degree);
    add(&list, "clustering", "clustering", MEAN, set->clustering);
    add(&list, "triangles", "triangles", MEAN, set->triangles);
    add(&list, "components", "components", MEAN, set->components);
    for (size_t kernel = 0; kernel < DG_KERNEL_COUNT; kernel++)
        for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
            char key[32], label[32];
            if (!dg_kernel_defined(kernel, d)) continue;
            snprintf(key, sizeof key, "%s_%s", kernel_keys[kernel], dg_descriptor_name(d));
            snprintf(label, sizeof label, "%s %s", kernel_labels[kernel], dg_descriptor_name(d));
            add_estimate(&list, key, label, DISTANCE, &set->mmd[kernel][d]);
        }
    add_estimate(&list, "ratio", "ratio to train", RATIO, &set->ratio);
    add_estimate(&list, "ratio_4", "  without wavelet", RATIO, &set->ratio_4);
    const dg_estimate pgd = {set->pgd.value, {set->pgd.interval[0], set->pgd.interval[1]}};
    add_estimate(&list, "pgd", "PGD", BOUND, &pgd);
    add(&list, "tv_nodes", "TV of sizes", RATIO, set->tv_nodes);
    add(&list, "tv_node_class", "TV of node classes", RATIO, set->tv_node_class);
    add(&list, "tv_edge_class", "TV of edge classes", RATIO, set->tv_edge_class);
    add_quality(&list, &set->quality);
    add_molecules(&list, &set->molecules);
    return list;
}

/* ---- the sets ---- */

typedef struct column {
    const char *kind, *name;
    const dg_compared_set *set;
    metric_list list;
    int width;
    bool intervals;
} column;

typedef struct column_list {
    size_t count;
    column *columns;
} column_list;

static void add_column(column_list *list, const char *kind, const char *name,
                       const dg_compared_set *set) {
    bool samples = strcmp(kind, "samples") == 0;
    list->columns[list->count++] = (column){.kind = kind,
                                            .name = name,
                                            .set = set,
                                            .list = metrics_of(set),
                                            .width = samples ? 23 : 12,
                                            .intervals = samples};
}

/* The caller frees out->columns. */
static digress_status list_columns(const dg_comparison *comparison, const dg_report_names *names,
                                   column_list *out) {
    column_list list = {0};
    DG_TRY(dg_allocate(comparison->sample_sets + 3, sizeof *list.columns, &list.columns));
    if (comparison->has_reference)
        add_column(&list, "reference", names->reference, &comparison->reference);
    if (comparison->has_train) add_column(&list, "train", names->train, &comparison->train);
    for (size_t k = 0; k < comparison->sample_sets; k++)
        add_column(&list, "samples", names->samples[k], &comparison->samples[k]);
    if (comparison->has_baseline) add_column(&list, "er", "Erdos-Renyi", &comparison->baseline);
    *out = list;
    return DIGRESS_OK;
}

/* ---- the table ---- */

enum { LABEL_WIDTH = 21 };

static void format_cell(const metric *m, bool interval, char *out, size_t size) {
    double value = m->estimate.value, low = m->estimate.interval[0], high = m->estimate.interval[1];
    interval = interval && isfinite(low) && isfinite(high);
    if (!isfinite(value)) {
        snprintf(out, size, "-");
    } else if (m->style == COUNT) {
        snprintf(out, size, "%.0f", value);
    } else if (m->style == SHARE && interval) {
        snprintf(out, size, "%.1f %% (%.1f-%.1f)", 100.0 * value, 100.0 * low, 100.0 * high);
    } else if (m->style == SHARE) {
        snprintf(out, size, "%.1f %%", 100.0 * value);
    } else if (m->style == BOUND && interval) {
        snprintf(out, size, "%.3f (%.3f-%.3f)", value, low, high);
    } else {
        int digits = m->style == DISTANCE ? 6 : m->style >= RATIO ? 3 : fabs(value) < 10.0 ? 3 : 2;
        int length = snprintf(out, size, "%.*f", digits, value);
        if (interval && length > 0 && (size_t)length < size)
            snprintf(out + length, size - (size_t)length, " +- %.*f", digits, high - value);
    }
}

static const char *end_of(const char *text, size_t length) {
    size_t all = strlen(text);
    return all > length ? text + all - length : text;
}

static const char *title_of(const column *c) {
    if (strcmp(c->kind, "reference") == 0) return "test set";
    if (strcmp(c->kind, "train") == 0) return "train";
    return c->name;
}

static bool is_empty_line(const column_list *list, size_t line) {
    for (size_t k = 0; k < list->count; k++)
        if (isfinite(list->columns[k].list.metrics[line].estimate.value)) return false;
    return true;
}

static void print_lines(FILE *stream, const column_list *list) {
    fprintf(stream, "%-*s", LABEL_WIDTH, "");
    for (size_t k = 0; k < list->count; k++) {
        const column *c = &list->columns[k];
        fprintf(stream, " %*s", c->width, end_of(title_of(c), (size_t)c->width));
    }
    fprintf(stream, "\n");
    size_t lines = list->count ? list->columns[0].list.count : 0;
    for (size_t line = 0; line < lines; line++) {
        if (is_empty_line(list, line)) continue;
        fprintf(stream, "%-*s", LABEL_WIDTH, list->columns[0].list.metrics[line].label);
        for (size_t k = 0; k < list->count; k++) {
            const column *c = &list->columns[k];
            char cell[64];
            format_cell(&c->list.metrics[line], c->intervals, cell, sizeof cell);
            fprintf(stream, " %*s", c->width, cell);
        }
        fprintf(stream, "\n");
    }
}

static void print_best(FILE *stream, const char *name, const dg_pgd *pgd) {
    if (pgd->value > 0.0)
        fprintf(stream, "%s: PGD by its %s, which tells it best from the test set\n", name,
                dg_descriptor_name(pgd->best));
}

static void print_shares(FILE *stream, const char *name, const dg_compared_set *set) {
    fprintf(stream, "%s:", name);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        fprintf(stream, "%s %s ", d ? "," : "", dg_descriptor_name(d));
        if (isfinite(set->share[d])) {
            fprintf(stream, "%.3f", set->share[d]);
        } else {
            fprintf(stream, "-");
        }
    }
    fprintf(stream, " of the way from Erdos-Renyi to train\n");
}

/* Two sets of a and b graphs are up to 1/a + 1/b apart for their size alone: train and samples
 * stand on one scale where there are as many of both. */
static void print_scale(FILE *stream, const char *name, const dg_compared_set *set,
                        const dg_compared_set *train) {
    if (set->count == train->count) {
        print_shares(stream, name, set);
        return;
    }
    fprintf(stream,
            "%s: the fewer the graphs, the larger a squared MMD; take as many samples as train has "
            "(%zu) to compare the two\n",
            name, train->count);
}

static digress_status check_stream(FILE *stream) {
    if (fflush(stream) == 0 && !ferror(stream)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_IO, "cannot write the comparison");
}

digress_status dg_report_table(FILE *stream, const dg_comparison *comparison,
                               const dg_report_names *names) {
    column_list list;
    DG_TRY(list_columns(comparison, names, &list));
    print_lines(stream, &list);
    free(list.columns);
    for (size_t k = 0; k < comparison->sample_sets; k++)
        print_best(stream, names->samples[k], &comparison->samples[k].pgd);
    if (comparison->has_baseline && comparison->has_train) {
        for (size_t k = 0; k < comparison->sample_sets; k++)
            print_scale(stream, names->samples[k], &comparison->samples[k], &comparison->train);
    }
    return check_stream(stream);
}

/* ---- CSV ---- */

static void print_quoted(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void print_number(FILE *stream, double value) {
    fputc(',', stream);
    if (isfinite(value)) fprintf(stream, "%.17g", value);
}

digress_status dg_report_csv(FILE *stream, const dg_comparison *comparison,
                             const dg_report_names *names) {
    column_list list;
    DG_TRY(list_columns(comparison, names, &list));
    fprintf(stream, "set,path");
    for (size_t m = 0; list.count > 0 && m < list.columns[0].list.count; m++) {
        const metric *entry = &list.columns[0].list.metrics[m];
        fprintf(stream, ",%s", entry->key);
        if (entry->interval) fprintf(stream, ",%s_low,%s_high", entry->key, entry->key);
    }
    fprintf(stream, "\n");
    for (size_t k = 0; k < list.count; k++) {
        const column *c = &list.columns[k];
        fprintf(stream, "%s,", c->kind);
        print_quoted(stream, c->name);
        for (size_t m = 0; m < c->list.count; m++) {
            const metric *entry = &c->list.metrics[m];
            print_number(stream, entry->estimate.value);
            if (!entry->interval) continue;
            print_number(stream, entry->estimate.interval[0]);
            print_number(stream, entry->estimate.interval[1]);
        }
        fprintf(stream, "\n");
    }
    free(list.columns);
    return check_stream(stream);
}

/* ---- JSON ---- */

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval_of(const double interval[2]) {
    if (!isfinite(interval[0]) || !isfinite(interval[1])) return json_null();
    return json_pack("[f, f]", interval[0], interval[1]);
}

static void set_estimate(json_t *object, const char *key, const dg_estimate *estimate) {
    char interval_key[64];
    snprintf(interval_key, sizeof interval_key, "%s_interval", key);
    json_object_set_new(object, key, number(estimate->value));
    json_object_set_new(object, interval_key, interval_of(estimate->interval));
}

/* "mmd": {"degree": ...}, "mmd_interval": {"degree": [.., ..], ...} */
static void set_mmds(json_t *object, dg_kernel kernel, const dg_compared_set *set) {
    char interval_key[64];
    json_t *values = json_object(), *intervals = json_object();
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        const dg_estimate *estimate = &set->mmd[kernel][d];
        json_object_set_new(values, dg_descriptor_name(d), number(estimate->value));
        json_object_set_new(intervals, dg_descriptor_name(d), interval_of(estimate->interval));
    }
    snprintf(interval_key, sizeof interval_key, "%s_interval", kernel_keys[kernel]);
    json_object_set_new(object, kernel_keys[kernel], values);
    json_object_set_new(object, interval_key, intervals);
}

static json_t *set_json(const char *path, const dg_compared_set *set) {
    json_t *object = json_object();
    if (path) json_object_set_new(object, "path", json_string(path));
    json_object_set_new(object, "count", json_integer((json_int_t)set->count));
    json_object_set_new(object, "mean",
                        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "n", number(set->nodes),
                                  "edges", number(set->edges), "degree", number(set->degree),
                                  "clustering", number(set->clustering), "triangles",
                                  number(set->triangles), "components", number(set->components)));
    for (size_t kernel = 0; kernel < DG_KERNEL_COUNT; kernel++)
        set_mmds(object, kernel, set);
    json_object_set_new(object, "tv",
                        json_pack("{s:o, s:o, s:o}", "n", number(set->tv_nodes), "node_class",
                                  number(set->tv_node_class), "edge_class",
                                  number(set->tv_edge_class)));
    return object;
}

static json_t *flags(const bool *values, size_t count) {
    if (!values) return json_null();
    json_t *array = json_array();
    for (size_t k = 0; k < count; k++)
        json_array_append_new(array, json_boolean(values[k]));
    return array;
}

static void set_quality(json_t *object, const dg_quality *quality) {
    const struct {
        const char *key;
        const dg_share *share;
    } shares[] = {{"unique", &quality->share_unique},
                  {"novel", &quality->share_novel},
                  {"unique_novel", &quality->share_unique_novel},
                  {"valid", &quality->share_valid},
                  {"vun", &quality->share_vun}};
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        dg_estimate estimate = estimate_of(quality, shares[k].share);
        set_estimate(object, shares[k].key, &estimate);
    }
    json_object_set_new(object, "per_graph_valid", flags(quality->valid, quality->count));
    json_object_set_new(object, "per_graph_unique", flags(quality->unique, quality->count));
    json_object_set_new(object, "per_graph_novel", flags(quality->novel, quality->count));
}

static void set_discrepancy(json_t *object, const dg_pgd *pgd) {
    const dg_estimate estimate = {pgd->value, {pgd->interval[0], pgd->interval[1]}};
    json_t *by = json_object();
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (isfinite(pgd->by[d]))
            json_object_set_new(by, dg_descriptor_name(d), number(pgd->by[d]));
    set_estimate(object, "pgd", &estimate);
    json_object_set_new(object, "pgd_descriptor",
                        isfinite(pgd->value) ? json_string(dg_descriptor_name(pgd->best))
                                             : json_null());
    json_object_set_new(object, "pgd_by_descriptor", by);
}

/* {"validity": .., "validity_interval": [.., ..]} */
static void set_share(json_t *object, const char *key, const dg_share *share) {
    const dg_estimate estimate = {share->share, {share->low, share->high}};
    set_estimate(object, key, &estimate);
}

static json_t *texts(char *const *values, size_t count) {
    json_t *array = json_array();
    for (size_t k = 0; k < count; k++)
        json_array_append_new(array, values[k] ? json_string(values[k]) : json_null());
    return array;
}

static json_t *validities(char *const *smiles, size_t count) {
    json_t *array = json_array();
    for (size_t k = 0; k < count; k++)
        json_array_append_new(array, json_boolean(smiles[k] != NULL));
    return array;
}

static json_t *named_numbers(size_t count, const char *(*name)(size_t), const double *values) {
    json_t *object = json_object();
    for (size_t k = 0; k < count; k++)
        json_object_set_new(object, name(k), number(values[k]));
    return object;
}

static const char *histogram_name(size_t histogram) {
    return dg_histogram_name((dg_histogram_id)histogram);
}

static const char *property_name(size_t property) {
    return dg_property_names[property];
}

static json_t *histograms_json(const dg_histograms *histograms) {
    json_t *object = json_object();
    for (size_t h = 0; h < DG_HISTOGRAMS; h++) {
        json_t *bins = json_array();
        for (size_t k = 0; k < histograms->length[h]; k++)
            json_array_append_new(bins, number(histograms->values[h][k]));
        json_object_set_new(object, histogram_name(h), bins);
    }
    return object;
}

static void set_verdicts(json_t *object, const dg_chemistry *chemistry) {
    json_t *complaints = json_array(), *reasons = json_array();
    for (size_t k = 0; k < chemistry->count; k++) {
        const dg_verdict *verdict = &chemistry->verdicts[k];
        json_array_append_new(complaints, json_integer((json_int_t)verdict->complaint));
        json_array_append_new(reasons,
                              verdict->complaint ? json_string(verdict->reason) : json_null());
    }
    json_object_set_new(object, "per_graph_valid", validities(chemistry->smiles, chemistry->count));
    json_object_set_new(object, "per_graph_relaxed_valid",
                        validities(chemistry->relaxed, chemistry->count));
    json_object_set_new(object, "per_graph_complaint", complaints);
    json_object_set_new(object, "per_graph_reason", reasons);
    json_object_set_new(object, "per_graph_smiles", texts(chemistry->smiles, chemistry->count));
    json_object_set_new(object, "per_graph_relaxed_smiles",
                        texts(chemistry->relaxed, chemistry->count));
}

static json_t *molecules_json(const dg_compared_set *set) {
    const dg_molecule_metrics *molecules = &set->molecules;
    if (molecules->count == 0) return json_null();
    json_t *object = json_object();
    set_share(object, "validity", &molecules->validity);
    set_share(object, "relaxed_validity", &molecules->relaxed_validity);
    set_share(object, "uniqueness", &molecules->uniqueness);
    set_share(object, "novelty", &molecules->novelty);
    set_share(object, "uniqueness_of_valid", &molecules->uniqueness_of_valid);
    set_share(object, "novelty_of_valid", &molecules->novelty_of_valid);
    json_object_set_new(object, "mean_components", number(set->components));
    json_object_set_new(
        object, "reference_components",
        json_pack("{s:I, s:o, s:o, s:o}", "over", (json_int_t)molecules->fragments.over, "min",
                  number(molecules->fragments.minimum), "mean", number(molecules->fragments.mean),
                  "max", number(molecules->fragments.maximum)));
    json_object_set_new(object, "stable_atoms", number(molecules->stable_atoms));
    json_object_set_new(object, "stable_molecules", number(molecules->stable_molecules));
    json_object_set_new(object, "distributions", histograms_json(&molecules->histograms));
    json_object_set_new(object, "mae_to_train",
                        named_numbers(DG_HISTOGRAMS, histogram_name, molecules->mae_train));
    json_object_set_new(object, "mae_to_reference",
                        named_numbers(DG_HISTOGRAMS, histogram_name, molecules->mae_reference));
    json_object_set_new(object, "property_mean",
                        named_numbers(DG_PROPERTIES, property_name, molecules->property_mean));
    json_object_set_new(object, "property_distance",
                        named_numbers(DG_PROPERTIES, property_name, molecules->property_distance));
    json_object_set_new(object, "internal_diversity", number(molecules->internal_diversity));
    json_object_set_new(object, "fingerprint_mmd", number(molecules->fingerprint_mmd));
    set_verdicts(object, &molecules->chemistry);
    return object;
}

static json_t *sample_json(const char *path, const dg_compared_set *set) {
    json_t *object = set_json(path, set), *shares = json_object();
    set_estimate(object, "ratio", &set->ratio);
    set_estimate(object, "ratio_4", &set->ratio_4);
    set_discrepancy(object, &set->pgd);
    set_quality(object, &set->quality);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        json_object_set_new(shares, dg_descriptor_name(d), number(set->share[d]));
    json_object_set_new(object, "share", shares);
    json_object_set_new(object, "molecules", molecules_json(set));
    return object;
}

digress_status dg_report_json(FILE *stream, const dg_comparison *comparison,
                              const dg_report_names *names) {
    json_t *samples = json_array();
    for (size_t k = 0; k < comparison->sample_sets; k++)
        json_array_append_new(samples, sample_json(names->samples[k], &comparison->samples[k]));
    bool has_reference = comparison->has_reference, has_baseline = comparison->has_baseline;
    json_t *report = json_pack(
        "{s:o, s:o, s:o, s:o}", "reference",
        has_reference ? set_json(names->reference, &comparison->reference) : json_null(), "train",
        comparison->has_train ? set_json(names->train, &comparison->train) : json_null(), "er",
        has_baseline ? set_json(NULL, &comparison->baseline) : json_null(), "samples", samples);
    if (!report) return dg_error(DIGRESS_ERROR_MEMORY, "out of memory");
    int failed = json_dumpf(report, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(report);
    fprintf(stream, "\n");
    if (failed) return dg_error(DIGRESS_ERROR_IO, "cannot write the comparison as JSON");
    return check_stream(stream);
}
