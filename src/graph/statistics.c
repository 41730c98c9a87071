#include "graph/statistics.h"

#include "core/memory.h"
#include <math.h>
#include <stdlib.h>

digress_status dg_statistics_create(size_t max_n, size_t node_classes, size_t edge_classes,
                                    dg_statistics *out) {
    dg_statistics made = {
        .max_n = max_n, .node_classes = node_classes, .edge_classes = edge_classes};
    digress_status status = dg_allocate(max_n + 1, sizeof(double), &made.n_histogram);
    if (status == DIGRESS_OK)
        status = dg_allocate(node_classes, sizeof(double), &made.node_marginals);
    if (status == DIGRESS_OK)
        status = dg_allocate(edge_classes, sizeof(double), &made.edge_marginals);
    if (status != DIGRESS_OK) {
        dg_statistics_free(&made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}

void dg_statistics_free(dg_statistics *statistics) {
    free(statistics->n_histogram);
    free(statistics->node_marginals);
    free(statistics->edge_marginals);
    *statistics = (dg_statistics){0};
}

static size_t largest_n(const digress_graph_set *set) {
    size_t largest = 0;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        size_t n = digress_graph_set_get(set, g).n;
        if (n > largest) largest = n;
    }
    return largest;
}

static void count_classes(const digress_graph *graph, dg_statistics *statistics) {
    for (size_t i = 0; i < graph->n; i++)
        statistics->node_marginals[graph->node_class[i]]++;
    for (size_t pair = 0; pair < graph->n * (graph->n - 1) / 2; pair++)
        statistics->edge_marginals[graph->pair_class[pair]]++;
}

static double sum(size_t count, const double *values) {
    double total = 0;
    for (size_t k = 0; k < count; k++)
        total += values[k];
    return total;
}

static void divide_all(size_t count, double *values, double divisor) {
    for (size_t k = 0; k < count; k++)
        values[k] /= divisor;
}

digress_status dg_statistics_of(const digress_graph_set *set, dg_statistics *out) {
    size_t count = digress_graph_set_count(set);
    if (count == 0) return dg_error(DIGRESS_ERROR_INPUT, "an empty set of graphs");
    dg_statistics made;
    DG_TRY(dg_statistics_create(largest_n(set), digress_graph_set_node_classes(set),
                                digress_graph_set_edge_classes(set), &made));
    made.graphs = count;
    for (size_t g = 0; g < count; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        made.n_histogram[graph.n]++;
        count_classes(&graph, &made);
    }
    double nodes = sum(made.node_classes, made.node_marginals);
    double pairs = sum(made.edge_classes, made.edge_marginals);
    made.mean_n = nodes / (double)count;
    made.mean_edges = (pairs - made.edge_marginals[0]) / (double)count;
    divide_all(made.node_classes, made.node_marginals, nodes);
    if (pairs > 0)
        divide_all(made.edge_classes, made.edge_marginals, pairs);
    else
        made.edge_marginals[0] = 1;
    *out = made;
    return DIGRESS_OK;
}

static digress_status widen_histogram(dg_statistics *statistics, size_t max_n) {
    if (max_n <= statistics->max_n) return DIGRESS_OK;
    double *wider = NULL;
    DG_TRY(dg_allocate(max_n + 1, sizeof *wider, &wider));
    for (size_t n = 0; n <= statistics->max_n; n++)
        wider[n] = statistics->n_histogram[n];
    free(statistics->n_histogram);
    statistics->n_histogram = wider;
    statistics->max_n = max_n;
    return DIGRESS_OK;
}

digress_status dg_statistics_add_sizes(dg_statistics *statistics, const digress_graph_set *set) {
    DG_TRY(widen_histogram(statistics, largest_n(set)));
    for (size_t g = 0; g < digress_graph_set_count(set); g++)
        statistics->n_histogram[digress_graph_set_get(set, g).n]++;
    return DIGRESS_OK;
}

dg_target_statistics dg_target_statistics_of(const digress_graph_set *set, size_t target) {
    dg_target_statistics out = {.min = (double)NAN, .max = (double)NAN};
    double sum = 0, squares = 0;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        const double value = digress_graph_set_target(set, g, target);
        if (isnan(value)) continue;
        out.given++;
        sum += value;
        out.min = fmin(out.min, value);
        out.max = fmax(out.max, value);
    }
    out.mean = out.given ? sum / (double)out.given : (double)NAN;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        const double off = digress_graph_set_target(set, g, target) - out.mean;
        if (!isnan(off)) squares += off * off;
    }
    out.deviation = out.given ? sqrt(squares / (double)out.given) : (double)NAN;
    return out;
}
