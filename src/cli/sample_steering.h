/* The options of `sample` that say what is to be drawn. */
#ifndef DG_CLI_SAMPLE_STEERING_H
#define DG_CLI_SAMPLE_STEERING_H

#include "cli/options.h"
#include "digress/steering.h"

/* Rows of the command's table. */
#define DG_CONSTRAINT_OPTIONS                                                                      \
    {"connected", 0, NULL, "only connected graphs: components are joined in the last step (any)"}, \
        {"max-degree", 0, "D", "no node with more than D neighbours (any)"},                       \
        {"acyclic", 0, NULL, "no cycles: forests; with --connected, trees (any)"},                 \
        {"planar", 0, NULL, "graphs that can be drawn without crossings (any)"}, {                 \
        "valences", 0, NULL, "molecules: no atom with more bonds than its element can make (any)"  \
    }

/* Errors: INPUT. */
digress_status dg_sample_constraints_parse(const dg_command *command, const dg_arguments *arguments,
                                           digress_constraints *out);
/* How often each constraint that was asked for intervened; nothing without any. */
void dg_print_interventions(const digress_constraints *asked, const digress_interventions *done);

#endif
