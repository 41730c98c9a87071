/* The sets that `digress eval` compares. */
#ifndef DG_CLI_EVAL_INPUTS_H
#define DG_CLI_EVAL_INPUTS_H

#include "cli/options.h"
#include "core/threads.h"
#include "digress/graph.h"
#include "eval/validity/validity.h"

/* What a comparison reads. */
typedef struct dg_eval_inputs {
    digress_graph_set *reference, *train;
    size_t sample_sets;
    digress_graph_set **samples; /* [sample_sets] */
    dg_unread *unread;           /* [sample_sets] */
} dg_eval_inputs;

/* Reads what --ref, --train and the operands name; files of molecules (.smi, .csv, .sdf) with
 * hydrogens and bonds as in --train, or else --ref. To be freed even after a failure. */
digress_status dg_eval_inputs_read(const dg_arguments *arguments, dg_pool *pool,
                                   dg_eval_inputs *in);
/* Names for the edge classes of molecules in files without names. */
extern const char dg_bonds_by_place[];

/* Reads graphs as the options say; of a set folder, the given part. Prints what the reader dropped.
 */
digress_status dg_eval_read_part(const dg_arguments *arguments, const char *path, const char *part,
                                 digress_graph_set **out);
/* *out = the rule for the kind of a set folder; unchanged for anything else, and for NULL. */
digress_status dg_eval_find_rule(const char *path, dg_rule *out);
/* Of ranks that evaluate together: whether one has failed (`status`) to read this, and whether all
 * have read the same. */
digress_status dg_eval_inputs_agree(const dg_eval_inputs *in, digress_status status);
void dg_eval_inputs_free(dg_eval_inputs *in);

#endif
