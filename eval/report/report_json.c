/* A comparison as JSON. */
#include "eval/report/report_parts.h"

#include "core/json.h"
#include <math.h>
#include <stdlib.h>

static json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval_of(const double interval[2]) {
    if (!isfinite(interval[0]) || !isfinite(interval[1])) return json_null();
    return json_pack("[f, f]", interval[0], interval[1]);
}

static void set_estimate(json_t **object, const char *key, const dg_estimate *estimate) {
    char interval_key[64];
    snprintf(interval_key, sizeof interval_key, "%s_interval", key);
    dg_json_put(object, key, json_number(estimate->value));
    dg_json_put(object, interval_key, interval_of(estimate->interval));
}

/* "mmd": {"degree": ...}, "mmd_interval": {"degree": [.., ..], ...} */
static void set_mmds(json_t **object, dg_kernel kernel, const dg_compared_set *set) {
    char interval_key[64];
    json_t *values = json_object(), *intervals = json_object();
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        const dg_estimate *estimate = &set->mmd[kernel][d];
        dg_json_put(&values, dg_descriptor_name(d), json_number(estimate->value));
        dg_json_put(&intervals, dg_descriptor_name(d), interval_of(estimate->interval));
    }
    snprintf(interval_key, sizeof interval_key, "%s_interval", dg_kernel_keys[kernel]);
    dg_json_put(object, dg_kernel_keys[kernel], values);
    dg_json_put(object, interval_key, intervals);
}

static json_t *set_json(const char *path, const dg_compared_set *set) {
    json_t *object = json_object();
    if (path) dg_json_put(&object, "path", dg_json_string(path));
    dg_json_put(&object, "count", json_integer((json_int_t)set->count));
    dg_json_put(&object, "mean",
                json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "n", json_number(set->nodes), "edges",
                          json_number(set->edges), "degree", json_number(set->degree), "clustering",
                          json_number(set->clustering), "triangles", json_number(set->triangles),
                          "components", json_number(set->components)));
    for (size_t kernel = 0; kernel < DG_KERNEL_COUNT; kernel++)
        set_mmds(&object, kernel, set);
    dg_json_put(&object, "tv",
                json_pack("{s:o, s:o, s:o}", "n", json_number(set->tv_nodes), "node_class",
                          json_number(set->tv_node_class), "edge_class",
                          json_number(set->tv_edge_class)));
    return object;
}

static json_t *flags(const bool *values, size_t count) {
    if (!values) return json_null();
    json_t *array = json_array();
    for (size_t k = 0; k < count; k++)
        dg_json_append(&array, json_boolean(values[k]));
    return array;
}

static void set_quality(json_t **object, const dg_quality *quality) {
    const struct {
        const char *key;
        const dg_share *share;
    } shares[] = {{"unique", &quality->share_unique},
                  {"novel", &quality->share_novel},
                  {"unique_novel", &quality->share_unique_novel},
                  {"valid", &quality->share_valid},
                  {"vun", &quality->share_vun}};
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        dg_estimate estimate = dg_quality_estimate(quality, shares[k].share);
        set_estimate(object, shares[k].key, &estimate);
    }
    dg_json_put(object, "per_graph_valid", flags(quality->valid, quality->count));
    dg_json_put(object, "per_graph_unique", flags(quality->unique, quality->count));
    dg_json_put(object, "per_graph_novel", flags(quality->novel, quality->count));
}

static void set_discrepancy(json_t **object, const dg_pgd *pgd) {
    const dg_estimate estimate = {pgd->value, {pgd->interval[0], pgd->interval[1]}};
    json_t *by = json_object();
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (isfinite(pgd->by[d])) dg_json_put(&by, dg_descriptor_name(d), json_number(pgd->by[d]));
    set_estimate(object, "pgd", &estimate);
    dg_json_put(object, "pgd_descriptor",
                isfinite(pgd->value) ? json_string(dg_descriptor_name(pgd->best)) : json_null());
    dg_json_put(object, "pgd_by_descriptor", by);
}

/* ---- molecules ---- */

/* {"validity": .., "validity_interval": [.., ..]} */
static void set_share(json_t **object, const char *key, const dg_share *share) {
    const dg_estimate estimate = {share->share, {share->low, share->high}};
    set_estimate(object, key, &estimate);
}

static json_t *texts(char *const *values, size_t count) {
    json_t *array = json_array();
    for (size_t k = 0; k < count; k++)
        dg_json_append(&array, values[k] ? json_string(values[k]) : json_null());
    return array;
}

static json_t *validities(char *const *smiles, size_t count) {
    json_t *array = json_array();
    for (size_t k = 0; k < count; k++)
        dg_json_append(&array, json_boolean(smiles[k] != NULL));
    return array;
}

static json_t *named_numbers(size_t count, const char *(*name)(size_t), const double *values) {
    json_t *object = json_object();
    for (size_t k = 0; k < count; k++)
        dg_json_put(&object, name(k), json_number(values[k]));
    return object;
}

static const char *histogram_name(size_t histogram) {
    return dg_histogram_name((dg_histogram_id)histogram);
}

static const char *property_name(size_t property) {
    return dg_property_names[property];
}

static json_t *histograms_json(const dg_histograms *histograms) {
    json_t *object = json_object();
    for (size_t h = 0; h < DG_HISTOGRAMS; h++) {
        json_t *bins = json_array();
        for (size_t k = 0; k < histograms->length[h]; k++)
            dg_json_append(&bins, json_number(histograms->values[h][k]));
        dg_json_put(&object, histogram_name(h), bins);
    }
    return object;
}

