/* Sampling until enough graphs pass: valid, unique, novel. */
#ifndef DG_SAMPLE_KEEP_H
#define DG_SAMPLE_KEEP_H

#include "eval/validity/validity.h"
#include "sample/sampler.h"

typedef struct dg_keep_options {
    bool valid, unique, novel; /* what a graph must be to be kept */
    dg_rule rule;              /* the meaning of valid; not NONE if `valid` */
    /* What `novel` compares with, over the model's classes; not NULL if `novel`. */
    const digress_graph_set *train;
    size_t max_draws;
} dg_keep_options;

/* Counts over all graphs drawn; 0 for what was not asked for. */
typedef struct dg_keep_report {
    size_t drawn, kept, valid, unique, novel;
} dg_keep_report;

/* Reads "valid,unique,novel" or some of the three. Errors: INPUT. */
digress_status dg_keep_parse(const char *list, dg_keep_options *out);

/* Appends to `out` the first options->count samples, by their numbers, that pass; fewer if there
 * are not as many among the first max_draws. Valid molecules are told apart by their canonical
 * SMILES, everything else as graphs. The result depends on neither threads nor batches. Chains are
 * not kept. */
digress_status dg_sample_and_keep(const dg_model *model, dg_pool *pool,
                                  const dg_sample_options *options, const dg_keep_options *keep,
                                  digress_graph_set *out, dg_keep_report *report);

#endif
