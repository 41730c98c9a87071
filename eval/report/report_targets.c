/* How far samples are from what they were asked for: a table of its own, and its JSON. */
#include "eval/report/report_parts.h"

#include "core/log.h"
#include <math.h>

static void print_cell(FILE *stream, double value) {
    if (isfinite(value))
        fprintf(stream, " %12.6g", value);
    else
        fprintf(stream, " %12s", "-");
}

static void print_error(FILE *stream, const digress_target_error *of) {
    dg_print(stream, "%-20s", of->name);
    if (!of->computed) {
        fprintf(stream, " is not one that digress can measure\n");
        return;
    }
    fprintf(stream, " %8zu %8zu", of->asked, of->measured);
    print_cell(stream, of->mae);
    print_cell(stream, of->correlation);
    print_cell(stream, of->mean_asked);
    print_cell(stream, of->mean_measured);
    fprintf(stream, "\n");
}

digress_status dg_report_targets(FILE *stream, const dg_comparison *comparison,
                                 const dg_report_names *names) {
    for (size_t k = 0; k < comparison->sample_sets; k++) {
        const dg_target_errors *errors = &comparison->samples[k].targets;
        if (errors->count == 0) continue;
        dg_print(stream, "\nTargets of %s\n", names->samples[k]);
        fprintf(stream, "%-20s %8s %8s %12s %12s %12s %12s\n", "", "asked", "measured",
                "mean error", "correlation", "mean asked", "measured");
        for (size_t t = 0; t < errors->count; t++)
            print_error(stream, &errors->list[t]);
    }
    return dg_report_check(stream);
}
