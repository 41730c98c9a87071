#include "cli/info.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "eval/adjacency.h"
#include "graph/dataset.h"
#include "graph/statistics.h"
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_CLASSES = 12 };

/* Every node is reached from node 0. `stack` and `reached` have room for n. */
static bool is_connected(const dg_adjacency *graph, uint32_t *stack, uint8_t *reached) {
    size_t depth = 1, count = 1;
    stack[0] = 0;
    reached[0] = 1;
    while (depth > 0) {
        uint32_t node = stack[--depth];
        for (uint32_t k = graph->start[node]; k < graph->start[node + 1]; k++) {
            uint32_t next = graph->neighbour[k];
            if (reached[next]) continue;
            reached[next] = 1;
            stack[depth++] = next;
            count++;
        }
    }
    return count == graph->n;
}

static digress_status check_graph(const digress_graph *graph, dg_arena *arena, size_t *connected) {
    dg_adjacency adjacency;
    uint32_t *stack = NULL;
    uint8_t *reached = NULL;
    DG_TRY(dg_arena_reset(arena));
    DG_TRY(dg_adjacency_of(graph, arena, &adjacency));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *stack, &stack));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *reached, &reached));
    for (size_t i = 0; i < graph->n; i++)
        reached[i] = 0;
    *connected += is_connected(&adjacency, stack, reached);
    return DIGRESS_OK;
}

static digress_status count_connected(const digress_graph_set *set, size_t *out) {
    dg_arena *arena = NULL;
    digress_status status = dg_arena_create(&arena);
    *out = 0;
    for (size_t g = 0; g < digress_graph_set_count(set) && status == DIGRESS_OK; g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        status = check_graph(&graph, arena, out);
    }
    dg_arena_free(arena);
    return status;
}

static size_t smallest_n(const dg_statistics *statistics) {
    size_t n = 1;
    while (n < statistics->max_n && statistics->n_histogram[n] == 0)
        n++;
    return n;
}

static void print_head(void) {
    printf("%-8s %8s %6s %9s %6s %10s %9s %10s\n", "", "graphs", "n min", "mean", "max", "edges",
           "density", "connected");
}

static digress_status print_row(const char *label, const digress_graph_set *set) {
    dg_statistics statistics;
    size_t connected = 0;
    DG_TRY(count_connected(set, &connected));
    DG_TRY(dg_statistics_of(set, &statistics));
    printf("%-8s %8zu %6zu %9.2f %6zu %10.2f %9.4f %9.1f%%\n", label, statistics.graphs,
           smallest_n(&statistics), statistics.mean_n, statistics.max_n, statistics.mean_edges,
           1 - statistics.edge_marginals[0], 100 * (double)connected / (double)statistics.graphs);
    dg_statistics_free(&statistics);
    return DIGRESS_OK;
}

void dg_print_classes(const char *label, size_t count, const double *shares,
                      const digress_graph_set *set,
                      const char *(*name)(const digress_graph_set *set, size_t index)) {
    printf("%-13s %zu:", label, count);
    for (size_t k = 0; k < count && k < SHOWN_CLASSES; k++)
        printf("%s %s %.4f", k ? "," : "", name(set, k), shares[k]);
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

static digress_status print_dataset(const char *path, const dg_dataset *dataset) {
    printf("%s: set '%s'%s%s\n", path, dataset->name, dataset->kind[0] ? ", kind " : "",
           dataset->kind);
    print_head();
    DG_TRY(print_row("train", dataset->train));
    DG_TRY(print_row("val", dataset->val));
    DG_TRY(print_row("test", dataset->test));
    printf("of the training graphs' nodes and pairs:\n");
    return print_classes(dataset->train);
}

static digress_status print_set(const char *path, const digress_read_report *report,
                                const digress_graph_set *set) {
    if (report->directions || report->multi_edges || report->self_loops)
        dg_log("simplified: dropped %zu directions, %zu multi-edges and %zu self-loops",
               report->directions, report->multi_edges, report->self_loops);
    printf("%s: a set of graphs\n", path);
    print_head();
    DG_TRY(print_row("all", set));
    return print_classes(set);
}

static bool is_set_folder(const char *path) {
    char *description = dg_path_join(path, "dataset.json");
    bool found = description && dg_exists(description);
    free(description);
    return found;
}

static digress_status describe_folder(const char *path) {
    dg_dataset dataset;
    DG_TRY(dg_dataset_read(path, &dataset));
    digress_status status = print_dataset(path, &dataset);
    dg_dataset_free(&dataset);
    return status;
}

digress_status dg_info_set(const char *path, const digress_read_options *options) {
    if (is_set_folder(path)) return describe_folder(path);
    digress_graph_set *set = NULL;
    digress_read_report report = {0};
    DG_TRY(digress_graph_set_read(path, options, &report, &set));
    digress_status status = print_set(path, &report, set);
    digress_graph_set_free(set);
    return status;
}
