/* How far samples are from what they were asked for: a table of its own, and columns of a CSV. */
#include "eval/report/report_parts.h"

#include "core/log.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* ---- CSV ---- */

static const char *const columns[] = {"asked",       "measured",   "mae",
                                      "correlation", "mean_asked", "mean_measured"};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const digress_target_error *find(const dg_target_errors *errors, const char *name) {
    for (size_t k = 0; k < errors->count; k++)
        if (strcmp(errors->list[k].name, name) == 0) return &errors->list[k];
    return NULL;
}

/* Whether target t of samples k is the first of its name. */
static bool is_first(const dg_comparison *comparison, size_t k, size_t t) {
    const char *name = comparison->samples[k].targets.list[t].name;
    for (size_t before = 0; before < k; before++)
        if (find(&comparison->samples[before].targets, name)) return false;
    return find(&comparison->samples[k].targets, name) == &comparison->samples[k].targets.list[t];
}

void dg_csv_target_names(FILE *stream, const dg_comparison *comparison) {
    for (size_t k = 0; k < comparison->sample_sets; k++)
        for (size_t t = 0; t < comparison->samples[k].targets.count; t++)
            for (size_t c = 0; c < COLUMNS && is_first(comparison, k, t); c++) {
                char name[sizeof comparison->samples->targets.list->name + 32];
                snprintf(name, sizeof name, "target_%s_%s",
                         comparison->samples[k].targets.list[t].name, columns[c]);
                fputc(',', stream);
                dg_csv_text(stream, name);
            }
}

static void print_fields(FILE *stream, const digress_target_error *of) {
    const bool known = of && of->computed;
    const double none = (double)NAN;
    const double fields[COLUMNS] = {
        known ? (double)of->asked : none, known ? (double)of->measured : none,
        known ? of->mae : none,           known ? of->correlation : none,
        known ? of->mean_asked : none,    known ? of->mean_measured : none};
    for (size_t c = 0; c < COLUMNS; c++)
        dg_csv_number(stream, fields[c]);
}

void dg_csv_targets(FILE *stream, const dg_comparison *comparison, const dg_target_errors *errors) {
    for (size_t k = 0; k < comparison->sample_sets; k++)
        for (size_t t = 0; t < comparison->samples[k].targets.count; t++)
            if (is_first(comparison, k, t))
                print_fields(stream, find(errors, comparison->samples[k].targets.list[t].name));
}
