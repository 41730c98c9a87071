#include "eval/compare.h"

#include "datasets/generators.h"
#include "eval/descriptors/description_cache.h"
#include "graph/classes.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BASELINE_SEED = 0, BASELINE_GRAPHS = 256 };
static const double SMALLEST_DENOMINATOR = 1e-12;

const dg_compare_options dg_compare_defaults = {.descriptors = DG_ALL_DESCRIPTORS,
                                                .kernels = (1u << DG_KERNEL_COUNT) - 1u,
                                                .pgd = true,
                                                .baseline = true,
                                                .quality = true,
                                                .molecules = true};

static const dg_estimate undefined = {NAN, {NAN, NAN}};

/* The test set, and what is needed to compare other sets with it. */
typedef struct comparer {
    dg_pool *pool;
    const dg_compare_options *options;
    const digress_graph_set *reference_set, *train_set; /* may be NULL */
    digress_graph_set *classes;   /* the classes of both, by name; NULL: neither set is there */
    digress_graph_set *own_train; /* train brought to `classes`; NULL: it has these already */
    dg_description reference;     /* count 0: none */
    const dg_compared_set *train; /* NULL: none, or not yet */
    dg_known_molecules *known;    /* NULL: there are no molecules */
} comparer;

/* ---- summaries ---- */

static dg_compared_set summarise(const dg_description *description) {
    dg_compared_set set = {.count = description->count};
    for (size_t k = 0; k < description->count; k++) {
        const dg_summary *summary = &description->summaries[k];
        set.nodes += (double)summary->nodes;
        set.edges += (double)summary->edges;
        set.degree += summary->mean_degree;
        set.clustering += summary->mean_clustering;
        set.triangles += (double)summary->triangles;
        set.components += (double)summary->components;
    }
    double count = (double)description->count;
    set.nodes /= count;
    set.edges /= count;
    set.degree /= count;
    set.clustering /= count;
    set.triangles /= count;
    set.components /= count;
    set.ratio = set.ratio_4 = undefined;
    set.pgd = (dg_pgd){.value = NAN, .interval = {NAN, NAN}};
    set.tv_node_class = set.tv_edge_class = set.tv_nodes = NAN;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        set.share[d] = set.pgd.by[d] = NAN;
        for (size_t kernel = 0; kernel < DG_KERNEL_COUNT; kernel++)
            set.mmd[kernel][d] = undefined;
    }
    return set;
}

/* ---- class statistics ---- */

/* Half the L1 distance of two histograms [length], each divided by its sum; 0 if both are empty, 1
 * if only one is. */
static double total_variation(const double *a, const double *b, size_t length) {
    double a_sum = 0.0, b_sum = 0.0, distance = 0.0;
    for (size_t k = 0; k < length; k++) {
        a_sum += a[k];
        b_sum += b[k];
    }
    if (a_sum <= 0.0 || b_sum <= 0.0) return a_sum > 0.0 || b_sum > 0.0 ? 1.0 : 0.0;
    for (size_t k = 0; k < length; k++)
        distance += fabs(a[k] / a_sum - b[k] / b_sum);
    return 0.5 * distance;
}

/* Classes that only one of the sets has come last. */
static double class_variation(const uint32_t *a, size_t a_count, size_t a_classes,
                              const uint32_t *b, size_t b_count, size_t b_classes) {
    const size_t classes = a_classes > b_classes ? a_classes : b_classes;
    double a_sums[DIGRESS_MAX_CLASSES] = {0}, b_sums[DIGRESS_MAX_CLASSES] = {0};
    for (size_t k = 0; k < a_count * a_classes; k++)
        a_sums[k % a_classes] += a[k];
    for (size_t k = 0; k < b_count * b_classes; k++)
        b_sums[k % b_classes] += b[k];
    return total_variation(a_sums, b_sums, classes);
}

static size_t largest_graph(const dg_description *description, size_t largest) {
    for (size_t k = 0; k < description->count; k++)
        if (description->summaries[k].nodes > largest) largest = description->summaries[k].nodes;
    return largest;
}

