#include "cli/info.h"
#include "cli/info_json.h"
#include "cli/info_targets.h"

#include "chem/molecule.h"
#include "cli/read_options.h"
#include "core/log.h"
#include "datasets/molecules.h"
#include "eval/validity/validity.h"
#include "graph/dataset.h"
#include "graph/io/skipped.h"
#include "graph/statistics.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_CLASSES = 12 };

static size_t smallest_n(const dg_statistics *statistics) {
    size_t n = 1;
    while (n < statistics->max_n && statistics->n_histogram[n] == 0)
        n++;
    return n;
}

/* Judging this many molecules takes a second or two. */
enum { MOST_JUDGED = 5000 };

static dg_rule rule_to_show(const char *kind, const digress_graph_set *set) {
    dg_alphabet alphabet;
    dg_rule rule = kind ? dg_rule_of_kind(kind) : DG_RULE_NONE;
    if (rule != DG_RULE_NONE || !dg_rdkit_version()) return rule;
    return dg_alphabet_of(set, &alphabet) ? DG_RULE_MOLECULE : DG_RULE_NONE;
}

static void print_head(dg_rule rule) {
    printf("%-8s %8s %6s %9s %6s %10s %9s %10s", "", "graphs", "n min", "mean", "max", "edges",
           "density", "connected");
    if (rule != DG_RULE_NONE) printf("  valid (%s), 95%% interval", dg_rule_name(rule));
    printf("\n");
}

/* Takes every step-th graph of the set. */
static digress_status take_some(const digress_graph_set *set, size_t step,
                                digress_graph_set **out) {
    digress_status status = DIGRESS_OK;
    DG_TRY(digress_graph_set_create_like(set, out));
    for (size_t k = 0; k < digress_graph_set_count(set) && status == DIGRESS_OK; k += step) {
        digress_graph graph = digress_graph_set_get(set, k);
        status = digress_graph_set_append(*out, graph.n, graph.node_class, graph.pair_class);
    }
    return status;
}

/* The share of valid graphs. Of a large set of molecules only *judged are looked at. */
static digress_status share_valid(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                                  size_t *judged, dg_share *out) {
    digress_graph_set *some = NULL;
    *judged = digress_graph_set_count(set);
    if (rule != DG_RULE_MOLECULE || *judged <= MOST_JUDGED)
        return dg_share_valid(pool, rule, set, out);
    digress_status status = take_some(set, (*judged - 1) / MOST_JUDGED + 1, &some);
    if (status == DIGRESS_OK) status = dg_share_valid(pool, rule, some, out);
    if (some) *judged = digress_graph_set_count(some);
    digress_graph_set_free(some);
    return status;
}

/* The numbers in a row: one part of a set. */
typedef struct figures {
    dg_statistics statistics; /* freed by whoever measures */
    dg_share connected, valid;
    size_t judged;
} figures;

static digress_status measure_set(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                                  figures *out) {
    DG_TRY(dg_share_valid(pool, DG_RULE_CONNECTED, set, &out->connected));
    DG_TRY(share_valid(pool, rule, set, &out->judged, &out->valid));
    return dg_statistics_of(set, &out->statistics);
}

/* The share of graphs that obey the rule is the most that can be expected of a model's samples. */
static digress_status print_row(dg_pool *pool, dg_rule rule, const char *label,
                                const digress_graph_set *set) {
    figures of;
    DG_TRY(measure_set(pool, rule, set, &of));
    printf("%-8s %8zu %6zu %9.2f %6zu %10.2f %9.4f %9.1f%%", label, of.statistics.graphs,
           smallest_n(&of.statistics), of.statistics.mean_n, of.statistics.max_n,
           of.statistics.mean_edges, 1 - of.statistics.edge_marginals[0], 100 * of.connected.share);
    if (rule != DG_RULE_NONE)
        printf("  %.1f%% [%.1f, %.1f]", 100 * of.valid.share, 100 * of.valid.low,
               100 * of.valid.high);
    if (rule != DG_RULE_NONE && of.judged < of.statistics.graphs)
        printf(" of %zu judged", of.judged);
    printf("\n");
    dg_statistics_free(&of.statistics);
    return DIGRESS_OK;
}

