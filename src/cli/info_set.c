#include "cli/info.h"

#include "chem/molecule.h"
#include "cli/read_options.h"
#include "core/log.h"
#include "eval/validity.h"
#include "graph/dataset.h"
#include "graph/statistics.h"
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_CLASSES = 12 };

static size_t smallest_n(const dg_statistics *statistics) {
    size_t n = 1;
    while (n < statistics->max_n && statistics->n_histogram[n] == 0)
        n++;
    return n;
}

/* So many molecules are judged in a second or two. */
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

/* Every step-th graph of the set. */
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

/* Of a large set of molecules, some are judged: *judged of them. */
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

/* How many graphs obey the rule is how many of a model's can be asked to. */
static digress_status print_row(dg_pool *pool, dg_rule rule, const char *label,
                                const digress_graph_set *set) {
    dg_statistics statistics;
    dg_share connected, valid;
    size_t judged;
    DG_TRY(dg_share_valid(pool, DG_RULE_CONNECTED, set, &connected));
    DG_TRY(share_valid(pool, rule, set, &judged, &valid));
    DG_TRY(dg_statistics_of(set, &statistics));
    printf("%-8s %8zu %6zu %9.2f %6zu %10.2f %9.4f %9.1f%%", label, statistics.graphs,
           smallest_n(&statistics), statistics.mean_n, statistics.max_n, statistics.mean_edges,
           1 - statistics.edge_marginals[0], 100 * connected.share);
    if (rule != DG_RULE_NONE)
        printf("  %.1f%% [%.1f, %.1f]", 100 * valid.share, 100 * valid.low, 100 * valid.high);
    if (rule != DG_RULE_NONE && judged < statistics.graphs) printf(" of %zu judged", judged);
    printf("\n");
    dg_statistics_free(&statistics);
    return DIGRESS_OK;
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
    return DIGRESS_OK;
}

static digress_status print_dataset(dg_pool *pool, const char *path, const dg_dataset *dataset) {
    dg_print(stdout, "%s: set '%s'%s%s\n", path, dataset->name, dataset->kind[0] ? ", kind " : "",
             dataset->kind);
    dg_rule rule = rule_to_show(dataset->kind, dataset->train);
    print_head(rule);
    DG_TRY(print_row(pool, rule, "train", dataset->train));
    DG_TRY(print_row(pool, rule, "val", dataset->val));
    DG_TRY(print_row(pool, rule, "test", dataset->test));
    printf("of the training graphs' nodes and pairs:\n");
    return print_classes(dataset->train);
}

static digress_status print_set(dg_pool *pool, const char *path, const digress_graph_set *set) {
    char *kind = NULL;
    DG_TRY(dg_dataset_kind(path, &kind));
    dg_rule rule = rule_to_show(kind, set);
    free(kind);
    dg_print(stdout, "%s: a set of graphs\n", path);
    print_head(rule);
    DG_TRY(print_row(pool, rule, "all", set));
    return print_classes(set);
}

static digress_status describe_folder(dg_pool *pool, const char *path) {
    dg_dataset dataset;
    DG_TRY(dg_dataset_read(path, &dataset));
    digress_status status = print_dataset(pool, path, &dataset);
    dg_dataset_free(&dataset);
    return status;
}

static digress_status describe_graphs(dg_pool *pool, const char *path,
                                      const digress_read_options *options) {
    digress_graph_set *set = NULL;
    digress_read_report report = {0};
    DG_TRY(digress_graph_set_read(path, options, &report, &set));
    dg_print_dropped(&report);
    digress_status status = print_set(pool, path, set);
    digress_graph_set_free(set);
    return status;
}

digress_status dg_info_set(const char *path, const digress_read_options *options) {
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(0, &pool));
    digress_status status =
        dg_is_set_folder(path) ? describe_folder(pool, path) : describe_graphs(pool, path, options);
    dg_pool_free(pool);
    return status;
}