static digress_status size_variation(const dg_description *a, const dg_description *b,
                                     double *out) {
    size_t length = largest_graph(a, largest_graph(b, 0)) + 1;
    double *sizes = NULL;
    DG_TRY(dg_allocate(2 * length, sizeof *sizes, &sizes));
    for (size_t k = 0; k < a->count; k++)
        sizes[a->summaries[k].nodes] += 1.0;
    for (size_t k = 0; k < b->count; k++)
        sizes[length + b->summaries[k].nodes] += 1.0;
    *out = total_variation(sizes, sizes + length, length);
    free(sizes);
    return DIGRESS_OK;
}

static digress_status compare_classes(const dg_description *reference, const dg_description *other,
                                      dg_compared_set *row) {
    row->tv_node_class =
        class_variation(reference->node_class_counts, reference->count, reference->node_classes,
                        other->node_class_counts, other->count, other->node_classes);
    row->tv_edge_class =
        class_variation(reference->edge_class_counts, reference->count, reference->edge_classes,
                        other->edge_class_counts, other->count, other->edge_classes);
    return size_variation(reference, other, &row->tv_nodes);
}

/* If one of the sets has no classes, there is nothing to compare. */
static void forget_plain_classes(const comparer *with, const digress_graph_set *set,
                                 dg_compared_set *row) {
    const digress_graph_set *reference = with->reference_set;
    if (!reference) return;
    if (dg_nodes_are_plain(set) || dg_nodes_are_plain(reference)) row->tv_node_class = NAN;
    if (dg_edges_are_plain(set) != dg_edges_are_plain(reference)) row->tv_edge_class = NAN;
}

/* ---- MMDs and their ratio to the training set's ---- */

static digress_status compare_by(const comparer *with, dg_kernel kernel,
                                 enum dg_descriptor_id descriptor, const dg_description *other,
                                 const dg_halves *halves, dg_mmd *out) {
    dg_description first = *other;
    dg_halves fewer = {0};
    bool cut = with->options->as_digress_runs &&
               dg_descriptor_of(descriptor)->digress_counts_by_test &&
               other->count > with->reference.count;
    if (cut) {
        first.count = with->reference.count;
        DG_TRY(dg_halves_draw(first.count, first.count, &fewer));
    }
    const dg_mmd_request what = {kernel, descriptor, cut ? &fewer : halves,
                                 with->options->progress};
    digress_status status = dg_squared_mmd(with->pool, &what, &with->reference, &first, out);
    dg_halves_free(&fewer);
    return status;
}

static dg_estimate mean_ratio(const dg_compared_set *train, const dg_mmd mmds[DG_DESCRIPTOR_COUNT],
                              unsigned descriptors) {
    double ratio = 0.0, replicates[DG_REPLICATES] = {0};
    size_t terms = 0;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        double denominator = train->mmd[DG_KERNEL_TV][d].value;
        if (!(descriptors >> d & 1u) || !(denominator >= SMALLEST_DENOMINATOR)) continue;
        terms++;
        ratio += mmds[d].value / denominator;
        for (size_t k = 0; k < DG_REPLICATES; k++)
            replicates[k] += mmds[d].replicates[k] / denominator;
    }
    if (terms == 0) return undefined;
    for (size_t k = 0; k < DG_REPLICATES; k++)
        replicates[k] /= (double)terms;
    dg_estimate estimate = {.value = ratio / (double)terms};
    dg_replicate_interval(estimate.value, replicates, estimate.interval);
    return estimate;
}

