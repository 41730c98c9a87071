/* How good sampled graphs are: distances to a test set, validity, uniqueness, novelty. */
#ifndef DIGRESS_EVAL_H
#define DIGRESS_EVAL_H

#include "digress/graph.h"
#include "digress/status.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What graphs are compared by: degree histogram, local clustering, counts of the 15 orbits of
 * graphlets up to four nodes, spectrum of the normalised Laplacian, wavelets on it. */
typedef enum digress_descriptor {
    DIGRESS_DEGREE,
    DIGRESS_CLUSTERING,
    DIGRESS_ORBIT,
    DIGRESS_SPECTRAL,
    DIGRESS_WAVELET,
    DIGRESS_DESCRIPTORS
} digress_descriptor;

/* "degree", "clustering", ... Static storage. */
const char *digress_descriptor_name(digress_descriptor descriptor);

/* A number and its 95 % interval. NAN where undefined. */
typedef struct digress_estimate {
    double value, low, high;
} digress_estimate;

typedef struct digress_evaluation {
    /* Squared maximum mean discrepancies to the reference, by the Gaussian kernel on the total
     * variation (DiGress's numbers), on the earth mover's distance (GraphRNN's; no wavelet), and
     * the largest over ten RBF bandwidths (PolyGraph's). Small negative values are legitimate. */
    digress_estimate mmd[DIGRESS_DESCRIPTORS], mmd_emd[DIGRESS_DESCRIPTORS],
        mmd_rbf[DIGRESS_DESCRIPTORS];
    /* The training set's own `mmd` to the reference; NAN without a training set. */
    double train_mmd[DIGRESS_DESCRIPTORS];
    /* Mean of mmd / train_mmd over all descriptors, and over all but the wavelets. */
    digress_estimate ratio, ratio_4;
    /* PolyGraph discrepancy, in [0, 1], by logistic regression; NAN for fewer than 8 graphs. */
    digress_estimate pgd;
    digress_descriptor pgd_descriptor; /* the one that tells samples and reference apart best */
    /* Shares of the samples, with exact binomial intervals. unique: the first of its isomorphism
     * class; novel: isomorphic to no training graph; vun: all three. Valid molecules are told apart
     * by their canonical SMILES. */
    digress_estimate valid, unique, novel, vun;
    /* Total variation between the distributions of graph sizes, of node classes and of edge
     * classes. */
    double tv_nodes, tv_node_class, tv_edge_class;
    /* For molecules (molecules.h; otherwise NAN): the share that RDKit accepts as they stand, and
     * the share that it accepts with partial charges, as DiGress reports it; of the latter, the
     * share of distinct ones; and of these, the share that equals no training molecule. */
    digress_estimate molecule_validity, molecule_relaxed_validity, molecule_uniqueness,
        molecule_novelty;
} digress_evaluation;

typedef struct digress_evaluate_options {
    const char *valid;     /* the rule of validity, by its name in `digress eval`: "planar", "tree",
                              "sbm", ...; NULL: none */
    bool as_digress_runs;  /* the spectral descriptor as DiGress's evaluator computes it */
    size_t threads;        /* 0: all processors; never changes the numbers */
    bool *per_graph_valid; /* [samples] filled if there is a rule; NULL: not wanted */
    digress_watch watch;
} digress_evaluate_options;

/* Compares the samples with `reference`, a test set. `reference` may be NULL: no distances; `train`
 * too: no ratios, no novelty. Classes are matched by name; a class that only one of the sets has
 * counts like any other. `options` may be NULL. Errors: INPUT (an empty set, an unknown rule),
 * MEMORY. */
digress_status digress_evaluate(const digress_graph_set *samples,
                                const digress_graph_set *reference, const digress_graph_set *train,
                                const digress_evaluate_options *options, digress_evaluation *out);

/* Computes targets of every graph and adds them to the set: names separated by commas, of "edges",
 * "density", "clustering", "triangles", "max_degree", "diameter", "components", and of molecules,
 * by RDKit, "logP", "TPSA", "weight", "rings", "aromatic_rings", "fraction_sp3", "donors",
 * "acceptors", "rotatable_bonds". NAN for what is no valid molecule. threads 0: all processors.
 * Errors: INPUT (another name; molecules' of other graphs; built without RDKit). */
digress_status digress_graph_set_compute_targets(digress_graph_set *set, const char *names,
                                                 size_t threads);

/* How far samples are from one of the targets that they carry: what they were asked for beside what
 * they have. NAN where undefined. */
typedef struct digress_target_error {
    char name[64];
    bool computed;   /* whether digress can measure it (digress_graph_set_compute_targets); else all
                        below is of no use */
    size_t asked;    /* graphs that were asked for it */
    size_t measured; /* of them, those that have any: not what is no valid molecule */
    double mae;      /* mean absolute error of those */
    double correlation; /* Pearson's */
    double mean_asked, mean_measured;
} digress_target_error;

/* Of target number `target` of the samples. threads 0: all processors. Errors: INPUT (no such
 * target; a molecule's target of other graphs). */
digress_status digress_target_error_of(const digress_graph_set *samples, size_t target,
                                       size_t threads, digress_target_error *out);

#ifdef __cplusplus
}
#endif

#endif
