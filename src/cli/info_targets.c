#include "cli/info_targets.h"

#include "cli/info_json.h"
#include "core/log.h"
#include "graph/statistics.h"
#include <math.h>
#include <stdio.h>

enum { BINS = 10 };

static void count_bins(const digress_graph_set *set, size_t target, const dg_target_statistics *of,
                       size_t bins[BINS]) {
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        const double value = digress_graph_set_target(set, g, target);
        if (isnan(value)) continue;
        const double place = of->max > of->min ? (value - of->min) / (of->max - of->min) : 0;
        const size_t bin = (size_t)(place * BINS);
        bins[bin < BINS ? bin : BINS - 1]++;
    }
}

/* A character for each bin: how full it is beside the fullest. */
static void draw_bins(const size_t bins[BINS], char out[BINS + 1]) {
    static const char heights[] = " .:-=+*#";
    size_t most = 1;
    for (size_t k = 0; k < BINS; k++)
        if (bins[k] > most) most = bins[k];
    for (size_t k = 0; k < BINS; k++)
        out[k] = heights[(bins[k] * (sizeof heights - 2) + most - 1) / most];
    out[BINS] = 0;
}

void dg_print_targets(const digress_graph_set *set) {
    const size_t graphs = digress_graph_set_count(set);
    for (size_t k = 0; k < digress_graph_set_target_count(set); k++) {
        const dg_target_statistics of = dg_target_statistics_of(set, k);
        size_t bins[BINS] = {0};
        char drawn[BINS + 1];
        dg_print(stdout, "target %s: ", digress_graph_set_target_name(set, k));
        if (of.given == 0) {
            printf("no graph has it\n");
            continue;
        }
        count_bins(set, k, &of, bins);
        draw_bins(bins, drawn);
        printf("mean %.6g, deviation %.6g, %.6g [%s] %.6g", of.mean, of.deviation, of.min, drawn,
               of.max);
        if (of.given < graphs) printf(", missing in %zu graphs", graphs - of.given);
        printf("\n");
    }
}

void dg_put_targets(const digress_graph_set *set, json_t **json) {
    json_t *targets = json_object();
    for (size_t k = 0; k < digress_graph_set_target_count(set); k++) {
        const dg_target_statistics of = dg_target_statistics_of(set, k);
        json_t *target = json_object(), *histogram = json_array();
        size_t bins[BINS] = {0};
        count_bins(set, k, &of, bins);
        dg_json_put(&target, "given", dg_info_count(of.given));
        dg_json_put(&target, "mean", dg_info_number(of.mean));
        dg_json_put(&target, "deviation", dg_info_number(of.deviation));
        dg_json_put(&target, "min", dg_info_number(of.min));
        dg_json_put(&target, "max", dg_info_number(of.max));
        for (size_t bin = 0; bin < BINS; bin++)
            dg_json_append(&histogram, dg_info_count(bins[bin]));
        dg_json_put(&target, "histogram", histogram);
        dg_json_put(&targets, digress_graph_set_target_name(set, k), target);
    }
    dg_json_put(json, "targets", targets);
}