static digress_status compare_kernel(const comparer *with, dg_kernel kernel,
                                     const dg_description *other, const dg_halves *halves,
                                     dg_compared_set *row) {
    unsigned descriptors = with->options->descriptors;
    dg_mmd mmds[DG_DESCRIPTOR_COUNT];
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        if (!(descriptors >> d & 1u) || !dg_kernel_defined(kernel, d)) continue;
        DG_TRY(compare_by(with, kernel, d, other, halves, &mmds[d]));
        row->mmd[kernel][d].value = mmds[d].value;
        dg_replicate_interval(mmds[d].value, mmds[d].replicates, row->mmd[kernel][d].interval);
    }
    if (kernel != DG_KERNEL_TV || !with->train) return DIGRESS_OK;
    unsigned in_ratio = 0, in_ratio_4 = 0;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        in_ratio |= (unsigned)dg_descriptor_of(d)->in_ratio << d;
        in_ratio_4 |= (unsigned)dg_descriptor_of(d)->in_ratio_4 << d;
    }
    row->ratio = mean_ratio(with->train, mmds, descriptors & in_ratio);
    row->ratio_4 = mean_ratio(with->train, mmds, descriptors & in_ratio_4);
    return DIGRESS_OK;
}

static digress_status compare_kernels(const comparer *with, const dg_description *other,
                                      dg_compared_set *row) {
    dg_halves halves;
    DG_TRY(dg_halves_draw(with->reference.count, other->count, &halves));
    digress_status status = DIGRESS_OK;
    for (size_t kernel = 0; kernel < DG_KERNEL_COUNT && status == DIGRESS_OK; kernel++)
        if (with->options->kernels >> kernel & 1u)
            status = compare_kernel(with, kernel, other, &halves, row);
    dg_halves_free(&halves);
    return status;
}

/* ---- columns ---- */

static dg_describe_options describe_options(const comparer *with, const char *label, size_t most) {
    return (dg_describe_options){.most = most,
                                 .descriptors = with->options->descriptors,
                                 .drop_above_two = with->options->as_digress_runs,
                                 .progress = with->options->progress,
                                 .label = label};
}

static digress_status describe_reference(comparer *with) {
    const dg_describe_options options = describe_options(with, "test set", with->options->most);
    const char *cache = with->options->reference_cache;
    if (digress_graph_set_count(with->reference_set) == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the test set has no graphs");
    if (cache)
        return dg_describe_cached(with->pool, with->reference_set, &options, cache,
                                  &with->reference);
    return dg_describe(with->pool, with->reference_set, &options, &with->reference);
}

static digress_status compare_description(const comparer *with, const dg_description *description,
                                          dg_compared_set *out) {
    dg_compared_set row = summarise(description);
    if (with->reference.count > 0) {
        DG_TRY(compare_classes(&with->reference, description, &row));
        DG_TRY(compare_kernels(with, description, &row));
        if (with->options->pgd)
            DG_TRY(dg_polygraph_discrepancy(with->pool, &with->reference, description, &row.pgd));
    }
    *out = row;
    return DIGRESS_OK;
}

/* Compares the first `most` graphs of the set; 0: all. */
static digress_status compare_set(const comparer *with, const digress_graph_set *set,
                                  const char *label, size_t most, dg_compared_set *out) {
    if (digress_graph_set_count(set) == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "a set without graphs cannot be compared (%s)", label);
    dg_description description;
    const dg_describe_options options = describe_options(with, label, most);
    DG_TRY(dg_describe(with->pool, set, &options, &description));
    digress_status status = compare_description(with, &description, out);
    dg_description_free(&description);
    return status;
}

static digress_status compare_baseline(const comparer *with, dg_compared_set *out) {
    digress_graph_set *erdos_renyi = NULL;
    comparer reduced = *with;
    dg_compare_options options = *with->options;
    options.kernels &= 1u << DG_KERNEL_TV;
    options.pgd = false;
    reduced.options = &options;
    DG_TRY(dg_erdos_renyi_like(with->reference_set, BASELINE_SEED, &erdos_renyi));
    digress_status status = compare_set(&reduced, erdos_renyi, "Erdos-Renyi", BASELINE_GRAPHS, out);
    if (status == DIGRESS_OK) forget_plain_classes(with, erdos_renyi, out);
    digress_graph_set_free(erdos_renyi);
    return status;
}

static void fill_shares(const dg_comparison *comparison, dg_compared_set *row) {
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        double worst = comparison->baseline.mmd[DG_KERNEL_TV][d].value;
        double best = comparison->train.mmd[DG_KERNEL_TV][d].value;
        if (worst > best)
            row->share[d] = (worst - row->mmd[DG_KERNEL_TV][d].value) / (worst - best);
    }
}