static digress_status row_json(dg_pool *pool, dg_rule rule, const char *label,
                               const digress_graph_set *set, json_t **parts) {
    figures of;
    DG_TRY(measure_set(pool, rule, set, &of));
    json_t *row = json_object();
    dg_json_put(&row, "graphs", dg_info_count(of.statistics.graphs));
    dg_json_put(&row, "n_min", dg_info_count(smallest_n(&of.statistics)));
    dg_json_put(&row, "n_mean", dg_info_number(of.statistics.mean_n));
    dg_json_put(&row, "n_max", dg_info_count(of.statistics.max_n));
    dg_json_put(&row, "edges_mean", dg_info_number(of.statistics.mean_edges));
    dg_json_put(&row, "density", dg_info_number(1 - of.statistics.edge_marginals[0]));
    dg_json_put(&row, "connected", dg_info_number(of.connected.share));
    dg_json_put(&row, "valid", dg_info_number(rule == DG_RULE_NONE ? NAN : of.valid.share));
    dg_json_put(&row, "judged", rule == DG_RULE_NONE ? json_null() : dg_info_count(of.judged));
    dg_json_put(parts, label, row);
    dg_statistics_free(&of.statistics);
    return DIGRESS_OK;
}

/* A line of the table, or an object among the parts. */
static digress_status tell_part(dg_pool *pool, dg_rule rule, const char *label,
                                const digress_graph_set *set, json_t **parts) {
    return parts ? row_json(pool, rule, label, set, parts) : print_row(pool, rule, label, set);
}

static digress_status put_classes(const digress_graph_set *set, json_t **json) {
    dg_statistics statistics;
    DG_TRY(dg_statistics_of(set, &statistics));
    dg_json_put(json, "node_classes",
                dg_info_classes_json(statistics.node_classes, statistics.node_marginals, set,
                                     digress_graph_set_node_name));
    dg_json_put(json, "edge_classes",
                dg_info_classes_json(statistics.edge_classes, statistics.edge_marginals, set,
                                     digress_graph_set_edge_name));
    dg_statistics_free(&statistics);
    dg_put_targets(set, json);
    return DIGRESS_OK;
}

static json_t *set_json(const char *path, const char *name, const char *kind, dg_rule rule) {
    json_t *object = json_object();
    dg_json_put(&object, "what", json_string("set"));
    dg_json_put(&object, "path", dg_json_string(path));
    dg_json_put(&object, "name", name ? dg_json_string(name) : json_null());
    dg_json_put(&object, "kind", kind && *kind ? dg_json_string(kind) : json_null());
    dg_json_put(&object, "valid_rule",
                rule == DG_RULE_NONE ? json_null() : json_string(dg_rule_name(rule)));
    return object;
}

void dg_print_classes(const char *label, size_t count, const double *shares,
                      const digress_graph_set *set,
                      const char *(*name)(const digress_graph_set *set, size_t index)) {
    printf("%-13s %zu:", label, count);
    for (size_t k = 0; k < count && k < SHOWN_CLASSES; k++)
        dg_print(stdout, "%s %s %.4f", k ? "," : "", name(set, k), shares[k]);
    printf(count > SHOWN_CLASSES ? ", ...\n" : "\n");
}

static digress_status print_classes(const digress_graph_set *set) {
    dg_statistics statistics;
    DG_TRY(dg_statistics_of(set, &statistics));
    dg_print_classes("node classes", statistics.node_classes, statistics.node_marginals, set,
                     digress_graph_set_node_name);
    dg_print_classes("edge classes", statistics.edge_classes, statistics.edge_marginals, set,
                     digress_graph_set_edge_name);
    dg_statistics_free(&statistics);
    dg_print_targets(set);
    return DIGRESS_OK;
}

static digress_status tell_parts(dg_pool *pool, dg_rule rule, const dg_dataset *dataset,
                                 json_t **parts) {
    DG_TRY(tell_part(pool, rule, "train", dataset->train, parts));
    if (dataset->val) DG_TRY(tell_part(pool, rule, "val", dataset->val, parts));
    return tell_part(pool, rule, "test", dataset->test, parts);
}

static digress_status dataset_json(dg_pool *pool, const char *path, const dg_dataset *dataset,
                                   json_t **json) {
    const dg_rule rule = rule_to_show(dataset->kind, dataset->train);
    json_t *parts = json_object();
    *json = set_json(path, dataset->name, dataset->kind, rule);
    digress_status status = tell_parts(pool, rule, dataset, &parts);
    dg_json_put(json, "parts", parts);
    return status == DIGRESS_OK ? put_classes(dataset->train, json) : status;
}

