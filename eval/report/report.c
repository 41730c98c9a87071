#include "eval/report/report_parts.h"

#include "core/log.h"

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

enum { MOST_METRICS = 50 + DG_KERNEL_COUNT * DG_DESCRIPTOR_COUNT };
typedef struct metric_list {
    size_t count;
    metric metrics[MOST_METRICS];
} metric_list;

static metric *add_metric(metric_list *list, const char *key, const char *label, metric_style style,
                          double value) {
    metric *added = &list->metrics[list->count++];
    *added = (metric){.style = style, .estimate = {value, {NAN, NAN}}};
    snprintf(added->key, sizeof added->key, "%s", key);
    snprintf(added->label, sizeof added->label, "%s", label);
    return added;
}

static void add_estimate(metric_list *list, const char *key, const char *label, metric_style style,
                         const dg_estimate *estimate) {
    metric *added = add_metric(list, key, label, style, estimate->value);
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
                  {"vun", "valid unique novel", &quality->share_vun}};
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        dg_estimate estimate = dg_quality_estimate(quality, shares[k].share);
        add_estimate(list, shares[k].key, shares[k].label, SHARE, &estimate);
    }
}

static double number_of(const dg_molecule_metrics *molecules, double value) {
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
            number_of(molecules, share->share),
            {number_of(molecules, share->low), number_of(molecules, share->high)}};
        add_estimate(list, shares[k].key, shares[k].label, SHARE, &estimate);
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        add_metric(list, numbers[k].key, numbers[k].label, numbers[k].style,
                   number_of(molecules, numbers[k].value));
}

/* The same keys in the same order for every set. */
static metric_list metrics_of(const dg_compared_set *set) {
    metric_list list = {0};
    add_metric(&list, "count", "graphs", COUNT, (double)set->count);
    add_metric(&list, "sampled", "samples", COUNT, set->sampled > 0 ? (double)set->sampled : NAN);
    add_metric(&list, "nodes", "nodes", MEAN, set->nodes);
    add_metric(&list, "edges", "edges", MEAN, set->edges);
    add_metric(&list, "degree", "degree", MEAN, set->degree);
    add_metric(&list, "clustering", "clustering", MEAN, set->clustering);
    add_metric(&list, "triangles", "triangles", MEAN, set->triangles);
    add_metric(&list, "components", "components", MEAN, set->components);
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
    add_metric(&list, "tv_nodes", "TV of sizes", RATIO, set->tv_nodes);
    add_metric(&list, "tv_node_class", "TV of node classes", RATIO, set->tv_node_class);
    add_metric(&list, "tv_edge_class", "TV of edge classes", RATIO, set->tv_edge_class);
    add_quality(&list, &set->quality);
    add_molecules(&list, &set->molecules);
    return list;
}

/* ---- the sets ---- */

enum { TABLE_WIDTH = 80, PLAIN_WIDTH = 9, INTERVAL_WIDTH = 20 };