static digress_status mark_molecules(const comparer *with, const dg_chemistry *chemistry,
                                     dg_quality *quality) {
    bool *valid = NULL;
    DG_TRY(dg_quality_by_smiles(quality, chemistry->smiles,
                                dg_known_molecules_train_smiles(with->known)));
    if (with->options->rule != DG_RULE_MOLECULE) return DIGRESS_OK;
    DG_TRY(dg_allocate(chemistry->count, sizeof *valid, &valid));
    for (size_t k = 0; k < chemistry->count; k++)
        valid[k] = chemistry->smiles[k] != NULL;
    dg_quality_set_valid(quality, valid);
    return DIGRESS_OK;
}

/* Judges validity, unless molecules have been judged already. */
static digress_status judge_sample(const comparer *with, const digress_graph_set *set,
                                   dg_compared_set *out) {
    const dg_chemistry *chemistry = &out->molecules.chemistry;
    const bool judged = chemistry->count > 0;
    const dg_rule rule = with->options->rule;
    DG_TRY(dg_judge(with->pool, judged && rule == DG_RULE_MOLECULE ? DG_RULE_NONE : rule, set,
                    with->train_set, &out->quality));
    return judged ? mark_molecules(with, chemistry, &out->quality) : DIGRESS_OK;
}

static digress_status compare_matched(const comparer *with, const digress_graph_set *set,
                                      const dg_comparison *comparison, dg_compared_set *out) {
    DG_TRY(compare_set(with, set, "samples", 0, out));
    if (comparison->has_baseline && comparison->has_train) fill_shares(comparison, out);
    if (with->known) DG_TRY(dg_measure_molecules(with->known, set, &out->molecules));
    return with->options->quality ? judge_sample(with, set, out) : DIGRESS_OK;
}

/* For samples none of which has a graph: all that is known is how many are valid. */
static digress_status describe_no_graphs(const comparer *with, dg_compared_set *out) {
    const dg_description none = {0};
    *out = summarise(&none);
    out->molecules = dg_molecule_metrics_of_none();
    if (!with->options->quality) return DIGRESS_OK;
    DG_TRY(dg_allocate(1, sizeof(bool), &out->quality.unique));
    if (with->train_set) DG_TRY(dg_allocate(1, sizeof(bool), &out->quality.novel));
    if (with->options->rule == DG_RULE_MOLECULE)
        DG_TRY(dg_allocate(1, sizeof(bool), &out->quality.valid));
    return DIGRESS_OK;
}

static void count_unread(const dg_unread *unread, dg_compared_set *out) {
    const size_t more = unread->invalid + unread->valid;
    out->sampled = out->count + more;
    if (more == 0) return;
    dg_molecule_metrics_count_unread(&out->molecules, unread);
    dg_quality_count_unread(&out->quality, unread);
}

/* *out = a copy of the set over `classes` and those that it adds; NULL if it has just these
 * classes. */
static digress_status match_classes(const digress_graph_set *set, const digress_graph_set *classes,
                                    digress_graph_set **out) {
    digress_graph_set *joined = NULL;
    *out = NULL;
    if (!classes || dg_same_classes(set, classes)) return DIGRESS_OK;
    DG_TRY(dg_classes_join(classes, set, &joined));
    digress_status status = dg_graph_set_copy(set, joined, out);
    digress_graph_set_free(joined);
    return status;
}

static digress_status compare_sample(const comparer *with, const digress_graph_set *set,
                                     const dg_unread *unread, const dg_comparison *comparison,
                                     dg_compared_set *out) {
    digress_graph_set *matched = NULL;
    if (digress_graph_set_count(set) == 0 && unread->invalid + unread->valid > 0) {
        DG_TRY(describe_no_graphs(with, out));
        count_unread(unread, out);
        return DIGRESS_OK;
    }
    DG_TRY(match_classes(set, with->classes, &matched));
    digress_status status = compare_matched(with, matched ? matched : set, comparison, out);
    digress_graph_set_free(matched);
    DG_TRY(status);
    if (with->options->targets) DG_TRY(dg_target_errors_of(with->pool, set, &out->targets));
    forget_plain_classes(with, set, out);
    count_unread(unread, out);
    return DIGRESS_OK;
}

