/* How good samples are, in the few numbers that a checkpoint or a sampler is chosen by. */
#ifndef DG_EVAL_SCORE_H
#define DG_EVAL_SCORE_H

#include "eval/compare.h"

/* What is undefined is NAN. */
typedef struct dg_score {
    size_t count;                    /* of samples */
    double mmd[DG_DESCRIPTOR_COUNT]; /* squared MMDs to the reference, TV kernel */
    double ratio; /* mean ratio of these to the training set's: dg_compared_set */
    /* The share of valid, unique and novel samples; for molecules, of valid and unique ones, since
     * novelty would be an error for a set that lists all molecules of a size. */
    dg_share vun;
    dg_share validity, relaxed_validity, uniqueness; /* of molecules: dg_molecule_metrics */
} dg_score;

/* Scores samples against `reference`, usually the validation set. train may be NULL: then ratio and
 * novelty are undefined. rule NONE: vun is. Of large sets, only the first 1000 graphs are compared
 * with. Errors: as dg_compare. */
digress_status dg_score_of(dg_pool *pool, dg_rule rule, const digress_graph_set *reference,
                           const digress_graph_set *train, const digress_graph_set *samples,
                           dg_score *out);
/* Whether a's vun is higher than b's, or, if they are equal or undefined, its ratio is lower. Any
 * number is better than an undefined one. */
bool dg_score_better(const dg_score *a, const dg_score *b);
/* The score of nothing: any other is better. */
dg_score dg_score_none(void);

#endif
