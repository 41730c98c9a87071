/* How good sampled molecules are: the tables in section 7 of the DiGress paper, and what later
 * papers added. Reference implementations: DiGress's rdkit_functions.py and molecular_metrics.py;
 * MOSES (Polykovskiy et al. 2020) for internal diversity and distances of properties. */
#ifndef DG_EVAL_MOLECULES_H
#define DG_EVAL_MOLECULES_H

#include "eval/molecules/chemistry.h"
#include "eval/molecules/text_set.h"
#include "eval/statistics/share.h"

/* Distributions over a set; each sums to 1. */
typedef enum dg_histogram_id {
    DG_HISTOGRAM_N,       /* of molecules with n atoms, from 0 */
    DG_HISTOGRAM_ATOMS,   /* of the node classes over all atoms */
    DG_HISTOGRAM_BONDS,   /* of the edge classes over all pairs; "no bond" is one */
    DG_HISTOGRAM_VALENCY, /* of atoms by the integer part of the sum of their bond orders, including
                             bonds to a full atom's hydrogens; aromatic 1.5 */
    DG_HISTOGRAM_VALENCY_SAMPLED, /* the same, as DiGress counts it for samples: aromatic 1 */
    DG_HISTOGRAMS
} dg_histogram_id;
const char *dg_histogram_name(dg_histogram_id histogram);

typedef struct dg_histograms {
    size_t length[DG_HISTOGRAMS];
    double *values[DG_HISTOGRAMS];
} dg_histograms;

/* Has bins for molecules of up to max_n atoms, which must not be less than the largest of the set.
 * Free with dg_histograms_free. */
digress_status dg_histograms_of(const digress_graph_set *set, const dg_alphabet *alphabet,
                                size_t max_n, dg_histograms *out);
void dg_histograms_free(dg_histograms *histograms);

/* The training and test molecules that samples are compared with. Opaque; borrows the sets. */
typedef struct dg_known_molecules dg_known_molecules;

/* train and reference may be NULL, or sets that are not molecules: what depends on them is then
 * undefined. progress may be NULL. Errors: INPUT (built without RDKit), MEMORY. */
digress_status dg_known_molecules_create(dg_pool *pool, const digress_graph_set *train,
                                         const digress_graph_set *reference, dg_progress *progress,
                                         dg_known_molecules **out);
void dg_known_molecules_free(dg_known_molecules *known); /* NULL is allowed */
/* SMILES of the relaxed-valid training molecules; NULL if there are no training molecules. */
const dg_text_set *dg_known_molecules_train_smiles(const dg_known_molecules *known);

/* What is undefined is NAN. Free with dg_molecule_metrics_free. */
typedef struct dg_molecule_metrics {
    size_t count; /* of samples; 0: they are not molecules */
    dg_chemistry chemistry;
    dg_share validity, relaxed_validity;
    /* As DiGress reports them: distinct SMILES among the relaxed-valid, and those of them that no
     * training molecule has. */
    dg_share uniqueness, novelty;
    dg_share uniqueness_of_valid, novelty_of_valid; /* the same among the strictly valid */
    struct {
        size_t over; /* molecules that RDKit can split, valid or not */
        double minimum, mean, maximum;
    } fragments;
    dg_histograms histograms;
    /* Mean absolute difference over the bins, with bins for the largest molecule of any of the
     * sets. */
    double mae_train[DG_HISTOGRAMS], mae_reference[DG_HISTOGRAMS];
    /* Of valid molecules: means, and Wasserstein distances to the reference. */
    double property_mean[DG_PROPERTIES], property_distance[DG_PROPERTIES];
    /* 1 - mean Tanimoto similarity over all pairs of valid molecules (MOSES: IntDiv_1). */
    double internal_diversity;
    /* Squared MMD to the reference with the Tanimoto kernel, biased like the graph MMDs; over at
     * most the first 20000 of a set. */
    double fingerprint_mmd;
    /* For sets with hydrogens as atoms: the shares of atoms whose bond orders sum to their valence,
     * and of molecules that have only such atoms. */
    double stable_atoms, stable_molecules;
} dg_molecule_metrics;

extern const char *const dg_property_names[DG_PROPERTIES]; /* "logp", "tpsa", ... */

/* The classes of the samples are those of the known sets, or these and more. Errors: as
 * dg_known_molecules_create. */
digress_status dg_measure_molecules(const dg_known_molecules *known,
                                    const digress_graph_set *samples, dg_molecule_metrics *out);
/* Also counts samples without a graph, in those shares that are of all samples. Relaxed validity is
 * then undefined if any of them is invalid. */
void dg_molecule_metrics_count_unread(dg_molecule_metrics *metrics, const dg_unread *unread);
/* The metrics of no graphs at all: everything is undefined until samples are counted. */
dg_molecule_metrics dg_molecule_metrics_of_none(void);
void dg_molecule_metrics_free(dg_molecule_metrics *metrics); /* zeroed is allowed */

#endif
