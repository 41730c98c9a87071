/* The public interface to single measures (include/digress/metrics.h), over the internal ones. */
#include "digress/metrics.h"

#include "eval/distances/mmd.h"
#include "eval/distances/pgd.h"
#include "eval/structure/canonical.h"
#include "eval/validity/validity.h"
#include "graph/classes.h"
#include <stdlib.h>
#include <string.h>

/* They are public by the same numbers. */
_Static_assert((int)DIGRESS_TV == (int)DG_KERNEL_TV && (int)DIGRESS_EMD == (int)DG_KERNEL_EMD &&
                   (int)DIGRESS_RBF == (int)DG_KERNEL_RBF &&
                   (int)DIGRESS_KERNELS == (int)DG_KERNEL_COUNT,
               "all kernels, in the same order");

/* A pool, and the two sets as they are compared. */
typedef struct measuring {
    dg_watch watch;
    dg_pool *pool;
    dg_description reference, samples;
} measuring;

/* *m is to be closed, failing or not; it is not to be moved. */
static digress_status open_measuring(const digress_measure_options *options, measuring *m) {
    *m = (measuring){.watch = dg_watch_of_caller(options ? &options->watch : NULL)};
    return dg_pool_create_watched(options ? options->threads : 0, &m->watch, &m->pool);
}

static void close_measuring(measuring *m) {
    dg_description_free(&m->reference);
    dg_description_free(&m->samples);
    dg_pool_free(m->pool);
}

static digress_status refuse_empty(const digress_graph_set *set, const char *what) {
    if (digress_graph_set_count(set) > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: a set without graphs", what);
}

static digress_status describe_both(const digress_graph_set *reference,
                                    const digress_graph_set *samples, unsigned descriptors,
                                    measuring *m) {
    const dg_describe_options how = {.descriptors = descriptors, .label = ""};
    DG_TRY(refuse_empty(reference, "reference"));
    DG_TRY(refuse_empty(samples, "samples"));
    DG_TRY(dg_describe(m->pool, reference, &how, &m->reference));
    return dg_describe(m->pool, samples, &how, &m->samples);
}

static digress_status check_descriptor(digress_descriptor descriptor) {
    if ((unsigned)descriptor < DIGRESS_DESCRIPTORS) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "there is no descriptor %d", (int)descriptor);
}

/* ---- distances ---- */

static digress_status check_kernel(digress_kernel kernel, digress_descriptor descriptor) {
    DG_TRY(check_descriptor(descriptor));
    if ((unsigned)kernel >= DIGRESS_KERNELS)
        return dg_error(DIGRESS_ERROR_INPUT, "there is no kernel %d", (int)kernel);
    if (dg_kernel_defined((dg_kernel)kernel, (enum dg_descriptor_id)descriptor)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "the %s kernel is not defined for the descriptor %s",
                    dg_kernel_name((dg_kernel)kernel), digress_descriptor_name(descriptor));
}

static digress_status measure_mmd(const measuring *m, digress_descriptor descriptor,
                                  digress_kernel kernel, digress_estimate *out) {
    dg_halves halves;
    dg_mmd found;
    double interval[2];
    DG_TRY(dg_halves_draw(m->reference.count, m->samples.count, &halves));
    const dg_mmd_request what = {.kernel = (dg_kernel)kernel,
                                 .descriptor = (enum dg_descriptor_id)descriptor,
                                 .halves = &halves};
    digress_status status = dg_squared_mmd(m->pool, &what, &m->reference, &m->samples, &found);
    dg_halves_free(&halves);
    DG_TRY(status);
    dg_replicate_interval(found.value, found.replicates, interval);
    *out = (digress_estimate){found.value, interval[0], interval[1]};
    return DIGRESS_OK;
}

digress_status digress_mmd(const digress_graph_set *reference, const digress_graph_set *samples,
                           digress_descriptor descriptor, digress_kernel kernel,
                           const digress_measure_options *options, digress_estimate *out) {
    measuring m;
    DG_NEED(reference);
    DG_NEED(samples);
    DG_NEED(out);
    DG_TRY(check_kernel(kernel, descriptor));
    digress_status status = open_measuring(options, &m);
    if (status == DIGRESS_OK) status = describe_both(reference, samples, 1u << descriptor, &m);
    if (status == DIGRESS_OK) status = measure_mmd(&m, descriptor, kernel, out);
    close_measuring(&m);
    return status;
}

digress_status digress_polygraph(const digress_graph_set *reference,
                                 const digress_graph_set *samples,
                                 const digress_measure_options *options, double *by,
                                 digress_estimate *out) {
    measuring m;
    dg_pgd found;
    DG_NEED(reference);
    DG_NEED(samples);
    DG_NEED(out);
    digress_status status = open_measuring(options, &m);
    if (status == DIGRESS_OK) status = describe_both(reference, samples, DG_ALL_DESCRIPTORS, &m);
    if (status == DIGRESS_OK)
        status = dg_polygraph_discrepancy(m.pool, &m.reference, &m.samples, &found);
    close_measuring(&m);
    DG_TRY(status);
    *out = (digress_estimate){found.value, found.interval[0], found.interval[1]};
    for (size_t d = 0; by && d < DIGRESS_DESCRIPTORS; d++)
        by[d] = found.by[d];
    return DIGRESS_OK;
}

/* ---- marks of single graphs ---- */

