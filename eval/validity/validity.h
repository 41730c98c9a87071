/* Validity, uniqueness and novelty of a set of sampled graphs. */
#ifndef DG_EVAL_VALIDITY_H
#define DG_EVAL_VALIDITY_H

#include "core/threads.h"
#include "digress/graph.h"
#include "eval/molecules/text_set.h"
#include "eval/statistics/share.h"
#include "eval/validity/rules.h"
#include <stdbool.h>

/* Free with dg_quality_free. Without a rule `valid` is NULL, without a training set `novel` is;
 * their shares, and those that need them, are then NAN. */
typedef struct dg_quality {
    size_t count; /* of graphs */
    /* Samples without a graph. They count in the share of valid samples, and in that of all three,
     * where each of them fails. */
    dg_unread unread;
    bool *valid;  /* [count] */
    bool *unique; /* [count] the first of its isomorphism class among the samples */
    bool *novel;  /* [count] isomorphic to no training graph */
    dg_share share_valid, share_unique, share_novel;
    dg_share share_unique_novel; /* both */
    dg_share share_vun;          /* all three */
} dg_quality;

/* Judges all samples, in parallel. Isomorphic graphs have the same node and edge classes, by
 * number. `train` may be NULL: novelty is then undefined. Errors: INPUT for an empty set of
 * samples. */
digress_status dg_judge(dg_pool *pool, dg_rule rule, const digress_graph_set *samples,
                        const digress_graph_set *train, dg_quality *out);
/* Replaces the marks of valid graphs by others, [count], which were judged elsewhere and now belong
 * to `quality`. */
void dg_quality_set_valid(dg_quality *quality, bool *valid);
/* Marks the graphs that have SMILES (smiles[k] is not NULL) again: as unique if no earlier sample
 * has the same SMILES, as novel if `train` lacks them (train NULL: novelty stays as it is). */
digress_status dg_quality_by_smiles(dg_quality *quality, char *const *smiles,
                                    const dg_text_set *train);
void dg_quality_count_unread(dg_quality *quality, const dg_unread *unread);
/* Computes only the share of valid graphs; NAN without a rule. Errors: INPUT for an empty set. */
digress_status dg_share_valid(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                              dg_share *out);
void dg_quality_free(dg_quality *quality);

#endif