static void set_verdicts(json_t **object, const dg_chemistry *chemistry) {
    json_t *complaints = json_array(), *reasons = json_array();
    for (size_t k = 0; k < chemistry->count; k++) {
        const dg_verdict *verdict = &chemistry->verdicts[k];
        dg_json_append(&complaints, json_integer((json_int_t)verdict->complaint));
        dg_json_append(&reasons,
                       verdict->complaint ? dg_json_string(verdict->reason) : json_null());
    }
    dg_json_put(object, "per_graph_valid", validities(chemistry->smiles, chemistry->count));
    dg_json_put(object, "per_graph_relaxed_valid",
                validities(chemistry->relaxed, chemistry->count));
    dg_json_put(object, "per_graph_complaint", complaints);
    dg_json_put(object, "per_graph_reason", reasons);
    dg_json_put(object, "per_graph_smiles", texts(chemistry->smiles, chemistry->count));
    dg_json_put(object, "per_graph_relaxed_smiles", texts(chemistry->relaxed, chemistry->count));
}

static json_t *molecules_json(const dg_compared_set *set) {
    const dg_molecule_metrics *molecules = &set->molecules;
    if (molecules->count == 0) return json_null();
    json_t *object = json_object();
    set_share(&object, "validity", &molecules->validity);
    set_share(&object, "relaxed_validity", &molecules->relaxed_validity);
    set_share(&object, "uniqueness", &molecules->uniqueness);
    set_share(&object, "novelty", &molecules->novelty);
    set_share(&object, "uniqueness_of_valid", &molecules->uniqueness_of_valid);
    set_share(&object, "novelty_of_valid", &molecules->novelty_of_valid);
    dg_json_put(&object, "mean_components", json_number(set->components));
    dg_json_put(&object, "reference_components",
                json_pack("{s:I, s:o, s:o, s:o}", "over", (json_int_t)molecules->fragments.over,
                          "min", json_number(molecules->fragments.minimum), "mean",
                          json_number(molecules->fragments.mean), "max",
                          json_number(molecules->fragments.maximum)));
    dg_json_put(&object, "stable_atoms", json_number(molecules->stable_atoms));
    dg_json_put(&object, "stable_molecules", json_number(molecules->stable_molecules));
    dg_json_put(&object, "distributions", histograms_json(&molecules->histograms));
    dg_json_put(&object, "mae_to_train",
                named_numbers(DG_HISTOGRAMS, histogram_name, molecules->mae_train));
    dg_json_put(&object, "mae_to_reference",
                named_numbers(DG_HISTOGRAMS, histogram_name, molecules->mae_reference));
    dg_json_put(&object, "property_mean",
                named_numbers(DG_PROPERTIES, property_name, molecules->property_mean));
    dg_json_put(&object, "property_distance",
                named_numbers(DG_PROPERTIES, property_name, molecules->property_distance));
    dg_json_put(&object, "internal_diversity", json_number(molecules->internal_diversity));
    dg_json_put(&object, "fingerprint_mmd", json_number(molecules->fingerprint_mmd));
    set_verdicts(&object, &molecules->chemistry);
    return object;
}

/* ---- all ---- */

static json_t *targets_json(const dg_target_errors *errors) {
    json_t *object = json_object();
    for (size_t k = 0; k < errors->count; k++) {
        const digress_target_error *of = &errors->list[k];
        dg_json_put(&object, of->name,
                    json_pack("{s:b, s:I, s:I, s:o, s:o, s:o, s:o}", "computed", of->computed,
                              "asked", (json_int_t)of->asked, "measured", (json_int_t)of->measured,
                              "mae", json_number(of->mae), "correlation",
                              json_number(of->correlation), "mean_asked",
                              json_number(of->mean_asked), "mean_measured",
                              json_number(of->mean_measured)));
    }
    return object;
}

static json_t *sample_json(const char *path, const dg_compared_set *set) {
    json_t *object = set_json(path, set), *shares = json_object();
    const dg_unread *unread = &set->quality.unread;
    dg_json_put(&object, "sampled", json_integer((json_int_t)set->sampled));
    dg_json_put(&object, "without_graph",
                json_pack("{s:I, s:I}", "invalid", (json_int_t)unread->invalid, "valid",
                          (json_int_t)unread->valid));
    set_estimate(&object, "ratio", &set->ratio);
    set_estimate(&object, "ratio_4", &set->ratio_4);
    set_discrepancy(&object, &set->pgd);
    set_quality(&object, &set->quality);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        dg_json_put(&shares, dg_descriptor_name(d), json_number(set->share[d]));
    dg_json_put(&object, "share", shares);
    dg_json_put(&object, "molecules", molecules_json(set));
    if (set->targets.count > 0) dg_json_put(&object, "targets", targets_json(&set->targets));
    return object;
}

digress_status dg_report_json(FILE *stream, const dg_comparison *comparison,
                              const dg_report_names *names) {
    json_t *samples = json_array();
    for (size_t k = 0; k < comparison->sample_sets; k++)
        dg_json_append(&samples, sample_json(names->samples[k], &comparison->samples[k]));
    bool has_reference = comparison->has_reference, has_baseline = comparison->has_baseline;
    json_t *report = json_pack(
        "{s:o, s:o, s:o, s:o}", "reference",
        has_reference ? set_json(names->reference, &comparison->reference) : json_null(), "train",
        comparison->has_train ? set_json(names->train, &comparison->train) : json_null(), "er",
        has_baseline ? set_json(NULL, &comparison->baseline) : json_null(), "samples", samples);
    char *text = NULL;
    digress_status status = dg_json_text(report, JSON_INDENT(2) | JSON_REAL_PRECISION(17), &text);
    json_decref(report);
    DG_TRY(status);
    fprintf(stream, "%s\n", text);
    free(text);
    return dg_report_check(stream);
}