static digress_status print_dataset(dg_pool *pool, const char *path, const dg_dataset *dataset) {
    dg_print(stdout, "%s: set '%s'%s%s\n", path, dataset->name, dataset->kind[0] ? ", kind " : "",
             dataset->kind);
    dg_rule rule = rule_to_show(dataset->kind, dataset->train);
    print_head(rule);
    DG_TRY(tell_parts(pool, rule, dataset, NULL));
    printf("of the training graphs' nodes and pairs:\n");
    return print_classes(dataset->train);
}

static digress_status graphs_json(dg_pool *pool, const char *path, const digress_graph_set *set,
                                  dg_rule rule, json_t **json) {
    json_t *parts = json_object();
    *json = set_json(path, NULL, NULL, rule);
    digress_status status = tell_part(pool, rule, "all", set, &parts);
    dg_json_put(json, "parts", parts);
    return status == DIGRESS_OK ? put_classes(set, json) : status;
}

static digress_status tell_set(dg_pool *pool, const char *path, const digress_graph_set *set,
                               json_t **json) {
    char *kind = NULL;
    DG_TRY(dg_set_kind(path, &kind));
    dg_rule rule = rule_to_show(kind, set);
    free(kind);
    if (json) return graphs_json(pool, path, set, rule, json);
    dg_print(stdout, "%s: a set of graphs\n", path);
    print_head(rule);
    DG_TRY(print_row(pool, rule, "all", set));
    return print_classes(set);
}

static digress_status describe_folder(dg_pool *pool, const char *path, json_t **json) {
    dg_dataset dataset;
    DG_TRY(dg_dataset_read(path, NULL, &dataset));
    digress_status status =
        json ? dataset_json(pool, path, &dataset, json) : print_dataset(pool, path, &dataset);
    dg_dataset_free(&dataset);
    return status;
}

static digress_status describe_graphs(dg_pool *pool, const char *path,
                                      const digress_read_options *options, json_t **json) {
    digress_graph_set *set = NULL;
    digress_read_report report = {0};
    DG_TRY(digress_graph_set_read(path, options, &report, &set));
    dg_say_dropped(&report);
    digress_status status = tell_set(pool, path, set, json);
    digress_graph_set_free(set);
    return status;
}

digress_status dg_info_set(const char *path, const digress_read_options *options, json_t **json) {
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(0, &pool));
    digress_status status = dg_is_set_folder(path) ? describe_folder(pool, path, json)
                                                   : describe_graphs(pool, path, options, json);
    dg_pool_free(pool);
    return status;
}

/* ---- molecules ---- */

static json_t *dropped_json(const dg_import_report *report) {
    json_t *object = json_object();
    for (size_t k = 0; k < DG_DROPS; k++)
        dg_json_put(&object, dg_drop_names[k], dg_info_count(report->dropped[k]));
    return object;
}

static digress_status tell_molecules(dg_pool *pool, const char *path, const digress_graph_set *set,
                                     const dg_import_report *report, json_t **json) {
    if (!json) {
        char dropped[DG_LIST_SIZE];
        dg_list_dropped(report->dropped, dropped);
        printf("%zu molecules, %zu of them as graphs%s%s\n", report->read, report->kept,
               *dropped ? ", " : "", dropped);
        return tell_set(pool, path, set, NULL);
    }
    DG_TRY(tell_set(pool, path, set, json));
    dg_json_put(json, "what", json_string("molecules"));
    dg_json_put(json, "read", dg_info_count(report->read));
    dg_json_put(json, "kept", dg_info_count(report->kept));
    dg_json_put(json, "dropped", dropped_json(report));
    return DIGRESS_OK;
}

/* Describes the molecules that can be graphs, charged ones included. */
digress_status dg_info_molecules(const char *path, json_t **json) {
    const dg_import_options how = {.charges = true};
    digress_graph_set *set = NULL;
    dg_import_report report;
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(0, &pool));
    digress_status status = dg_import_molecules(pool, &how, 1, &path, &set, &report);
    if (status == DIGRESS_OK) status = tell_molecules(pool, path, set, &report, json);
    digress_graph_set_free(set);
    dg_pool_free(pool);
    return status;
}
