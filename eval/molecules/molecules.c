#include "eval/molecules/molecules.h"

#include "core/memory.h"
#include "eval/molecules/fingerprints.h"
#include "eval/molecules/text_set.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FINGERPRINTS = 20000 };

const char *const dg_property_names[DG_PROPERTIES] = {"logp", "tpsa", "weight", "rings"};

/* ---- histograms ---- */

const char *dg_histogram_name(dg_histogram_id histogram) {
    static const char *const names[DG_HISTOGRAMS] = {"n", "atoms", "bonds", "valency",
                                                     "valency_as_sampling_metric"};
    return names[histogram];
}

static size_t largest_n(const digress_graph_set *set) {
    size_t largest = 1;
    for (size_t k = 0; set && k < digress_graph_set_count(set); k++) {
        size_t n = digress_graph_set_get(set, k).n;
        if (n > largest) largest = n;
    }
    return largest;
}

/* The sum of the bond orders of atom i, including bonds to a full atom's hydrogens; an aromatic
 * bond has the order `aromatic`. */
static double bond_order_sum(const digress_graph *graph, size_t i, const dg_alphabet *alphabet,
                             double aromatic) {
    double sum = alphabet->atoms[graph->node_class[i]].label.hydrogens;
    for (size_t j = 0; j < graph->n; j++) {
        int bond = alphabet->bonds[digress_graph_pair(graph, i, j)];
        sum += bond == DG_BOND_AROMATIC ? aromatic : dg_bond_orders[bond];
    }
    return sum;
}

static void count_graph(const digress_graph *graph, const dg_alphabet *alphabet,
                        dg_histograms *to) {
    to->values[DG_HISTOGRAM_N][graph->n]++;
    for (size_t i = 0; i < graph->n; i++) {
        to->values[DG_HISTOGRAM_ATOMS][graph->node_class[i]]++;
        to->values[DG_HISTOGRAM_VALENCY][(size_t)bond_order_sum(graph, i, alphabet, 1.5)]++;
        to->values[DG_HISTOGRAM_VALENCY_SAMPLED][(size_t)bond_order_sum(graph, i, alphabet, 1)]++;
    }
    for (size_t pair = 0; pair < graph->n * (graph->n - 1) / 2; pair++)
        to->values[DG_HISTOGRAM_BONDS][graph->pair_class[pair]]++;
}

static void normalise(size_t length, double *values) {
    double sum = 0;
    for (size_t k = 0; k < length; k++)
        sum += values[k];
    for (size_t k = 0; k < length && sum > 0; k++)
        values[k] /= sum;
}

/* The most hydrogens that a full atom of the alphabet has. */
static size_t most_hydrogens(const dg_alphabet *alphabet) {
    int most = 0;
    for (size_t k = 0; k < alphabet->atom_count; k++)
        if (alphabet->atoms[k].label.hydrogens > most) most = alphabet->atoms[k].label.hydrogens;
    return (size_t)most;
}

digress_status dg_histograms_of(const digress_graph_set *set, const dg_alphabet *alphabet,
                                size_t max_n, dg_histograms *out) {
    /* 0 ... 3 (max_n - 1) + hydrogens */
    const size_t valencies = 3 * max_n - 2 + most_hydrogens(alphabet);
    dg_histograms made = {
        .length = {max_n + 1, alphabet->atom_count, alphabet->bond_count, valencies, valencies}};
    for (size_t h = 0; h < DG_HISTOGRAMS; h++) {
        digress_status status =
            dg_allocate(made.length[h], sizeof *made.values[h], &made.values[h]);
        if (status != DIGRESS_OK) {
            dg_histograms_free(&made);
            return status;
        }
    }
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        count_graph(&graph, alphabet, &made);
    }
    for (size_t h = 0; h < DG_HISTOGRAMS; h++)
        normalise(made.length[h], made.values[h]);
    *out = made;
    return DIGRESS_OK;
}

void dg_histograms_free(dg_histograms *histograms) {
    for (size_t h = 0; h < DG_HISTOGRAMS; h++)
        free(histograms->values[h]);
    *histograms = (dg_histograms){0};
}

/* 0 for a class that the set lacks. */
static double share_of_bin(const dg_histograms *histograms, size_t h, size_t k) {
    return k < histograms->length[h] ? histograms->values[h][k] : 0;
}

static double mean_difference(const dg_histograms *a, const dg_histograms *b, size_t h) {
    const size_t length = a->length[h] > b->length[h] ? a->length[h] : b->length[h];
    double sum = 0;
    for (size_t k = 0; k < length; k++)
        sum += fabs(share_of_bin(a, h, k) - share_of_bin(b, h, k));
    return sum / (double)length;
}