typedef struct column {
    const char *kind, *name;
    const dg_compared_set *set;
    metric_list list;
    char title[32]; /* of the table */
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
                                            .width = samples ? INTERVAL_WIDTH : PLAIN_WIDTH,
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

/* The short table has sizes, and numbers with an interval. */
static bool is_shown(const metric *m, bool full) {
    return full || m->interval || m->style == COUNT || strcmp(m->key, "nodes") == 0 ||
           strcmp(m->key, "edges") == 0;
}

/* If every sample has a graph, the number of samples needs no line. */
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

/* Which lines are printed, as lines[0 .. count - 1]; the width of their labels. */
typedef struct line_list {
    size_t count, lines[MOST_METRICS];
    int width;
} line_list;

static line_list lines_of(const column_list *list, bool full) {
    line_list shown = {0};
    for (size_t line = 0; list->count > 0 && line < list->columns[0].list.count; line++) {
        const metric *m = &list->columns[0].list.metrics[line];
        const int width = (int)strlen(m->label);
        if (!is_shown(m, full) || is_empty_line(list, line)) continue;
        if (strcmp(m->key, "sampled") == 0 && all_are_graphs(list)) continue;
        shown.lines[shown.count++] = line;
        if (width > shown.width) shown.width = width;
    }
    return shown;
}

/* A name that is wider than its column is printed above the table, and the column gets a number
 * instead. */
static void name_columns(FILE *stream, column_list *list) {
    size_t long_names = 0;
    for (size_t k = 0; k < list->count; k++) {
        column *c = &list->columns[k];
        const char *title = strcmp(c->kind, "reference") == 0 ? "test set"
                            : strcmp(c->kind, "train") == 0   ? "train"
                            : strcmp(c->kind, "er") == 0      ? "Erdos-R."
                                                              : c->name;
        const bool fits = strlen(title) <= (size_t)c->width;
        if (fits) {
            snprintf(c->title, sizeof c->title, "%s", title);
            continue;
        }
        snprintf(c->title, sizeof c->title, "[%zu]", ++long_names);
        dg_print(stream, "%s %s\n", c->title, c->name);
    }
}

static bool is_sample(const column *c) {
    return strcmp(c->kind, "samples") == 0;
}

/* Chooses the columns of a block: the test set and train, which are in every block, and as many
 * sets of samples, from `first` on, as fit beside them. Returns the first that does not fit. */
static size_t choose_block(const column_list *list, int width, size_t first, bool *in_block) {
    bool full = false, any = false;
    size_t next = list->count;
    for (size_t k = 0; k < list->count; k++) {
        in_block[k] = !is_sample(&list->columns[k]) && strcmp(list->columns[k].kind, "er") != 0;
        if (in_block[k]) width += 1 + list->columns[k].width;
    }
    for (size_t k = first; k < list->count; k++) {
        if (in_block[k]) continue;
        width += 1 + list->columns[k].width;
        full = full || (any && width > TABLE_WIDTH);
        if (full && next == list->count) next = k;
        in_block[k] = any = !full || in_block[k];
        if (full) break;
    }
    return next;
}

static void print_block(FILE *stream, const column_list *list, const line_list *lines,
                        const bool *in_block) {
    fprintf(stream, "%-*s", lines->width, "");
    for (size_t k = 0; k < list->count; k++)
        if (in_block[k]) dg_print(stream, " %*s", list->columns[k].width, list->columns[k].title);
    fprintf(stream, "\n");
    for (size_t line = 0; line < lines->count; line++) {
        const size_t number = lines->lines[line];
        fprintf(stream, "%-*s", lines->width, list->columns[0].list.metrics[number].label);
        for (size_t k = 0; k < list->count; k++) {
            const column *c = &list->columns[k];
            char cell[64];
            if (!in_block[k]) continue;
            format_cell(&c->list.metrics[number], c->intervals, cell, sizeof cell);
            fprintf(stream, " %*s", c->width, cell);
        }
        fprintf(stream, "\n");
    }
}

static digress_status print_blocks(FILE *stream, column_list *list, bool full) {
    const line_list lines = lines_of(list, full);
    bool *in_block = NULL;
    DG_TRY(dg_allocate(list->count, sizeof *in_block, &in_block));
    name_columns(stream, list);
    for (size_t first = 0; first < list->count;) {
        if (first > 0) fprintf(stream, "\n");
        first = choose_block(list, lines.width, first, in_block);
        print_block(stream, list, &lines, in_block);
    }
    free(in_block);
    return DIGRESS_OK;
}

static void print_best(FILE *stream, const column *c) {
    if (c->set->pgd.value > 0.0)
        dg_print(stream, "%s: PGD by its %s, which tells it best\n", c->title,
                 dg_descriptor_name(c->set->pgd.best));
}

static void print_shares(FILE *stream, const char *name, const dg_compared_set *set) {
    dg_print(stream, "%s, of the way from Erdos-Renyi to train:\n ", name);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        fprintf(stream, "%s %s ", d ? "," : "", dg_descriptor_name(d));
        if (isfinite(set->share[d])) {
            fprintf(stream, "%.3f", set->share[d]);
        } else {
            fprintf(stream, "-");
        }
    }
    fprintf(stream, "\n");
}

/* By their sizes alone, two sets of a and b graphs can have an MMD of up to 1/a + 1/b. So the
 * samples' MMD can be compared with train's only if there are as many of both. */
static void print_notes(FILE *stream, const column_list *list, const dg_comparison *comparison) {
    bool other_count = false;
    for (size_t k = 0; k < list->count; k++) {
        const column *c = &list->columns[k];
        if (!is_sample(c)) continue;
        print_best(stream, c);
        if (!comparison->has_reference || !comparison->has_train) continue;
        if (c->set->count != comparison->train.count)
            other_count = true;
        else if (comparison->has_baseline)
            print_shares(stream, c->title, c->set);
    }
    if (other_count)
        fprintf(stream,
                "the fewer the graphs, the larger a squared MMD: take as many samples as train\n"
                "has (%zu) to compare the two\n",
                comparison->train.count);
}

digress_status dg_report_table(FILE *stream, const dg_comparison *comparison,
                               const dg_report_names *names, bool full) {
    column_list list;
    DG_TRY(list_columns(comparison, names, &list));
    digress_status status = print_blocks(stream, &list, full);
    if (status == DIGRESS_OK) print_notes(stream, &list, comparison);
    free(list.columns);
    return status == DIGRESS_OK ? dg_report_check(stream) : status;
}

/* ---- CSV ---- */

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
    dg_csv_target_names(stream, comparison);
    fprintf(stream, "\n");
    for (size_t k = 0; k < list.count; k++) {
        const column *c = &list.columns[k];
        fprintf(stream, "%s,", c->kind);
        dg_csv_text(stream, c->name);
        for (size_t m = 0; m < c->list.count; m++) {
            const metric *entry = &c->list.metrics[m];
            dg_csv_number(stream, entry->estimate.value);
            if (!entry->interval) continue;
            dg_csv_number(stream, entry->estimate.interval[0]);
            dg_csv_number(stream, entry->estimate.interval[1]);
        }
        dg_csv_targets(stream, comparison, &c->set->targets);
        fprintf(stream, "\n");
    }
    free(list.columns);
    return dg_report_check(stream);
}
