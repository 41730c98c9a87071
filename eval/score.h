/* How good samples are, in the few numbers that a checkpoint or a sampler is chosen by. */
#ifndef DG_EVAL_SCORE_H
#define DG_EVAL_SCORE_H

#include "eval/compare.h"

/* What is undefined is NAN. */
typedef struct dg_score {
    size_t count;                    /* of samples */
    double mmd[DG_DESCRIPTOR_COUNT]; /* the TV kernel's, squared, to the reference */
    double ratio; /* mean ratio of these to the training set's: dg_compared_set */
    /* Valid, unique and novel ones of all; molecules: valid and unique, since for a set that lists
     * all molecules of a size what is new is wrong. */
    dg_share vun;
    dg_share validity, relaxed_validity, uniqueness; /* of molecules: dg_molecule_metrics */
} dg_score;

/* Scores samples against `reference`, the validation set as a rule. train may be NULL: then ratio
 * and novelty are undefined. rule NONE: vun is. Of large sets the first 1000 graphs are compared
 * with. Errors: as dg_compare. */
digress_status dg_score_of(dg_pool *pool, dg_rule rule, const digress_graph_set *reference,
                           const digress_graph_set *train, const digress_graph_set *samples,
                           dg_score *out);
/* Is a's share of valid, unique, novel samples higher, or with none or the same, its ratio lower? A
 * number is better than none. */
bool dg_score_better(const dg_score *a, const dg_score *b);
/* Of nothing: any other is better. */
dg_score dg_score_none(void);

#endif