/* ---- the molecules that are known ---- */

typedef struct side {
    const digress_graph_set *set; /* NULL: none, or not molecules */
    dg_alphabet alphabet;
    dg_chemistry chemistry;
} side;

struct dg_known_molecules {
    dg_pool *pool;
    dg_progress *progress;
    side train, reference;
    dg_text_set train_smiles;
    size_t reference_prints;
    double reference_similarity; /* mean over the pairs of the reference's fingerprints */
};

static void set_side(side *to, const digress_graph_set *set) {
    if (set && digress_graph_set_count(set) > 0 && dg_alphabet_of(set, &to->alphabet))
        to->set = set;
}

static size_t fingerprint_count(const dg_chemistry *chemistry) {
    return chemistry->valid_count < MOST_FINGERPRINTS ? chemistry->valid_count : MOST_FINGERPRINTS;
}

static digress_status describe_train(dg_known_molecules *known) {
    side *train = &known->train;
    if (!train->set) return DIGRESS_OK;
    DG_TRY(dg_chemistry_of(known->pool, train->set, &train->alphabet, DG_CHEMISTRY_RELAXED,
                           "train, molecules", known->progress, &train->chemistry));
    return dg_text_set_of(train->chemistry.relaxed, train->chemistry.count, &known->train_smiles);
}

static digress_status describe_reference(dg_known_molecules *known) {
    side *reference = &known->reference;
    if (!reference->set) return DIGRESS_OK;
    DG_TRY(dg_chemistry_of(known->pool, reference->set, &reference->alphabet,
                           DG_CHEMISTRY_STRICT | DG_CHEMISTRY_PROPERTIES, "test set, molecules",
                           known->progress, &reference->chemistry));
    size_t count = known->reference_prints = fingerprint_count(&reference->chemistry);
    const uint64_t *prints = reference->chemistry.fingerprints;
    if (count == 0) return DIGRESS_OK;
    return dg_mean_tanimoto(known->pool, count, prints, count, prints,
                            &known->reference_similarity);
}