/* The reference's classes keep their numbers. */
static digress_status join_classes(comparer *with) {
    const digress_graph_set *reference = with->reference_set, *train = with->train_set;
    if (!reference && !train) return DIGRESS_OK;
    if (!reference || !train)
        return digress_graph_set_create_like(reference ? reference : train, &with->classes);
    DG_TRY(dg_classes_join(reference, train, &with->classes));
    DG_TRY(match_classes(train, with->classes, &with->own_train));
    if (with->own_train) with->train_set = with->own_train;
    return DIGRESS_OK;
}

static bool is_of_molecules(const digress_graph_set *set) {
    dg_alphabet alphabet;
    return set && dg_alphabet_of(set, &alphabet);
}

static digress_status prepare_molecules(comparer *with, size_t sample_sets,
                                        const digress_graph_set *const *samples) {
    bool some = is_of_molecules(with->reference_set) || is_of_molecules(with->train_set);
    for (size_t k = 0; k < sample_sets && !some; k++)
        some = is_of_molecules(samples[k]);
    if (!some || !with->options->molecules || !dg_rdkit_version()) return DIGRESS_OK;
    return dg_known_molecules_create(with->pool, with->train_set, with->reference_set,
                                     with->options->progress, &with->known);
}

static digress_status compare_all(comparer *with, const digress_graph_set *const *samples,
                                  dg_comparison *comparison) {
    const digress_graph_set *train = with->train_set;
    DG_TRY(join_classes(with));
    if (train) {
        DG_TRY(
            compare_set(with, with->train_set, "train", with->options->most, &comparison->train));
        forget_plain_classes(with, train, &comparison->train);
        with->train = &comparison->train;
    }
    if (comparison->has_reference) comparison->reference = summarise(&with->reference);
    if (comparison->has_baseline) DG_TRY(compare_baseline(with, &comparison->baseline));
    DG_TRY(prepare_molecules(with, comparison->sample_sets, samples));
    DG_TRY(dg_allocate(comparison->sample_sets, sizeof *comparison->samples, &comparison->samples));
    for (size_t k = 0; k < comparison->sample_sets; k++) {
        const dg_unread unread = with->options->unread ? with->options->unread[k] : (dg_unread){0};
        DG_TRY(compare_sample(with, samples[k], &unread, comparison, &comparison->samples[k]));
    }
    return DIGRESS_OK;
}

digress_status dg_compare(dg_pool *pool, const dg_compare_options *options,
                          const digress_graph_set *reference, const digress_graph_set *train,
                          size_t sample_sets, const digress_graph_set *const *samples,
                          dg_comparison *out) {
    dg_comparison comparison = {.has_reference = reference,
                                .has_train = train,
                                .sample_sets = sample_sets,
                                .has_baseline = reference && options->baseline};
    comparer with = {
        .pool = pool, .options = options, .reference_set = reference, .train_set = train};
    if (reference) DG_TRY(describe_reference(&with));
    digress_status status = compare_all(&with, samples, &comparison);
    dg_description_free(&with.reference);
    dg_known_molecules_free(with.known);
    digress_graph_set_free(with.own_train);
    digress_graph_set_free(with.classes);
    if (status != DIGRESS_OK) {
        dg_comparison_free(&comparison);
        return status;
    }
    *out = comparison;
    return DIGRESS_OK;
}

void dg_comparison_free(dg_comparison *comparison) {
    for (size_t k = 0; comparison->samples && k < comparison->sample_sets; k++) {
        dg_quality_free(&comparison->samples[k].quality);
        dg_molecule_metrics_free(&comparison->samples[k].molecules);
        dg_target_errors_free(&comparison->samples[k].targets);
    }
    free(comparison->samples);
    comparison->samples = NULL;
}