digress_status digress_validity(const digress_graph_set *set, const char *rule,
                                const digress_measure_options *options, bool *valid) {
    measuring m;
    dg_rule which;
    bool *found = NULL;
    DG_NEED(set);
    DG_NEED(rule);
    DG_NEED(valid);
    DG_TRY(dg_rule_parse(rule, &which));
    if (which == DG_RULE_NONE)
        return dg_error(DIGRESS_ERROR_INPUT, "'%s' is no rule that a graph could break", rule);
    DG_TRY(refuse_empty(set, "validity"));
    digress_status status = open_measuring(options, &m);
    if (status == DIGRESS_OK) status = dg_judge_validity(m.pool, which, set, &found);
    if (status == DIGRESS_OK && !found)
        status = dg_error(DIGRESS_ERROR_INPUT,
                          "the set's classes are not called like atoms and bonds: it is no set of "
                          "molecules");
    if (status == DIGRESS_OK) memcpy(valid, found, digress_graph_set_count(set) * sizeof *valid);
    free(found);
    close_measuring(&m);
    return status;
}

static digress_status judge(dg_pool *pool, const digress_graph_set *set,
                            const digress_graph_set *train, bool *unique, bool *novel) {
    dg_quality quality;
    DG_TRY(dg_judge(pool, DG_RULE_NONE, set, train, &quality));
    for (size_t k = 0; k < quality.count; k++) {
        if (unique) unique[k] = quality.unique[k];
        if (novel) novel[k] = quality.novel[k];
    }
    dg_quality_free(&quality);
    return DIGRESS_OK;
}

/* Over the classes of `train` and those that the set adds. */
static digress_status judge_matched(dg_pool *pool, const digress_graph_set *set,
                                    const digress_graph_set *train, bool *unique, bool *novel) {
    digress_graph_set *classes = NULL, *matched = NULL;
    DG_TRY(dg_classes_join(train, set, &classes));
    digress_status status = dg_graph_set_copy(set, classes, &matched);
    if (status == DIGRESS_OK) status = judge(pool, matched, train, unique, novel);
    digress_graph_set_free(classes);
    digress_graph_set_free(matched);
    return status;
}

digress_status digress_novelty(const digress_graph_set *set, const digress_graph_set *train,
                               const digress_measure_options *options, bool *unique, bool *novel) {
    measuring m;
    DG_NEED(set);
    if (novel) DG_NEED(train);
    DG_TRY(refuse_empty(set, "novelty"));
    digress_status status = open_measuring(options, &m);
    if (status == DIGRESS_OK)
        status = train && novel ? judge_matched(m.pool, set, train, unique, novel)
                                : judge(m.pool, set, NULL, unique, NULL);
    close_measuring(&m);
    return status;
}

/* ---- single graphs ---- */

digress_status digress_canonical_form(const digress_graph *graph, uint8_t *node_class,
                                      uint8_t *pair_class) {
    dg_canonical form;
    DG_NEED(graph);
    DG_NEED(node_class);
    if (graph->n > 1) DG_NEED(pair_class);
    if (graph->n == 0) return dg_error(DIGRESS_ERROR_INPUT, "a graph without nodes");
    DG_TRY(dg_canonical_form(graph, &form));
    memcpy(node_class, form.bytes, form.n);
    if (form.n > 1) memcpy(pair_class, form.bytes + form.n, form.n * (form.n - 1) / 2);
    dg_canonical_free(&form);
    return DIGRESS_OK;
}

digress_status digress_summarise(const digress_graph_set *set,
                                 const digress_measure_options *options, digress_summary *out) {
    measuring m;
    const dg_describe_options how = {.label = ""};
    DG_NEED(set);
    DG_NEED(out);
    DG_TRY(refuse_empty(set, "summaries"));
    digress_status status = open_measuring(options, &m);
    if (status == DIGRESS_OK) status = dg_describe(m.pool, set, &how, &m.samples);
    for (size_t k = 0; status == DIGRESS_OK && k < m.samples.count; k++) {
        const dg_summary *of = &m.samples.summaries[k];
        out[k] = (digress_summary){.nodes = of->nodes,
                                   .edges = of->edges,
                                   .components = of->components,
                                   .triangles = (size_t)of->triangles,
                                   .mean_degree = of->mean_degree,
                                   .mean_clustering = of->mean_clustering};
    }
    close_measuring(&m);
    return status;
}

static digress_status describe_graph(const digress_graph *graph, digress_descriptor descriptor,
                                     dg_row *row) {
    dg_arena *arena = NULL;
    dg_subject subject;
    DG_TRY(dg_arena_create(&arena));
    digress_status status = dg_subject_of(graph, 1u << descriptor, false, arena, &subject);
    if (status == DIGRESS_OK)
        status = dg_describe_subject(&subject, (enum dg_descriptor_id)descriptor, row);
    dg_arena_free(arena);
    return status;
}

digress_status digress_describe(const digress_graph_set *set, size_t index,
                                digress_descriptor descriptor, double **row, size_t *length) {
    dg_row found = {0};
    DG_NEED(set);
    DG_NEED(row);
    DG_NEED(length);
    DG_TRY(check_descriptor(descriptor));
    const digress_graph graph = digress_graph_set_get(set, index);
    if (graph.n == 0) return DIGRESS_ERROR_INPUT; /* get has said why */
    digress_status status = describe_graph(&graph, descriptor, &found);
    if (status != DIGRESS_OK) {
        free(found.values);
        return status;
    }
    *row = found.values;
    *length = found.length;
    return DIGRESS_OK;
}