digress_status dg_known_molecules_create(dg_pool *pool, const digress_graph_set *train,
                                         const digress_graph_set *reference, dg_progress *progress,
                                         dg_known_molecules **out) {
    dg_known_molecules *made = NULL;
    DG_TRY(dg_allocate(1, sizeof *made, &made));
    made->pool = pool;
    made->progress = progress;
    set_side(&made->train, train);
    set_side(&made->reference, reference);
    digress_status status = describe_train(made);
    if (status == DIGRESS_OK) status = describe_reference(made);
    if (status != DIGRESS_OK) {
        dg_known_molecules_free(made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}

void dg_known_molecules_free(dg_known_molecules *known) {
    if (!known) return;
    dg_text_set_free(&known->train_smiles);
    dg_chemistry_free(&known->train.chemistry);
    dg_chemistry_free(&known->reference.chemistry);
    free(known);
}

/* ---- uniqueness and novelty ---- */

const dg_text_set *dg_known_molecules_train_smiles(const dg_known_molecules *known) {
    return known->train.set ? &known->train_smiles : NULL;
}

static digress_status count_unique_and_novel(const dg_known_molecules *known, char *const *smiles,
                                             size_t count, size_t valid, dg_share *uniqueness,
                                             dg_share *novelty) {
    dg_text_set unique;
    size_t novel = 0;
    DG_TRY(dg_text_set_of(smiles, count, &unique));
    for (size_t k = 0; k < unique.count; k++)
        novel += !dg_text_set_has(&known->train_smiles, unique.texts[k]);
    *uniqueness = dg_share_of(unique.count, valid);
    *novelty = dg_share_of(novel, known->train.set ? unique.count : 0);
    dg_text_set_free(&unique);
    return DIGRESS_OK;
}

static void count_fragments(dg_molecule_metrics *to) {
    double sum = 0, minimum = HUGE_VAL, maximum = 0;
    for (size_t k = 0; k < to->count; k++) {
        double fragments = (double)to->chemistry.verdicts[k].fragments;
        if (!(fragments > 0)) continue;
        to->fragments.over++;
        sum += fragments;
        minimum = fmin(minimum, fragments);
        maximum = fmax(maximum, fragments);
    }
    const bool some = to->fragments.over > 0;
    to->fragments.mean = some ? sum / (double)to->fragments.over : NAN;
    to->fragments.minimum = some ? minimum : NAN;
    to->fragments.maximum = some ? maximum : NAN;
}

/* ---- distributions ---- */

static digress_status compare_with(const side *other, size_t max_n, const dg_histograms *own,
                                   double mae[DG_HISTOGRAMS]) {
    dg_histograms theirs;
    for (size_t h = 0; h < DG_HISTOGRAMS; h++)
        mae[h] = NAN;
    if (!other->set) return DIGRESS_OK;
    DG_TRY(dg_histograms_of(other->set, &other->alphabet, max_n, &theirs));
    for (size_t h = 0; h < DG_HISTOGRAMS; h++)
        mae[h] = mean_difference(own, &theirs, h);
    dg_histograms_free(&theirs);
    return DIGRESS_OK;
}

static digress_status compare_histograms(const dg_known_molecules *known,
                                         const digress_graph_set *samples,
                                         const dg_alphabet *alphabet, dg_molecule_metrics *to) {
    size_t max_n = largest_n(samples), train = largest_n(known->train.set),
           reference = largest_n(known->reference.set);
    if (train > max_n) max_n = train;
    if (reference > max_n) max_n = reference;
    DG_TRY(dg_histograms_of(samples, alphabet, max_n, &to->histograms));
    DG_TRY(compare_with(&known->train, max_n, &to->histograms, to->mae_train));
    return compare_with(&known->reference, max_n, &to->histograms, to->mae_reference);
}

/* ---- properties ---- */

static int compare_numbers(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The sorted values of the valid molecules; the caller frees *out. */
static digress_status sorted_property(const dg_chemistry *chemistry, size_t property,
                                      double **out) {
    size_t used = 0;
    DG_TRY(dg_allocate(chemistry->valid_count, sizeof **out, out));
    for (size_t k = 0; k < chemistry->count; k++)
        if (chemistry->smiles[k]) (*out)[used++] = chemistry->properties[k][property];
    qsort(*out, used, sizeof **out, compare_numbers);
    return DIGRESS_OK;
}

/* The area between the distribution functions of two sorted samples: their Wasserstein distance. */
static double wasserstein(size_t a_count, const double *a, size_t b_count, const double *b) {
    double distance = 0, at = fmin(a[0], b[0]);
    for (size_t i = 0, j = 0; i < a_count || j < b_count;) {
        const bool from_a = j == b_count || (i < a_count && a[i] <= b[j]);
        const double next = from_a ? a[i] : b[j];
        const double above = (double)i / (double)a_count - (double)j / (double)b_count;
        distance += fabs(above) * (next - at);
        at = next;
        i += from_a;
        j += !from_a;
    }
    return distance;
}

static double mean_of(size_t count, const double *values) {
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += values[k];
    return sum / (double)count;
}

static digress_status compare_property(const dg_chemistry *own, const dg_chemistry *reference,
                                       size_t property, dg_molecule_metrics *to) {
    double *ours = NULL, *theirs = NULL;
    to->property_mean[property] = to->property_distance[property] = NAN;
    if (own->valid_count == 0) return DIGRESS_OK;
    DG_TRY(sorted_property(own, property, &ours));
    to->property_mean[property] = mean_of(own->valid_count, ours);
    digress_status status = DIGRESS_OK;
    if (reference->valid_count > 0) {
        status = sorted_property(reference, property, &theirs);
        if (status == DIGRESS_OK)
            to->property_distance[property] =
                wasserstein(own->valid_count, ours, reference->valid_count, theirs);
    }
    free(ours);
    free(theirs);
    return status;
}

static digress_status compare_fingerprints(const dg_known_molecules *known,
                                           dg_molecule_metrics *to) {
    size_t count = fingerprint_count(&to->chemistry);
    const uint64_t *ours = to->chemistry.fingerprints;
    double own, cross;
    to->internal_diversity = to->fingerprint_mmd = NAN;
    if (count == 0) return DIGRESS_OK;
    DG_TRY(dg_mean_tanimoto(known->pool, count, ours, count, ours, &own));
    to->internal_diversity = 1 - own;
    if (known->reference_prints == 0) return DIGRESS_OK;
    DG_TRY(dg_mean_tanimoto(known->pool, count, ours, known->reference_prints,
                            known->reference.chemistry.fingerprints, &cross));
    to->fingerprint_mmd = own + known->reference_similarity - 2 * cross;
    return DIGRESS_OK;
}

/* ---- stability ---- */

static bool has_hydrogens(const dg_alphabet *alphabet) {
    for (size_t k = 0; k < alphabet->atom_count; k++)
        if (alphabet->atoms[k].number == 1) return true;
    return false;
}

static void count_stable(const digress_graph_set *samples, const dg_alphabet *alphabet,
                         dg_molecule_metrics *to) {
    size_t atoms = 0, stable_atoms = 0, stable_molecules = 0;
    to->stable_atoms = to->stable_molecules = NAN;
    if (!has_hydrogens(alphabet)) return;
    for (size_t k = 0; k < to->count; k++) {
        digress_graph graph = digress_graph_set_get(samples, k);
        size_t stable = 0;
        for (size_t i = 0; i < graph.n; i++)
            stable += bond_order_sum(&graph, i, alphabet, 1.5) ==
                      (double)alphabet->atoms[graph.node_class[i]].valence;
        atoms += graph.n;
        stable_atoms += stable;
        stable_molecules += stable == graph.n;
    }
    to->stable_atoms = (double)stable_atoms / (double)atoms;
    to->stable_molecules = (double)stable_molecules / (double)to->count;
}

/* ---- a set of samples ---- */

static digress_status measure_samples(const dg_known_molecules *known,
                                      const digress_graph_set *samples, const dg_alphabet *alphabet,
                                      dg_molecule_metrics *to) {
    const unsigned all = DG_CHEMISTRY_STRICT | DG_CHEMISTRY_RELAXED | DG_CHEMISTRY_PROPERTIES;
    DG_TRY(dg_chemistry_of(known->pool, samples, alphabet, all, "samples, molecules",
                           known->progress, &to->chemistry));
    const dg_chemistry *chemistry = &to->chemistry;
    to->count = chemistry->count;
    to->validity = dg_share_of(chemistry->valid_count, to->count);
    to->relaxed_validity = dg_share_of(chemistry->relaxed_count, to->count);
    DG_TRY(count_unique_and_novel(known, chemistry->relaxed, to->count, chemistry->relaxed_count,
                                  &to->uniqueness, &to->novelty));
    DG_TRY(count_unique_and_novel(known, chemistry->smiles, to->count, chemistry->valid_count,
                                  &to->uniqueness_of_valid, &to->novelty_of_valid));
    count_fragments(to);
    count_stable(samples, alphabet, to);
    DG_TRY(compare_histograms(known, samples, alphabet, to));
    for (size_t property = 0; property < DG_PROPERTIES; property++)
        DG_TRY(compare_property(chemistry, &known->reference.chemistry, property, to));
    return compare_fingerprints(known, to);
}

digress_status dg_measure_molecules(const dg_known_molecules *known,
                                    const digress_graph_set *samples, dg_molecule_metrics *out) {
    dg_alphabet alphabet;
    dg_molecule_metrics made = {0};
    *out = made;
    if (!dg_alphabet_of(samples, &alphabet)) return DIGRESS_OK;
    digress_status status = measure_samples(known, samples, &alphabet, &made);
    if (status == DIGRESS_OK)
        *out = made;
    else
        dg_molecule_metrics_free(&made);
    return status;
}

static dg_share share_with(const dg_share *of, size_t count, const dg_unread *unread) {
    return dg_share_of(of->count + unread->valid, count + unread->invalid + unread->valid);
}

void dg_molecule_metrics_count_unread(dg_molecule_metrics *metrics, const dg_unread *unread) {
    const size_t graphs = metrics->count, all = graphs + unread->invalid + unread->valid;
    metrics->validity = share_with(&metrics->validity, graphs, unread);
    metrics->relaxed_validity = unread->invalid > 0
                                    ? dg_share_of(0, 0) /* charges might have made them valid */
                                    : share_with(&metrics->relaxed_validity, graphs, unread);
    metrics->stable_molecules *= (double)graphs / (double)all;
    metrics->count = all;
}

dg_molecule_metrics dg_molecule_metrics_of_none(void) {
    dg_molecule_metrics none = {.uniqueness = dg_share_of(0, 0),
                                .novelty = dg_share_of(0, 0),
                                .uniqueness_of_valid = dg_share_of(0, 0),
                                .novelty_of_valid = dg_share_of(0, 0),
                                .fragments = {.minimum = NAN, .mean = NAN, .maximum = NAN},
                                .internal_diversity = NAN,
                                .fingerprint_mmd = NAN,
                                .stable_atoms = NAN,
                                .stable_molecules = NAN};
    for (size_t h = 0; h < DG_HISTOGRAMS; h++)
        none.mae_train[h] = none.mae_reference[h] = NAN;
    for (size_t property = 0; property < DG_PROPERTIES; property++)
        none.property_mean[property] = none.property_distance[property] = NAN;
    return none;
}

void dg_molecule_metrics_free(dg_molecule_metrics *metrics) {
    dg_chemistry_free(&metrics->chemistry);
    dg_histograms_free(&metrics->histograms);
    *metrics = (dg_molecule_metrics){0};
}
