#include "eval/report_parts.h"

#include "core/log.h"
#include "core/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const dg_kernel_keys[DG_KERNEL_COUNT] = {
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

dg_estimate dg_quality_estimate(const dg_quality *quality, const dg_share *share) {
    if (quality->count + quality->unread.invalid + quality->unread.valid == 0)
        return (dg_estimate){NAN, {NAN, NAN}};
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
        dg_estimate estimate = dg_quality_estimate(quality, shares[k].share);
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
    add(&list, "sampled", "samples", COUNT, set->sampled > 0 ? (double)set->sampled : NAN);
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
            snprintf(key, sizeof key, "%s_%s", dg_kernel_keys[kernel], dg_descriptor_name(d));
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

/* Where each sample is a graph, their number says nothing new. */
static bool all_are_graphs(const column_list *list) {
    for (size_t k = 0; k < list->count; k++)
        if (list->columns[k].set->sampled > list->columns[k].set->count) return false;
    return true;
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
        dg_print(stream, " %*s", c->width, end_of(title_of(c), (size_t)c->width));
    }
    fprintf(stream, "\n");
    size_t lines = list->count ? list->columns[0].list.count : 0;
    for (size_t line = 0; line < lines; line++) {
        if (is_empty_line(list, line)) continue;
        if (strcmp(list->columns[0].list.metrics[line].key, "sampled") == 0 && all_are_graphs(list))
            continue;
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
        dg_print(stream, "%s: PGD by its %s, which tells it best from the test set\n", name,
                 dg_descriptor_name(pgd->best));
}

static void print_shares(FILE *stream, const char *name, const dg_compared_set *set) {
    dg_print(stream, "%s:", name);
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
    dg_print(
        stream,
        "%s: the fewer the graphs, the larger a squared MMD; take as many samples as train has "
        "(%zu) to compare the two\n",
        name, train->count);
}

digress_status dg_report_check(FILE *stream) {
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
    return dg_report_check(stream);
}

/* ---- CSV ---- */

static void print_quoted(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', stream);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, stream);
    }
    fputc('"', stream);
}

static void print_number(FILE *stream, double value) {
    char text[32] = "";
    if (isfinite(value)) dg_number_text(value, 17, text, sizeof text);
    fprintf(stream, ",%s", text);
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
    return dg_report_check(stream);
}
