/* How sampled sets compare with a test set: the table of `digress eval`. */
#ifndef DG_EVAL_COMPARE_H
#define DG_EVAL_COMPARE_H

#include "eval/distances/mmd.h"
#include "eval/distances/pgd.h"
#include "eval/molecules/molecules.h"
#include "eval/targets/errors.h"
#include "eval/validity/validity.h"
#include <stdbool.h>

/* A number and its 95 % interval. What is undefined is NAN. */
typedef struct dg_estimate {
    double value, interval[2];
} dg_estimate;

/* One column of the table. What is undefined is NAN. */
typedef struct dg_compared_set {
    size_t count;   /* of graphs */
    size_t sampled; /* of samples, including those that have no graph; 0: these are not samples */
    double nodes, edges, degree, clustering, triangles, components; /* means over the graphs */
    /* Squared MMDs to the test set. */
    dg_estimate mmd[DG_KERNEL_COUNT][DG_DESCRIPTOR_COUNT];
    /* The TV kernel's MMD divided by the training set's, averaged over the descriptors whose
     * training MMD is at least 1e-12. ratio_4: without the wavelets, as in the first papers. */
    dg_estimate ratio, ratio_4;
    dg_pgd pgd; /* to the test set */
    /* Total variation between the distributions of node classes, of edge classes ("no edge" is one)
     * and of graph sizes and those of the test set. Classes: NAN if only one set has any. */
    double tv_node_class, tv_edge_class, tv_nodes;
    /* (d_ER - d) / (d_ER - d_train), d the TV kernel's MMD: 1 is as good as the training set, 0 as
     * bad as Erdos-Renyi graphs with the test set's density. NAN unless d_ER > d_train. */
    double share[DG_DESCRIPTOR_COUNT];
    dg_quality quality;            /* of samples only: count 0 elsewhere */
    dg_molecule_metrics molecules; /* of samples that are molecules only: count 0 elsewhere */
    dg_target_errors targets;      /* of samples, where they are asked for: count 0 elsewhere */
} dg_compared_set;

typedef struct dg_compare_options {
    unsigned descriptors, kernels; /* bits 1 << id */
    /* Computes as DiGress's evaluator does in practice: for the spectral descriptor, only as many
     * samples count as there are reference graphs, and eigenvalues computed as above 2 are left
     * out. */
    bool as_digress_runs;
    bool pgd, baseline;
    size_t most;  /* at most so many graphs of the reference and of train, the first ones; 0: all */
    bool quality; /* validity by `rule`, uniqueness, novelty */
    dg_rule rule;
    bool molecules;              /* judge molecules, if RDKit is built in */
    bool targets;                /* what samples were asked for, beside what they have */
    const dg_unread *unread;     /* [sample_sets] samples without a graph; NULL: none */
    dg_progress *progress;       /* may be NULL */
    const char *reference_cache; /* a file for the reference's descriptors; NULL: none */
} dg_compare_options;

/* Compares everything. */
extern const dg_compare_options dg_compare_defaults;

/* Free with dg_comparison_free. */
typedef struct dg_comparison {
    bool has_reference, has_train, has_baseline;
    dg_compared_set reference, train;
    dg_compared_set baseline; /* of 256 graphs at most */
    size_t sample_sets;
    dg_compared_set *samples; /* [sample_sets] */
} dg_comparison;

/* Compares each of the sample sets with the test set `reference`, and, beside them, `train` and
 * Erdos-Renyi graphs with the density of `reference`, the baseline. reference and train may be
 * NULL: then their columns, the baseline and all that depends on them are left out. Classes are
 * matched by name (graph/classes.h): one that only one of the sets has is a class like any other.
 * Valid molecules are compared by their canonical SMILES for uniqueness and novelty. Errors: INPUT
 * for an empty set, unless it is one of samples without graphs. */
digress_status dg_compare(dg_pool *pool, const dg_compare_options *options,
                          const digress_graph_set *reference, const digress_graph_set *train,
                          size_t sample_sets, const digress_graph_set *const *samples,
                          dg_comparison *out);
void dg_comparison_free(dg_comparison *comparison);

#endif
