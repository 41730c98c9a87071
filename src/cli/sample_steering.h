/* The options of `sample` that say what is to be drawn. */
#ifndef DG_CLI_SAMPLE_STEERING_H
#define DG_CLI_SAMPLE_STEERING_H

#include "cli/options.h"
#include "digress/steering.h"
#include "model/model.h"

/* Rows of the command's table. */
#define DG_TARGET_OPTIONS                                                                          \
    {"target", 0, "NAME=X,...",                                                                    \
     "what samples are asked for, of a model with model.targets: logP=2.5, say (nothing)"},        \
        {"targets", 0, "FILE.csv",                                                                 \
         "the same, a row a sample, with a header of names; an empty field: nothing (nothing)"},   \
        {"regressor", 0, "R",                                                                      \
         "a checkpoint of model.task regression that leads to the targets instead (none)"},        \
        {"guidance-scale", 0, "S", "with --regressor: how far, from 0 (10)"}, {                    \
        "guidance", 0, "G",                                                                        \
            "with --target or --targets: 1 as the model learnt it; more, further away from "       \
            "graphs "                                                                              \
            "in general (1)"                                                                       \
    }

#define DG_FIXED_OPTIONS                                                                           \
    {"fix", 0, "FILE",                                                                             \
     "a graph, or a molecule with attachment points '*', that every sample contains (nothing)"},   \
        {"fix-edges-only", 0, NULL, "with --fix: its nodes may be of any class (of its own)"}, {   \
        "resample", 0, "K", "with --fix: take each step K times, going back in between (1)"        \
    }

#define DG_CONSTRAINT_OPTIONS                                                                      \
    {"connected", 0, NULL, "only connected graphs: components are joined in the last step (any)"}, \
        {"max-degree", 0, "D", "no node with more than D neighbours (any)"},                       \
        {"acyclic", 0, NULL, "no cycles: forests; with --connected, trees (any)"},                 \
        {"planar", 0, NULL, "graphs that can be drawn without crossings (any)"}, {                 \
        "valences", 0, NULL, "molecules: no atom with more bonds than its element can make (any)"  \
    }

/* Targets asked for on the command line. */
typedef struct dg_given_targets {
    char *text;         /* the names' */
    const char **names; /* [asked.count] */
    double *values;     /* [asked.rows, asked.count] */
    digress_asked_targets asked;
    const char *regressor; /* NULL: none */
    double scale;
} dg_given_targets;

/* --target, --targets, --guidance, --regressor and --guidance-scale. Free with
 * dg_given_targets_free, failing or not. Errors: INPUT (what is no number, naming it), IO. */
digress_status dg_sample_targets_parse(const dg_command *command, const dg_arguments *arguments,
                                       dg_given_targets *out);
/* A table of a header of names and a row of numbers for each sample. Errors: INPUT, IO. */
digress_status dg_given_targets_read(const char *path, dg_given_targets *out);
void dg_given_targets_free(dg_given_targets *given);

/* What --fix names; the path is NULL where it is not given. The part itself is read when the model
 * is known. Errors: INPUT. */
digress_status dg_sample_fixed_parse(const dg_command *command, const dg_arguments *arguments,
                                     const char **path, digress_fixed_part *out);
/* Reads the part: any format of graphs, or molecules in the form of the model's. The caller frees
 * *set. Errors: INPUT, IO. */
digress_status dg_sample_fixed_read(const dg_model *model, const char *path, const dg_watch *watch,
                                    digress_graph_set **set);

/* Errors: INPUT. */
digress_status dg_sample_constraints_parse(const dg_command *command, const dg_arguments *arguments,
                                           digress_constraints *out);
/* How often each constraint that was asked for intervened; nothing without any. */
void dg_print_interventions(const digress_constraints *asked, const digress_interventions *done);

#endif
